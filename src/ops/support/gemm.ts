/** The one matrix-product rule behind matmul and linear layers: op(A)·op(B) per batch item, transposes by flag. */
import type { Applied, Rule } from "../../autodiff/rule.js";
import { apply } from "../../autodiff/tape.js";
import type { DType, FloatDType } from "../../tensor/dtype.js";
import { currentScope } from "../../tensor/scope.js";
import { broadcastShapes, sameShape, sizeOf, type Shape } from "../../tensor/shape.js";
import { address, allocate, type Tensor } from "../../tensor/tensor.js";
import { wasm } from "../../wasm/runtime.js";
import { sumTo } from "../sumTo.js";
import { broadcastStrides } from "./broadcast.js";
import { copyStrided } from "./strided.js";

type Float = Tensor<FloatDType>;

export interface GemmFlags {
  readonly transA: boolean;
  readonly transB: boolean;
}

const gemmRule: Rule<[Float, Float], GemmFlags> = {
  name: "matmul",
  saves: "inputs",
  forward: ([a, b], flags) => run(a, b, flags),
  vjp: adjoint,
  vjpDifferentiable: adjoint,
};

/**
 * op(A)·op(B) over the last two axes, leading axes broadcast; both of rank ≥ 2, shapes checked by the caller.
 *
 * Adjoint: for C = AB, gA = g·Bᵀ and gB = Aᵀ·g; a transposed operand's cotangent is transposed likewise, which only
 * flips flags: nothing is ever transposed in memory.
 */
export function gemm(a: Float, b: Float, transA = false, transB = false): Float {
  return apply(gemmRule, [a, b], { transA, transB }) as Float;
}

function adjoint(
  g: Float,
  { inputs: [a, b], params, needs }: Applied<[Float, Float], GemmFlags>,
): [Float | null, Float | null] {
  const { transA, transB } = params;
  const ga = !needs[0] ? null : transA ? gemm(b, g, transB, true) : gemm(g, b, false, !transB);
  const gb = !needs[1] ? null : transB ? gemm(g, a, true, transA) : gemm(a, g, !transA, false);
  return [ga && sumTo(ga, a.shape), gb && sumTo(gb, b.shape)];
}

/** The forward pass alone, with an optional bias for the columns (batch 1), added as the kernel's epilogue. */
export function run(a: Float, b: Float, { transA, transB }: GemmFlags, bias?: Float): Float {
  const [rowsA, colsA] = lastTwo(a.shape);
  const [rowsB, colsB] = lastTwo(b.shape);
  const [m, k] = transA ? [colsA, rowsA] : [rowsA, colsA];
  const n = transB ? rowsB : colsB;
  const leadA = a.shape.slice(0, -2);
  const leadB = b.shape.slice(0, -2);
  const lead = broadcastShapes("matmul", leadA, leadB);
  const out = allocate([...lead, m, n], a.dtype);
  const batch = sizeOf(lead);
  const table = wasm[a.dtype];
  const pa = address("matmul", repeated(a, leadA, lead));
  const pb = address("matmul", repeated(b, leadB, lead));
  const pc = address("matmul", out);
  const pBias = bias && address("linear", bias);
  const work = currentScope()!.scratch(table.gemm_work(+transA, +transB, m, n, k) >>> 0);
  if (pBias !== undefined) {
    table.gemm_epilogue(+transA, +transB, m, n, k, 1, pa, colsA, pb, colsB, 0, pc, n, pBias, 0, work);
  } else if (batch === 1) {
    table.gemm(+transA, +transB, m, n, k, 1, pa, colsA, pb, colsB, 0, pc, n, work);
  } else {
    const strideA = sizeOf(leadA) === 1 ? 0 : rowsA * colsA;
    const strideB = sizeOf(leadB) === 1 ? 0 : rowsB * colsB;
    const sizes = [m, n, k] as const;
    table.gemm_batched(
      +transA,
      +transB,
      ...sizes,
      1,
      pa,
      colsA,
      strideA,
      pb,
      colsB,
      strideB,
      0,
      pc,
      n,
      m * n,
      batch,
      work,
    );
  }
  return out;
}

/** x as it is if one stride can walk its batch, else a copy with the batch axes broadcast. */
function repeated(x: Float, own: Shape, lead: Shape): Tensor<DType> {
  if (sizeOf(own) === 1 || sizeOf(own) === sizeOf(lead) || sameShape(own, lead)) return x;
  const shape = [...lead, ...x.shape.slice(-2)];
  return copyStrided("matmul", x, shape, broadcastStrides(x.shape, shape), 0);
}

function lastTwo(shape: Shape): [number, number] {
  return [shape[shape.length - 2]!, shape[shape.length - 1]!];
}
