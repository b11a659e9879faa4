import type { Applied, MultiRule } from "../autodiff/rule.js";
import { applyMulti } from "../autodiff/tape.js";
import type { DType, FloatDType } from "../tensor/dtype.js";
import { broadcastShapes } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { neg } from "./neg.js";
import { sumTo } from "./sumTo.js";
import { checkFloat } from "./support/check.js";
import { factored, solveFactored, type Factored } from "./support/factored.js";
import { gemm } from "./support/gemm.js";
import { squareBatch } from "./support/matrices.js";
import { rightHandSide, walkable } from "./support/rightHandSide.js";
import { transpose } from "./transpose.js";

type Float = Tensor<FloatDType>;

/** Outputs X, and for the adjoint the factors and the order of rows. */
const rule: MultiRule<[Float, Float]> = {
  name: "solve",
  guarded: "infinity",
  saves: "both",
  forward: ([A, B]) => {
    const factors = factored("solve", A, true);
    return [solveFactored("solve", factors, B, false, leadOf(A, B)), ...factors];
  },
  vjp: ([g], applied) => {
    const [, ...factors] = applied.outputs as readonly Tensor<DType>[] as [Float, ...Factored];
    return adjoint(solveFactored("solve", factors, g!, true, g!.shape.slice(0, -2)), applied);
  },
  vjpDifferentiable: ([g], applied) => adjoint(solveMatrices(transpose(applied.inputs[0]), g!), applied),
};

/**
 * X with A·X = B for general square matrices, [.., n, n]; leading axes broadcast. B is [.., n, k], or a vector: it is one
 * if it has one axis or exactly the shape of A without its last axis (torch.linalg.solve's rule).
 *
 * Method: LU with partial pivoting. Adjoint: g_B = A⁻ᵀ·g from the same factors, g_A = −g_B·Xᵀ (Giles 2008). NaN in B
 * spreads down its column.
 * @throws {ShapeError}, {@link DtypeError} if the operands do not fit; {@link SingularMatrixError} with the batch index
 * where a pivot is exactly 0; {@link NonFiniteError} if A holds NaN or infinity, or its factors overflow.
 * @example
 * import { init, linalg, tensor } from "matprop";
 * await init();
 * linalg.solve(tensor([[0, 2], [1, 1]]), tensor([4, 5])).toArray(); // [ 3, 2 ]
 */
export function solve<D extends FloatDType>(A: Tensor<D>, B: Tensor<D>): Tensor<D> {
  checkFloat("solve", A);
  squareBatch("solve", A);
  const { B: matrices, restore } = rightHandSide("solve", A, B);
  return restore(solveMatrices(A, matrices)) as Tensor<D>;
}

function solveMatrices(A: Float, B: Float): Float {
  const lead = leadOf(A, B);
  return applyMulti(rule, [walkable(A, lead), walkable(B, lead)], null)[0] as Float;
}

function leadOf(A: Float, B: Float): readonly number[] {
  return broadcastShapes("solve", A.shape.slice(0, -2), B.shape.slice(0, -2));
}

function adjoint(
  gB: Float,
  { inputs: [A, B], outputs, needs }: Applied<[Float, Float], null>,
): [Float | null, Float | null] {
  const gA = needs[0] ? sumTo(neg(gemm(gB, outputs[0] as Float, false, true)), A.shape) : null;
  return [gA, needs[1] ? sumTo(gB, B.shape) : null];
}
