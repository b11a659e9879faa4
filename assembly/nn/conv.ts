/**
 * Convolution (cross-correlation) forward, NHWC:
 *   y[n, p, q, o] = act(bias[o] + Σ_{i, j, c} x[n, p·sH + i·dH − pT, q·sW + j·dW − pL, c] · w[o, i, j, c])
 * x [N, H, W, C], w [O, kh, kw, C/groups], bias [O] or 0, act: 0 none, 1 relu, y [N, OH, OW, O]. Outside x is zero.
 * Conv1d is H = kh = 1. y aliases nothing. Work: `conv2d_work(desc, 0)` bytes, bounded whatever N.
 * 3×3 kernels of stride 1 with channels enough go by Winograd (winograd.ts), others are an indirect GEMM (igemm.ts) over
 * bands of pixels (sweep.ts); K = kh·kw·C/groups. Both gradients choose alike.
 * Order of the latter: (i, j, c) ascending as gemm sums over k, then bias: an item's bits do not depend on its batch.
 */
import { igemm } from "./igemm";
import { packPanels, stepBytes } from "./panels";
import {
  bandPixels,
  ConvDesc,
  openBand,
  planBands,
  Sweep,
  SWEEP_BYTES,
  tableBytes,
  writePixels,
  writeRamp,
  writeTap,
} from "./sweep";
import { winogradData } from "./winograd";
import { usesWinograd } from "./winograd-plan";

/** The sweep of the pixels of Y over X. */
export function planForward(d: ConvDesc, s: Sweep, size: i32): void {
  s.n = d.n;
  s.h = d.h;
  s.w = d.w;
  s.c = d.c;
  s.top = -d.padTop;
  s.left = -d.padLeft;
  s.rows = d.oh;
  s.cols = d.ow;
  s.stepH = d.strideH;
  s.stepW = d.strideW;
  s.reachH = (d.kh - 1) * d.dilationH;
  s.reachW = (d.kw - 1) * d.dilationW;
  s.size = size;
  planBands(s);
}

/** Taps (i, j, c) of one group in ascending order. */
export function forwardTaps(d: ConvDesc, s: Sweep, table: usize): void {
  for (let i = 0; i < d.kh; i++) {
    for (let j = 0; j < d.kw; j++) table = writeTap(s, table, i * d.dilationH, j * d.dilationW, d.c / d.groups);
  }
}

// @ts-ignore: decorator
@inline
export function depth(d: ConvDesc): i32 {
  return d.kh * d.kw * (d.c / d.groups);
}

function conv2d(size: i32, desc: usize, x: usize, w: usize, bias: usize, activation: i32, y: usize, work: usize): void {
  const d = changetype<ConvDesc>(desc);
  const s = changetype<Sweep>(work);
  if (d.n <= 0 || d.oh <= 0 || d.ow <= 0 || d.o <= 0) return;
  if (usesWinograd(size, d, false)) {
    winogradData(d, false, x, w, bias, activation != 0, y, work);
    return;
  }
  planForward(d, s, size);
  const k = depth(d);
  const channels = d.c / d.groups;
  const filters = d.o / d.groups;
  const taps = work + SWEEP_BYTES;
  const pixels = taps + tableBytes(k);
  const outs = pixels + tableBytes(bandPixels(s));
  const panels = outs + tableBytes(bandPixels(s));
  const groupPanel = <usize>k * stepBytes(filters, size);
  const buffer = panels + <usize>d.groups * groupPanel;
  forwardTaps(d, s, taps);
  writePixels(s, pixels);
  writeRamp(outs, bandPixels(s), <usize>d.o * size);
  for (let g = 0; g < d.groups; g++) {
    const source = w + <usize>g * filters * k * size;
    packPanels(size, filters, k, source, 1, k, k, 0, panels + <usize>g * groupPanel);
  }
  for (let image = 0; image < d.n; image += s.bandImages) {
    const images = min(s.bandImages, d.n - image);
    for (let row = 0; row < s.rows; row += s.bandRows) {
      const rows = min(s.bandRows, s.rows - row);
      const a = openBand(s, x, image, images, row, rows, buffer);
      const out = y + (<usize>image * s.rows + row) * s.cols * d.o * size;
      for (let g = 0; g < d.groups; g++) {
        igemm(
          size,
          images * rows * s.cols,
          filters,
          k,
          a + <usize>g * channels * size,
          pixels,
          taps,
          panels + <usize>g * groupPanel,
          out + <usize>g * filters * size,
          outs,
          0,
          bias ? bias + <usize>g * filters * size : 0,
          activation,
        );
      }
    }
  }
}

// prettier-ignore
export function sconv2d(desc: usize, x: usize, w: usize, bias: usize, activation: i32, y: usize, work: usize): void { conv2d(4, desc, x, w, bias, activation, y, work); }
// prettier-ignore
export function dconv2d(desc: usize, x: usize, w: usize, bias: usize, activation: i32, y: usize, work: usize): void { conv2d(8, desc, x, w, bias, activation, y, work); }
