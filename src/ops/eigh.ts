import { ArgumentError, DegenerateError } from "../errors.js";
import type { Applied, MultiRule } from "../autodiff/rule.js";
import { applyMulti, followed } from "../autodiff/tape.js";
import type { FloatDType } from "../tensor/dtype.js";
import { currentScope } from "../tensor/scope.js";
import { address, allocate, type Tensor } from "../tensor/tensor.js";
import { wasm } from "../wasm/runtime.js";
import { checkFloat } from "./support/check.js";
import { squareBatch, throwOnInfo } from "./support/matrices.js";

type Float = Tensor<FloatDType>;

export interface EighOptions {
  /**
   * What the gradient of the eigenvectors does where a gap is closed, |λᵢ − λⱼ| ≤ 8·n·ulp·max|λ|. `"raise"` (default): a
   * {@link DegenerateError}, unless no cotangent reaches either vector. `"drop"`: the pair contributes 0, right for a
   * loss that sees only the span. `"broaden"`: 1/x becomes x/(x² + eta) for every pair, at most 1/(2√eta).
   */
  readonly degenerate?: "raise" | "drop" | "broaden";
  /** The broadening of `"broaden"` in units of λ² (default 1e-12). */
  readonly eta?: number;
}

export interface Eigh<D extends FloatDType> {
  /** Ascending, [.., n]. */
  readonly eigenvalues: Tensor<D>;
  /** Orthonormal columns, [.., n, n]; in each the first entry of largest magnitude is positive. */
  readonly eigenvectors: Tensor<D>;
}

interface Params {
  readonly mode: 0 | 1 | 2;
  readonly eta: number;
}

const MODES = { raise: 0, drop: 1, broaden: 2 } as const;
const FIRST_FAILURE_BYTES = 64;

const rule: MultiRule<[Float], Params> = {
  name: "eigh",
  saves: "output",
  forward: ([A]) => decompose(A, 1),
  vjp: adjoint,
};

/** Computes vectors only where an adjoint will need them: the values are the same to the bit. */
const valuesRule: MultiRule<[Float], Params> = {
  ...rule,
  name: "eigvalsh",
  forward: ([A]) => decompose(A, followed(A) ? 1 : 0),
};

/**
 * Eigenvalues and eigenvectors of symmetric matrices, [.., n, n]: A is taken as ½A + ½Aᵀ.
 *
 * Method: Householder tridiagonalisation, then implicit QL or divide and conquer. Adjoint: gA = Z{skew(Zᵀg_Z)ᵢⱼ/(λⱼ − λᵢ) + diag(g_λ)}Zᵀ, exactly
 * symmetric (Ionescu, Vantzos, Sminchisescu 2015, Prop. 2, corrected; Giles 2008). A loss of the eigenvalues alone never
 * meets a gap. For f(A) use {@link logm} and its kin, which are exact at repeated eigenvalues.
 * @throws {ShapeError} unless square; {@link NonFiniteError}, {@link ConvergenceError} with the batch index; in the
 * gradient {@link DegenerateError} (see {@link EighOptions.degenerate}).
 * @example
 * import { init, linalg, tensor } from "matprop";
 * await init();
 * linalg.eigh(tensor([[2, 1], [1, 2]])).eigenvalues.toArray(); // [ 1, 3 ]
 */
export function eigh<D extends FloatDType>(A: Tensor<D>, options: EighOptions = {}): Eigh<D> {
  checkFloat("eigh", A);
  squareBatch("eigh", A);
  const { degenerate = "raise", eta = 1e-12 } = options;
  const mode = MODES[degenerate];
  if (mode === undefined)
    throw new ArgumentError("eigh", `degenerate must be raise, drop or broaden, got ${degenerate}`);
  if (!(eta > 0)) throw new ArgumentError("eigh", `eta must be positive, got ${eta}`);
  const [eigenvalues, eigenvectors] = applyMulti(rule, [A], { mode, eta }) as [Tensor<D>, Tensor<D>];
  return { eigenvalues, eigenvectors };
}

/**
 * The eigenvalues of symmetric matrices alone, ascending: [.., n, n] → [.., n].
 *
 * Adjoint: gA = Z·diag(g)·Zᵀ: finite whatever the gaps.
 * @throws {ShapeError} unless square; {@link NonFiniteError}, {@link ConvergenceError} with the batch index.
 * @example
 * import { init, linalg, tensor } from "matprop";
 * await init();
 * linalg.eigvalsh(tensor([[2, 1], [1, 2]])).toArray(); // [ 1, 3 ]
 */
export function eigvalsh<D extends FloatDType>(A: Tensor<D>): Tensor<D> {
  checkFloat("eigvalsh", A);
  squareBatch("eigvalsh", A);
  return applyMulti(valuesRule, [A], { mode: 0, eta: 1e-12 })[0] as Tensor<D>;
}

function decompose(A: Float, vectors: 0 | 1): readonly Float[] {
  const { lead, batch, rows: n } = squareBatch("eigh", A);
  const table = wasm[A.dtype];
  const w = allocate([...lead, n], A.dtype);
  const z = vectors ? allocate(A.shape, A.dtype) : null;
  const infos = allocate([batch], "int32");
  const [pa, pw, pi] = [A, w, infos].map((x) => address("eigh", x)) as [number, number, number];
  const pz = z ? address("eigh", z) : 0;
  const work = currentScope()!.scratch(table.syev_work(vectors, n) >>> 0);
  if (table.syev_batched(vectors, n, batch, pa, n * n, pw, pz, work, pi) !== 0) throwOnInfo("eigh", pi, batch);
  return z ? [w, z] : [w];
}

function adjoint(
  [gw, gz]: readonly (Float | null)[],
  { inputs: [A], outputs, params }: Applied<[Float], Params>,
): [Float] {
  const { batch, rows: n } = squareBatch("eigh", A);
  const table = wasm[A.dtype];
  const [w, z] = outputs as [Float, Float];
  const out = allocate(A.shape, A.dtype);
  const addresses = [w, z, gw ?? null, gz ?? null, out].map((x) => (x === null ? 0 : address("eigh", x)));
  const [pw, pz, pgw, pgz, po] = addresses as [number, number, number, number, number];
  const first = currentScope()!.scratch(FIRST_FAILURE_BYTES + (table.syev_vjp_work(n) >>> 0));
  const failed = table.syev_vjp_batched(
    ...([n, batch, pw, pz, pgw, pgz, params.mode, params.eta, po, first, first + FIRST_FAILURE_BYTES] as const),
  );
  if (failed !== 0) {
    const [item, i, j] = wasm.i32.subarray(first >>> 2, (first >>> 2) + 3) as unknown as [number, number, number];
    const advice =
      'use a function of the matrix (linalg.logm, linalg.powm, …) or choose degenerate: "drop" or "broaden"';
    throw new DegenerateError("eigh", i, j, wasm.f64[(first + 16) / 8]!, item, advice);
  }
  return [out];
}
