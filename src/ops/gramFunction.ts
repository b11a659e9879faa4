import { ArgumentError, NotDifferentiableError } from "../errors.js";
import { stopGradient } from "../autodiff/grad.js";
import type { Applied, Rule } from "../autodiff/rule.js";
import { apply } from "../autodiff/tape.js";
import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { astype } from "./astype.js";
import { div } from "./div.js";
import { gramIn } from "./gram.js";
import { matrixFunction, type SpectralName } from "./matrixFunction.js";
import { mul } from "./mul.js";
import { unsqueeze } from "./squeeze.js";
import { sqrt } from "./sqrt.js";
import { checkFloat } from "./support/check.js";
import { matrixBatch } from "./support/matrices.js";
import { thinGramFunction } from "./thinGramFunction.js";

type Float = Tensor<FloatDType>;

/** The function of the Gram matrix: its logarithm, its square root, or a real power. */
export type GramFunction = "log" | "sqrt" | { readonly power: number };

/** From the eigenvalues of the Gram matrix, or from the singular values of F. */
export type GramRoute = "gram" | "svd";

export interface GramFunctionOptions {
  readonly f: GramFunction;
  readonly eps: number;
  readonly route: GramRoute;
  readonly precision: FloatDType;
  /** Factor of the Gram matrix before eps is added (default 1). */
  readonly scale?: number;
  readonly weights?: Float | undefined;
}

/**
 * f(scale·FᵀWF + εI) of each matrix of a batch, [.., m, d] → [.., d, d], in the dtype `precision`; errors name `op`.
 *
 * Three ways, chosen by shape alone: eigenvalues of the d×d Gram matrix; with fewer rows than columns (and no weights)
 * eigenvalues of the m×m one; with `route: "svd"` singular values of F, which are not squared first.
 * Source: Ionescu, Vantzos, Sminchisescu 2015, §5.1; the thin form is derived in docs/derivations.md.
 */
export function gramFunction(op: string, F: Float, options: GramFunctionOptions): Float {
  const { f, eps, route, precision, scale = 1, weights } = options;
  checkFloat(op, F);
  if (precision !== "float32" && precision !== "float64") {
    throw new ArgumentError(op, `precision must be "float32" or "float64", got ${String(precision)}`);
  }
  const [name, p] = spectralOf(op, f);
  if (!(eps >= 0) || !Number.isFinite(eps)) {
    throw new ArgumentError(op, `eps must be finite and not negative, got ${eps}`);
  }
  if (route !== "gram" && route !== "svd") {
    throw new ArgumentError(op, `route must be "gram" or "svd", got ${String(route)}`);
  }
  const { rows: m, columns: d } = matrixBatch(op, F);
  if (route === "gram" && (m >= d || weights !== undefined || eps === 0)) {
    // Features of the lower precision are summed in the higher one as they are, those of the higher are rounded first.
    const [source, w] =
      precision === "float32" ? [astype(F, precision), weights && astype(weights, precision)] : [F, weights];
    const sum = gramIn(source, precision, { weights: w, eps: eps / scale }, op);
    return matrixFunction(name, scale === 1 ? sum : mul(sum, scale), p, op);
  }
  let features: Float = astype(F, precision);
  if (scale !== 1) features = mul(features, Math.sqrt(scale));
  if (weights !== undefined) features = mul(features, unsqueeze(rootOf(op, astype(weights, precision)), -1));
  return thinGramFunction(features, { name, p, op, eps, svd: route === "svd" });
}

/** √w, whose gradient is infinite at w = 0 though that of the Gram matrix is not: an error there instead of NaN. */
const rootRule: Rule<[Float], { readonly op: string }> = {
  name: "root of weights",
  opOf: ({ op }) => op,
  saves: "output",
  forward: ([w]) => sqrt(stopGradient(w)),
  vjp: rootAdjoint,
  vjpDifferentiable: rootAdjoint,
};

function rootOf(op: string, weights: Float): Float {
  return apply(rootRule, [weights], { op }) as Float;
}

function rootAdjoint(g: Float, { outputs, params: { op } }: Applied<[Float], { readonly op: string }>): [Float] {
  const root = outputs[0] as Float;
  if (root.data().every((value: number) => value > 0)) return [div(mul(g, 0.5), root)];
  const advice = 'the gradient of a weight 0 needs route "gram"; route "svd" has only those of positive weights';
  throw new NotDifferentiableError(op, advice);
}

function spectralOf(op: string, f: GramFunction): [SpectralName, number] {
  if (f === "log") return ["logm", 0];
  if (f === "sqrt") return ["sqrtm", 0];
  const power = typeof f === "object" && f !== null ? f.power : NaN;
  if (!Number.isFinite(power)) {
    throw new ArgumentError(op, `f must be "log", "sqrt" or { power: number }, got ${JSON.stringify(f)}`);
  }
  return ["powm", power];
}
