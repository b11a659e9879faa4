/**
 * How far a gradient is from the exact one as two eigenvalues close up: the figures behind docs/img/gradient-error.svg (`--plot`
 * draws it). A = Q·diag(1, 1 + gap, 2, 4)·Q with entries ±½ in Q, exact in the dtype for every gap used, so that the exact
 * gradient is known in closed form; it is rounded to double here.
 */
import type { Figure, Group, Suite } from "./harness.js";
import { FLOATS, randomArray, type Float } from "./support.js";
import { grad, linalg, tensor, type FloatDType, type Tensor } from "../src/index.js";

type Matrix = Tensor<FloatDType>;
type Route = (A: Matrix) => Matrix;

interface Loss {
  /** What of A is weighed with a random cotangent; sees A as symmetric. */
  readonly routes: Readonly<Record<string, Route>>;
  /** The exact gradient for cotangent G, in the basis of the eigenvectors. */
  readonly exact: (w: readonly number[], G: readonly number[]) => number[];
}

const N = 4;
const SEEDS = [1, 2, 3];
/** The largest power: beyond it A is not exact any more. */
const POWERS: Readonly<Record<Float, number>> = { float32: 19, float64: 49 };
/** ½·Hadamard of order 4: symmetric and orthogonal. */
const Q = [1, 1, 1, 1, 1, -1, 1, -1, 1, 1, -1, -1, 1, -1, -1, 1].map((sign) => sign / 2);

function multiply(a: readonly number[], b: readonly number[]): number[] {
  return Array.from({ length: N * N }, (_, at) => {
    const row = N * Math.floor(at / N);
    return [0, 1, 2, 3].reduce((sum, k) => sum + a[row + k] * b[k * N + (at % N)], 0);
  });
}

const spectrum = (gap: number): number[] => [1, 1 + gap, 2, 4];
const turned = (b: readonly number[]): number[] => multiply(multiply(Q, b), Q);

function matrix(gap: number, dtype: Float): Matrix {
  const w = spectrum(gap);
  const a = turned(Array.from({ length: N * N }, (_, at) => (at % (N + 1) === 0 ? w[at % N] : 0)));
  const A = tensor(a, { shape: [N, N], dtype });
  const inexact = A.data().some((x, at) => x !== a[at]);
  if (inexact) throw new Error(`gap ${gap} is not exact in ${dtype}`);
  return A;
}

/** V f(Λ) Vᵀ written by hand: its gradient goes through those of the vectors. */
const byHand =
  (options: linalg.EighOptions): Route =>
  (A) => {
    const { eigenvalues, eigenvectors: V } = linalg.eigh(A, options);
    return V.mul(eigenvalues.sqrt()).matmul(V.mT);
  };
/** In the order of diag(1, 1 + gap, 2, 4), which is ascending; squares have no sign. */
const squares =
  (options: linalg.EighOptions): Route =>
  (A) =>
    linalg.eigh(A, options).eigenvectors.square();

const LOSSES: Readonly<Record<string, Loss>> = {
  sqrtm: {
    routes: {
      "Daleckii–Krein": (A) => linalg.sqrtm(A),
      "K-route": byHand({ degenerate: "drop" }),
      "Newton–Schulz": (A) => linalg.sqrtmNewtonSchulz(A, { iterations: 15 }),
      "its 5 steps": (A) => linalg.sqrtmNewtonSchulz(A),
      Taylor: byHand({ degenerate: "taylor" }),
      Padé: byHand({ degenerate: "pade" }),
      broadened: byHand({ degenerate: "broaden" }),
    },
    exact: (w, G) => turned(turned(G).map((x, at) => x / (Math.sqrt(w[Math.floor(at / N)]) + Math.sqrt(w[at % N])))),
  },
  vectors: {
    routes: {
      "K-route": squares({ degenerate: "drop" }),
      Taylor: squares({ degenerate: "taylor" }),
      Padé: squares({ degenerate: "pade" }),
      broadened: squares({ degenerate: "broaden" }),
    },
    exact: (w, G) => {
      const cotangent = G.map((x, at) => 2 * x * Q[at]);
      const P = multiply(Q, cotangent);
      const inner = P.map((x, at) => {
        const [i, j] = [Math.floor(at / N), at % N];
        return i === j ? 0 : (x - P[j * N + i]) / 2 / (w[j] - w[i]);
      });
      return turned(inner);
    },
  },
};

/** The larger of the errors ‖g − exact‖/‖exact‖ over a few random symmetric cotangents. */
function errorOf(route: Route, { exact }: Loss, gap: number, dtype: Float): number {
  const A = matrix(gap, dtype);
  return Math.max(
    ...SEEDS.map((seed) => {
      const half = [...randomArray("float32", N * N, seed)];
      const G = half.map((x, at) => (x + half[(at % N) * N + Math.floor(at / N)]) / 2);
      const weights = tensor(G, { shape: [N, N], dtype });
      const g = grad((x: Matrix) => route(x).mul(weights).sum())(A).data();
      const reference = exact(spectrum(gap), [...weights.data()]);
      const norm = (values: readonly number[]): number => Math.sqrt(values.reduce((sum, x) => sum + x * x, 0));
      return norm(reference.map((x, at) => g[at] - x)) / norm(reference);
    }),
  );
}

function groupOf(name: string, dtype: Float, power: number): Group {
  const loss = LOSSES[name];
  const figure = ([route, run]: [string, Route]): Figure => ({
    name: route,
    unit: "relative error",
    measure: () => errorOf(run, loss, 2 ** -power, dtype),
    checksum: () => "",
  });
  return {
    title: `gradientError ${name} ${dtype} gap=2^-${power}`,
    contenders: () => Object.entries(loss.routes).map(figure),
  };
}

export default {
  name: "gradientError",
  about: "relative error of the gradient of ⟨G, √A⟩ and of a loss of single eigenvectors as two eigenvalues close up",
  groups: Object.keys(LOSSES).flatMap((name) =>
    FLOATS.flatMap((dtype) => {
      const powers = Array.from({ length: POWERS[dtype] }, (_, k) => k + 1).filter((k) => k % 2 === 1);
      return powers.map((power) => groupOf(name, dtype, power));
    }),
  ),
} satisfies Suite;
