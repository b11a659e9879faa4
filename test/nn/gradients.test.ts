/** First and second derivatives of every layer against differences, and items of a batch against the items alone. */
import type { DType } from "../../src/tensor/dtype.js";
import { nn, tensor, type Tensor } from "../../src/index.js";
import { centerRows } from "../../src/ops/centerRows.js";
import { assertGradient, assertSameBits, assertSecondOrder, DTYPES, filledWith, type Float } from "./support.js";

const F = nn.functional;

interface Layer {
  readonly f: (...xs: Float[]) => Tensor<DType>;
  readonly xs: () => Float[];
  /** Whether item i of the result depends on item i of the first argument alone (default true). */
  readonly itemwise?: boolean;
}

const map = (seed = 1): Float => filledWith([2, 6, 5, 4], seed);
const row = (seed = 1): Float => filledWith([4, 6], seed);
const positive = (shape: number[], seed: number): Float => filledWith(shape, seed).abs().add(0.5) as Float;
const labels = tensor(Int32Array.from([1, 0, -100, 5]));
const running = (): [Float, Float] => [filledWith([4], 8), positive([4], 9)];

const LAYERS: Record<string, Layer> = {
  conv2d: {
    f: (x, w, b) => F.conv2d(x!, w!, b, { stride: [2, 1], padding: [1, 2], dilation: [1, 2], groups: 2 }),
    xs: () => [map(), filledWith([6, 3, 3, 2], 2), filledWith([6], 3)],
  },
  "conv2d by Winograd": {
    f: (x, w, b) => F.conv2d(x!, w!, b, { padding: 1 }),
    xs: () => [filledWith([2, 3, 4, 12]), filledWith([12, 3, 3, 12], 2), filledWith([12], 3)],
  },
  convTranspose2d: {
    f: (x, w, b) => F.convTranspose2d(x!, w!, b, { stride: 2, padding: 1, outputPadding: [1, 0], groups: 2 }),
    xs: () => [map(), filledWith([4, 3, 3, 3], 2), filledWith([6], 3)],
  },
  conv1d: {
    f: (x, w, b) => F.conv1d(x!, w!, b, { stride: 2, padding: 2, dilation: 2 }),
    xs: () => [filledWith([2, 9, 3], 1), filledWith([4, 3, 3], 2), filledWith([4], 3)],
  },
  linear: { f: (x, w, b) => F.linear(x!, w!, b), xs: () => [row(), filledWith([3, 6], 2), filledWith([3], 3)] },
  maxPool2d: { f: (x) => F.maxPool2d(x!, 3, { stride: 2, padding: 1 }), xs: () => [map()] },
  "maxPool2d, side by side": { f: (x) => F.maxPool2d(x!, [2, 3]), xs: () => [map()] },
  avgPool2d: { f: (x) => F.avgPool2d(x!, 3, { stride: 2, padding: 1, countIncludePad: false }), xs: () => [map()] },
  globalAvgPool: { f: (x) => F.globalAvgPool(x!), xs: () => [map()] },
  "upsample nearest": { f: (x) => F.upsample(x!, { size: [9, 4] }), xs: () => [map()] },
  "upsample bilinear": { f: (x) => F.upsample(x!, { scale: [1.5, 0.6], mode: "bilinear" }), xs: () => [map()] },
  softmax: { f: (x) => F.softmax(x!), xs: () => [row()] },
  "softmax over an inner axis": { f: (x) => F.softmax(x!, 1), xs: () => [filledWith([3, 4, 5])] },
  logSoftmax: { f: (x) => F.logSoftmax(x!), xs: () => [row()] },
  crossEntropy: {
    f: (x) => F.crossEntropy(x!, labels, { labelSmoothing: 0.2 }),
    xs: () => [row()],
    itemwise: false,
  },
  "crossEntropy, one each": {
    f: (x) => F.crossEntropy(x!, labels, { reduction: "none" }),
    xs: () => [row()],
    itemwise: false,
  },
  bceWithLogits: { f: (x, t) => F.bceWithLogits(x!, t!), xs: () => [row(), row(2)], itemwise: false },
  mse: { f: (x, t) => F.mse(x!, t!, { reduction: "none" }), xs: () => [row(), row(2)], itemwise: false },
  huber: { f: (x, t) => F.huber(x!, t!, { delta: 0.7, reduction: "sum" }), xs: () => [row(), row(2)], itemwise: false },
  "batchNorm in training": {
    f: (x, w, b) => F.batchNorm(x!, w, b, { training: true }),
    xs: () => [map(), filledWith([4], 2), filledWith([4], 3)],
    itemwise: false,
  },
  "batchNorm in evaluation": {
    f: (x, w, b) => {
      const [runningMean, runningVar] = running().map((one) => one.astype(x!.dtype)) as [Float, Float];
      return F.batchNorm(x!, w, b, { runningMean, runningVar });
    },
    xs: () => [map(), filledWith([4], 2), filledWith([4], 3)],
  },
  "batchNorm without weight": {
    f: (x) => F.batchNorm(x!, null, null, { training: true }),
    xs: () => [row()],
    itemwise: false,
  },
  layerNorm: { f: (x, w, b) => F.layerNorm(x!, w, b), xs: () => [row(), filledWith([6], 2), filledWith([6], 3)] },
  "layerNorm with bias alone": { f: (x, b) => F.layerNorm(x!, null, b), xs: () => [row(), filledWith([6], 3)] },
  groupNorm: { f: (x, w, b) => F.groupNorm(x!, 2, w, b), xs: () => [map(), filledWith([4], 2), filledWith([4], 3)] },
  "groupNorm, one group": { f: (x, w) => F.groupNorm(x!, 1, w), xs: () => [map(), filledWith([4], 2)] },
  "groupNorm, a group each": { f: (x) => F.groupNorm(x!, 4), xs: () => [map()] },
  l2Normalize: { f: (x) => F.l2Normalize(x!), xs: () => [row()] },
  "l2Normalize of short rows": { f: (x) => F.l2Normalize(x!, { eps: 100 }), xs: () => [row()] },
  dropout: { f: (x) => F.dropout(x!, 0.4, { seed: 3, block: 2 }), xs: () => [row()], itemwise: false },
  centerRows: { f: (x) => centerRows("test", x!), xs: () => [filledWith([2, 5, 3])] },
  "centerRows, weighted": {
    f: (x, w) => centerRows("test", x!, w),
    xs: () => [filledWith([2, 5, 3]), positive([2, 5], 2)],
    itemwise: false,
  },
  triuPack: { f: (x) => F.triuPack(x!), xs: () => [filledWith([2, 5, 5])] },
  triuUnpack: { f: (x) => F.triuUnpack(x!), xs: () => [filledWith([2, 10])] },
  bilinearPooling: { f: (x) => F.bilinearPooling(x!), xs: () => [map()] },
  "secondOrderPooling, more positions than channels": {
    f: (x) => F.secondOrderPooling(x!),
    xs: () => [map()],
  },
  "secondOrderPooling, fewer": {
    f: (x) => F.secondOrderPooling(x!, { f: { power: 0.3 }, reduction: "sum", vectorize: false }),
    xs: () => [filledWith([2, 3, 5])],
  },
  "secondOrderPooling by singular values": {
    f: (x) => F.secondOrderPooling(x!, { f: "sqrt", route: "svd", eps: 0.1, center: true }),
    xs: () => [filledWith([2, 7, 4])],
  },
  "secondOrderPooling by singular values, wide": {
    f: (x) => F.secondOrderPooling(x!, { route: "svd", eps: 0.1 }),
    xs: () => [filledWith([2, 3, 6])],
  },
  "secondOrderPooling, weighted": {
    f: (x, w) => F.secondOrderPooling(x!, { center: true, eps: 0.1 }, w),
    xs: () => [filledWith([2, 7, 4]), positive([2, 7], 2)],
    itemwise: false,
  },
  "secondOrderPooling, weighted, by singular values": {
    f: (x, w) => F.secondOrderPooling(x!, { route: "svd", eps: 0.1 }, w),
    xs: () => [filledWith([2, 3, 4]), positive([2, 3], 2)],
    itemwise: false,
  },
};

describe("gradients of the layers", () => {
  for (const [name, { f, xs }] of Object.entries(LAYERS)) {
    it(`${name}: the adjoint agrees with differences`, () => assertGradient(f, xs()));
    it(`${name}: so does the adjoint of the adjoint`, () => {
      xs().forEach((_, argnum) => assertSecondOrder(f, xs(), argnum));
    });
  }
});

describe("an item has the same bits alone and in a batch", () => {
  for (const [name, { f, xs, itemwise = true }] of Object.entries(LAYERS)) {
    if (!itemwise) continue;
    it(name, () => {
      for (const dtype of DTYPES) {
        const [batch, ...rest] = xs().map((x) => x.astype(dtype)) as [Float, ...Float[]];
        const all = f(batch, ...rest);
        for (let i = 0; i < batch.shape[0]!; i++) {
          const alone = f(batch.slice([[i, i + 1]]) as Float, ...rest);
          assertSameBits(alone, all.slice([[i, i + 1]]), `${dtype}, item ${i}`);
        }
      }
    });
  }

  it("also in batches that kernels cut into pieces", () => {
    for (const dtype of DTYPES) {
      const x = filledWith([67, 9, 7, 5], 1, dtype);
      const w = filledWith([11, 3, 3, 5], 2, dtype);
      const m = filledWith([19, 11], 3, dtype);
      const net = (input: Float): Tensor<DType> => {
        const maps = F.maxPool2d(F.relu(F.conv2d(input, w, null, { padding: 1 })), 2) as Float;
        return F.linear(F.secondOrderPooling(maps, { vectorize: false }) as Float, m);
      };
      const all = net(x);
      for (const i of [0, 1, 33, 66])
        assertSameBits(net(x.slice([[i, i + 1]]) as Float), all.slice([[i, i + 1]]), `item ${i}`);
    }
  });
});
