/**
 * f(A) = Z f(Λ) Zᵀ for symmetric A and an f whose values and divided differences are computed in JavaScript: what
 * symFunc, spectralProjector and reEig have in common. Adjoints: support/spectralAdjoint.ts.
 */
import { DegenerateError, NonFiniteError, NotDifferentiableError } from "../errors.js";
import type { MultiRule } from "../autodiff/rule.js";
import { applyMulti } from "../autodiff/tape.js";
import { itemBytes, type FloatDType } from "../tensor/dtype.js";
import { currentScope } from "../tensor/scope.js";
import { address, allocate, numbersAt, type Tensor } from "../tensor/tensor.js";
import { wasm } from "../wasm/runtime.js";
import { cast } from "./support/cast.js";
import { checkFloat } from "./support/check.js";
import { squareBatch, throwOnInfo } from "./support/matrices.js";
import { spectralAdjoint, type SpectralDerivatives } from "./support/spectralAdjoint.js";
import { closedGap } from "./support/spectrum.js";

type Float = Tensor<FloatDType>;
export type Eigenvalues = Float32Array | Float64Array;

/** Bytes of a float64. */
const DOUBLE = 8;

/** The divided differences of a function at the ascending eigenvalues w of one matrix. */
export interface DividedDifferences {
  readonly name: string;
  /** f[wᵢ, wⱼ], i ≤ j. */
  difference(w: Eigenvalues, i: number, j: number): number;
  /** f[wᵢ, wⱼ, wₖ], i ≤ j ≤ k; absent where f″ is not known. */
  second?(w: Eigenvalues, i: number, j: number, k: number, item: number): number;
}

export interface SpectralFunction extends DividedDifferences {
  /** f(wᵢ); may refuse matrices on which the function is not defined. */
  value(w: Eigenvalues, i: number, item: number): number;
}

const rule: MultiRule<[Float], SpectralFunction> = {
  name: "function of a symmetric matrix",
  opOf: ({ name }) => name,
  guarded: "infinity",
  saves: "output",
  forward: ([A], of) => run(A, of),
  vjp: ([g], { inputs: [A], outputs, params }) => [pullBack(A, g!, outputs as Float[], params)],
  vjpDifferentiable: ([g], { inputs: [A], outputs, params }) => [pullBack(A, g!, outputs as Float[], params)],
};

/** Z f(Λ) Zᵀ of each matrix of a batch; A is taken as ½A + ½Aᵀ. */
export function spectralFunction<D extends FloatDType>(A: Tensor<D>, of: SpectralFunction): Tensor<D> {
  checkFloat(of.name, A);
  squareBatch(of.name, A);
  return applyMulti(rule, [A], of)[0] as Tensor<D>;
}

/** Outputs C, and for the adjoints the eigenvalues and eigenvectors. */
function run(A: Float, of: SpectralFunction): Float[] {
  const { lead, batch, rows: n } = squareBatch(of.name, A);
  const table = wasm[A.dtype];
  const bytes = itemBytes(A.dtype);
  const [c, z] = [allocate(A.shape, "float64"), allocate(A.shape, A.dtype)];
  const w = allocate([...lead, n], A.dtype);
  const infos = allocate([batch], "int32");
  const [pa, pc, pz, pw, pi] = [A, c, z, w, infos].map((x) => address(of.name, x)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const solver = currentScope()!.scratch(table.syev_work(1, n) >>> 0);
  if (table.syev_batched(1, n, batch, pa, n * n, pw, pz, solver, pi) !== 0) throwOnInfo(of.name, pi, batch);
  const pd = address(of.name, cast(z, "float64"));
  const work = currentScope()!.scratch(n * DOUBLE + (wasm.kernels.dspectral_apply_work(n) >>> 0));
  for (let item = 0; item < batch; item++) {
    const values = numbersAt(A.dtype, pw + item * n * bytes, n);
    const f = numbersAt("float64", work, n);
    for (let i = 0; i < n; i++) f[i] = of.value(values, i, item);
    const at = item * n * n * DOUBLE;
    wasm.kernels.dspectral_apply(n, pd + at, n, work, pc + at, n, work + n * DOUBLE);
  }
  return [cast(c, A.dtype), w, z];
}

function pullBack(A: Float, g: Float, [, w, z]: readonly Float[], of: SpectralFunction): Float {
  return spectralAdjoint(A, g, w!, z!, derivativesOf(of));
}

/** The derivatives of such a function. */
export function derivativesOf(of: DividedDifferences): SpectralDerivatives {
  return { name: of.name, first: (w, z, g) => first(of, w, z, g), second: (w, g, h) => second(of, w, g, h) };
}

function first(of: DividedDifferences, w: Float, z: Float, g: Float): Float {
  const { batch, rows: n } = squareBatch(of.name, z);
  const { kernels } = wasm;
  const bytes = itemBytes(z.dtype);
  const out = allocate(z.shape, "float64");
  const tensors = [w, cast(z, "float64"), cast(g, "float64"), out];
  const [pw, pz, pg, po] = tensors.map((x) => address(of.name, x)) as [number, number, number, number];
  const work = currentScope()!.scratch(n * n * DOUBLE + (kernels.dspectral_vjp_work(n) >>> 0));
  for (let item = 0; item < batch; item++) {
    const values = numbersAt(z.dtype, pw + item * n * bytes, n);
    const l = numbersAt("float64", work, n * n);
    for (let i = 0; i < n; i++) {
      for (let j = i; j < n; j++) {
        const slope = of.difference(values, i, j);
        if (!Number.isFinite(slope)) throw new NonFiniteError(of.name, item, infiniteSlope(values[i]!, item));
        l[i * n + j] = l[j * n + i] = slope;
      }
    }
    const at = item * n * n * DOUBLE;
    kernels.dspectral_vjp(n, pz + at, n, work, n, pg + at, n, po + at, n, work + n * n * DOUBLE);
  }
  return cast(out, z.dtype);
}

function infiniteSlope(value: number, item: number): string {
  return `the derivative is infinite near the eigenvalue ${value} of item ${item} of the batch`;
}

function second(of: DividedDifferences, w: Float, g: Float, h: Float): Float {
  if (!of.second) {
    throw new NotDifferentiableError(of.name, "a second derivative needs f″: pass it as ddf");
  }
  const { batch, rows: n } = squareBatch(of.name, g);
  const out = allocate(g.shape, g.dtype);
  const addresses = [w, g, h, out].map((x) => address(of.name, x)) as [number, number, number, number];
  for (let item = 0; item < batch; item++) {
    const [values, G, H, T] = addresses.map((p, q) => {
      const size = q === 0 ? n : n * n;
      return numbersAt(g.dtype, p + item * size * itemBytes(g.dtype), size);
    }) as [Eigenvalues, Eigenvalues, Eigenvalues, Eigenvalues];
    for (let i = 0; i < n; i++) {
      for (let j = i; j < n; j++) {
        let sum = 0;
        for (let k = 0; k < n; k++) {
          const f = of.second(values, Math.min(i, k), Math.max(i, Math.min(j, k)), Math.max(j, k), item);
          sum += f * (G[i * n + k]! * H[k * n + j]! + H[i * n + k]! * G[k * n + j]!);
        }
        T[i * n + j] = T[j * n + i] = sum;
      }
    }
  }
  return out;
}

/** Throws if the gap between the neighbouring eigenvalues i and i + 1 is closed: ≤ 8·n·ulp·max|λ|. */
export function requireGap(name: string, w: Eigenvalues, i: number, item: number, advice: string): void {
  const n = w.length;
  const gap = w[i + 1]! - w[i]!;
  const top = Math.max(Math.abs(w[0]!), Math.abs(w[n - 1]!));
  const dtype = w instanceof Float32Array ? "float32" : "float64";
  if (gap <= closedGap(n, dtype, top)) throw new DegenerateError(name, i, i + 1, gap, item, advice);
}
