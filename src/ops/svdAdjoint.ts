/** The adjoint of the singular value decomposition, composed of differentiable ops: `svd.ts` has the formula. */
import type { Applied } from "../autodiff/rule.js";
import { eye } from "../tensor/create.js";
import type { FloatDType, TypedArrayOf } from "../tensor/dtype.js";
import { fromArray, type Tensor } from "../tensor/tensor.js";
import { add } from "./add.js";
import { mul } from "./mul.js";
import { slice } from "./slice.js";
import { unsqueeze } from "./squeeze.js";
import { sub } from "./sub.js";
import { inverseGaps, type GapRule, type Gaps } from "./support/gaps.js";
import * as gauge from "./support/gauge.js";
import { gemm } from "./support/gemm.js";
import { broadenedInverse, maskedInverse } from "./support/maskedInverse.js";
import { matrixBatch } from "./support/matrices.js";
import { columnsOf, pairMask, refuseZeros, singularSpectrum, valueMask, type Spectrum } from "./support/spectrum.js";
import { transpose } from "./transpose.js";

type Float = Tensor<FloatDType>;

/** The k columns that belong to singular values, those that `full` adds, and the cotangents of both. */
interface Side {
  readonly basis: Float;
  readonly added: Float | null;
  readonly g: Float | null;
  readonly gAdded: Float | null;
}

export function svdAdjoint(
  [gU, gS, gVh]: readonly (Float | null)[],
  { inputs, outputs, params }: Applied<[Float], Gaps>,
): Float {
  const { rows: m, columns: n } = matrixBatch("svd", inputs[0]);
  const [U, S, Vh] = outputs as [Float, Float, Float];
  const k = Math.min(m, n);
  const left = sideOf(U, gU ?? null, k);
  const right = sideOf(transpose(Vh), gVh ? transpose(gVh) : null, k);
  const spectrum = singularSpectrum("svd", Math.max(m, n), S);
  const outer = m > k ? left : n > k ? right : null;
  const rest = outer === null ? null : offSpan(outer);
  if (params.gauge !== null) checkGauge(spectrum, params.gauge, left, right, gS ?? null, outer, rest);
  const between = (x: Float): Float => gemm(x, right.basis, false, true);
  if (left.g === null && right.g === null) return between(mul(left.basis, unsqueeze(gS!, -2)));

  let inner = pairTerms(left, right, S, spectrum, params.rule);
  if (gS) inner = add(inner, mul(eye(k, { dtype: S.dtype }) as Float, unsqueeze(gS, -1)));
  const gA = between(gemm(left.basis, inner));
  if (rest === null) return gA;
  const scaled = mul(rest, unsqueeze(inverseValues(S, spectrum, params.rule, outer!), -2));
  return add(gA, m > k ? between(scaled) : gemm(left.basis, scaled, false, true));
}

function sideOf(basis: Float, g: Float | null, k: number): Side {
  const columns = basis.shape[basis.rank - 1]!;
  const part = (x: Float, from: number, to: number): Float =>
    slice(x, [...x.shape.slice(1).map(() => null), [from, to]]);
  if (columns === k) return { basis, added: null, g, gAdded: null };
  const added = part(basis, k, columns);
  return { basis: part(basis, 0, k), added, g: g && part(g, 0, k), gAdded: g && part(g, k, columns) };
}

/** (I − UUᵀ)g_U − U₂g_U₂ᵀU: what turns the columns of U into the complement. */
function offSpan({ basis, added, g, gAdded }: Side): Float | null {
  if (g === null) return null;
  const thin = sub(g, gemm(basis, gemm(basis, g, true)));
  return gAdded === null ? thin : sub(thin, gemm(added!, gemm(gAdded, basis, true)));
}

/** ½[(a + b)/(σⱼ − σᵢ) + (a − b)/(σⱼ + σᵢ)], a = skew of Uᵀg_U and b of Vᵀg_V. */
function pairTerms(left: Side, right: Side, S: Float, spectrum: Spectrum, rule: GapRule): Float {
  const [inU, inV] = [columnsOf(left.g, spectrum.k), columnsOf(right.g, spectrum.k)];
  const near = inverseGaps(S, spectrum, rule, (item, j) => inU(item, j) || inV(item, j));
  const [rows, columns] = [unsqueeze(S, -1), unsqueeze(S, -2)];
  const sums = add(columns, rows);
  const both = sub(sums, mul(eye(spectrum.k, { dtype: S.dtype }) as Float, sums));
  const far = inverseOf(both, rule, () => pairMask(spectrum, 1));
  const a = left.g && skew(gemm(left.basis, left.g, true));
  const b = right.g && skew(gemm(right.basis, right.g, true));
  return mul(add(mul(combined(a, b, 1), near), mul(combined(a, b, -1), far)), 0.5);
}

/** 1/σ, refused or 0 where σ is 0. */
function inverseValues(S: Float, spectrum: Spectrum, rule: GapRule, { g, gAdded }: Side): Float {
  const mask = valueMask(spectrum);
  if (rule.method !== "drop" && rule.method !== "broaden") {
    const r = gAdded === null ? 0 : gAdded.shape[gAdded.rank - 1]!;
    const [inner, added] = [columnsOf(g, spectrum.k), columnsOf(gAdded, r)];
    const anyAdded = (item: number): boolean => Array.from({ length: r }, (_, j) => added(item, j)).includes(true);
    refuseZeros(spectrum, mask, (item, j) => inner(item, j) || anyAdded(item));
  }
  return inverseOf(S, rule, () => mask);
}

function inverseOf(x: Float, rule: GapRule, mask: () => TypedArrayOf[FloatDType]): Float {
  if (rule.method === "broaden") return broadenedInverse(x, rule.eta);
  return maskedInverse(x, fromArray(mask(), x.shape, x.dtype));
}

/** Throws if the loss depends on what equal or zero singular values, or `full`, leave free. */
function checkGauge(
  spectrum: Spectrum,
  most: number,
  left: Side,
  right: Side,
  gS: Float | null,
  outer: Side | null,
  rest: Float | null,
): void {
  const turns = [left, right].map(({ basis, g }) => gauge.turnsOf(basis, g)).filter((x) => x !== null);
  gauge.refuseTurns(spectrum, most, turns, true);
  gauge.refuseWeights(spectrum, most, gS);
  if (outer === null || rest === null) return;
  const { added, g, gAdded } = outer;
  const sizes = gauge.columnSizes(g!);
  if (gAdded !== null) {
    gauge.refuseComplement("svd", most, spectrum.k, added!, gAdded);
    const [r, all] = [gAdded.shape[gAdded.rank - 1]!, gauge.columnSizes(gAdded)];
    sizes.forEach((_, at) => {
      const first = Math.floor(at / spectrum.k) * r;
      sizes[at] = all.subarray(first, first + r).reduce((sum, x) => sum + x, sizes[at]!);
    });
  }
  gauge.refuseZeroTurns(spectrum, most, rest, sizes);
}

const skew = (x: Float): Float => sub(x, transpose(x));

/** a + sign·b where either may be missing. */
function combined(a: Float | null, b: Float | null, sign: 1 | -1): Float {
  if (a === null) return mul(b!, sign);
  if (b === null) return a;
  return sign > 0 ? add(a, b) : sub(a, b);
}
