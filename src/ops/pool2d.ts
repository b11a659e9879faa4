import { ArgumentError } from "../errors.js";
import type { MultiRule, Rule } from "../autodiff/rule.js";
import { apply, applyMulti } from "../autodiff/tape.js";
import type { DType, FloatDType } from "../tensor/dtype.js";
import { address, allocate, fromArray, type Tensor } from "../tensor/tensor.js";
import { wasm } from "../wasm/runtime.js";
import { gather } from "./gather.js";
import { reshape } from "./reshape.js";
import { stage } from "./support/broadcast.js";
import { checkFloat } from "./support/check.js";
import { mapSizes, pairOf, windowCount, type Pair, type WindowOptions } from "./support/window.js";

type Float = Tensor<FloatDType>;

export interface AvgPoolOptions extends WindowOptions {
  /** Whether the zeros of the padding count in the mean (default true, as in torch). */
  readonly countIncludePad?: boolean;
}

interface PoolGeometry {
  readonly map: readonly [number, number, number, number];
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number];
  readonly out: readonly [number, number];
  readonly includePad: boolean;
}

/** Outputs the maxima and where they stood. */
const maxRule: MultiRule<[Float], PoolGeometry> = {
  name: "maxPool2d",
  saves: "output",
  forward: ([x], g) => {
    const shape = [g.map[0], ...g.out, g.map[3]];
    const y = allocate(shape, x.dtype);
    const index = allocate(shape, "int32");
    const at = [x, y, index].map((t) => address("maxPool2d", t)) as [number, number, number];
    wasm[x.dtype].maxpool2d(descriptor(g), at[0], at[1], at[2]);
    return [y, index];
  },
  vjp: ([g], { outputs, params }) => [apply(scatterRule, [g!, outputs[1]!], params)],
  vjpDifferentiable: ([g], { outputs, params }) => [apply(scatterRule, [g!, outputs[1]!], params)],
};

/** The adjoint of max pooling: g at the places of the maxima. Its own adjoint takes elements from there. */
const scatterRule: Rule<[Float, Tensor<DType>], PoolGeometry> = {
  name: "maxPool2d",
  saves: "inputs",
  forward: ([g, index], geometry) => {
    const gx = allocate(geometry.map, g.dtype);
    const at = [g, index, gx].map((t) => address("maxPool2d", t)) as [number, number, number];
    wasm[g.dtype].maxpool2d_vjp(descriptor(geometry), at[0], at[1], at[2]);
    return gx;
  },
  vjp: (h, { inputs: [, index], params }) => [take(h, index, params), null],
  vjpDifferentiable: (h, { inputs: [, index], params }) => [take(h, index, params), null],
};

/** h where the maxima stood: the kernel's index h·W + w of each item and channel becomes one into all of h. */
function take(h: Float, index: Tensor<DType>, { map: [, height, width, c] }: PoolGeometry): Float {
  const perItem = index.size / Math.max(1, index.shape[0]!);
  const flat = (index as Tensor<"int32">).data().map((position, i) => {
    return (Math.floor(i / perItem) * height * width + position) * c + (i % c);
  });
  return gather(reshape(h, [h.size]), fromArray(flat, index.shape, "int32") as Tensor<"int32">);
}

const avgRule: Rule<[Float], PoolGeometry> = {
  name: "avgPool2d",
  saves: "nothing",
  forward: ([x], g) => {
    const y = allocate([g.map[0], ...g.out, g.map[3]], x.dtype);
    const at = [x, y].map((t) => address("avgPool2d", t)) as [number, number];
    wasm[x.dtype].avgpool2d(descriptor(g), +g.includePad, at[0], at[1]);
    return y;
  },
  vjp: (g, { params }) => [spread(g, params)],
  vjpDifferentiable: (g, { params }) => [apply(spreadRule, [g], params)],
};

/** The adjoint of average pooling; linear, so that its own adjoint is average pooling again. */
const spreadRule: Rule<[Float], PoolGeometry> = {
  name: "avgPool2d",
  saves: "nothing",
  forward: ([g], geometry) => spread(g, geometry),
  vjp: (h, { params }) => [apply(avgRule, [h], params)],
  vjpDifferentiable: (h, { params }) => [apply(avgRule, [h], params)],
};

/**
 * Maxima over windows of a map [N, H, W, C] → [N, H', W', C]; windows of `size`, by default side by side. NaN wins, ties
 * go to the first in row-major order.
 *
 * Adjoint: g goes to where the maximum stood.
 * @throws {ShapeError} if x is no map; {@link ArgumentError} for bad sizes or padding above half a window.
 * @example
 * import { arange, init, nn } from "matprop";
 * await init();
 * nn.functional.maxPool2d(arange(16).reshape(1, 4, 4, 1), 2).data(); // 5, 7, 13, 15
 */
export function maxPool2d<D extends FloatDType>(x: Tensor<D>, size: Pair, options: WindowOptions = {}): Tensor<D> {
  checkFloat("maxPool2d", x);
  return applyMulti(maxRule, [x], geometryOf("maxPool2d", x, size, options, false))[0] as Tensor<D>;
}

/**
 * Means over windows of a map [N, H, W, C] → [N, H', W', C]; windows of `size`, by default side by side.
 *
 * Adjoint: each input gets g/count from every window it is in.
 * @throws {ShapeError} if x is no map; {@link ArgumentError} for bad sizes or padding above half a window.
 * @example
 * import { arange, init, nn } from "matprop";
 * await init();
 * nn.functional.avgPool2d(arange(16).reshape(1, 4, 4, 1), 2).data(); // 2.5, 4.5, 10.5, 12.5
 */
export function avgPool2d<D extends FloatDType>(x: Tensor<D>, size: Pair, options: AvgPoolOptions = {}): Tensor<D> {
  checkFloat("avgPool2d", x);
  const geometry = geometryOf("avgPool2d", x, size, options, options.countIncludePad ?? true);
  return apply(avgRule, [x], geometry) as Tensor<D>;
}

function geometryOf(
  op: string,
  x: Tensor<DType>,
  size: Pair,
  options: WindowOptions,
  includePad: boolean,
): PoolGeometry {
  const map = mapSizes(op, x);
  const kernel = pairOf(op, "size", size, 1);
  const stride = pairOf(op, "stride", options.stride ?? kernel, 1);
  const padding = pairOf(op, "padding", options.padding ?? 0, 0);
  if (padding[0] * 2 > kernel[0] || padding[1] * 2 > kernel[1]) {
    throw new ArgumentError(op, `padding [${padding.join(", ")}] is more than half the window [${kernel.join(", ")}]`);
  }
  const out = [
    windowCount(map[1], kernel[0], stride[0], padding[0], 1),
    windowCount(map[2], kernel[1], stride[1], padding[1], 1),
  ] as const;
  return { map, kernel, stride, padding, out, includePad };
}

/** The i32 descriptor of assembly/nn/pool.ts, in work space. */
function descriptor({ map, kernel, stride, padding: [pv, ph], out }: PoolGeometry): number {
  return stage([[...map, ...kernel, ...stride, pv, pv, ph, ph, ...out]])[0]!;
}

function spread(g: Float, geometry: PoolGeometry): Float {
  const gx = allocate(geometry.map, g.dtype);
  const at = [g, gx].map((t) => address("avgPool2d", t)) as [number, number];
  wasm[g.dtype].avgpool2d_vjp(descriptor(geometry), +geometry.includePad, at[0], at[1]);
  return gx;
}
