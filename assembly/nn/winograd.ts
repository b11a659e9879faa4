/**
 * 3×3 convolution of stride 1 by Winograd's minimal filtering F(2×2, 3×3): sixteen products give the 2×2 pixels of a tile
 * that take thirty-six directly.   y = Aᵀ[(G w Gᵀ) ⊙ (Bᵀ x B)]A,   dw = Gᵀ[Σ_tiles (A dy Aᵀ) ⊙ (Bᵀ x B)]G
 * For each of the sixteen, the sum over channels is a matrix product: tiles × C by C × O forward, C × tiles by tiles × O for
 * the weights. Done for a block of tiles at a time, so that the transforms stay in L2, and for a strip of output channels.
 * The input gradient is the forward pass over dy with turned and transposed kernels. x, dy, y, dw as in conv.ts,
 * convigrad.ts, convwgrad.ts; outputs alias nothing. Work: `winogradWork` bytes, bounded whatever N.
 * Order: channels ascending in blocks of KC, or tiles ascending in blocks, block sums in order: an item's bits do not
 * depend on its batch. A NaN or infinity reaches the pixels that see it and may reach others of their tile.
 * In float32 alone: float64 goes the direct way.
 * Source: Lavin & Gray, Fast algorithms for convolutional neural networks (CVPR 2016); weight gradient: the adjoint.
 */
import { KC } from "../blas/pack";
import { addRows } from "./columns";
import { turn } from "./panels";
import { ConvDesc } from "./sweep";
import { FLOAT, makePlan, patchBytes, Plan, PLAN_BYTES, tapBytes, WIDTH } from "./winograd-plan";
import { productPanel } from "./winograd-product";
import { cotangentTile, gather, inputTile, outputRow, PANEL, spread } from "./winograd-transforms";

function copyVectors(from: usize, to: usize, bytes: usize, inside: bool): void {
  for (let o: usize = 0; o < bytes; o += 16) v128.store(to + o, inside ? v128.load(from + o) : i64x2.splat(0));
}

/** V of tiles first … first+count; `patch` takes a copy with zeros of what hangs over the border. */
function readTiles(p: Plan, x: usize, first: i32, count: i32, patch: usize, v: usize): void {
  const pixel = <usize>(p.c * FLOAT);
  const row = <usize>p.w * pixel;
  const vectors = <i32>pixel >> 4;
  for (let t = first; t < first + count; t++, v += p.tileV) {
    const image = t / p.tiles;
    const place = t - image * p.tiles;
    const r = p.top + 2 * (place / p.across);
    const q = p.left + 2 * (place % p.across);
    let from = x + <usize>(image * p.h + r) * row + <usize>q * pixel;
    let pitch = row;
    if (r < 0 || q < 0 || r + 4 > p.h || q + 4 > p.w) {
      let to = patch;
      for (let i = 0; i < 4; i++) {
        for (let j = 0; j < 4; j++, to += pixel) {
          const inside = r + i >= 0 && r + i < p.h && q + j >= 0 && q + j < p.w;
          copyVectors(from + <usize>i * row + <usize>j * pixel, to, pixel, inside);
        }
      }
      from = patch;
      pitch = 4 * pixel;
    }
    inputTile<f32>(vectors, from, pitch, pixel, v, p.planeV);
  }
}

/**
 * Between tiles first … first+count and their pixels at `y` (the first channel of a strip of `vectors` vectors): writes
 * pixels from M, or (`backward`) their cotangents into M. `spare` stands in for pixels beyond the border.
 */
function pixelTiles(
  p: Plan,
  backward: bool,
  y: usize,
  first: i32,
  count: i32,
  vectors: i32,
  bias: usize,
  relu: bool,
  spare: usize,
  m: usize,
): void {
  const pixel = <usize>(p.o * FLOAT);
  const row = <usize>p.cols * pixel;
  const panel = <usize>p.block * PANEL;
  for (let t = first; t < first + count; t++, m += PANEL) {
    const image = t / p.tiles;
    const place = t - image * p.tiles;
    const r = 2 * (place / p.across);
    const q = 2 * (place % p.across);
    const y00 = y + <usize>(image * p.rows + r) * row + <usize>q * pixel;
    const right = q + 1 < p.cols;
    const below = r + 1 < p.rows;
    const y01 = right ? y00 + pixel : spare;
    const y10 = below ? y00 + row : spare;
    const y11 = right && below ? y00 + row + pixel : spare;
    if (backward) cotangentTile<f32>(vectors, y00, y01, y10, y11, m, p.planeM, panel);
    else {
      outputRow<f32>(false, vectors, m, p.planeM, panel, bias, relu, y00, y01);
      outputRow<f32>(true, vectors, m, p.planeM, panel, bias, relu, y10, y11);
    }
  }
}

/**
 * The transformed kernels of columns j … j+count of a panel, by way of `taps`: there four by three planes of a panel each.
 * `backward`: kernels turned round, inputs and outputs exchanged.
 */
function readKernels(p: Plan, backward: bool, w: usize, j: i32, count: i32, taps: usize, u: usize): void {
  const deep = 9 * p.c;
  const plane = <usize>p.c * PANEL;
  if (backward) {
    let from = w + <usize>(j * FLOAT);
    for (let k = 0; k < p.c; k++) {
      for (let tap = 8; tap >= 0; tap--, from += <usize>(p.o * FLOAT)) {
        copyVectors(from, taps + <usize>tap * plane + <usize>k * PANEL, <usize>(count * FLOAT), true);
      }
    }
  } else {
    turn(FLOAT, count, deep, w + <usize>j * <usize>(deep * FLOAT), deep, taps, WIDTH);
  }
  spread<f32>(3 * plane, taps, 3 * plane, taps, 3 * plane);
  for (let i = 0; i < 4; i++, taps += 3 * plane, u += 4 * p.planeU) {
    spread<f32>(plane, taps, plane, u, p.planeU);
  }
}

/** The kernels of a panel from their transformed sums at `u`, into `dw`. */
function writeKernels(p: Plan, u: usize, taps: usize, count: i32, dw: usize): void {
  const deep = 9 * p.c;
  const plane = <usize>p.c * PANEL;
  for (let i: usize = 0; i < 4; i++) {
    gather<f32>(plane, u + 4 * i * p.planeU, p.planeU, taps + 3 * i * plane, plane);
  }
  gather<f32>(3 * plane, taps, 3 * plane, taps, 3 * plane);
  turn(FLOAT, deep, count, taps, WIDTH, dw, deep);
}

/** The sixteen products: C (+)= A·B for `rows` rows of A and all panels of B. */
function multiply(
  p: Plan,
  rows: i32,
  rowStep: usize,
  k: i32,
  step: usize,
  a: usize,
  b: usize,
  planeB: usize,
  panelB: usize,
  c: usize,
  planeC: usize,
  panelC: usize,
  panels: i32,
  accumulate: bool,
): void {
  for (let number = 0; number < 16; number++, a += p.planeV, b += planeB, c += planeC) {
    for (let panel = 0; panel < panels; panel++) {
      const to = c + <usize>panel * panelC;
      for (let k0 = 0; k0 < k; k0 += KC) {
        const deep = min(KC, k - k0);
        const from = a + <usize>k0 * step;
        const other = b + <usize>panel * panelB + <usize>k0 * PANEL;
        const add = accumulate || k0 > 0;
        productPanel<f32>(rows, rowStep, deep, step, from, other, to, add);
      }
    }
  }
}

/** y = act(bias + x * w), or (`backward`) x = the transpose of that map applied to y; `d` is the forward convolution. */
export function winogradData(
  d: ConvDesc,
  backward: bool,
  x: usize,
  w: usize,
  bias: usize,
  relu: bool,
  y: usize,
  work: usize,
): void {
  const p = changetype<Plan>(work);
  makePlan(p, d, backward);
  const patch = work + PLAN_BYTES;
  const taps = patch + patchBytes(p.c, p.o);
  const u = taps + tapBytes(p.c);
  const v = u + 16 * p.planeU;
  const m = v + 16 * p.planeV;
  const panelU = <usize>p.c * PANEL;
  const panelM = <usize>p.block * PANEL;
  for (let j0 = 0; j0 < p.o; j0 += p.panels * WIDTH) {
    const columns = min(p.o - j0, p.panels * WIDTH);
    const panels = (columns + WIDTH - 1) / WIDTH;
    for (let j = 0; j < columns; j += WIDTH) {
      readKernels(p, backward, w, j0 + j, min(WIDTH, columns - j), taps, u + <usize>(j / WIDTH) * panelU);
    }
    const strip = y + <usize>(j0 * FLOAT);
    const stripBias = bias ? bias + <usize>(j0 * FLOAT) : 0;
    for (let first = 0; first < p.total; first += p.block) {
      const count = min(p.block, p.total - first);
      readTiles(p, x, first, count, patch, v);
      multiply(p, count, p.tileV, p.c, FLOAT, v, u, p.planeU, panelU, m, p.planeM, panelM, panels, false);
      pixelTiles(p, false, strip, first, count, (columns * FLOAT) >> 4, stripBias, relu, patch, m);
    }
  }
}

/** dw and (unless 0) dbias of one convolution. */
export function winogradWeights(
  d: ConvDesc,
  x: usize,
  dy: usize,
  dw: usize,
  dbias: usize,
  work: usize,
): void {
  const p = changetype<Plan>(work);
  makePlan(p, d, false);
  const patch = work + PLAN_BYTES;
  const taps = patch + patchBytes(p.c, p.o);
  const u = taps + tapBytes(p.c);
  const v = u + 16 * p.planeU;
  const m = v + 16 * p.planeV;
  const panelU = <usize>p.c * PANEL;
  const panelM = <usize>p.block * PANEL;
  for (let j0 = 0; j0 < p.o; j0 += p.panels * WIDTH) {
    const columns = min(p.o - j0, p.panels * WIDTH);
    const panels = (columns + WIDTH - 1) / WIDTH;
    const strip = dy + <usize>(j0 * FLOAT);
    for (let first = 0; first < p.total; first += p.block) {
      const count = min(p.block, p.total - first);
      readTiles(p, x, first, count, patch, v);
      memory.fill(patch, 0, <usize>(columns * FLOAT));
      pixelTiles(p, true, strip, first, count, (columns * FLOAT) >> 4, 0, false, patch, m);
      multiply(p, p.c, FLOAT, count, p.tileV, v, m, p.planeM, panelM, u, p.planeU, panelU, panels, first > 0);
      // Number (1, 1) of a cotangent is the sum of its four pixels.
      for (let j = 0; dbias != 0 && j < columns; j += WIDTH) {
        const sums = m + 5 * p.planeM + <usize>(j / WIDTH) * panelM;
        addRows(FLOAT, count, min(WIDTH, columns - j), sums, PANEL, dbias + <usize>((j0 + j) * FLOAT), first > 0);
      }
    }
    for (let j = 0; j < columns; j += WIDTH) {
      const to = dw + <usize>(j0 + j) * <usize>(9 * p.c * FLOAT);
      writeKernels(p, u + <usize>(j / WIDTH) * panelU, taps, min(WIDTH, columns - j), to);
    }
  }
}
