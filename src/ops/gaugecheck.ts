/** Evaluates a loss of a decomposition again with every choice that the decomposition leaves free made otherwise. */
import { ArgumentError, GaugeError } from "../errors.js";
import { valueAndGrad } from "../autodiff/grad.js";
import { ulpOf, type DType, type FloatDType } from "../tensor/dtype.js";
import { scope } from "../tensor/scoped.js";
import { fromArray, type Tensor } from "../tensor/tensor.js";
import type { Eigh } from "./eigh.js";
import { refuseWeights } from "./support/gauge.js";
import { eigenvalueSpectrum, singularSpectrum, type Spectrum } from "./support/spectrum.js";
import type { Svd } from "./svd.js";
import { transpose } from "./transpose.js";

type Float = Tensor<FloatDType>;
type Values = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

export interface GaugecheckOptions {
  /** Largest accepted change, relative to the loss and to Σ|g∘x| of the vectors changed (default √ulp). */
  readonly tolerance?: number;
}

/** Vectors as columns: `rows`×`columns` numbers an item. */
interface Basis {
  readonly values: Values;
  readonly rows: number;
  readonly columns: number;
}

/** A decomposition as numbers, and how a loss of the values and the bases is computed. */
interface Subject {
  readonly spectrum: Spectrum;
  readonly bases: readonly Basis[];
  readonly evaluate: (bases: readonly Basis[]) => Evaluation;
}

interface Evaluation {
  readonly loss: number;
  /** Cotangents of the values and of the bases. */
  readonly values: Float;
  readonly bases: readonly Values[];
}

/** Another choice: columns i and j of these bases of an item turned in their plane, or column i flipped if i = j. */
interface Change {
  readonly which: readonly number[];
  readonly item: number;
  readonly i: number;
  readonly j: number;
}

/** cos and sin of the turn: exact enough in every dtype, and no fraction of a circle. */
const [COS, SIN] = [0.8, 0.6];

/**
 * Checks that a loss of a decomposition does not depend on what the decomposition leaves free, by evaluating it again: each
 * vector (each pair uᵢ, vᵢ) with the other sign, the two vectors of each closed gap turned in their plane, with `full` the
 * added vectors flipped and turned, the vectors of σ = 0 flipped each by itself. Also, before and after the turn, that the
 * values of a closed gap have one cotangent: where they do not, a gradient with `degenerate: "drop"` misses a term, as in V f(Λ)
 * Vᵀ written by hand at A = cI. A tool for tests: as many evaluations as there are vectors and closed gaps.
 *
 * @param loss of what {@link eigh} or {@link svd} returned: a scalar.
 * @param factors what it returned.
 * @returns the largest relative change seen.
 * @throws {GaugeError} naming the vectors: i = j is a sign; {@link ArgumentError} if `factors` is no decomposition;
 * {@link ShapeError} unless the loss is a scalar.
 * @example
 * import { init, linalg, tensor } from "matprop";
 * await init();
 * const factors = linalg.eigh(tensor([[2, 1], [1, 2]]));
 * linalg.gaugecheck(({ eigenvectors }) => eigenvectors.square().slice("0, 1"), factors); // 0
 */
export function gaugecheck<F extends Eigh<FloatDType> | Svd<FloatDType>>(
  loss: (factors: F) => Tensor,
  factors: F,
  options: GaugecheckOptions = {},
): number {
  const subject = subjectOf(loss, factors);
  const { spectrum, bases, evaluate } = subject;
  const { tolerance = Math.sqrt(ulpOf(spectrum.dtype)) } = options;
  if (!(tolerance > 0)) throw new ArgumentError("gaugecheck", `tolerance must be positive, got ${tolerance}`);
  const base = evaluate(bases);
  refuseWeights(spectrum, tolerance, base.values);
  let worst = 0;
  for (const change of changesOf(subject)) {
    const found = evaluate(bases.map((basis, q) => (change.which.includes(q) ? changed(basis, change) : basis)));
    const difference = Math.abs(found.loss - base.loss);
    const size = Math.max(Math.abs(found.loss), Math.abs(base.loss)) + sizeOf(bases, base, change);
    const residual = size === 0 ? 0 : difference / size;
    const { item, i, j } = change;
    if (!(residual <= tolerance)) {
      const what = i === j ? `the sign of the vector ${i}` : `how the vectors ${i} and ${j} are turned in their plane`;
      throw new GaugeError("gaugecheck", i, j, item, residual, what);
    }
    if (i !== j) refuseWeights(spectrum, tolerance, found.values);
    worst = Math.max(worst, residual);
  }
  return worst;
}

function subjectOf<F extends Eigh<FloatDType> | Svd<FloatDType>>(loss: (factors: F) => Tensor, factors: F): Subject {
  if ("eigenvectors" in factors) {
    const { eigenvalues: w, eigenvectors: Z } = factors;
    const evaluate = evaluator([w, Z], (x, z) => loss({ eigenvalues: x, eigenvectors: z } as unknown as F));
    return { spectrum: eigenvalueSpectrum("gaugecheck", w), bases: [basisOf(Z)], evaluate };
  }
  if (factors === null || typeof factors !== "object" || !("Vh" in factors)) {
    throw new ArgumentError("gaugecheck", "needs what linalg.eigh or linalg.svd returned");
  }
  const { U, S, Vh } = factors;
  const V = transpose(Vh);
  const run = (s: Float, u: Float, v: Float): Tensor => loss({ U: u, S: s, Vh: transpose(v) } as unknown as F);
  const size = Math.max(U.shape[U.rank - 2]!, V.shape[V.rank - 2]!);
  const bases = [basisOf(U), basisOf(V)];
  return { spectrum: singularSpectrum("gaugecheck", size, S), bases, evaluate: evaluator([S, U, V], run) };
}

function basisOf(x: Float): Basis {
  const [rows, columns] = x.shape.slice(-2) as [number, number];
  return { values: x.data() as Values, rows, columns };
}

function evaluator([values, ...bases]: readonly [Float, ...Float[]], loss: (...xs: any[]) => Tensor) {
  const fixed = fromArray(values.data(), values.shape, values.dtype);
  const both = valueAndGrad((...xs: Tensor<DType>[]) => loss(...xs) as Tensor<DType>);
  return (now: readonly Basis[]): Evaluation =>
    scope(() => {
      const { value, grads } = both(
        fixed,
        ...now.map((basis, q) => fromArray(basis.values, bases[q]!.shape, values.dtype)),
      );
      const [cotangent, ...rest] = grads as readonly Float[];
      return { loss: value.item(), values: cotangent!, bases: rest.map((x) => x.data() as Values) };
    });
}

function* changesOf({ spectrum, bases }: Subject): Generator<Change> {
  const { k, values, gap, zero } = spectrum;
  const all = bases.map((_, q) => q);
  const added = all.flatMap((q) => (bases[q]!.columns > k ? [q] : []));
  for (let item = 0; item * k < values.length; item++) {
    const isZero = (i: number): boolean => bases.length > 1 && values[item * k + i]! <= zero(item);
    for (let i = 0; i < k; i++) {
      for (const which of isZero(i) ? all.map((q) => [q]) : [all]) yield { which, item, i, j: i };
      for (let j = i + 1; j < k; j++) {
        if (Math.abs(values[item * k + i]! - values[item * k + j]!) > gap(item)) continue;
        for (const which of isZero(i) && isZero(j) ? all.map((q) => [q]) : [all]) yield { which, item, i, j };
      }
      if (isZero(i)) for (const q of added) yield { which: [q], item, i, j: k };
    }
  }
  for (const q of added) yield* changesOfAdded(q, k, bases[q]!);
}

/** Signs and neighbours' turns generate every other basis of what `full` adds. */
function* changesOfAdded(q: number, k: number, { values, rows, columns }: Basis): Generator<Change> {
  const items = values.length / (rows * columns);
  for (let item = 0; item < items; item++) {
    for (let i = k; i < columns; i++) {
      yield { which: [q], item, i, j: i };
      if (i + 1 < columns) yield { which: [q], item, i, j: i + 1 };
    }
  }
}

function changed({ values, rows, columns }: Basis, { item, i, j }: Change): Basis {
  const copy = values.slice();
  for (let row = 0; row < rows; row++) {
    const at = (item * rows + row) * columns;
    const [a, b] = [values[at + i]!, values[at + j]!];
    copy[at + i] = i === j ? -a : COS * a - SIN * b;
    if (i !== j) copy[at + j] = SIN * a + COS * b;
  }
  return { values: copy, rows, columns };
}

/** Σ|g∘x| over the columns that a change touches. */
function sizeOf(bases: readonly Basis[], { bases: cotangents }: Evaluation, { which, item, i, j }: Change): number {
  let size = 0;
  for (const q of which) {
    const { values, rows, columns } = bases[q]!;
    for (let row = 0; row < rows; row++) {
      const at = (item * rows + row) * columns;
      size += Math.abs(cotangents[q]![at + i]! * values[at + i]!) + Math.abs(cotangents[q]![at + j]! * values[at + j]!);
    }
  }
  return size;
}
