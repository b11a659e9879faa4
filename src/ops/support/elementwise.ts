/** Building blocks of the elementwise ops: kernels applied to tensors of one shape, broadcast pairs, scalars. */
import type { Applied, Rule, Saves } from "../../autodiff/rule.js";
import { apply } from "../../autodiff/tape.js";
import type { DType, FloatDType } from "../../tensor/dtype.js";
import { broadcastShapes, sameShape } from "../../tensor/shape.js";
import { address, allocate, Tensor } from "../../tensor/tensor.js";
import { wasm, type KernelName, type KernelTable } from "../../wasm/runtime.js";
import { sumTo } from "../sumTo.js";
import { broadcastStrides, collapse, stage } from "./broadcast.js";
import { checkFloat, checkSameDtype } from "./check.js";

/** Kernels of a given signature. */
type KernelsOf<F> = {
  [N in KernelName]: KernelTable[N] extends F ? (F extends KernelTable[N] ? N : never) : never;
}[KernelName];

export type UnaryKernel = KernelsOf<(n: number, x: number, y: number) => void>;
export type ScalarKernel = KernelsOf<(n: number, x: number, s: number, y: number) => void>;

type Float = Tensor<FloatDType>;
type Unary = Applied<[Float], null>;

interface UnarySpec {
  readonly kernel: UnaryKernel;
  readonly saves: "nothing" | "inputs" | "output";
  /** gx from g; composed of differentiable ops unless `fused` is given. */
  adjoint(g: Float, x: Float, y: Float): Float;
  /** A kernel for the first-order adjoint: (n, saved, g, gx). */
  readonly fused?: AdjointKernel;
}

export type AdjointKernel = KernelsOf<(n: number, saved: number, g: number, out: number) => void>;

/** A differentiable elementwise function y = f(x). */
export function unary(name: string, spec: UnarySpec): <D extends FloatDType>(x: Tensor<D>) => Tensor<D> {
  const composed = (g: Float, { inputs: [x], outputs }: Unary): [Float] => [spec.adjoint(g, x, outputs[0] as Float)];
  const { fused } = spec;
  const rule: Rule<[Float]> = {
    name,
    saves: spec.saves,
    forward: ([x]) => runUnary(name, spec.kernel, x),
    vjp:
      fused === undefined
        ? composed
        : (g, { inputs: [x], outputs }) => [runAdjoint(name, fused, spec.saves === "output" ? outputs[0]! : x, g)],
    vjpDifferentiable: composed,
  };
  return (x) => {
    checkFloat(name, x);
    return apply(rule, [x], null) as typeof x;
  };
}

export function runUnary(op: string, kernel: UnaryKernel, x: Tensor<DType>): Tensor<DType> {
  const y = allocate(x.shape, x.dtype);
  wasm[x.dtype as FloatDType][kernel](x.size, address(op, x), address(op, y));
  return y;
}

export function runScalar(op: string, kernel: ScalarKernel, x: Tensor<DType>, s: number): Tensor<DType> {
  const y = allocate(x.shape, x.dtype);
  wasm[x.dtype as FloatDType][kernel](x.size, address(op, x), s, address(op, y));
  return y;
}

function runAdjoint(op: string, kernel: AdjointKernel, saved: Tensor<DType>, g: Tensor<DType>): Tensor<DType> {
  const out = allocate(g.shape, g.dtype);
  wasm[g.dtype as FloatDType][kernel](g.size, address(op, saved), address(op, g), address(op, out));
  return out;
}

/** For each binary op, its kernel on operands of one shape and its kernel that broadcasts. */
const BINARY = {
  add: ["add_same", "add"],
  sub: ["sub_same", "sub"],
  mul: ["mul_same", "mul"],
  div: ["div_same", "div"],
  maximum: ["maximum_same", "maximum"],
  minimum: ["minimum_same", "minimum"],
  pow: ["pow", "pow_broadcast"],
} as const;

export type BinaryName = keyof typeof BINARY;

/** a ∘ b with broadcasting. */
export function runBinary(op: BinaryName, a: Tensor<DType>, b: Tensor<DType>): Tensor<DType> {
  const table = wasm[a.dtype as FloatDType];
  const [same, walk] = BINARY[op];
  if (sameShape(a.shape, b.shape)) {
    const out = allocate(a.shape, a.dtype);
    table[same](a.size, address(op, a), address(op, b), address(op, out));
    return out;
  }
  const shape = broadcastShapes(op, a.shape, b.shape);
  const out = allocate(shape, a.dtype);
  const pa = address(op, a);
  const pb = address(op, b);
  if (out.size === 0) return out;
  const { dims, strides } = collapse(shape, [broadcastStrides(a.shape, shape), broadcastStrides(b.shape, shape)]);
  const [d, sa, sb] = stage([dims, strides[0]!, strides[1]!]);
  table[walk](dims.length, d!, sa!, sb!, pa, pb, address(op, out));
  return out;
}

type Pair = Applied<[Float, Float], null>;

/** The rule of a binary op from its two partial cotangents, which are summed over broadcast axes. */
export function binaryRule(
  name: BinaryName,
  saves: "nothing" | "inputs",
  partials: (g: Float, a: Float, b: Float) => readonly [() => Float, () => Float],
): Rule<[Float, Float]> {
  const vjp = (g: Float, { inputs: [a, b], needs }: Pair): [Float | null, Float | null] => {
    const [ga, gb] = partials(g, a, b);
    return [needs[0] ? sumTo(ga(), a.shape) : null, needs[1] ? sumTo(gb(), b.shape) : null];
  };
  return { name, saves, forward: ([a, b]) => runBinary(name, a, b), vjp, vjpDifferentiable: vjp };
}

/** Applies a binary rule after the checks every binary op makes. */
export function applyBinary<D extends FloatDType>(rule: Rule<[Float, Float]>, a: Tensor<D>, b: Tensor<D>): Tensor<D> {
  checkFloat(rule.name, a);
  checkFloat(rule.name, b);
  checkSameDtype(rule.name, a, b);
  if (!sameShape(a.shape, b.shape)) broadcastShapes(rule.name, a.shape, b.shape);
  return apply(rule, [a, b], null) as Tensor<D>;
}

/** The rule of an op between a tensor and a JavaScript number. */
export function scalarRule(
  name: string,
  kernel: ScalarKernel,
  saves: Saves,
  adjoint: (g: Float, x: Float, s: number, y: Float) => Float,
): Rule<[Float], number> {
  const vjp = (g: Float, { inputs: [x], outputs, params }: Applied<[Float], number>): [Float] => [
    adjoint(g, x, params, outputs[0] as Float),
  ];
  return { name, saves, forward: ([x], s) => runScalar(name, kernel, x, s), vjp, vjpDifferentiable: vjp };
}

/** Applies a scalar rule after checking the tensor and the number. */
export function applyScalar<D extends FloatDType>(rule: Rule<[Float], number>, x: Tensor<D>, s: number): Tensor<D> {
  checkFloat(rule.name, x);
  return apply(rule, [x], s) as Tensor<D>;
}
