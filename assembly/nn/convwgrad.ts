/**
 * Weight and bias gradient of conv2d:
 *   dw[o, i, j, c] = Σ_{n, p, q} dy[n, p, q, o] · x[n, p·sH + i·dH − pT, q·sW + j·dW − pL, c],  dbias[o] = Σ dy[n, p, q, o]
 * x [N, H, W, C], dy [N, OH, OW, O], dw [O, kh, kw, C/groups] and dbias [O] (or 0) overwritten. Outputs alias nothing.
 * dwᵀ = im2col(x)ᵀ · dy by igemm with the roles of its tables exchanged: rows are taps, steps are pixels.
 * Work: `conv2d_work(desc, 1)` bytes, bounded whatever N; it holds dwᵀ.
 * Order: pixels ascending from zero in blocks of at most 256 inside a band of sweep.ts, block sums added in order. The
 * blocks depend on the shape of one item alone.
 */
import { roundUp } from "../simd";
import { addRows } from "./columns";
import { depth, forwardTaps, planForward } from "./conv";
import { igemm } from "./igemm";
import { packPanels, stepBytes } from "./panels";
import { bandPixels, ConvDesc, openBand, Sweep, SWEEP_BYTES, tableBytes, writePixels, writeRamp } from "./sweep";
import { winogradWeights } from "./winograd";
import { usesWinograd } from "./winograd-plan";
import { PANEL } from "./winograd-transforms";

/** Pixels of a block. */
export const PIXELS: i32 = 256;

function conv2dWgrad(size: i32, desc: usize, x: usize, dy: usize, dw: usize, dbias: usize, work: usize): void {
  const d = changetype<ConvDesc>(desc);
  const s = changetype<Sweep>(work);
  const k = depth(d);
  const elements = <usize>k * d.o * size;
  if (d.n <= 0 || d.oh <= 0 || d.ow <= 0 || d.o <= 0) {
    memory.fill(dw, 0, elements);
    if (dbias) memory.fill(dbias, 0, <usize>d.o * size);
    return;
  }
  if (usesWinograd(size, d, false)) {
    winogradWeights(d, x, dy, dw, dbias, work);
    return;
  }
  planForward(d, s, size);
  const channels = d.c / d.groups;
  const filters = d.o / d.groups;
  const taps = work + SWEEP_BYTES;
  const outs = taps + tableBytes(k);
  const pixels = outs + tableBytes(k);
  const sums = pixels + tableBytes(bandPixels(s));
  const panels = sums + roundUp(elements, 16);
  const buffer = panels + <usize>PIXELS * stepBytes(filters, size);
  const ld = <usize>d.o * size;
  // Four vectors of floats and no more: dy is a panel as it stands.
  const isPanel = size == 4 && d.groups == 1 && ld == PANEL;
  forwardTaps(d, s, taps);
  writePixels(s, pixels);
  writeRamp(outs, k, <usize>filters * size);
  let started = false;
  for (let image = 0; image < d.n; image += s.bandImages) {
    const images = min(s.bandImages, d.n - image);
    for (let row = 0; row < s.rows; row += s.bandRows) {
      const rows = min(s.bandRows, s.rows - row);
      const source = openBand(s, x, image, images, row, rows, buffer);
      const total = images * rows * s.cols;
      const band = dy + (<usize>image * s.rows + row) * s.cols * ld;
      for (let p = 0; p < total; p += PIXELS) {
        const count = min(PIXELS, total - p);
        const block = band + <usize>p * ld;
        for (let g = 0; g < d.groups; g++) {
          if (!isPanel) packPanels(size, filters, count, block + <usize>g * filters * size, d.o, 1, count, 0, panels);
          igemm(
            size,
            k,
            filters,
            count,
            source + <usize>g * channels * size,
            taps,
            pixels + ((<usize>p) << 2),
            isPanel ? block : panels,
            sums + <usize>g * k * filters * size,
            outs,
            started,
            0,
            0,
          );
        }
        if (dbias) {
          addRows(size, count, d.o, block, ld, dbias, started);
        }
        started = true;
      }
    }
  }
  for (let g = 0; g < d.groups; g++) {
    for (let o = 0; o < filters; o++) {
      let from = sums + (<usize>g * k * filters + o) * size;
      for (let t = 0; t < k; t++, from += <usize>filters * size, dw += size) {
        if (size == 4) store<u32>(dw, load<u32>(from));
        else store<u64>(dw, load<u64>(from));
      }
    }
  }
}

// prettier-ignore
export function sconv2d_wgrad(desc: usize, x: usize, dy: usize, dw: usize, dbias: usize, work: usize): void { conv2dWgrad(4, desc, x, dy, dw, dbias, work); }
// prettier-ignore
export function dconv2d_wgrad(desc: usize, x: usize, dy: usize, dw: usize, dbias: usize, work: usize): void { conv2dWgrad(8, desc, x, dy, dw, dbias, work); }
