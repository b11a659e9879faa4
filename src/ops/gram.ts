import { ArgumentError, ShapeError } from "../errors.js";
import type { Applied, Rule } from "../autodiff/rule.js";
import { apply } from "../autodiff/tape.js";
import type { FloatDType } from "../tensor/dtype.js";
import { currentScope } from "../tensor/scope.js";
import { sameShape, showShape } from "../tensor/shape.js";
import { address, allocate, type Tensor } from "../tensor/tensor.js";
import { wasm } from "../wasm/runtime.js";
import { add } from "./add.js";
import { astype } from "./astype.js";
import { mul } from "./mul.js";
import { unsqueeze } from "./squeeze.js";
import { sum } from "./sum.js";
import { checkFloat, checkSameDtype } from "./support/check.js";
import { gemm } from "./support/gemm.js";
import { matrixBatch } from "./support/matrices.js";
import { transpose } from "./transpose.js";

type Float = Tensor<FloatDType>;

export interface GramOptions<D extends FloatDType> {
  /** Weights of the rows, [.., m]: then FᵀWF with W = diag(weights). */
  readonly weights?: Tensor<D>;
  /** Added to the diagonal of the sum (default 0). */
  readonly eps?: number;
}

interface Params {
  readonly eps: number;
  readonly dtype: FloatDType;
  readonly op: string;
}

/** Inputs F and, if weighted, its weights. */
const rule: Rule<readonly Float[], Params> = {
  name: "gram",
  opOf: ({ op }) => op,
  guarded: "NaN",
  saves: "inputs",
  forward: run,
  vjp: adjoint,
  vjpDifferentiable: adjoint,
};

/**
 * The Gram matrix FᵀF + εI, or FᵀWF + εI with row weights, of each matrix of a batch: [.., m, d] → [.., d, d]. A sum over
 * the m rows, not a mean; exactly symmetric; half the work of a product.
 *
 * Adjoint: gF = W·F·(G + Gᵀ), g_wᵢ = fᵢᵀGfᵢ (Ionescu, Vantzos, Sminchisescu 2015, §5.1).
 * @throws {ShapeError} if F has fewer than two axes or the weights do not fit; {@link DtypeError} if dtypes differ.
 * @example
 * import { init, linalg, tensor } from "matprop";
 * await init();
 * linalg.gram(tensor([[1, 2], [3, 4]]), { eps: 1 }).toArray(); // [ [ 11, 14 ], [ 14, 21 ] ]
 */
export function gram<D extends FloatDType>(F: Tensor<D>, options: GramOptions<D> = {}): Tensor<D> {
  checkFloat("gram", F);
  return gramIn(F, F.dtype, options) as Tensor<D>;
}

/** {@link gram} accumulated in `dtype`, as a step of `op`: float32 features may be summed in float64 without a copy. */
export function gramIn(F: Float, dtype: FloatDType, options: GramOptions<FloatDType> = {}, op = "gram"): Float {
  const { weights, eps = 0 } = options;
  matrixBatch("gram", F);
  if (!Number.isFinite(eps)) throw new ArgumentError("gram", `eps must be a finite number, got ${eps}`);
  if (F.dtype === "float64" && dtype === "float32") {
    throw new ArgumentError("gram", "float64 features cannot be summed in float32");
  }
  if (weights === undefined) return apply(rule, [F], { eps, dtype, op }) as Float;
  checkFloat("gram", weights);
  checkSameDtype("gram", F, weights);
  if (!sameShape(weights.shape, F.shape.slice(0, -1))) {
    throw new ShapeError("gram", `weights must be ${showShape(F.shape.slice(0, -1))}, got ${showShape(weights.shape)}`);
  }
  return apply(rule, [F, weights], { eps, dtype, op }) as Float;
}

function run([F, weights]: readonly Float[], { eps, dtype }: Params): Float {
  const { lead, batch, rows: m, columns: d } = matrixBatch("gram", F!);
  const out = allocate([...lead, d, d], dtype);
  const table = wasm[dtype];
  const pf = address("gram", F!);
  const pw = weights === undefined ? 0 : address("gram", weights);
  const pc = address("gram", out);
  const work = currentScope()!.scratch(table.gram_work(m, d) >>> 0);
  const kernel = F!.dtype === dtype ? table.gram_batched : wasm.kernels.dgram_s_batched;
  kernel(m, d, pw, m, eps, pf, d, m * d, pc, d, d * d, batch, work);
  return out;
}

function adjoint(g: Float, { inputs, needs }: Applied<readonly Float[], Params>): readonly (Float | null)[] {
  const [F, weights] = inputs as [Float, Float?];
  const FS = gemm(F, astype(add(g, transpose(g)), F.dtype));
  const gF = needs[0] ? (weights === undefined ? FS : mul(FS, unsqueeze(weights, -1))) : null;
  if (weights === undefined) return [gF];
  return [gF, needs[1] ? mul(sum(mul(FS, F), -1), 0.5) : null];
}
