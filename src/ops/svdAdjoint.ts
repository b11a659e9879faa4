/** The adjoint of the singular value decomposition, composed of differentiable ops: `svd.ts` has the formula. */
import { DegenerateError, NotDifferentiableError } from "../errors.js";
import type { Applied } from "../autodiff/rule.js";
import { eye, tensor } from "../tensor/create.js";
import { newArray, ulpOf, type FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { add } from "./add.js";
import { div } from "./div.js";
import { matmul } from "./matmul.js";
import { mul } from "./mul.js";
import { slice } from "./slice.js";
import { square } from "./square.js";
import { unsqueeze } from "./squeeze.js";
import { sub } from "./sub.js";
import { maskedInverse } from "./support/maskedInverse.js";
import { matrixBatch } from "./support/matrices.js";
import { transpose } from "./transpose.js";

type Float = Tensor<FloatDType>;
type Values = Float32Array | Float64Array;

/** What to do where singular values meet. */
export interface Gaps {
  readonly degenerate: "raise" | "drop" | "broaden";
  readonly eta: number;
}

/**
 * The singular values as numbers, k an item, and what counts as 0: a difference of two, and a value or a sum (below the
 * numerical rank, as in linalg.matrixRank).
 */
interface Spectrum {
  readonly dtype: FloatDType;
  readonly k: number;
  readonly s: Values;
  gap(item: number): number;
  zero(item: number): number;
}

const ADVICE = 'use a function of the matrix or choose degenerate: "drop" or "broaden"';

export function svdAdjoint(
  [gU, gS, gVh]: readonly (Float | null)[],
  { inputs, outputs, params }: Applied<[Float], Gaps>,
): Float {
  const { batch, rows: m, columns: n } = matrixBatch("svd", inputs[0]);
  const [full, S, fullH] = outputs as [Float, Float, Float];
  const k = Math.min(m, n);
  const U = leading(full, k, -1);
  const Vh = leading(fullH, k, -2);
  const gu = gU ? thinCotangent(gU, k, -1) : null;
  const gv = gVh ? transpose(thinCotangent(gVh, k, -2)) : null;
  if (gu === null && gv === null) return matmul(mul(U, unsqueeze(gS!, -2)), Vh);

  const spectrum = spectrumOf(m, n, S);
  const broaden = params.degenerate === "broaden";
  const [rows, columns] = [unsqueeze(S, -1), unsqueeze(S, -2)];
  const identity = eye(k, { dtype: S.dtype }) as Float;
  const inverseOf = (x: Float, mask: () => Values): Float =>
    broaden ? div(x, add(square(x), params.eta)) : maskedInverse(x, tensor(mask() as Float64Array, { shape: x.shape }));
  const near = inverseOf(sub(columns, rows), () => {
    const mask = pairMask(spectrum, -1);
    const [inU, inV] = [columnsOf(gu, batch, k), columnsOf(gv, batch, k)];
    if (params.degenerate === "raise") refusePairs(spectrum, mask, (item, j) => inU(item, j) || inV(item, j));
    return mask;
  });
  const both = add(columns, rows);
  const far = inverseOf(sub(both, mul(identity, both)), () => pairMask(spectrum, 1));
  const a = gu && skew(matmul(transpose(U), gu));
  const b = gv && skew(matmul(Vh, gv));
  let inner = mul(add(mul(sum(a, b, 1), near), mul(sum(a, b, -1), far)), 0.5);
  if (gS) inner = add(inner, mul(identity, unsqueeze(gS, -1)));

  const gA = matmul(matmul(U, inner), Vh);
  const outer = m > k ? gu : n > k ? gv : null;
  if (outer === null) return gA;
  const inverseValues = inverseOf(S, () => {
    const mask = valueMask(spectrum);
    if (params.degenerate === "raise") refuseValues(spectrum, mask, columnsOf(outer, batch, k));
    return mask;
  });
  const basis = m > k ? U : transpose(Vh);
  const rest = mul(sub(outer, matmul(basis, matmul(transpose(basis), outer))), unsqueeze(inverseValues, -2));
  return add(gA, m > k ? matmul(rest, Vh) : matmul(U, transpose(rest)));
}

/** The first k columns (axis −1) or rows (−2). */
function leading(x: Float, k: number, axis: -1 | -2): Float {
  if (x.shape[x.rank + axis] === k) return x;
  const ranges = x.shape.map((_, i) => (i === x.rank + axis ? ([0, k] as const) : null));
  return slice(x, ranges);
}

/** The part of a cotangent that belongs to the thin factor; the rest must be 0. */
function thinCotangent(g: Float, k: number, axis: -1 | -2): Float {
  if (g.shape[g.rank + axis] === k) return g;
  const ranges = g.shape.map((_, i) => (i === g.rank + axis ? ([k, null] as const) : null));
  if (
    slice(g, ranges)
      .data()
      .some((x) => x !== 0)
  ) {
    throw new NotDifferentiableError(
      "svd",
      "the vectors that full adds beyond min(m, n) are not functions of the matrix: a loss must not depend on them",
    );
  }
  return leading(g, k, axis);
}

const skew = (x: Float): Float => sub(x, transpose(x));

/** a + sign·b where either may be missing. */
function sum(a: Float | null, b: Float | null, sign: 1 | -1): Float {
  if (a === null) return mul(b!, sign);
  if (b === null) return a;
  return sign > 0 ? add(a, b) : sub(a, b);
}

function spectrumOf(m: number, n: number, S: Float): Spectrum {
  const k = Math.min(m, n);
  const s = S.data() as Values;
  const zero = (item: number): number => Math.max(m, n) * ulpOf(S.dtype) * s[item * k]!;
  return { dtype: S.dtype, k, s, gap: (item) => 8 * zero(item), zero };
}

/** Tells whether column j of an item of a cotangent [.., rows, k] is not zero; reads it when first asked. */
function columnsOf(g: Float | null, batch: number, k: number): (item: number, j: number) => boolean {
  let values: Values | undefined;
  return (item, j) => {
    if (g === null) return false;
    values ??= g.data() as Values;
    const rows = values.length / (batch * k);
    for (let i = 0; i < rows; i++) if (values[(item * rows + i) * k + j] !== 0) return true;
    return false;
  };
}

/** 1 for pairs with σⱼ + sign·σᵢ open, 0 on the diagonal and for closed ones. */
function pairMask({ dtype, k, s, gap, zero }: Spectrum, sign: 1 | -1): Values {
  const mask = newArray(dtype, s.length * k);
  for (let item = 0; item * k < s.length; item++) {
    const closed = sign < 0 ? gap(item) : zero(item);
    for (let i = 0; i < k; i++) {
      for (let j = i + 1; j < k; j++) {
        const open = s[item * k + i]! + sign * s[item * k + j]! > closed;
        mask[(item * k + i) * k + j] = mask[(item * k + j) * k + i] = Number(open);
      }
    }
  }
  return mask;
}

/** 1 for values that are not 0. */
function valueMask({ dtype, k, s, zero }: Spectrum): Values {
  const mask = newArray(dtype, s.length);
  return mask.map((_, i) => Number(s[i]! > zero(Math.floor(i / k))));
}

/** Throws for a pair whose gap is closed although a cotangent reaches one of its vectors. */
function refusePairs({ k, s }: Spectrum, mask: Values, reached: (item: number, j: number) => boolean): void {
  for (let at = 0; at < mask.length; at++) {
    const [item, i, j] = [Math.floor(at / (k * k)), Math.floor(at / k) % k, at % k];
    if (mask[at] !== 0 || j <= i || !(reached(item, i) || reached(item, j))) continue;
    throw new DegenerateError("svd", i, j, s[item * k + i]! - s[item * k + j]!, item, ADVICE);
  }
}

/** Throws for a zero value whose vector, which a cotangent reaches, is not told from the complement. */
function refuseValues({ k, s }: Spectrum, mask: Values, reached: (item: number, j: number) => boolean): void {
  for (let at = 0; at < mask.length; at++) {
    const [item, j] = [Math.floor(at / k), at % k];
    if (mask[at] === 0 && reached(item, j)) throw new DegenerateError("svd", j, k, s[at]!, item, ADVICE);
  }
}
