/** Geometry of sliding windows over NHWC maps: options, output sizes, and the descriptors the kernels read. */
import type { DType } from "../../tensor/dtype.js";
import { ArgumentError, ShapeError } from "../../errors.js";
import { showShape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";

/** One number for both axes, or [vertical, horizontal]. */
export type Pair = number | readonly [number, number];

export interface WindowOptions {
  /** Distance between windows (default 1; for pooling the window size). */
  readonly stride?: Pair;
  /** Zeros around the map on both sides (default 0). */
  readonly padding?: Pair;
}

export interface ConvOptions extends WindowOptions {
  /** Distance between the taps of a window (default 1). */
  readonly dilation?: Pair;
  /** Channels are split into so many independent groups (default 1). */
  readonly groups?: number;
}

/** Everything the convolution kernels need to know, in the order of their descriptor. */
export interface ConvGeometry {
  readonly n: number;
  readonly h: number;
  readonly w: number;
  readonly c: number;
  readonly o: number;
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly groups: number;
  readonly out: readonly [number, number];
}

export function pairOf(op: string, name: string, value: Pair, minimum: number): readonly [number, number] {
  const pair = typeof value === "number" ? ([value, value] as const) : value;
  if (pair.length !== 2 || pair.some((size) => !Number.isInteger(size) || size < minimum)) {
    throw new ArgumentError(op, `${name} must be an integer ≥ ${minimum} or a pair of them, got [${pair.join(", ")}]`);
  }
  return pair;
}

/** How many windows fit along an axis. */
export function windowCount(size: number, kernel: number, stride: number, padding: number, dilation: number): number {
  return Math.max(0, Math.floor((size + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1);
}

/** The four sizes of a map [N, H, W, C]. */
export function mapSizes(op: string, x: Tensor<DType>): readonly [number, number, number, number] {
  if (x.rank !== 4) throw new ShapeError(op, `needs a map [N, H, W, C], got ${showShape(x.shape)}`);
  return x.shape as unknown as readonly [number, number, number, number];
}

/** Geometry of a convolution of x with w [O, kh, kw, C/groups]. */
export function convGeometry(op: string, x: Tensor<DType>, w: Tensor<DType>, options: ConvOptions): ConvGeometry {
  const [n, h, width, c] = mapSizes(op, x);
  if (w.rank !== 4) throw new ShapeError(op, `weights must be [O, kh, kw, C/groups], got ${showShape(w.shape)}`);
  const [o, kh, kw, perGroup] = w.shape as unknown as readonly [number, number, number, number];
  const stride = pairOf(op, "stride", options.stride ?? 1, 1);
  const padding = pairOf(op, "padding", options.padding ?? 0, 0);
  const dilation = pairOf(op, "dilation", options.dilation ?? 1, 1);
  const groups = groupsOf(op, options.groups ?? 1);
  if (perGroup * groups !== c || o % groups !== 0) {
    const sizes = `${c} channels, weights ${showShape(w.shape)}, ${groups} groups`;
    throw new ShapeError(op, `weights must be [O, kh, kw, C/groups] with groups dividing C and O; got ${sizes}`);
  }
  const out = [
    windowCount(h, kh, stride[0], padding[0], dilation[0]),
    windowCount(width, kw, stride[1], padding[1], dilation[1]),
  ] as const;
  return { n, h, w: width, c, o, kernel: [kh, kw], stride, padding, dilation, groups, out };
}

export function groupsOf(op: string, groups: number): number {
  if (!Number.isInteger(groups) || groups < 1) {
    throw new ArgumentError(op, `groups must be a positive integer, got ${groups}`);
  }
  return groups;
}

/** The i32 descriptor of assembly/nn/sweep.ts. */
export function convDescriptor(g: ConvGeometry): number[] {
  const [pv, ph] = g.padding;
  return [
    ...[g.n, g.h, g.w, g.c, g.o, ...g.kernel, ...g.stride],
    ...[pv, pv, ph, ph, ...g.dilation, g.groups, ...g.out],
  ];
}
