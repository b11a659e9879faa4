/** What the approximate square roots share: the scale that lets them converge, and the adjoint by a Lyapunov equation. */
import { ArgumentError, NonFiniteError, NotPositiveDefiniteError } from "../../errors.js";
import { stopGradient } from "../../autodiff/grad.js";
import type { Rule } from "../../autodiff/rule.js";
import { apply, guardedAs } from "../../autodiff/tape.js";
import { eye } from "../../tensor/create.js";
import type { FloatDType } from "../../tensor/dtype.js";
import { scope } from "../../tensor/scoped.js";
import type { Tensor } from "../../tensor/tensor.js";
import { add } from "../add.js";
import { div } from "../div.js";
import { mul } from "../mul.js";
import { neg } from "../neg.js";
import { norm } from "../norm.js";
import { sqrt } from "../sqrt.js";
import { square } from "../square.js";
import { sub } from "../sub.js";
import { sum } from "../sum.js";
import { gemm } from "./gemm.js";
import { overMatrices } from "./overMatrices.js";
import { symmetric } from "./symmetric.js";

type Float = Tensor<FloatDType>;

/** Options of every approximate square root. */
export interface RootOptions {
  /** What A is divided by first, so that its eigenvalues lie in (0, 1]: its trace or its Frobenius norm. */
  readonly norm?: "trace" | "fro";
  /** Whether A^(−1/2) is returned instead of A^(1/2) (default false). */
  readonly inverse?: boolean;
  /**
   * `"exact"`: the gradient of what is computed, through every step of it. `"lyapunov"`: that of the root it stands for, by
   * one matrix equation whatever the number of steps; no second derivative.
   */
  readonly backward?: "exact" | "lyapunov";
  /** Steps towards the solution of the equation (default 12). */
  readonly backwardIterations?: number;
}

/** {@link RootOptions} with the defaults of an op. */
interface Settings extends RootOptions {
  readonly norm: "trace" | "fro";
  readonly backward: "exact" | "lyapunov";
}

/**
 * A^(1/2) or A^(−1/2) of A = ½A + ½Aᵀ by an `approximant` of the root of matrices with eigenvalues in (0, 1], which it gets
 * A/t for; compensated by √t. t is the trace or the Frobenius norm.
 * @throws {ArgumentError} for options out of range; {@link NotPositiveDefiniteError} unless t > 0, {@link NonFiniteError}.
 */
export function approximateRoot(op: string, A: Float, settings: Settings, approximant: (Z: Float) => Float): Float {
  const { norm: kind, inverse = false, backward, backwardIterations = 12 } = settings;
  if (kind !== "trace" && kind !== "fro") {
    throw new ArgumentError(op, `norm must be "trace" or "fro", got ${String(kind)}`);
  }
  if (backward !== "exact" && backward !== "lyapunov") {
    throw new ArgumentError(op, `backward must be "exact" or "lyapunov", got ${String(backward)}`);
  }
  checkSteps(op, "backwardIterations", backwardIterations);
  const root = (x: Float): Float =>
    scope(() =>
      guardedAs(op, () => {
        const S = symmetric(x);
        const t = scaleOf(op, S, kind);
        const C = approximant(div(S, t));
        return symmetric(inverse ? div(C, sqrt(t)) : mul(C, sqrt(t)));
      }),
    );
  if (backward === "exact") return root(A);
  return apply(lyapunovRule, [A], { op, root, inverse, iterations: backwardIterations }) as Float;
}

export function checkSteps(op: string, name: string, value: number): void {
  if (Number.isInteger(value) && value >= 1) return;
  throw new ArgumentError(op, `${name} must be a positive integer, got ${value}`);
}

/** tr S or ‖S‖_F, [.., 1, 1], which must be positive. */
function scaleOf(op: string, S: Float, kind: "trace" | "fro"): Float {
  const n = S.shape[S.rank - 1]!;
  // Not `norm`: where squares under- or overflow, so do the gradients of the quotient by t, and here it has a name.
  const total = (x: Float): Float => sum(x, [-2, -1], { keepdims: true });
  const t = kind === "trace" ? total(mul(S, eye(n, { dtype: S.dtype }))) : sqrt(total(square(S)));
  t.data().forEach((value: number, item: number) => {
    if ((value > 0 && Number.isFinite(value)) || n === 0) return;
    const what = kind === "trace" ? "trace" : "sum of squares in its Frobenius norm";
    const message = `item ${item} of the batch has the ${what} ${value}, which must be positive and finite`;
    throw Number.isFinite(value)
      ? new NotPositiveDefiniteError(op, item, message)
      : new NonFiniteError(op, item, message);
  });
  // A matrix without entries has no norm to be divided by, nor a derivative of it.
  return n === 0 ? stopGradient(add(t, 1)) : t;
}

interface Params {
  readonly op: string;
  readonly root: (A: Float) => Float;
  readonly inverse: boolean;
  readonly iterations: number;
}

/** root(A) ≈ A^(±1/2) with the gradient of A^(±1/2): B·gA + gA·B = G, or −A⁻¹GA⁻¹ for the inverse root. */
const lyapunovRule: Rule<[Float], Params> = {
  name: "approximate root",
  opOf: ({ op }) => op,
  guarded: "NaN",
  saves: "output",
  forward: ([A], { root }) => root(stopGradient(A)),
  vjp: (g, { outputs, params: { inverse, iterations } }) => {
    const B = outputs[0] as Float;
    const G = symmetric(g);
    if (!inverse) return [lyapunov(B, G, iterations)];
    const A1 = gemm(B, B);
    return [lyapunov(B, neg(symmetric(gemm(gemm(A1, G), A1))), iterations)];
  },
};

/**
 * X with B·X + X·B = G for positive definite B: Newton–Schulz steps towards the sign of [[B, G], [0, −B]], which is
 * [[I, 2X], [0, −I]] (Song, Sebe, Wang 2022). The eigenvalues of B/‖B‖_F grow by half a step until they are close to 1.
 */
function lyapunov(B: Float, G: Float, iterations: number): Float {
  return scope(() => {
    const scale = overMatrices(norm(B));
    const three = mul(eye(B.shape[B.rank - 1]!, { dtype: B.dtype }), 3);
    let [b, c] = [div(B, scale), div(G, scale)];
    for (let k = 0; k < iterations; k++) {
      const b2 = gemm(b, b);
      const rest = sub(three, b2);
      const next = add(sub(gemm(c, rest), gemm(b2, c)), gemm(gemm(b, c), b));
      b = mul(gemm(b, rest), 0.5);
      c = mul(next, 0.5);
    }
    return mul(symmetric(c), 0.5);
  });
}
