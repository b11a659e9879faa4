/**
 * Bytes of work space of a convolution: `kind` 0 forward, 1 weight gradient, 2 input gradient. They grow with the weights
 * and with one row of an image, not with N.
 */
import { roundUp } from "../simd";
import { depth } from "./conv";
import { PIXELS } from "./convwgrad";
import { stepBytes } from "./panels";
import { bandBound, ConvDesc, SWEEP_BYTES, tableBytes } from "./sweep";
import { usesWinograd, winogradWork } from "./winograd-plan";

function conv2dWork(size: i32, desc: usize, kind: i32): usize {
  const d = changetype<ConvDesc>(desc);
  const backward = kind == 2;
  if (usesWinograd(size, d, backward)) {
    return backward ? winogradWork(d.o, d.c) : winogradWork(d.c, d.o);
  }
  const k = depth(d);
  const channels = d.c / d.groups;
  const filters = d.o / d.groups;
  if (backward) {
    const reachW = ((d.kw - 1) * d.dilationW) / d.strideW;
    const reachH = ((d.kh - 1) * d.dilationH) / d.strideH;
    // Pixel columns of a phase: at most those of one image row over the stride, and one at each end.
    const cols = d.w / d.strideW + 2;
    const panels = <usize>d.kh * d.kw * d.o * stepBytes(channels, size);
    return SWEEP_BYTES + tableBytes(d.kh * d.kw * filters) + panels + bandBound(cols, cols + reachW, reachH, d.o, size);
  }
  const width = (d.ow - 1) * d.strideW + (d.kw - 1) * d.dilationW + 1;
  const band = SWEEP_BYTES + tableBytes(k) + bandBound(d.ow, width, (d.kh - 1) * d.dilationH, d.c, size);
  const padded = stepBytes(filters, size);
  if (kind == 0) return band + <usize>d.groups * k * padded;
  return band + tableBytes(k) + roundUp(<usize>k * d.o * size, 16) + <usize>PIXELS * padded;
}

// prettier-ignore
export function sconv2d_work(desc: usize, kind: i32): usize { return conv2dWork(4, desc, kind); }
// prettier-ignore
export function dconv2d_work(desc: usize, kind: i32): usize { return conv2dWork(8, desc, kind); }
