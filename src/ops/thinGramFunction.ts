/**
 * f(FᵀF + εI) from the thin factors F = U·W, U [m, k] with orthonormal columns, W = UᵀF [k, d], k = min(m, d):
 *
 *   C = f(ε)I + Wᵀ diag(φ) W,   φ(x) = (f(x + ε) − f(ε))/x at the squared singular values xⱼ = ‖wⱼ‖²
 *   gF = 2U[diag(φ) W S + (Γ ∘ (W S Wᵀ)) W],   S = sym(G),   Γᵢⱼ = φ[xᵢ, xⱼ] = (f[xᵢ+ε, xⱼ+ε] − φ(min))/max
 *
 * Where f(ε) is infinite (a logarithm at ε = 0) and W spans everything, 0 takes the place of f(ε): φ(x) = f(x + ε)/x.
 *
 * W S Wᵀ carries the factor √(xᵢxⱼ), so that neither φ nor the quotient in Γ ever loses the digits that reach gF.
 * U and the xⱼ come from the eigenvectors of FFᵀ, or (`svd`) from a one-sided Jacobi SVD, accurate for tiny singular values.
 */
import { stopGradient } from "../autodiff/grad.js";
import { NonFiniteError } from "../errors.js";
import type { Applied, MultiRule } from "../autodiff/rule.js";
import { applyMulti } from "../autodiff/tape.js";
import { zeros } from "../tensor/create.js";
import type { DType, FloatDType } from "../tensor/dtype.js";
import { currentScope } from "../tensor/scope.js";
import { address, allocate, type Tensor } from "../tensor/tensor.js";
import { wasm } from "../wasm/runtime.js";
import { add } from "./add.js";
import { astype } from "./astype.js";
import { concat } from "./concat.js";
import { gram } from "./gram.js";
import { derivativesOf, SPECTRAL_CODES, type SpectralName } from "./matrixFunction.js";
import { mul } from "./mul.js";
import { square } from "./square.js";
import { gemm } from "./support/gemm.js";
import { matrixBatch, throwOnFailure } from "./support/matrices.js";
import { largestOf, powerOfTwo, SMALLEST_NORMAL } from "./support/magnitude.js";
import { reversed } from "./support/reversed.js";
import { spectralAdjoint } from "./support/spectralAdjoint.js";
import { symmetric } from "./support/symmetric.js";
import { svd } from "./svd.js";
import { transpose } from "./transpose.js";

type Float = Tensor<FloatDType>;
type Double = Tensor<"float64">;

interface Params {
  readonly name: SpectralName;
  readonly p: number;
  readonly op: string;
  readonly eps: number;
  readonly svd: boolean;
}

const QUOTIENT = 16;
const BYTES = 8;

/** Outputs C, and for the adjoint U, W, x and φ. */
const rule: MultiRule<[Float], Params> = {
  name: "function of a Gram matrix",
  opOf: ({ op }) => op,
  guarded: "infinity",
  saves: "both",
  forward: run,
  vjp: adjoint,
  vjpDifferentiable: ([g], { inputs: [F], params }) => [composedAdjoint(g!, F, params)],
};

/** In the dtype of F; the decompositions and all around them run in double. */
export function thinGramFunction(F: Float, params: Params): Float {
  return astype(applyMulti(rule, [astype(F, "float64")], params)[0]!, F.dtype);
}

function run([F]: [Float], params: Params): readonly Double[] {
  const { lead, batch, rows: m, columns: d } = matrixBatch(params.op, F);
  const k = Math.min(m, d);
  const table = wasm.float64;
  const [C, U, W] = [
    [d, d],
    [m, k],
    [k, d],
  ].map((shape) => allocate([...lead, ...shape], "float64")) as [Double, Double, Double];
  const [x, phi] = [allocate([...lead, k], "float64"), allocate([...lead, k], "float64")];
  const spare = allocate([k, k], "float64");
  const at = (t: Tensor<DType>, item: number, size: number): number => address(params.op, t) + item * size * BYTES;
  const atEps = scalarFunction(params);
  const infinite = !Number.isFinite(atEps) && k === d;
  const constant = infinite ? 0 : atEps;
  const fn = SPECTRAL_CODES[params.name] + (infinite ? 0 : QUOTIENT);
  for (let item = 0; item < batch; item++) {
    const pf = at(F, item, m * d);
    const [pc, pu, pw] = [at(C, item, d * d), at(U, item, m * k), at(W, item, k * d)];
    const [px, pp] = [at(x, item, k), at(phi, item, k)];
    const factors: Factors = { m, d, pf, pu, pw, px, spare: address(params.op, spare) };
    const code = params.svd ? bySvd(factors) : byEigenvalues(factors);
    const outside = code === 0 ? wasm.kernels.dspectral_values(fn, params.p, params.eps, k, px, pp) : 0;
    if (infinite) table.div_same(k, pp, px, pp);
    throwOnFailure(params.op, item, code !== 0 ? code : outside !== 0 ? -2 : 0);
    table.gram(k, d, pp, constant, pw, d, pc, d, currentScope()!.scratch(table.gram_work(k, d) >>> 0));
  }
  return [C, U, W, x, phi];
}

/** One F (m×d) and where its factors go, as addresses: U, W = UᵀF, x the squared singular values, k×k to spare. */
interface Factors {
  readonly m: number;
  readonly d: number;
  readonly pf: number;
  readonly pu: number;
  readonly pw: number;
  readonly px: number;
  readonly spare: number;
}

/** U from the eigenvectors of FFᵀ (m < d), x the eigenvalues (rounding may leave them a little below 0). */
function byEigenvalues({ m, d, pf, pu, pw, px, spare: gram }: Factors): number {
  const { kernels, float64: table } = wasm;
  kernels.dsyrk(0, m, d, 1, pf, d, 0, gram, m, currentScope()!.scratch(kernels.dsyrk_work(0, m, d) >>> 0));
  const info = table.syev(1, m, gram, m, px, pu, m, currentScope()!.scratch(table.syev_work(1, m) >>> 0));
  if (info !== 0) return info;
  table.maximums(m, px, 0, px);
  const work = currentScope()!.scratch(table.gemm_work(1, 0, m, d, m) >>> 0);
  table.gemm(1, 0, m, d, m, 1, pu, m, pf, d, 0, pw, d, work);
  return 0;
}

/** U and W = diag(s)Vᵀ from a Jacobi SVD of F, or of Fᵀ when it is wide; x = s². */
function bySvd({ m, d, pf, pu, pw, px, spare }: Factors): number {
  const { kernels } = wasm;
  const k = Math.min(m, d);
  const tall = m >= d;
  const scope = currentScope()!;
  if (tall) {
    const work = scope.scratch(kernels.dgesvj_work(m, d) >>> 0);
    const info = kernels.dgesvj(m, d, pf, d, px, pu, d, pw, d, work);
    if (info !== 0) return info;
  } else {
    // Fᵀ = V·diag(s)·Uᵀ: the factors change places, and both come transposed.
    const base = scope.scratch((2 * d * m + m * m) * BYTES + (kernels.dgesvj_work(d, m) >>> 0));
    const [pt, pv] = [base, base + d * m * BYTES];
    transposeInto(pf, m, d, pt);
    const info = kernels.dgesvj(d, m, pt, m, px, pv, m, spare, m, base + 2 * d * m * BYTES);
    if (info !== 0) return info;
    transposeInto(pv, d, m, pw);
    transposeInto(spare, m, m, pu);
  }
  const { f64: memory } = wasm;
  for (let j = 0; j < k; j++) {
    const s = memory[px / BYTES + j]!;
    for (let c = 0; c < d; c++) memory[pw / BYTES + j * d + c]! *= s;
  }
  kernels.dsquare(k, px, px);
  return 0;
}

/** The rows×columns matrix at `from` transposed to `to`. */
function transposeInto(from: number, rows: number, columns: number, to: number): void {
  const { f64: memory } = wasm;
  const [source, target] = [from / BYTES, to / BYTES];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) memory[target + j * rows + i] = memory[source + i * columns + j]!;
  }
}

/** f(ε). */
function scalarFunction({ name, p, eps }: Params): number {
  const at = currentScope()!.scratch(BYTES);
  const { f64: memory } = wasm;
  memory[at / BYTES] = 0;
  wasm.kernels.dspectral_values(SPECTRAL_CODES[name], p, eps, 1, at, at);
  return memory[at / BYTES]!;
}

function adjoint([g]: readonly (Float | null)[], { inputs: [F], outputs, params }: Applied<[Float], Params>): [Float] {
  const { batch, rows: m, columns: d } = matrixBatch(params.op, F);
  const k = Math.min(m, d);
  const table = wasm.float64;
  const [, U, W, x, phi] = outputs as [Double, Double, Double, Double, Double];
  const S = symmetric(g!);
  const WS = allocate(W.shape, "float64");
  const Q = allocate([k, k], "float64");
  const L = allocate([k, k], "float64");
  const shifted = allocate([k], "float64");
  const out = allocate(F.shape, "float64");
  const at = (t: Tensor<DType>, item: number, size: number): number => address(params.op, t) + item * size * BYTES;
  const product = (
    ta: 0 | 1,
    tb: 0 | 1,
    r: number,
    c: number,
    n: number,
    alpha: number,
    a: number,
    b: number,
    beta: number,
    to: number,
  ): void => {
    const work = currentScope()!.scratch(table.gemm_work(ta, tb, r, c, n) >>> 0);
    table.gemm(ta, tb, r, c, n, alpha, a, ta ? r : n, b, tb ? n : c, beta, to, c, work);
  };
  for (let item = 0; item < batch; item++) {
    const [pw, ps, pt] = [at(W, item, k * d), at(S, item, d * d), at(WS, item, k * d)];
    const [pq, pl, px] = [at(Q, 0, 0), at(L, 0, 0), at(x, item, k)];
    product(0, 0, k, d, d, 1, pw, ps, 0, pt);
    product(0, 1, k, k, d, 1, pt, pw, 0, pq);
    table.adds(k, px, params.eps, at(shifted, 0, 0));
    wasm.kernels.dloewner(SPECTRAL_CODES[params.name], params.p, k, at(shifted, 0, 0), pl, k);
    const { f64: memory } = wasm;
    const [iq, il, ix, ip, it] = [pq, pl, px, at(phi, item, k), pt].map((p) => p / BYTES) as [
      number,
      number,
      number,
      number,
      number,
    ];
    const unit = powerOfTwo(Math.sqrt(largestOf(memory.subarray(ix, ix + k))));
    // x and with it W S Wᵀ in units: Γ, of the order of f/x², leaves the range of numbers long before gF does.
    const square = unit * unit;
    for (let i = 0; i < k; i++) {
      if (memory[ix + i]! > 0 && vanishes(params, memory[il + i * (k + 1)]!)) {
        throw new NonFiniteError(params.op, item, `the gradient of item ${item} of the batch underflows`);
      }
      for (let j = 0; j < k; j++) {
        const [low, high] = memory[ix + i]! <= memory[ix + j]! ? [i, j] : [j, i];
        const top = memory[ix + high]!;
        const gamma = top > 0 ? ((memory[il + i * k + j]! - memory[ip + low]!) * square) / (top / square) : 0;
        memory[iq + i * k + j] = ((memory[iq + i * k + j]! / square) * gamma) / square;
      }
      for (let c = 0; c < d; c++) memory[it + i * d + c]! *= memory[ip + i]!;
    }
    product(0, 0, k, d, k, 1, pq, pw, 1, pt);
    product(0, 0, m, d, k, 2, at(U, item, m * k), pt, 0, at(out, item, m * d));
  }
  return [out];
}

/** Whether a derivative that is not 0 has left the numbers of full precision. */
function vanishes({ name, p }: Params, derivative: number): boolean {
  return Math.abs(derivative) < SMALLEST_NORMAL && !(name === "powm" && p === 0);
}

/**
 * The same as a function of F that can be differentiated again: gF = 2F·Df(Z)[S] of the d×d matrix Z = FᵀF + εI, whose
 * eigenvalues are taken from the singular values of F.
 */
function composedAdjoint(g: Float, F: Float, { name, p, op, eps }: Params): Float {
  const { lead, columns: d } = matrixBatch(op, F);
  const { S, Vh } = svd(stopGradient(F), { full: true });
  const rest = zeros([...lead, d - S.shape[S.rank - 1]!], { dtype: F.dtype });
  const w = add(reversed(concat([square(S), rest], -1)), eps);
  const z = reversed(transpose(Vh));
  const gZ = spectralAdjoint(gram(F, { eps }), g, w, z, derivativesOf({ name, p, op }));
  return mul(gemm(F, gZ), 2);
}
