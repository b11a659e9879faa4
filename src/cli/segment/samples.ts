import { data, random, tensor, type SegmentedSet, type Tensor } from "../library.js";
import { PLANES, planesOf } from "./planes.js";

/** An image at the size the network works on. */
export interface Sample {
  /** [H, W, planes]. */
  readonly planes: Float32Array;
  readonly image: data.SegmentedImage;
}

/** A step's worth of crops. */
export interface CropBatch {
  /** [B, S, S, planes]. */
  readonly images: Tensor;
  /** Which image each crop is of. */
  readonly labels: Tensor<"int32">;
  /** The annotators' maps of each crop, [a, S, S]. */
  readonly truths: readonly Tensor<"int32">[];
  /** Decides what the loss draws. */
  readonly seed: number;
}

/** The image with its longer side brought to `side` pixels, if it is longer. */
export function sampleOf(image: data.SegmentedImage, side: number): Sample {
  const longest = Math.max(image.height, image.width);
  const scaled = (length: number): number => Math.max(8, Math.floor((length * side) / longest + 0.5));
  const small = longest <= side ? image : data.resizeSegmented(image, scaled(image.height), scaled(image.width));
  return { planes: planesOf(small), image: small };
}

/** Reads images one at a time, the first `limit`; those without a segmentation are left out. */
export async function readSamples(set: SegmentedSet, side: number, limit = Infinity): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (let i = 0; i < Math.min(set.ids.length, limit); i++) {
    const image = await set.read(i);
    if (image.truths.length > 0) samples.push(sampleOf(image, side));
  }
  return samples;
}

/** How lightness and colour of a crop may vary: factor 1 ± this, shift ± this. */
const JITTER = 0.15;

/** Random numbers a crop needs: row, column, mirror, and factor and shift of three planes. */
const DRAWS = 9;

/** The crops of an epoch without the first `skip` batches: a pure function of the arguments. */
export function* crops(
  samples: readonly Sample[],
  { batch, seed, epoch, skip, size }: { batch: number; seed: number; epoch: number; skip: number; size: number },
): Generator<CropBatch> {
  const order = data.epochOrder(samples.length, { seed, epoch });
  const draws = random.uniform([samples.length, DRAWS], { seed: seed * 0x100000 + epoch }).data();
  const whole = Math.floor(samples.length / batch);
  for (let b = skip; b < whole; b++) {
    const members = Array.from(order.subarray(b * batch, (b + 1) * batch));
    const planes = new Float32Array(batch * size * size * PLANES);
    const truths = members.map((member, i) => {
      const place = draws.subarray(member * DRAWS, (member + 1) * DRAWS) as Float32Array;
      const out = planes.subarray(i * size * size * PLANES, (i + 1) * size * size * PLANES);
      return cropInto(out, samples[member]!, size, place);
    });
    yield {
      images: tensor(planes, { shape: [batch, size, size, PLANES] }),
      labels: tensor(Int32Array.from(members)),
      truths,
      seed: (seed * 0x100000 + epoch) * 0x1000 + b,
    };
  }
}

/** Writes the planes of a crop and returns its maps. */
function cropInto(out: Float32Array, { planes, image }: Sample, size: number, draws: Float32Array): Tensor<"int32"> {
  const { height, width, truths } = image;
  const top = Math.floor(draws[0]! * (height - size + 1));
  const left = Math.floor(draws[1]! * (width - size + 1));
  const mirrored = draws[2]! < 0.5;
  const change = (plane: number, value: number): number => {
    if (plane < 3) return value * (1 + JITTER * (2 * draws[3 + plane]! - 1)) + JITTER * (2 * draws[6 + plane]! - 1);
    return plane === 3 && mirrored ? -value : value;
  };
  const maps = new Int32Array(truths.length * size * size);
  for (let y = 0, at = 0; y < size; y++) {
    for (let x = 0; x < size; x++, at++) {
      const from = (top + y) * width + left + (mirrored ? size - 1 - x : x);
      for (let c = 0; c < PLANES; c++) out[at * PLANES + c] = change(c, planes[from * PLANES + c]!);
      truths.forEach(({ labels }, a) => (maps[a * size * size + at] = labels[from]!));
    }
  }
  return tensor(maps, { shape: [truths.length, size, size] });
}
