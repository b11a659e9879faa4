import { ArgumentError, DegenerateError, ShapeError } from "../errors.js";
import type { Applied, MultiRule } from "../autodiff/rule.js";
import { applyMulti } from "../autodiff/tape.js";
import type { FloatDType } from "../tensor/dtype.js";
import { showShape } from "../tensor/shape.js";
import { fromArray, Tensor } from "../tensor/tensor.js";
import { add } from "./add.js";
import { astype } from "./astype.js";
import { eigh } from "./eigh.js";
import { mul } from "./mul.js";
import { normalizedAffinity, type NormalizedAffinityOptions } from "./normalizedAffinity.js";
import type { NormalizedCutsEmbedding } from "./normalizedCutsEmbedding.js";
import { checkMinDegree, RELATIVE_FLOOR } from "./support/affinityArguments.js";
import { checkFloat } from "./support/check.js";
import { canonicalSigns, couplings } from "./support/eigenvectors.js";
import type { Doubles } from "./support/affinity.js";
import { gemm } from "./support/gemm.js";
import { squareBatch } from "./support/matrices.js";
import { reversed } from "./support/reversed.js";
import { complementSolve, leadingPairs, patternOf, type Pattern } from "./support/sparse.js";
import { closedGap } from "./support/spectrum.js";
import { symmetric } from "./support/symmetric.js";

type Float = Tensor<FloatDType>;
type Double = Tensor<"float64">;

/** The weights of a sparse graph of n nodes: values[e] between rows[e] and columns[e]; equal places add up. */
export interface SparseAffinity<D extends FloatDType = FloatDType> {
  readonly n: number;
  readonly rows: ArrayLike<number>;
  readonly columns: ArrayLike<number>;
  /** [edges]. */
  readonly values: Tensor<D>;
}

export interface NormalizedCutsOptions extends NormalizedAffinityOptions {
  /** How many eigenvectors. */
  readonly k: number;
}

interface Params extends NormalizedCutsOptions {
  readonly pattern: Pattern;
}

const OP = "normalizedCuts";

/** Inputs the weights; outputs eigenvectors, eigenvalues, and M at the places of the pattern, its degrees, λ_{k+1}. */
const rule: MultiRule<[Float], Params> = { name: OP, guarded: "NaN", saves: "both", forward: run, vjp: adjoint };

/**
 * Plain normalized cuts (Shi, Malik 2000): the k leading eigenvectors of D^{-1/2}WD^{-1/2} of a graph, leading one first,
 * and their eigenvalues, which are 1 once for each connected part. W is a dense [.., n, n], or sparse; its symmetric part
 * counts. For `segment`, or by D^{-1/2} for the vectors of the random walk.
 *
 * Dense: `eigh` of {@link normalizedAffinity}, O(n³), differentiable twice. Sparse: block Krylov spaces with full
 * reorthogonalisation to residuals of 10⁻¹¹ (densely up to n = 256), in float64; adjoint by conjugate gradients. Gradients
 * are those of eigenvectors: gaps around the used ones must be open. Where only the span matters use
 * `spectralProjector(normalizedAffinity(W), k)`, or `normalizedCutsLoss(eye(n), W, labels, { rank: k })`.
 * @throws {ShapeError} unless square, or lengths differ; {@link ArgumentError} unless 1 ≤ k ≤ n and indices are below n, or
 * for a mean degree ≤ 0; {@link ConvergenceError}; in the gradient {@link DegenerateError}.
 * @example
 * import { init, linalg, tensor } from "matprop";
 * await init();
 * const values = tensor([1, 1], { dtype: "float64" }); // two pairs of nodes, apart
 * linalg.normalizedCuts({ n: 4, rows: [0, 2], columns: [1, 3], values }, { k: 2 }).eigenvalues.toArray(); // [ 1, 1 ]
 */
export function normalizedCuts<D extends FloatDType>(
  W: Tensor<D> | SparseAffinity<D>,
  options: NormalizedCutsOptions,
): NormalizedCutsEmbedding<D> {
  const { k, minDegree } = options;
  const dense = W instanceof Tensor;
  const n = dense ? squareBatch(OP, W).rows : W.n;
  if (!Number.isInteger(k) || k < 1 || k > n) {
    throw new ArgumentError(OP, `k must be an integer from 1 to ${n}, got ${k}`);
  }
  if (dense) {
    const pairs = eigh(normalizedAffinity(W, options), { subset: [n - k, n] });
    return { eigenvectors: reversed(pairs.eigenvectors), eigenvalues: reversed(pairs.eigenvalues) };
  }
  checkMinDegree(OP, minDegree);
  const pattern = checkedPattern(W);
  const [eigenvectors, eigenvalues] = applyMulti(rule, [W.values], { k, minDegree, pattern }) as [Tensor<D>, Tensor<D>];
  return { eigenvectors, eigenvalues };
}

function checkedPattern({ n, rows, columns, values }: SparseAffinity): Pattern {
  checkFloat(OP, values);
  if (values.rank !== 1 || values.size !== rows.length || values.size !== columns.length) {
    const got = `${rows.length} rows, ${columns.length} columns and values ${showShape(values.shape)}`;
    throw new ShapeError(OP, `a sparse graph needs one row, column and value an edge, got ${got}`);
  }
  for (const list of [rows, columns]) {
    for (let e = 0; e < list.length; e++) {
      const node = list[e]!;
      if (!Number.isInteger(node) || node < 0 || node >= n) {
        throw new ArgumentError(OP, `edge ${e} names node ${node}, outside 0 … ${n - 1}`);
      }
    }
  }
  return patternOf(n, rows, columns);
}

function run([weights]: [Float], { k, minDegree, pattern }: Params): readonly Float[] {
  const { n, start, column, entry } = pattern;
  const w = weights.data();
  // Each entry stands twice, at (r, c) and (c, r): half of it at each place.
  const degrees = new Float64Array(n);
  for (let r = 0; r < n; r++) for (let p = start[r]!; p < start[r + 1]!; p++) degrees[r]! += 0.5 * w[entry[p]!]!;
  const mean = degrees.reduce((sum, x) => sum + x, 0) / n;
  if (!(mean > 0)) throw new ArgumentError(OP, `the mean degree must be positive, got ${mean}`);
  const floor = minDegree ?? RELATIVE_FLOOR * mean;
  // A lifted degree is kept as its negative, so that the adjoint knows it.
  const lifted = degrees.map((x) => (x > floor ? x : -floor));
  const roots = lifted.map((x) => Math.sqrt(Math.abs(x)));
  const values = new Float64Array(entry.length);
  for (let r = 0; r < n; r++) {
    for (let p = start[r]!; p < start[r + 1]!; p++)
      values[p] = (0.5 * w[entry[p]!]!) / (roots[r]! * roots[column[p]!]!);
  }
  const { eigenvalues, eigenvectors } = leadingPairs(OP, pattern, values, k);
  const U = mul(eigenvectors, canonicalSigns(eigenvectors)) as Double;
  const { dtype } = weights;
  const plain = [eigenvalues, values, lifted, U.data()].map((x) => fromArray(x, [x.length], "float64"));
  return [astype(U, dtype), astype(fromArray(eigenvalues.slice(0, k), [k], "float64"), dtype), ...plain];
}

/**
 * gM = sym(Z·Uᵀ), Z = U·N + Y with (λⱼI − M)·yⱼ = (I − UUᵀ)·gUⱼ, at the places of the pattern; then through
 * m = w/√(d_r·d_c): gw = gm/√(d_r·d_c) + g_d of the row, g_d = −Σ gm·m/d over the row.
 */
function adjoint(
  [gU, gw]: readonly (Float | null)[],
  { inputs: [weights], outputs, params: { k, pattern } }: Applied<[Float], Params>,
): [Float] {
  const { n, start, column, entry } = pattern;
  const [w, values, degrees, u] = outputs.slice(2).map((x) => x.data()) as [Doubles, Doubles, Doubles, Doubles];
  const U = fromArray(u, [n, k], "float64");
  const g = gU ? (astype(gU, "float64") as Double) : null;
  const C = g && (gemm(U, g, true) as Double);
  const columns = Array.from({ length: k }, (_, j) => j);
  const own = gw?.data() ?? new Float64Array(k);
  let Z: Float = gemm(U, symmetric(couplings(OP, w.slice(0, k), columns, C, own, 0)));
  if (g !== null) Z = add(Z, throughComplement(pattern, values, w, u, k, g.data() as Doubles));
  const z = Z.data();
  const gWeights = new Float64Array(weights.size);
  for (let r = 0; r < n; r++) {
    const root = Math.sqrt(Math.abs(degrees[r]!));
    let gDegree = 0;
    for (let p = start[r]!; p < start[r + 1]!; p++) {
      const c = column[p]!;
      let gm = 0;
      for (let j = 0; j < k; j++) gm += z[r * k + j]! * u[c * k + j]! + u[r * k + j]! * z[c * k + j]!;
      gWeights[entry[p]!]! += (0.25 * gm) / (root * Math.sqrt(Math.abs(degrees[c]!)));
      gDegree -= (0.5 * gm * values[p]!) / degrees[r]!;
    }
    if (degrees[r]! < 0) continue;
    for (let p = start[r]!; p < start[r + 1]!; p++) gWeights[entry[p]!]! += 0.5 * gDegree;
  }
  return [astype(fromArray(gWeights, weights.shape, "float64"), weights.dtype)];
}

/** Y, n×k: the part of the adjoint that leaves the span of the eigenvectors. */
function throughComplement(pattern: Pattern, values: Doubles, w: Doubles, u: Doubles, k: number, g: Doubles): Double {
  const { n } = pattern;
  const Y = new Float64Array(n * k);
  for (let j = 0; j < (k < n ? k : 0); j++) {
    const column = Float64Array.from({ length: n }, (_, i) => g[i * k + j]!);
    if (column.every((x) => x === 0)) continue;
    const gap = w[j]! - w[k]!;
    if (gap <= closedGap(n, "float64", 1)) {
      throw new DegenerateError(OP, j, k, gap, 0, "choose another k, where the gap is open");
    }
    const y = complementSolve(OP, pattern, values, { lambda: w[j]!, U: u, k }, column);
    y.forEach((x, i) => (Y[i * k + j] = x));
  }
  return fromArray(Y, [n, k], "float64");
}
