import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";

/**
 * How fast an embedding [H, W, r] changes at each pixel, row-major [H, W]: √ Σ_c (∂x² + ∂y²) by Sobel's differences, edges
 * repeated, divided by the embedding's standard deviation over the image (0 where it is constant).
 */
export function contrastOf(embedding: Tensor<FloatDType>): Float64Array {
  const [height, width, depth] = embedding.shape as [number, number, number];
  const values = embedding.data();
  const out = new Float64Array(height * width);
  const spread = Math.sqrt(totalVariance(values, depth));
  if (!(spread > 0)) return out;
  for (let y = 0, at = 0; y < height; y++) {
    const [above, here, below] = [Math.max(y - 1, 0), y, Math.min(y + 1, height - 1)].map((row) => row * width);
    for (let x = 0; x < width; x++, at++) {
      const [left, right] = [Math.max(x - 1, 0), Math.min(x + 1, width - 1)];
      let sum = 0;
      for (let c = 0; c < depth; c++) {
        const value = (row: number, column: number): number => values[(row + column) * depth + c]!;
        const [a, b, d, e] = [value(above!, left), value(above!, right), value(below!, left), value(below!, right)];
        const across = b - a + 2 * (value(here!, right) - value(here!, left)) + e - d;
        const down = d - a + 2 * (value(below!, x) - value(above!, x)) + e - b;
        sum += across * across + down * down;
      }
      // Sobel's weights add to 8 over a distance of 1.
      out[at] = Math.sqrt(sum) / (8 * spread);
    }
  }
  return out;
}

/** Sum over the channels of their variances. */
function totalVariance(values: Float32Array | Float64Array, depth: number): number {
  const means = new Float64Array(depth);
  for (let i = 0; i < values.length; i++) means[i % depth]! += values[i]!;
  const pixels = values.length / depth;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    const difference = values[i]! - means[i % depth]! / pixels;
    squares += difference * difference;
  }
  return squares / pixels;
}
