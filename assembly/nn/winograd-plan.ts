/** Sizes of winograd.ts: which shapes go that way, how many tiles and channels at a time, and the work space they take. */
import { roundUp } from "../simd";
import { ConvDesc } from "./sweep";
import { PANEL } from "./winograd-transforms";

/** What the transforms of a block of tiles may take, and those of the kernels of a strip (at least four panels). */
const BLOCK_BYTES: usize = 3 << 16;
const STRIP_BYTES: usize = 1 << 19;
const MAX_BLOCK: i32 = 32;

/** Bytes of an element, and elements of a row of a panel: there is no float64 way. */
export const FLOAT = 4;
export const WIDTH = 16;

// @ts-ignore: decorator
@unmanaged
export class Plan {
  /** The images that are read, and where the patch of tile (0, 0) begins. */
  h: i32;
  w: i32;
  c: i32;
  top: i32;
  left: i32;
  /** The images of pixels. */
  rows: i32;
  cols: i32;
  o: i32;
  /** Tiles across one image, of one image and of all. */
  across: i32;
  tiles: i32;
  total: i32;
  /** Tiles of a block (even), panels of a strip. */
  block: i32;
  panels: i32;
  /** Bytes between two tiles of V, and between two of the sixteen numbers of V, of pixels and of kernels. */
  tileV: usize;
  planeV: usize;
  planeM: usize;
  planeU: usize;
}

export const PLAN_BYTES: usize = 128;

/**
 * Whether a pass of convolution `d` goes this way: dtype and the shape of one item decide. Below a dozen channels the
 * transforms cost what the products save, and so does a third of the pixels or columns that are made and dropped.
 */
export function usesWinograd(size: i32, d: ConvDesc, backward: bool): bool {
  if (size != FLOAT) return false;
  if (d.kh != 3 || d.kw != 3 || d.strideH != 1 || d.strideW != 1) return false;
  if (d.dilationH != 1 || d.dilationW != 1 || d.groups != 1 || ((d.c | d.o) & 3) != 0) return false;
  const rows = backward ? d.h : d.oh;
  const cols = backward ? d.w : d.ow;
  const to = backward ? d.c : d.o;
  const made = ((rows + 1) & ~1) * ((cols + 1) & ~1);
  const width = <i32>roundUp(to, WIDTH);
  return min(d.c, d.o) >= 12 && 2 * made <= 3 * rows * cols && 3 * width <= 4 * to;
}

/** `backward`: the pass reads dy and makes dx. */
export function makePlan(p: Plan, d: ConvDesc, backward: bool): void {
  p.h = backward ? d.oh : d.h;
  p.w = backward ? d.ow : d.w;
  p.c = backward ? d.o : d.c;
  p.rows = backward ? d.h : d.oh;
  p.cols = backward ? d.w : d.ow;
  p.o = backward ? d.c : d.o;
  p.top = backward ? d.padTop - 2 : -d.padTop;
  p.left = backward ? d.padLeft - 2 : -d.padLeft;
  p.across = (p.cols + 1) >> 1;
  p.tiles = ((p.rows + 1) >> 1) * p.across;
  p.total = d.n * p.tiles;
  p.panels = panelsOf(p.c, p.o);
  p.block = blockOf(p.c, p.panels);
  p.tileV = tileBytes(p.c);
  p.planeV = (<usize>p.block * p.tileV) | PANEL;
  p.planeM = (<usize>(p.panels * p.block) * PANEL) | PANEL;
  p.planeU = (<usize>(p.panels * p.c) * PANEL) | PANEL;
}

/** Panels of a strip of o channels made of c. */
function panelsOf(c: i32, o: i32): i32 {
  const panels = <i32>(roundUp(<usize>o * FLOAT, PANEL) / PANEL);
  return min(panels, max(4, <i32>(STRIP_BYTES / (16 * PANEL)) / c));
}

/** An odd number of lines, lest a column of V fall on few cache sets. */
function tileBytes(c: i32): usize {
  return roundUp(<usize>c * FLOAT, PANEL) | PANEL;
}

function blockOf(c: i32, panels: i32): i32 {
  const bytes: usize = 16 * (tileBytes(c) + <usize>panels * PANEL);
  return max(8, min(MAX_BLOCK, <i32>(BLOCK_BYTES / bytes) & ~1));
}

/** Bytes beside the plan for a patch of pixels. */
export function patchBytes(c: i32, o: i32): usize {
  return <usize>max(16 * c, o) * FLOAT;
}

/** Bytes for the twelve numbers of one panel of kernels that is transformed along one axis. */
// @ts-ignore: decorator
@inline
export function tapBytes(c: i32): usize {
  return <usize>(12 * c) * PANEL;
}

/** Work space for passes that read c channels and write o; for the weights those of the forward pass. */
export function winogradWork(c: i32, o: i32): usize {
  const panels = panelsOf(c, o);
  const planes = <usize>blockOf(c, panels) * (tileBytes(c) + <usize>panels * PANEL) + <usize>(panels * c) * PANEL;
  return PLAN_BYTES + patchBytes(c, o) + tapBytes(c) + 16 * (planes + 3 * PANEL);
}
