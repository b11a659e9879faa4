import { gather, log, nn, random, tensor, type Tensor } from "../library.js";

/** Pairs of pixels drawn from each image. */
const PAIRS = 4096;

/** Probabilities stay this far from 0 and 1, so that the loss and its gradient are finite. */
const MARGIN = 0.01;

/**
 * The loss without a spectral layer: for pairs of pixels drawn at random, the cross-entropy between the share of annotators
 * who put both into one segment and the cosine of their features, as the probability of it. Mean over pairs and images.
 *
 * @param F [N, H, W, d], not negative. @param truths label maps [a, H, W] of each image. @param seed decides the pairs.
 */
export function pixelLoss(F: Tensor, truths: readonly Tensor<"int32">[], seed: number): Tensor {
  const [images, height, width, depth] = F.shape as [number, number, number, number];
  const pixels = height * width;
  const [first, second, together] = drawPairs(truths, images, pixels, seed);
  const rows = nn.functional.l2Normalize(F.reshape(images * pixels, depth)) as Tensor<"float32">;
  const cosines = gather(rows, tensor(first))
    .mul(gather(rows, tensor(second)))
    .sum(1);
  const p = cosines.mul(1 - 2 * MARGIN).add(MARGIN);
  const t = tensor(together);
  const entropy = t.mul(log(p)).add(
    t
      .neg()
      .add(1)
      .mul(log(p.neg().add(1))),
  );
  return entropy.mean().neg();
}

function drawPairs(
  truths: readonly Tensor<"int32">[],
  images: number,
  pixels: number,
  seed: number,
): [Int32Array, Int32Array, Float32Array] {
  const draws = random.uniform([2, images * PAIRS], { seed }).data();
  const [first, second] = [new Int32Array(images * PAIRS), new Int32Array(images * PAIRS)];
  const together = new Float32Array(images * PAIRS);
  for (let n = 0, at = 0; n < images; n++) {
    const maps = truths[n]!.data();
    const annotators = maps.length / pixels;
    for (let pair = 0; pair < PAIRS; pair++, at++) {
      const [p, q] = [Math.floor(draws[at]! * pixels), Math.floor(draws[images * PAIRS + at]! * pixels)];
      let same = 0;
      for (let a = 0; a < annotators; a++) if (maps[a * pixels + p] === maps[a * pixels + q]) same++;
      first[at] = n * pixels + p;
      second[at] = n * pixels + q;
      together[at] = same / annotators;
    }
  }
  return [first, second, together];
}
