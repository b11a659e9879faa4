/** What the adjoint of a decomposition puts in the place of 1/(vⱼ − vᵢ) where values lie close: the choices and their bounds. */
import { ArgumentError } from "../../errors.js";
import { ulpOf, type FloatDType } from "../../tensor/dtype.js";
import { fromArray, type Tensor } from "../../tensor/tensor.js";
import { add } from "../add.js";
import { div } from "../div.js";
import { maximum, minimum } from "../maximum.js";
import { mul } from "../mul.js";
import { square } from "../square.js";
import { unsqueeze } from "../squeeze.js";
import { sub } from "../sub.js";
import { broadenedInverse, maskedInverse } from "./maskedInverse.js";
import { pairMask, refusePairs, requireNonNegative, signedMask, type Reached, type Spectrum } from "./spectrum.js";

type Float = Tensor<FloatDType>;

/**
 * What the gradient of eigen- or singular vectors does where two values a ≥ b lie close. A gap is closed when a − b ≤
 * 8·n·ulp·max|v|, n the larger side of the matrix.
 *
 * - `"raise"` (default): 1/(a − b); at a closed gap a {@link DegenerateError}, unless no cotangent reaches either vector.
 * - `"drop"`: 1/(a − b), and 0 at a closed gap: right for a loss that sees only the span of the vectors.
 * - `"broaden"`: x/(x² + eta) for every x = a − b, at most 1/(2√eta); `eta` in units of the squared values (default 1e-12).
 * - `"taylor"`: the series (1/a)·Σ_{k ≤ order} (b/a)ᵏ, at most (order + 1)/a (Wang et al. 2021); `order` default 9.
 * - `"power"`: what `iterations` steps of power iteration with deflation would give (Wang et al. 2019). In the basis of the
 *   eigenvectors that is the series of `"taylor"` with order iterations − 1: at most iterations/a; default 19.
 * - `"pade"`: 1/max(a − b, delta·a), at most 1/(delta·a); `delta` default √ulp. The Padé approximant of the series (Song et
 *   al. 2021) has a singular system, because 1/(1 − x) is rational itself: what it amounts to is this clamped pole.
 *
 * The last three keep every gradient bounded and bias it where a − b is small beside a; they expand in b/a, so the values must
 * be ≥ 0: {@link NotPositiveDefiniteError} below −8·n·ulp·max|v|, and {@link DegenerateError} where a cotangent reaches two
 * values that are both 0.
 */
export type Degenerate =
  | "raise"
  | "drop"
  | "broaden"
  | "taylor"
  | "pade"
  | "power"
  | { readonly method: "raise" | "drop" }
  | { readonly method: "broaden"; readonly eta?: number }
  | { readonly method: "taylor"; readonly order?: number }
  | { readonly method: "pade"; readonly delta?: number }
  | { readonly method: "power"; readonly iterations?: number };

export interface GapOptions {
  /** What the gradient of the vectors does where values lie close (default `"raise"`): {@link Degenerate}. */
  readonly degenerate?: Degenerate;
  /**
   * Measure in the backward pass whether the loss depends on what the decomposition leaves free, and throw a
   * {@link GaugeError} if it does (default false). What is measured: the derivative of the loss as the two vectors of a closed
   * gap turn in their plane; that the values of a closed gap have one cotangent; for `svd` also the turns of the vectors that
   * `full` adds, and of those of σ = 0; each relative to the cotangents it is made of. `tolerance` (default √ulp) is what their
   * rounding may leave of it. A dependence on signs has no derivative, and a first derivative of 0 says nothing of the next:
   * for these, {@link gaugecheck} evaluates the loss.
   */
  readonly checkGauge?: boolean | { readonly tolerance?: number };
}

/** How 1/(vⱼ − vᵢ) is evaluated; `series` serves `"taylor"` and `"power"`. */
export type GapRule =
  | { readonly method: "raise" | "drop" }
  | { readonly method: "broaden"; readonly eta: number }
  | { readonly method: "series"; readonly order: number }
  | { readonly method: "pade"; readonly delta: number };

export interface Gaps {
  readonly rule: GapRule;
  /** The largest dependence on the gauge that passes; null: it is not measured. */
  readonly gauge: number | null;
}

const METHODS = ["raise", "drop", "broaden", "taylor", "pade", "power"];

interface Settings {
  readonly method: Exclude<Degenerate, object>;
  readonly eta?: number;
  readonly order?: number;
  readonly delta?: number;
  readonly iterations?: number;
}

/** The options of an op as it needs them. */
export function gapsOf(op: string, dtype: FloatDType, options: GapOptions): Gaps {
  const { degenerate = "raise", checkGauge } = options;
  const choice: Settings = typeof degenerate === "string" ? { method: degenerate } : degenerate;
  if (!METHODS.includes(choice?.method)) {
    throw new ArgumentError(op, `degenerate must be one of ${METHODS.join(", ")}, got ${String(choice?.method)}`);
  }
  const { eta = 1e-12, order = 9, delta = Math.sqrt(ulpOf(dtype)), iterations = 19 } = choice;
  if (!(eta > 0)) throw new ArgumentError(op, `eta must be positive, got ${eta}`);
  if (!Number.isInteger(order) || order < 0) {
    throw new ArgumentError(op, `order must be an integer ≥ 0, got ${order}`);
  }
  if (!Number.isInteger(iterations) || iterations < 1) {
    throw new ArgumentError(op, `iterations must be an integer ≥ 1, got ${iterations}`);
  }
  if (!(delta > 0 && delta <= 1)) throw new ArgumentError(op, `delta must be above 0 and at most 1, got ${delta}`);
  const rules: Record<Settings["method"], GapRule> = {
    raise: { method: "raise" },
    drop: { method: "drop" },
    broaden: { method: "broaden", eta },
    taylor: { method: "series", order },
    power: { method: "series", order: iterations - 1 },
    pade: { method: "pade", delta },
  };
  return { rule: rules[choice.method], gauge: gaugeOf(op, dtype, checkGauge) };
}

function gaugeOf(op: string, dtype: FloatDType, check: GapOptions["checkGauge"]): number | null {
  if (check === undefined || check === false) return null;
  const { tolerance = Math.sqrt(ulpOf(dtype)) } = check === true ? {} : (check ?? { tolerance: 0 });
  if (!(tolerance > 0) || (check !== true && typeof check !== "object")) {
    throw new ArgumentError(op, "checkGauge must be true, false or { tolerance } with a positive number");
  }
  return tolerance;
}

/** A rule that expands in ratios of values, which must not be negative then. */
type Expansion = Extract<GapRule, { method: "series" | "pade" }>;

export function expands(rule: GapRule): rule is Expansion {
  return rule.method === "series" || rule.method === "pade";
}

/**
 * [.., k, k] of what stands for 1/(vⱼ − vᵢ), composed of differentiable ops; 0 on the diagonal and for the pairs that the rule
 * does not resolve: closed gaps for `raise` and `drop`, two zeros for the expansions.
 * @throws {DegenerateError} but with `drop`, if a cotangent reaches (`reached`) a vector of such a pair;
 * {@link NotPositiveDefiniteError} if a rule expands in ratios of values of which one is negative.
 */
export function inverseGaps(v: Float, spectrum: Spectrum, rule: GapRule, reached: Reached): Float {
  const [rows, columns] = [unsqueeze(v, -1), unsqueeze(v, -2)];
  const gaps = sub(columns, rows);
  if (rule.method === "broaden") return broadenedInverse(gaps, rule.eta);
  if (expands(rule)) requireNonNegative(spectrum);
  const mask = expands(rule) ? signedMask(spectrum) : pairMask(spectrum, -1);
  if (rule.method !== "drop") refusePairs(spectrum, mask, reached);
  const signs = fromArray(mask, gaps.shape, v.dtype);
  if (!expands(rule)) return maskedInverse(gaps, signs);
  // Where both values are 0 the mask is 0, and the pair (1, 0) stands in for the division.
  const larger = add(mul(maximum(columns, rows), square(signs)), sub(1, square(signs)));
  const smaller = mul(maximum(minimum(columns, rows), 0), square(signs));
  const inverse =
    rule.method === "pade" ? clampedPole(larger, smaller, rule.delta) : series(larger, smaller, rule.order);
  return mul(inverse, signs);
}

function clampedPole(larger: Float, smaller: Float, delta: number): Float {
  return div(1, maximum(sub(larger, smaller), mul(larger, delta)));
}

/** (1/a)·Σ_{k ≤ order} (b/a)ᵏ by Horner's rule. */
function series(larger: Float, smaller: Float, order: number): Float {
  const ratio = div(smaller, larger);
  let sum: Float | null = null;
  for (let k = 0; k < order; k++) sum = add(sum === null ? ratio : mul(sum, ratio), 1);
  return sum === null ? div(1, larger) : div(sum, larger);
}
