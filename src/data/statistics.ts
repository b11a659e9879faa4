import { ArgumentError } from "../errors.js";
import { checkImages, type LabelledImages } from "./images.js";

/** Mean and standard deviation of each channel, of pixels scaled to 0 … 1: what `batches` takes. */
export interface ChannelStatistics {
  readonly mean: number[];
  readonly std: number[];
}

/**
 * Mean and (population) standard deviation of every channel over all images and positions. Sums are exact integers, so
 * the result does not depend on the order of the images. A constant channel gets std 1: it normalizes to 0.
 *
 * @throws {ArgumentError} if there is no image.
 * @example
 * import { data } from "matprop";
 * const set = data.synthetic({ seed: 1, size: 8, perClass: 10 });
 * for (const { images, labels } of data.batches(set, { batchSize: 16, shuffle: 1, ...data.statistics(set) })) {
 *   console.log(images.shape, labels.shape);
 * }
 */
export function statistics(set: LabelledImages): ChannelStatistics {
  const op = "data.statistics";
  checkImages(op, set);
  const channels = set.shape[2];
  if (set.images.length === 0) throw new ArgumentError(op, "the data set is empty");
  const mean: number[] = [];
  const std: number[] = [];
  for (let c = 0; c < channels; c++) {
    const counts = new Float64Array(256);
    for (let i = c; i < set.images.length; i += channels) counts[set.images[i]!]!++;
    let [n, sum, squares] = [0, 0, 0];
    counts.forEach((count, value) => {
      n += count;
      sum += count * value;
      squares += count * value * value;
    });
    // n²·variance, exact: the products exceed 2⁵³.
    const spread = Number(BigInt(n) * BigInt(squares) - BigInt(sum) * BigInt(sum));
    mean.push(sum / (255 * n));
    std.push(spread === 0 ? 1 : Math.sqrt(spread) / (255 * n));
  }
  return { mean, std };
}
