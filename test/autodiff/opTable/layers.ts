/** `nn.functional`. */
import { nn, ones, stack, tensor, type FloatDType, type Tensor } from "../../../src/index.js";
import { entry, unsigned, type Entry } from "./entry.js";
import {
  affinity,
  anyShape,
  away,
  definite,
  dominated,
  fullRank,
  indefinite,
  make,
  maps,
  positive,
  related,
  sizeOf,
  spaced,
  square,
  type Domain,
  type Float,
  type Inputs,
} from "./inputs.js";

const F = nn.functional;
const any = anyShape(away);

/** Maps [N, H, W, 4]: taller than wide, and so on. */
const MAPS = {
  tall: [1, 6, 3, 4],
  square: [1, 4, 4, 4],
  wide: [1, 3, 6, 4],
  "1×1": [1, 1, 1, 4],
  empty: [0, 4, 4, 4],
  batched: [2, 5, 4, 4],
};
/** Features [N, m, C] or [N, H, W, C]: m above, at and below C. */
const FEATURES = {
  tall: [1, 7, 3],
  square: [1, 4, 4],
  wide: [1, 3, 6],
  "1×1": [1, 1, 1],
  empty: [0, 4, 3],
  batched: [2, 3, 2, 3],
};
const features = maps(FEATURES);
const like = (shapes: number[][]): ((shape: readonly number[], dtype: FloatDType) => Inputs) => {
  return (_, dtype) => shapes.map((shape, i) => make(away, shape, 20 + i, dtype));
};
/** x and, of its channels, a weight and a bias. */
const affine = (domain: Domain): Domain =>
  related(domain, (shape, dtype) => [20, 21].map((seed) => make(away, shape.slice(-1), seed, dtype)));
const labels = (rows: number, classes: number): Tensor<"int32"> =>
  tensor(Int32Array.from({ length: rows }, (_, i) => (i === 1 ? -100 : (i * 3) % classes)));
const classified = related(any, (shape) => [labels(sizeOf(shape.slice(0, -1)), Math.max(1, shape[shape.length - 1]))]);
const partition = (shape: readonly number[]): Tensor<"int32"> =>
  tensor(
    Int32Array.from({ length: sizeOf(shape) }, (_, i) => i % 2),
    { shape },
  );
const flatRows = (x: Tensor): Tensor => x.reshape(sizeOf(x.shape.slice(0, -1)), x.shape[x.rank - 1]);

export const LAYERS: readonly Entry[] = [
  entry(
    "linear",
    F.linear,
    related(any, (s, d) => like([[2, s[s.length - 1]], [2]])(s, d)),
  ),
  entry("conv2d", (x, w, b) => F.conv2d(x, w, b, { padding: 1 }), maps(MAPS, away, like([[3, 3, 3, 4], [3]]))),
  entry(
    "conv2d, strided, dilated, in groups",
    (x, w, b) => F.conv2d(x, w, b, { stride: [2, 1], padding: 2, dilation: [1, 2], groups: 2 }),
    maps(MAPS, away, like([[4, 3, 3, 2], [4]])),
  ),
  entry(
    "conv2d, by Winograd",
    (x, w, b) => F.conv2d(x, w, b, { padding: 1 }),
    maps({ square: [1, 4, 4, 12], batched: [2, 4, 4, 12] }, away, like([[12, 3, 3, 12], [12]])),
  ),
  entry(
    "convTranspose2d",
    (x, w, b) => F.convTranspose2d(x, w, b, { stride: 2, padding: 1, outputPadding: [1, 0], groups: 2 }),
    maps(MAPS, away, like([[4, 3, 3, 3], [6]])),
  ),
  entry(
    "conv1d",
    (x, w, b) => F.conv1d(x, w, b, { stride: 2, padding: 2, dilation: 2 }),
    maps({ ...FEATURES, batched: [2, 5, 3] }, away, (s, d) => like([[4, 3, s[s.length - 1]], [4]])(s, d)),
  ),
  entry("avgPool2d", (x) => F.avgPool2d(x, 3, { stride: 2, padding: 1, countIncludePad: false }), maps(MAPS)),
  entry("maxPool2d", (x) => F.maxPool2d(x, 3, { stride: 2, padding: 1 }), maps(MAPS, spaced)),
  entry("globalAvgPool", F.globalAvgPool, maps(MAPS)),
  entry("upsample", (x) => F.upsample(x, { scale: 2 }), maps(MAPS)),
  entry("upsample, bilinear", (x) => F.upsample(x, { size: [5, 3], mode: "bilinear" }), maps(MAPS)),
  entry("dropout", (x) => F.dropout(x, 0.4, { seed: 3, block: 2 }), anyShape(positive)),

  ...(["elu", "gelu", "leakyRelu", "relu", "sigmoid", "silu", "softplus", "tanh"] as const).map((name) =>
    entry(name, (x) => F[name](x), any),
  ),
  entry("signSqrt", (x) => F.signSqrt(x, 0), any),
  entry("softmax", (x) => F.softmax(x), any),
  entry("softmax, of columns", (x) => F.softmax(x, -2), any),
  entry("logSoftmax", (x) => F.logSoftmax(x), any),

  entry("batchNorm", (x, w, b) => F.batchNorm(x, w, b, { training: true }), affine(any), { refuses: ["1×1", "empty"] }),
  entry(
    "batchNorm, in evaluation",
    (x, w, b) => {
      const runningVar = ones([x.shape.at(-1)], { dtype: x.dtype });
      return F.batchNorm(x, w, b, { runningMean: runningVar.mul(0.3) as Tensor, runningVar });
    },
    affine(any),
  ),
  entry("layerNorm", (x, w, b) => F.layerNorm(x, w, b, { eps: 0.1 }), affine(any)),
  entry("groupNorm", (x, w, b) => F.groupNorm(x, 2, w, b), affine(maps(MAPS))),
  entry("l2Normalize", (x) => F.l2Normalize(x), any),

  entry("crossEntropy", (x, t) => F.crossEntropy(flatRows(x), t, { labelSmoothing: 0.2 }), classified, {
    ...{ refuses: ["empty"], undefinedAt: ["empty"] },
  }),
  entry("crossEntropy, one each", (x, t) => F.crossEntropy(flatRows(x), t, { reduction: "none" }), classified, {
    refuses: ["empty"],
  }),
  entry("bceWithLogits", (x, t) => F.bceWithLogits(x, t), anyShape(away, positive), { undefinedAt: ["empty"] }),
  entry("mse", (x, t) => F.mse(x, t, { reduction: "none" }), anyShape(away, positive)),
  entry("huber", (x, t) => F.huber(x, t, { delta: 0.7, reduction: "sum" }), anyShape(away, positive)),

  entry("triuPack", F.triuPack, square(away)),
  entry("triuUnpack", (x) => F.triuUnpack(x), maps({ square: [6], "1×1": [1], empty: [0, 6], batched: [2, 10] })),
  entry(
    "biMap",
    F.biMap,
    related(square(away), (s, d) => [make(away, [2, s[s.length - 1]], 5, d)]),
  ),
  entry("reEig", (X) => F.reEig(X, { eps: 0.2 }), square(indefinite)),
  entry("logEig", (X) => F.logEig(X), square(definite)),
  entry("expEig", (X) => F.expEig(X), square(indefinite)),

  entry(
    "normalizedCutsLoss",
    (f, l, labels) => F.normalizedCutsLoss(f, l, labels, { rank: Math.min(2, l.size) }),
    related(affinity, (shape) => [partition(shape.slice(0, -1))]),
    { secondRefusedBy: "normalizedCutsLoss" },
  ),
  entry(
    "spdBatchNorm",
    (X, Y, weight) => F.spdBatchNorm(stack([X, Y]) as Float, weight, { training: true }),
    related(square(definite, dominated), (s, d) => [make(definite, s.slice(-2), 5, d)]),
    { refuses: ["empty"] },
  ),
  entry(
    "eigh",
    (X) => {
      const { eigenvalues, eigenvectors } = F.eigh(X);
      return [eigenvalues, unsigned(eigenvectors)];
    },
    square(indefinite),
  ),
  entry(
    "svd",
    (X) => {
      const { U, S, Vh } = F.svd(X);
      return [unsigned(U), S, unsigned(Vh)];
    },
    anyShape(fullRank),
  ),
  entry("bilinearPooling", (x) => F.bilinearPooling(x), features),
  entry("secondOrderPooling", (x) => F.secondOrderPooling(x), features),
  entry(
    "secondOrderPooling, √, centred",
    (x) => F.secondOrderPooling(x, { f: "sqrt", center: true, eps: 0.1 }),
    features,
  ),
  entry(
    "secondOrderPooling, a power, of the sum, as a matrix",
    (x) => F.secondOrderPooling(x, { f: { power: 0.3 }, reduction: "sum", vectorize: false }),
    features,
  ),
  entry("secondOrderPooling, by singular values", (x) => F.secondOrderPooling(x, { route: "svd", eps: 0.1 }), features),
  entry(
    "secondOrderPooling, weighted",
    (x, w) => F.secondOrderPooling(x, { center: true, eps: 0.1 }, w),
    related(features, (shape, dtype) => [make(positive, shape.slice(0, -1), 5, dtype)]),
  ),
  entry("mpnCov", (x) => F.mpnCov(x, { eps: 0.1 }), features),
  entry("mpnCov, by its largest eigenvalue", (x) => F.mpnCov(x, { eps: 0.1, normalize: "l2", alpha: 0.7 }), features),
  entry("mpnCov, by its Frobenius norm", (x) => F.mpnCov(x, { eps: 0.1, normalize: "fro" }), features),
  entry("coralLoss", (s, t) => F.coralLoss(flatRows(s), flatRows(t)), anyShape(away, away), {
    refuses: ["1×1", "empty"],
  }),
  entry("isqrtCov", (x) => F.isqrtCov(x), features, { refuses: ["1×1"] }),
  entry("isqrtCov, by Padé", (x) => F.isqrtCov(x, { method: "mpa", backward: "exact" }), features, {
    refuses: ["1×1"],
  }),
  entry("isqrtCov, by Taylor", (x) => F.isqrtCov(x, { method: "mtp", degree: 4, backward: "exact" }), features, {
    refuses: ["1×1"],
  }),
  entry("isqrtCov, by its Frobenius norm", (x) => F.isqrtCov(x, { iterations: 3, norm: "fro" }), features, {
    refuses: ["1×1"],
  }),
];
