/**
 * Input gradient of conv2d, and the forward pass of a transposed convolution:
 *   dx[n, h, w, c] = Σ_{i, j, o} dy[n, p, q, o] · w[o, i, j, c]  over p·sH + i·dH − pT = h, q·sW + j·dW − pL = w
 * dy [N, OH, OW, O], w [O, kh, kw, C/groups], dx [N, H, W, C], overwritten. dx aliases nothing.
 * The pixels of dx fall into sH·sW phases by (h + pT) mod sH, (w + pL) mod sW. Those of one phase meet the same taps, so
 * each phase is a convolution of stride 1 of dy with a sub-kernel: no zeros are inserted, nothing is scattered.
 * Work: `conv2d_work(desc, 2)` bytes, bounded whatever N.
 * Order: (i, j, o) ascending over the taps of the phase, in blocks of KC: an item's bits do not depend on its batch.
 */
import { depth } from "./conv";
import { fewColumns } from "./dots";
import { igemm } from "./igemm";
import { packPanels, stepBytes, turn } from "./panels";
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

/** The sweep over dY. Pixel (r, q) of phase (a, b) is dx[(r + r0)·sH + a − pT, (q + q0)·sW + b − pL]. */
function planInput(d: ConvDesc, s: Sweep, size: i32): void {
  s.n = d.n;
  s.h = d.oh;
  s.w = d.ow;
  s.c = d.o;
  s.stepH = 1;
  s.stepW = 1;
  s.reachH = ((d.kh - 1) * d.dilationH) / d.strideH;
  s.reachW = ((d.kw - 1) * d.dilationW) / d.strideW;
  s.rows = (d.h - 1 + d.padTop) / d.strideH - d.padTop / d.strideH + 1;
  s.cols = (d.w - 1 + d.padLeft) / d.strideW - d.padLeft / d.strideW + 1;
  s.top = d.padTop / d.strideH - s.reachH;
  s.left = d.padLeft / d.strideW - s.reachW;
  s.size = size;
  planBands(s);
}

/** Of `taps` kernel positions along one axis, those that meet `phase`. */
function tapsOfPhase(taps: i32, dilation: i32, stride: i32, phase: i32): i32 {
  let count = 0;
  for (let i = 0; i < taps; i++) count += i32((i * dilation) % stride == phase);
  return count;
}

/** Few input channels, as in a first layer, would leave lanes empty: there the vectors run along the filters (dots.ts). */
function usesDots(d: ConvDesc, size: i32): bool {
  return size == 4 && d.c / d.groups < 4 && (d.o / d.groups) % 8 == 0;
}

/** Taps and panels of one phase; returns its depth. */
function packPhase(d: ConvDesc, s: Sweep, w: usize, phaseH: i32, phaseW: i32, taps: usize, panels: usize): i32 {
  const filters = d.o / d.groups;
  const channels = d.c / d.groups;
  const k = depth(d);
  const total =
    tapsOfPhase(d.kh, d.dilationH, d.strideH, phaseH) * tapsOfPhase(d.kw, d.dilationW, d.strideW, phaseW) * filters;
  const groupPanel = <usize>total * stepBytes(channels, s.size);
  let k0 = 0;
  for (let i = 0; i < d.kh; i++) {
    if ((i * d.dilationH) % d.strideH != phaseH) continue;
    for (let j = 0; j < d.kw; j++) {
      if ((j * d.dilationW) % d.strideW != phaseW) continue;
      const row = s.reachH - (i * d.dilationH) / d.strideH;
      const col = s.reachW - (j * d.dilationW) / d.strideW;
      writeTap(s, taps + ((<usize>k0) << 2), row, col, filters);
      for (let g = 0; g < d.groups; g++) {
        const source = w + (<usize>g * filters * k + <usize>(i * d.kw + j) * channels) * s.size;
        const panel = panels + <usize>g * groupPanel;
        if (usesDots(d, s.size)) turn(4, filters, channels, source, k, panel + <usize>(k0 * s.size), total);
        else packPanels(s.size, channels, filters, source, k, 1, total, k0, panel);
      }
      k0 += filters;
    }
  }
  return total;
}

/** Tables of the pixels of one phase in a band of a strided gradient; outputs from the start of the band's first image. */
function phasePixels(
  d: ConvDesc,
  s: Sweep,
  images: i32,
  row: i32,
  rows: i32,
  phaseH: i32,
  phaseW: i32,
  pixels: usize,
  outs: usize,
): i32 {
  const h0 = (d.padTop / d.strideH + row) * d.strideH + phaseH - d.padTop;
  const w0 = (d.padLeft / d.strideW) * d.strideW + phaseW - d.padLeft;
  const pixelBytes = d.c * s.size;
  let m = 0;
  for (let i = 0; i < images; i++) {
    for (let r = 0; r < rows; r++) {
      const h = h0 + r * d.strideH;
      if (h < 0 || h >= d.h) continue;
      const from = <u32>(<usize>i * s.imageBytes) + <u32>(r * s.pitch * s.size);
      const to = <u32>((i * d.h + h) * d.w * pixelBytes);
      for (let q = 0; q < s.cols; q++) {
        const w = w0 + q * d.strideW;
        if (w < 0 || w >= d.w) continue;
        store<u32>(pixels + ((<usize>m) << 2), from + <u32>(q * s.c * s.size));
        store<u32>(outs + ((<usize>m) << 2), to + <u32>(w * pixelBytes));
        m++;
      }
    }
  }
  return m;
}

function conv2dIgrad(size: i32, desc: usize, dy: usize, w: usize, dx: usize, work: usize): void {
  const d = changetype<ConvDesc>(desc);
  const s = changetype<Sweep>(work);
  if (d.n <= 0 || d.h <= 0 || d.w <= 0 || d.c <= 0) return;
  if (usesWinograd(size, d, true)) {
    winogradData(d, true, dy, w, 0, false, dx, work);
    return;
  }
  planInput(d, s, size);
  const channels = d.c / d.groups;
  const filters = d.o / d.groups;
  const padded = stepBytes(channels, size);
  const taps = work + SWEEP_BYTES;
  const pixels = taps + tableBytes(d.kh * d.kw * filters);
  const outs = pixels + tableBytes(bandPixels(s));
  const panels = outs + tableBytes(bandPixels(s));
  const buffer = panels + <usize>d.kh * d.kw * d.o * padded;
  const unit = d.strideH == 1 && d.strideW == 1;
  const imageOut = <usize>d.h * d.w * d.c * size;
  let k0 = 0;
  for (let a = 0; a < d.strideH; a++) {
    for (let b = 0; b < d.strideW; b++) {
      k0 += packPhase(d, s, w, a, b, taps + ((<usize>k0) << 2), panels + <usize>k0 * d.groups * padded);
    }
  }
  if (unit) {
    writePixels(s, pixels);
    writeRamp(outs, bandPixels(s), <usize>d.c * size);
  }
  for (let image = 0; image < d.n; image += s.bandImages) {
    const images = min(s.bandImages, d.n - image);
    for (let row = 0; row < s.rows; row += s.bandRows) {
      const rows = min(s.bandRows, s.rows - row);
      const source = openBand(s, dy, image, images, row, rows, buffer);
      const out = dx + <usize>image * imageOut + (unit ? <usize>row * d.w * d.c * size : 0);
      k0 = 0;
      for (let a = 0; a < d.strideH; a++) {
        for (let b = 0; b < d.strideW; b++) {
          const m = unit ? images * rows * s.cols : phasePixels(d, s, images, row, rows, a, b, pixels, outs);
          const k =
            tapsOfPhase(d.kh, d.dilationH, d.strideH, a) * tapsOfPhase(d.kw, d.dilationW, d.strideW, b) * filters;
          for (let g = 0; g < d.groups; g++) {
            const from = source + <usize>g * filters * size;
            const table = taps + ((<usize>k0) << 2);
            const panel = panels + (<usize>k0 * d.groups + <usize>g * k) * padded;
            const to = out + <usize>g * channels * size;
            if (usesDots(d, size)) fewColumns<f32>(m, channels, k, from, pixels, table, panel, to, outs);
            else igemm(size, m, channels, k, from, pixels, table, panel, to, outs, 0, 0, 0);
          }
          k0 += k;
        }
      }
    }
  }
}

// prettier-ignore
export function sconv2d_igrad(desc: usize, dy: usize, w: usize, dx: usize, work: usize): void { conv2dIgrad(4, desc, dy, w, dx, work); }
// prettier-ignore
export function dconv2d_igrad(desc: usize, dy: usize, w: usize, dx: usize, work: usize): void { conv2dIgrad(8, desc, dy, w, dx, work); }
