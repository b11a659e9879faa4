import { ShapeError } from "../errors.js";
import type { Applied, Rule } from "../autodiff/rule.js";
import { apply } from "../autodiff/tape.js";
import type { DType, FloatDType } from "../tensor/dtype.js";
import { currentScope } from "../tensor/scope.js";
import { showShape } from "../tensor/shape.js";
import { address, allocate, type Tensor } from "../tensor/tensor.js";
import { wasm } from "../wasm/runtime.js";
import { sum } from "./sum.js";
import { checkFloat, checkSameDtype } from "./support/check.js";
import { convDescriptor, convGeometry, type ConvGeometry, type ConvOptions } from "./support/window.js";

type Float = Tensor<FloatDType>;

const FORWARD = 0;
const WEIGHTS = 1;
const INPUT = 2;
const DESCRIPTOR_BYTES = 128;

/** x, w and, if there is one, the bias. */
const rule: Rule<readonly Float[], ConvGeometry> = {
  name: "conv2d",
  saves: "inputs",
  forward: ([x, w, bias], g) => {
    const y = allocate([g.n, ...g.out, g.o], x!.dtype);
    const at = [x!, w!, y].map((t) => address("conv2d", t)) as [number, number, number];
    const pb = bias === undefined ? 0 : address("conv2d", bias);
    const { desc, work } = prepare(g, FORWARD, x!.dtype);
    wasm[x!.dtype].conv2d(desc, at[0], at[1], pb, 0, at[2], work);
    return y;
  },
  vjp: (g, { inputs, params, needs }) => {
    const [x, w, bias] = inputs as [Float, Float, Float?];
    const gx = needs[0] ? inputGradientOf(g, w, params) : null;
    if (!needs[1] && !needs[2]) return bias === undefined ? [gx, null] : [gx, null, null];
    const [gw, gb] = weightGradientOf(x, g, params, bias !== undefined);
    return bias === undefined ? [gx, gw] : [gx, gw, gb];
  },
  vjpDifferentiable: (g, { inputs, params, needs }) => {
    const [x, w, bias] = inputs as [Float, Float, Float?];
    const gx = needs[0] ? apply(inputRule, [g, w], params) : null;
    const gw = needs[1] ? apply(weightRule, [x, g], params) : null;
    return bias === undefined ? [gx, gw] : [gx, gw, sum(g, [0, 1, 2])];
  },
};

/** gx from gy and w: bilinear, so that its own adjoints are a convolution and a weight gradient. */
const inputRule: Rule<[Float, Float], ConvGeometry> = {
  name: "convTranspose2d",
  saves: "inputs",
  forward: ([gy, w], g) => inputGradientOf(gy, w, g),
  vjp: inputAdjoint,
  vjpDifferentiable: inputAdjoint,
};

/** gw from x and gy. */
const weightRule: Rule<[Float, Float], ConvGeometry> = {
  name: "conv2d",
  saves: "inputs",
  forward: ([x, gy], g) => weightGradientOf(x, gy, g, false)[0],
  vjp: weightAdjoint,
  vjpDifferentiable: weightAdjoint,
};

/**
 * 2-D convolution (cross-correlation) of maps x [N, H, W, C] with weights [O, kh, kw, C/groups]: [N, H', W', O],
 * H' = ⌊(H + 2·padding − dilation·(kh − 1) − 1)/stride⌋ + 1. An item's bits do not depend on its batch.
 *
 * y[n,p,q,o] = bias[o] + Σ x[n, p·s + i·d − pad, q·s + j·d − pad, c]·w[o,i,j,c], summed over (i, j, c) ascending.
 * Adjoint: gx by the transposed convolution of g, gw by correlating x with g, g_bias = Σ g over items and positions.
 * @throws {ShapeError} if ranks or channels do not fit; {@link DtypeError}; {@link ArgumentError} for bad options.
 * @example
 * import { init, nn, ones } from "matprop";
 * await init();
 * nn.functional.conv2d(ones([1, 4, 4, 1]), ones([2, 3, 3, 1]), null, { padding: 1 }).shape; // [ 1, 4, 4, 2 ]
 */
export function conv2d<D extends FloatDType>(
  x: Tensor<D>,
  weight: Tensor<D>,
  bias?: Tensor<D> | null,
  options: ConvOptions = {},
): Tensor<D> {
  checkOperands("conv2d", x, weight, bias);
  const geometry = convGeometry("conv2d", x, weight, options);
  if (bias && (bias.rank !== 1 || bias.size !== geometry.o)) {
    throw new ShapeError("conv2d", `bias must be [${geometry.o}], got ${showShape(bias.shape)}`);
  }
  return apply(rule, bias ? [x, weight, bias] : [x, weight], geometry) as Tensor<D>;
}

/** The adjoint of a convolution in x, as an op: gy [N, OH, OW, O] and w [O, kh, kw, C/groups] → [N, H, W, C]. */
export function convInputGradient(gy: Float, w: Float, geometry: ConvGeometry): Float {
  return apply(inputRule, [gy, w], geometry) as Float;
}

export function checkOperands(op: string, x: Tensor<DType>, weight: Tensor<DType>, bias?: Tensor<DType> | null): void {
  checkFloat(op, x);
  checkFloat(op, weight);
  checkSameDtype(op, x, weight);
  if (bias) {
    checkFloat(op, bias);
    checkSameDtype(op, x, bias);
  }
}

function inputAdjoint(
  h: Float,
  { inputs: [gy, w], params, needs }: Applied<[Float, Float], ConvGeometry>,
): [Tensor<DType> | null, Tensor<DType> | null] {
  return [needs[0] ? apply(rule, [h, w], params) : null, needs[1] ? apply(weightRule, [h, gy], params) : null];
}

function weightAdjoint(
  h: Float,
  { inputs: [x, gy], params, needs }: Applied<[Float, Float], ConvGeometry>,
): [Tensor<DType> | null, Tensor<DType> | null] {
  return [needs[0] ? apply(inputRule, [gy, h], params) : null, needs[1] ? apply(rule, [x, h], params) : null];
}

function inputGradientOf(gy: Float, w: Float, g: ConvGeometry): Float {
  const gx = allocate([g.n, g.h, g.w, g.c], gy.dtype);
  const at = [gy, w, gx].map((t) => address("conv2d", t)) as [number, number, number];
  const { desc, work } = prepare(g, INPUT, gy.dtype);
  wasm[gy.dtype].conv2d_igrad(desc, at[0], at[1], at[2], work);
  return gx;
}

function weightGradientOf(x: Float, gy: Float, g: ConvGeometry, withBias: boolean): [Float, Float | null] {
  const gw = allocate([g.o, ...g.kernel, g.c / g.groups], x.dtype);
  const gb = withBias ? allocate([g.o], x.dtype) : null;
  const at = [x, gy, gw].map((t) => address("conv2d", t)) as [number, number, number];
  const pb = gb === null ? 0 : address("conv2d", gb);
  const { desc, work } = prepare(g, WEIGHTS, x.dtype);
  wasm[x.dtype].conv2d_wgrad(desc, at[0], at[1], at[2], pb, work);
  return [gw, gb];
}

/** Writes the descriptor into work space and finds where the rest of it begins. */
function prepare(g: ConvGeometry, kind: number, dtype: FloatDType): { desc: number; work: number } {
  const scope = currentScope()!;
  const probe = scope.scratch(DESCRIPTOR_BYTES);
  const values = convDescriptor(g);
  wasm.i32.set(values, probe >>> 2);
  const bytes = wasm[dtype].conv2d_work(probe, kind) >>> 0;
  const desc = scope.scratch(DESCRIPTOR_BYTES + bytes);
  wasm.i32.set(values, desc >>> 2);
  return { desc, work: desc + DESCRIPTOR_BYTES };
}
