import type { Rule } from "../../autodiff/rule.js";
import { apply } from "../../autodiff/tape.js";
import type { FloatDType } from "../../tensor/dtype.js";
import { address, allocate, type Tensor } from "../../tensor/tensor.js";
import { wasm } from "../../wasm/runtime.js";
import { matrixBatch } from "./matrices.js";

type Float = Tensor<FloatDType>;

interface Params {
  readonly upper: boolean;
  /** The diagonal becomes factor·x + constant. */
  readonly factor: number;
  readonly constant: number;
}

/** Linear but for the constant, and its own adjoint. */
const rule: Rule<[Float], Params> = {
  name: "triangle",
  saves: "nothing",
  forward: ([x], { upper, factor, constant }) => {
    const { batch, rows, columns } = matrixBatch("triangle", x);
    const out = allocate(x.shape, x.dtype);
    const [px, po] = [address("triangle", x), address("triangle", out)];
    wasm[x.dtype].triangle(+upper, factor, constant, rows, columns, batch, px, po);
    return out;
  },
  vjp: adjoint,
  vjpDifferentiable: adjoint,
};

/** The upper or lower triangle of each matrix, zeros elsewhere, its diagonal times `factor` plus `constant`. */
export function triangle(x: Float, upper: boolean, factor = 1, constant = 0): Float {
  return apply(rule, [x], { upper, factor, constant }) as Float;
}

function adjoint(g: Float, { params }: { params: Params }): [Float] {
  return [triangle(g, params.upper, params.factor)];
}
