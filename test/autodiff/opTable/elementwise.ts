/** Functions of tensors: elementwise, reductions, shapes, products. */
import * as mp from "../../../src/index.js";
import { entry, type Entry, type Options } from "./entry.js";
import {
  anyShape,
  away,
  make,
  positive,
  quarters,
  related,
  sizeOf,
  spaced,
  type Domain,
  type Float,
} from "./inputs.js";

type Name = keyof typeof mp & string;
const call = (name: Name): Entry["f"] => (mp as unknown as Record<string, Entry["f"]>)[name];
const rows = (names: string, at: Domain, options?: Options): Entry[] =>
  names.split(" ").map((name) => entry(name, call(name as Name), at, options));

const any = anyShape(away);
const two = anyShape(away, away);
/** The second operand is one row, stretched over the others. */
const stretched = related(any, (shape, dtype) => [make(away, shape.slice(-1), 9, dtype)]);
const zeroIndices = (rank: number): mp.Tensor<"int32"> => mp.zeros([rank], { dtype: "int32" });
const even = (x: Float): mp.Tensor<"bool"> =>
  mp.tensor(
    Uint8Array.from({ length: x.size }, (_, i) => i % 2),
    { shape: x.shape, dtype: "bool" },
  ) as mp.Tensor<"bool">;
const batchLast = (a: Float): Float => a.transpose() as Float;

export const ELEMENTWISE: readonly Entry[] = [
  ...rows("abs cos elu erf exp expm1 gelu leakyRelu neg reciprocal relu sigmoid silu sin softplus", any),
  ...rows("square tanh", any),
  // Its eps bends the adjoint near 0 on purpose.
  entry("signSqrt", (x) => mp.signSqrt(x, 0), any),
  ...rows("log log1p sqrt", anyShape(positive)),
  ...rows("sign ceil floor round", anyShape(quarters), { flat: true }),
  ...rows("add sub mul div", two),
  ...rows("maximum minimum", anyShape(spaced, away)),
  entry("add, one row stretched", mp.add, stretched),
  entry("sub, from a number", (x) => mp.sub(2, x), any),
  entry("mul, one row stretched", mp.mul, stretched),
  entry("div, one row stretched", mp.div, stretched),
  entry("div, of a number", (x) => mp.div(2, x), any),
  entry("pow", mp.pow, anyShape(positive, away)),
  entry("pow, cubed", (x) => mp.pow(x, 3), any),
  entry(
    "pow, one row stretched",
    mp.pow,
    related(anyShape(positive), (s, d) => [make(away, s.slice(-1), 9, d)]),
  ),
  entry("clip", (x) => mp.clip(x, -2, 0.2), any),
  entry("where", (x, y) => mp.where(even(x), x, y), two),
  entry("astype", (x) => mp.astype(mp.square(mp.astype(x, "float64")) as Float, x.dtype), any),

  entry("sum", (x) => mp.sum(x), any),
  entry("sum, of columns", (x) => mp.sum(x, -2, { keepdims: true }), any),
  entry("sum, of two axes", (x) => mp.sum(x, [0, x.rank - 1]), any),
  entry("mean", (x) => mp.mean(x), any, { undefinedAt: ["empty"] }),
  entry("mean, of rows", (x) => mp.mean(x, -1), any, { undefinedAt: ["empty"] }),
  entry("variance", (x) => mp.variance(x), any, { undefinedAt: ["empty"] }),
  entry("variance, of rows, unbiased", (x) => mp.variance(x, -1, { ddof: 1 }), any, { undefinedAt: ["1×1", "empty"] }),
  entry("max", (x) => mp.max(x), anyShape(spaced), { refuses: ["empty"] }),
  entry("max, of rows", (x) => mp.max(x, -1), anyShape(spaced), { refuses: ["empty"] }),
  entry("min", (x) => mp.min(x), anyShape(spaced), { refuses: ["empty"] }),
  entry("min, of columns", (x) => mp.min(x, -2), anyShape(spaced), { refuses: ["empty"] }),

  entry("broadcastTo", (x) => mp.broadcastTo(x, [2, ...x.shape]), any),
  entry("concat", (x, y) => mp.concat([x, y, x], -2), two),
  entry("stack", (x, y) => mp.stack([x, y], 1), two),
  entry("flatten", (x) => mp.flatten(x), any),
  entry("reshape", (x) => mp.reshape(x, [x.size]), any),
  entry("permute", (x) => mp.permute(x, x.shape.map((_: number, i: number) => i).reverse()), any),
  entry("transpose", mp.transpose, any),
  entry("squeeze", (x) => mp.squeeze(mp.unsqueeze(x, 1), 1), any),
  entry("unsqueeze", (x) => mp.unsqueeze(x, -1), any),
  entry("slice", (x) => mp.slice(x, [[0, null, 2]]), any),
  entry("slice, backwards", (x) => mp.slice(x, [[null, null, -1]]), any),
  entry("gather", (x) => mp.gather(x, zeroIndices(Math.min(2, x.shape[0])), 0), any),

  entry("matmul", (x, y) => mp.matmul(x, batchLast(y)), two),
  entry(
    "matmul, one right factor",
    (x, y) => mp.matmul(x, y),
    related(any, (s, d) => [make(away, [s[s.length - 1], 3], 9, d)]),
  ),
  entry(
    "matmul, by a vector",
    (x, y) => mp.matmul(x, y),
    related(any, (s, d) => [make(away, s.slice(-1), 9, d)]),
  ),
  entry("einsum", (x, y) => mp.einsum("...ij,...kj->...ik", x, y), two),
  entry(
    "einsum, of one",
    (x) => mp.einsum("ij->j", mp.reshape(x, [sizeOf(x.shape.slice(0, -1)), x.shape[x.rank - 1]])),
    any,
  ),
];
