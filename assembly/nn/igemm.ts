/**
 * Indirect matrix product, the engine of every convolution:
 *   C[i, j] (+)= Σ_t A(i, t) · B[t, j],   A(i, t) = *(a + rows[i] + steps[t]),   C[i, j] at c + outs[i] + j
 * `rows`, `steps`, `outs` are tables of u32 byte offsets, so an im2col matrix is addressed where it lies and is never
 * formed. B is packed by `packPanels` (panels.ts). C aliases nothing. No work space.
 * Order: t ascending from zero in one accumulator, in blocks of KC, block sums added in order, then bias, then relu:
 * the bits of `gemm` on the formed matrix, whatever m, n and the position of the tile.
 * Tiles: 2 rows × 4 vectors fill the sixteen vector registers; narrow edges, and float64, use 4 × 2 and 4 × 1 vectors.
 */
import { KC } from "../blas/pack";
import { lanes } from "../simd";
import { ACCUMULATE, RELU, tile2x4, tile4 } from "./igemm-tiles";
import { panelWidth } from "./panels";

function multiply<T>(
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  rows: usize,
  steps: usize,
  b: usize,
  c: usize,
  outs: usize,
  accumulate: i32,
  bias: usize,
  relu: i32,
): void {
  let k0 = 0;
  // One turn even when k = 0: C is then 0 + bias.
  do {
    const kb = min(KC, k - k0);
    const last = k0 + kb == k;
    const mode = (accumulate || k0 > 0 ? ACCUMULATE : 0) | (last && relu ? RELU : 0);
    const table = steps + ((<usize>k0) << 2);
    for (let j = 0; j < n;) {
      const width = panelWidth(n - j, lanes<T>());
      const cols = min(width, n - j);
      const panel = b + (<usize>j * k + <usize>k0 * width) * sizeof<T>();
      const cj = c + <usize>j * sizeof<T>();
      const biasJ = last && bias != 0 ? bias + <usize>j * sizeof<T>() : 0;
      if (lanes<T>() == 4 && width == 16) {
        for (let i = 0; i < m; i += 2) {
          tile2x4<T>(
            kb,
            a,
            rows + ((<usize>i) << 2),
            table,
            panel,
            cj,
            outs + ((<usize>i) << 2),
            m - i,
            cols,
            mode,
            biasJ,
          );
        }
      } else {
        for (let i = 0; i < m; i += 4) {
          tile4<T>(
            kb,
            a,
            rows + ((<usize>i) << 2),
            table,
            panel,
            cj,
            outs + ((<usize>i) << 2),
            m - i,
            cols,
            mode,
            biasJ,
          );
        }
      }
      j += width;
    }
    k0 += kb;
  } while (k0 < k);
}

/** `multiply` for elements of `size` bytes: the drivers of the convolutions know bytes, not types. */
export function igemm(
  size: i32,
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  rows: usize,
  steps: usize,
  b: usize,
  c: usize,
  outs: usize,
  accumulate: i32,
  bias: usize,
  relu: i32,
): void {
  if (size == 4) multiply<f32>(m, n, k, a, rows, steps, b, c, outs, accumulate, bias, relu);
  else multiply<f64>(m, n, k, a, rows, steps, b, c, outs, accumulate, bias, relu);
}
