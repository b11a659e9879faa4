/** Values at the edges, and what the layers refuse, by message. */
import type { DType } from "../../src/tensor/dtype.js";
import assert from "node:assert/strict";
import {
  ArgumentError,
  DtypeError,
  NotDifferentiableError,
  ShapeError,
  grad,
  nn,
  ones,
  tensor,
  zeros,
  type Tensor,
} from "../../src/index.js";
import { assertGradient, assertSameBits, filledWith, type Float } from "./support.js";

const F = nn.functional;
const map = filledWith([2, 4, 4, 6], 1);
const double = { dtype: "float64" } as const;

/** The call, the class of its error, and what its message says. */
const REFUSED: [string, () => unknown, new (...args: never[]) => Error, RegExp][] = [
  [
    "conv2d: weights of other channels",
    () => F.conv2d(map, filledWith([3, 3, 3, 5])),
    ShapeError,
    /conv2d: weights must be .* 6 channels, weights \[3, 3, 3, 5\], 1 groups/,
  ],
  [
    "conv2d: bias",
    () => F.conv2d(map, filledWith([3, 3, 3, 6]), ones([2], double)),
    ShapeError,
    /bias must be \[3\], got \[2\]/,
  ],
  ["conv2d: no map", () => F.conv2d(ones([2, 3], double), map), ShapeError, /needs a map \[N, H, W, C\], got \[2, 3\]/],
  [
    "conv2d: stride",
    () => F.conv2d(map, filledWith([3, 3, 3, 6]), null, { stride: 0 }),
    ArgumentError,
    /stride must be an integer ≥ 1/,
  ],
  [
    "conv2d: dtypes",
    () => F.conv2d(map, filledWith([3, 3, 3, 6], 1, "float32") as never),
    DtypeError,
    /float64 and float32/,
  ],
  [
    "convTranspose2d: bias",
    () => F.convTranspose2d(map, filledWith([6, 3, 3, 2]), ones([1], double)),
    ShapeError,
    /bias must be \[2\], got \[1\]/,
  ],
  [
    "convTranspose2d: outputPadding",
    () => F.convTranspose2d(map, filledWith([6, 3, 3, 2]), null, { outputPadding: 1 }),
    ArgumentError,
    /outputPadding must be smaller/,
  ],
  [
    "convTranspose2d: channels",
    () => F.convTranspose2d(map, filledWith([5, 3, 3, 2])),
    ShapeError,
    /weights must be \[6, kh, kw, O\/groups\]/,
  ],
  [
    "conv1d",
    () => F.conv1d(map, filledWith([5, 3, 2])),
    ShapeError,
    /needs x \[N, L, C\] and weights \[O, k, C\/groups\]/,
  ],
  [
    "linear",
    () => F.linear(map, filledWith([5, 3])),
    ShapeError,
    /x \[2, 4, 4, 6\] does not fit weight \[out, in\] = \[5, 3\]/,
  ],
  [
    "maxPool2d: padding",
    () => F.maxPool2d(map, 3, { padding: 2 }),
    ArgumentError,
    /more than half the window \[3, 3\]/,
  ],
  ["upsample: both", () => F.upsample(map, { size: 3, scale: 2 }), ArgumentError, /needs either size or scale/],
  ["upsample: none", () => F.upsample(map, {}), ArgumentError, /needs either size or scale/],
  ["upsample: scale", () => F.upsample(map, { scale: 0.1 }), ArgumentError, /scale \[0\.1, 0\.1\] makes a 4×4 map 0×0/],
  [
    "upsample: mode",
    () => F.upsample(map, { scale: 2, mode: "cubic" as never }),
    ArgumentError,
    /"nearest" or "bilinear", got cubic/,
  ],
  ["upsample: empty", () => F.upsample(zeros([1, 0, 2, 3]), { size: 3 }), ShapeError, /empty map \[1, 0, 2, 3\]/],
  ["softmax: scalar", () => F.softmax(tensor(1)), ShapeError, /at least one axis/],
  ["softmax: axis", () => F.softmax(map, 4), ArgumentError, /axis 4 is out of range for rank 4/],
  ["softmax: integers", () => F.softmax(tensor(new Int32Array(3)) as never), DtypeError, /needs float32 or float64/],
  [
    "crossEntropy: label",
    () => F.crossEntropy(ones([2, 3]), tensor(Int32Array.of(0, 3))),
    ArgumentError,
    /label 3 at position 1 is outside 0 … 2/,
  ],
  [
    "crossEntropy: labels",
    () => F.crossEntropy(ones([2, 3]), tensor(Int32Array.of(0))),
    ShapeError,
    /needs logits \[\.\., C\] and labels \[\.\.\]/,
  ],
  [
    "crossEntropy: float labels",
    () => F.crossEntropy(ones([2, 3]), ones([2]) as never),
    DtypeError,
    /labels must be int32, got float32/,
  ],
  [
    "crossEntropy: no tensor",
    () => F.crossEntropy(ones([2, 3]), [0, 1] as never),
    DtypeError,
    /expected a tensor, got Array; tensor\(values, \{ shape \}\) makes one of it$/,
  ],
  [
    "crossEntropy: smoothing",
    () => F.crossEntropy(ones([1, 3]), tensor(Int32Array.of(0)), { labelSmoothing: 2 }),
    ArgumentError,
    /between 0 and 1/,
  ],
  [
    "crossEntropy: reduction",
    () => F.crossEntropy(ones([1, 3]), tensor(Int32Array.of(0)), { reduction: "max" as never }),
    ArgumentError,
    /crossEntropy: reduction must be/,
  ],
  ["mse: shapes", () => F.mse(ones([2]), ones([3])), ShapeError, /one shape, got \[2\] and \[3\]/],
  ["mse: dtypes", () => F.mse(ones([2]), ones([2], double) as never), DtypeError, /float32 and float64/],
  [
    "mse: reduction",
    () => F.mse(ones([2]), ones([2]), { reduction: "max" as never }),
    ArgumentError,
    /mse: reduction must be "mean", "sum" or "none", got max/,
  ],
  [
    "huber: delta",
    () => F.huber(ones([2]), ones([2]), { delta: 0 }),
    ArgumentError,
    /delta must be a positive number, got 0/,
  ],
  [
    "batchNorm: weight",
    () => F.batchNorm(map, ones([5], double), null, { training: true }),
    ShapeError,
    /weight must be \[6\], got \[5\]/,
  ],
  ["layerNorm: bias", () => F.layerNorm(map, null, ones([4], double)), ShapeError, /bias must be \[6\], got \[4\]/],
  ["groupNorm: groups", () => F.groupNorm(map, 4), ShapeError, /groups \(4\) must divide the 6 channels/],
  ["groupNorm: no groups", () => F.groupNorm(map, 0), ArgumentError, /groups must be a positive integer, got 0/],
  ["l2Normalize: eps", () => F.l2Normalize(map, { eps: 0 }), ArgumentError, /eps must be positive, got 0/],
  [
    "dropout: block",
    () => F.dropout(map, 0.5, { seed: 1, block: -1 }),
    ArgumentError,
    /block must be a non-negative integer/,
  ],
  [
    "bilinearPooling",
    () => F.bilinearPooling(ones([2, 3])),
    ShapeError,
    /needs \[N, H, W, C\] or \[N, m, C\], got \[2, 3\]/,
  ],
  [
    "secondOrderPooling: axes",
    () => F.secondOrderPooling(ones([2, 3])),
    ShapeError,
    /needs \[N, H, W, C\] or \[N, m, C\], got \[2, 3\]/,
  ],
  [
    "secondOrderPooling: weights",
    () => F.secondOrderPooling(map, {}, ones([16, 2], double)),
    ShapeError,
    /weights must be \[2, 4, 4\] or \[2, 16\], got \[16, 2\]/,
  ],
  [
    "secondOrderPooling: f",
    () => F.secondOrderPooling(map, { f: "cbrt" as never }),
    ArgumentError,
    /f must be "log", "sqrt" or \{ power: number \}/,
  ],
  [
    "secondOrderPooling: eps",
    () => F.secondOrderPooling(map, { eps: -1 }),
    ArgumentError,
    /eps must be finite and not negative/,
  ],
  [
    "secondOrderPooling: route",
    () => F.secondOrderPooling(map, { route: "qr" as never }),
    ArgumentError,
    /route must be "gram" or "svd"/,
  ],
  [
    "secondOrderPooling: precision",
    () => F.secondOrderPooling(map, { precision: "float16" as never }),
    ArgumentError,
    /precision must be/,
  ],
  [
    "secondOrderPooling: reduction",
    () => F.secondOrderPooling(map, { reduction: "max" as never }),
    ArgumentError,
    /reduction must be/,
  ],
  ["triuUnpack", () => F.triuUnpack(ones([2, 5])), ShapeError, /last axis of n\(n\+1\)\/2, got \[2, 5\]/],
  ["Linear", () => new nn.Linear(0, 3), ArgumentError, /Linear: nIn must be a positive integer, got 0/],
  ["Conv2d", () => new nn.Conv2d(3, 4, 3, { groups: 2 }), ArgumentError, /groups \(2\) must divide 3 and 4/],
  [
    "ConvTranspose2d",
    () => new nn.ConvTranspose2d(4, 3, 3, { groups: 2 }),
    ArgumentError,
    /groups \(2\) must divide 4 and 3/,
  ],
  ["GroupNorm", () => new nn.GroupNorm(3, 4), ArgumentError, /groups \(3\) must divide 4/],
  ["BatchNorm", () => new nn.BatchNorm(2.5), ArgumentError, /n must be a positive integer, got 2\.5/],
];

describe("layers refuse", () => {
  for (const [name, call, kind, message] of REFUSED) {
    it(name, () => {
      assert.throws(call, (error: Error) => {
        assert.ok(error instanceof kind, `${error}`);
        assert.match(error.message, message);
        return true;
      });
    });
  }
});

describe("layers at the edges", () => {
  it("softmax and its logarithm do not overflow; −∞ is a logit like any other", () => {
    const x = tensor(
      [
        [1000, 0, -Infinity],
        [-1e30, -1e30, -1e30],
      ],
      double,
    );
    assert.deepEqual(F.softmax(x).toArray(), [
      [1, 0, 0],
      [1 / 3, 1 / 3, 1 / 3],
    ]);
    assert.deepEqual(F.logSoftmax(tensor([1000, 0], double)).toArray(), [0, -1000]);
    assert.ok(
      F.softmax(tensor([-Infinity, -Infinity], double))
        .data()
        .every(Number.isNaN),
    );
  });

  it("bceWithLogits neither overflows nor cancels", () => {
    const losses = F.bceWithLogits(tensor([800, -800, 800, -800], double), tensor([1, 0, 0, 1], double), {
      reduction: "none",
    });
    assert.deepEqual(losses.toArray(), [0, 0, 800, 800]);
  });

  it("crossEntropy: ignored rows have no gradient; a mean over no labels is NaN; logits keep their leading axes", () => {
    const x = filledWith([2, 3, 4]);
    const labels = tensor(Int32Array.of(0, -100, 3, 1, -100, 2), { shape: [2, 3] });
    const g = grad((v: Tensor<DType>) => F.crossEntropy(v as Float, labels))(x);
    const rows = g.reshape(6, 4).toArray() as number[][];
    assert.deepEqual(
      [rows[1], rows[4]],
      [
        [0, 0, 0, 0],
        [0, 0, 0, 0],
      ],
    );
    assert.ok(rows[0]!.some((v) => v !== 0));
    assert.ok(Number.isNaN(F.crossEntropy(ones([1, 3]), tensor(Int32Array.of(-100))).item()));
    assert.equal(
      F.crossEntropy(ones([1, 3]), tensor(Int32Array.of(7)), { ignoreIndex: 7, reduction: "sum" }).item(),
      0,
    );
  });

  it("l2Normalize: rows of zeros stay zero and have a finite gradient", () => {
    const x = tensor(
      [
        [0, 0],
        [3, 4],
      ],
      double,
    );
    assert.deepEqual(F.l2Normalize(x).toArray(), [
      [0, 0],
      [0.6, 0.8],
    ]);
    const g = grad((v: Tensor<DType>) => F.l2Normalize(v as Float, { eps: 0.5 }).sum())(x);
    assert.deepEqual((g.toArray() as number[][])[0], [2, 2]);
    const second = grad((v: Tensor<DType>) =>
      grad((u: Tensor<DType>) =>
        F.l2Normalize(u as Float)
          .square()
          .sum(),
      )(v).sum(),
    )(x);
    assert.ok(second.data().every(Number.isFinite), `${second}`);
  });

  it("nearest copies the right rows, bilinear reproduces a plane inside the map", () => {
    const x = tensor([0, 1, 2], double).reshape(1, 3, 1, 1);
    assert.deepEqual(F.upsample(x, { size: [5, 1] }).data(), Float64Array.of(0, 0, 1, 1, 2));
    assert.deepEqual(F.upsample(x, { size: [2, 1] }).data(), Float64Array.of(0, 1));
    assert.deepEqual(
      F.upsample(x, { scale: [2, 1], mode: "bilinear" }).data(),
      Float64Array.of(0, 0.25, 0.75, 1.25, 1.75, 2),
    );
  });

  it("normalisation: rows come out with mean 0 and variance 1, whatever their offset", () => {
    const x = filledWith([50, 32]).add(1e6) as Float;
    for (const y of [F.layerNorm(x), F.groupNorm(x, 1)]) {
      assert.ok(y.mean(1).abs().max().item() < 1e-9);
      assert.ok(y.variance(1).sub(1).abs().max().item() < 1e-4);
    }
    const columns = F.batchNorm(x, null, null, { training: true, eps: 0 });
    assert.ok(columns.variance(0).sub(1).abs().max().item() < 1e-9);
    assertSameBits(
      F.groupNorm(x, 32, null, null).mul(0),
      zeros([50, 32], double).mul(0),
      "groups of one channel and one row",
    );
  });

  it("sizes of 0", () => {
    const none = zeros([0, 4]);
    for (const y of [
      F.softmax(none),
      F.logSoftmax(none),
      F.layerNorm(none),
      F.l2Normalize(none),
      F.groupNorm(none, 2),
    ]) {
      assert.deepEqual(y.shape, [0, 4]);
    }
    assert.deepEqual(F.dropout(none, 0.5, { seed: 1 }).shape, [0, 4]);
    assert.deepEqual(F.softmax(zeros([3, 0])).shape, [3, 0]);
    assert.deepEqual(F.linear(none, zeros([5, 4]), ones([5])).shape, [0, 5]);
    assert.deepEqual(F.conv2d(zeros([0, 5, 5, 2]), ones([3, 3, 3, 2])).shape, [0, 3, 3, 3]);
    assert.deepEqual(F.secondOrderPooling(zeros([0, 5, 3])).shape, [0, 6]);
    assert.deepEqual(F.upsample(zeros([0, 2, 2, 1]), { scale: 2 }).shape, [0, 4, 4, 1]);
    assert.ok(Number.isNaN(F.mse(none, none).item()));
    assert.equal(F.mse(none, none, { reduction: "sum" }).item(), 0);
    const g = grad((v: Tensor<DType>) => F.layerNorm(v as Float, ones([4]) as Float).sum())(none);
    assert.deepEqual(g.shape, [0, 4]);
  });

  it("triuPack keeps lengths and takes the symmetric part; triuUnpack undoes it", () => {
    const A = filledWith([3, 4, 4]);
    const S = A.add(A.transpose()).mul(0.5) as Float;
    assertSameBits(F.triuPack(A), F.triuPack(S));
    assert.ok(F.triuPack(A).square().sum().allclose(S.square().sum(), { rtol: 1e-14 }));
    assert.ok(F.triuUnpack(F.triuPack(A)).allclose(S, { rtol: 1e-15 }));
  });

  it("secondOrderPooling: 0/1 weights are a mask, equal weights no weights; precision is independent of the features", () => {
    const x = filledWith([2, 6, 3]);
    const mask = tensor(
      [
        [1, 1, 0, 1, 0, 1],
        [0, 1, 1, 1, 1, 0],
      ],
      double,
    );
    const masked = F.secondOrderPooling(x, {}, mask);
    for (const [i, kept] of [
      [0, [0, 1, 3, 5]],
      [1, [1, 2, 3, 4]],
    ] as const) {
      const rows = x.slice([[i, i + 1]]).gather(tensor(Int32Array.from(kept)), 1) as Float;
      assert.ok(masked.slice([[i, i + 1]]).allclose(F.secondOrderPooling(rows), { rtol: 1e-12, atol: 1e-12 }));
    }
    for (const options of [{}, { center: true }, { reduction: "sum" }, { route: "svd" }] as const) {
      const plain = F.secondOrderPooling(x, options);
      const weighted = F.secondOrderPooling(x, options, ones([2, 6], double));
      assert.ok(plain.allclose(weighted, { rtol: 1e-11, atol: 1e-11 }), JSON.stringify(options));
    }
    for (const shape of [
      [2, 6, 3],
      [2, 3, 6],
    ]) {
      const wide = filledWith(shape);
      const single = F.secondOrderPooling(wide, { precision: "float32", eps: 0.1 });
      assert.equal(single.dtype, "float64");
      const rounded = F.secondOrderPooling(wide.astype("float32"), { precision: "float32", eps: 0.1 });
      assertSameBits(single.astype("float32"), rounded, "float64 features are rounded first");
    }
  });

  it("secondOrderPooling: the gradients of weights and of masked positions, by either route and with few positions", () => {
    for (const x of [filledWith([2, 6, 3]), filledWith([2, 3, 5], 4)]) {
      const m = x.shape[1]!;
      const weights = filledWith([2, m], 2).abs().add(0.2) as Float;
      const mask = tensor(
        [0, 1, 2, 3, 4, 5].slice(0, m).map((i) => Number(i % 3 > 0)),
        double,
      ).broadcastTo([2, m]);
      const outcomes = (["gram", "svd"] as const).map((route) => {
        for (const options of [{}, { center: true }, { reduction: "sum" }] as const) {
          const pooled = (v: Float, w: Float): Tensor<DType> => F.secondOrderPooling(v, { ...options, route }, w);
          assertGradient(pooled, [x, weights]);
        }
        return grad((v: Tensor<DType>) => F.secondOrderPooling(v as Float, { route }, mask as Float).sum())(x);
      });
      assert.ok(outcomes[0]!.allclose(outcomes[1]! as Float, { rtol: 1e-10, atol: 1e-10 }));
      assert.ok(
        outcomes[0]!
          .slice(":, 0")
          .data()
          .every((v) => v === 0),
      );
      const ofMask = (route: "gram" | "svd") =>
        grad((w: Tensor<DType>) => F.secondOrderPooling(x, { route }, w as Float).sum())(mask);
      assertGradient((w: Float) => F.secondOrderPooling(x, { eps: 0.1 }, w), [mask.mul(1)]);
      assert.ok(ofMask("gram").data().every(Number.isFinite));
      assert.throws(() => ofMask("svd"), NotDifferentiableError);
      const empty = mask.mul(tensor([[1], [0]], double)) as Float;
      for (const options of [{}, { reduction: "sum", center: true }] as const) {
        assert.throws(() => F.secondOrderPooling(x, options, empty), /the weights of item 1 sum to 0/);
      }
      assert.ok(F.secondOrderPooling(x, { reduction: "sum" }, empty).data().every(Number.isFinite));
    }
  });

  it("both routes of secondOrderPooling agree, on either side of m = d", () => {
    for (const [m, d] of [
      [9, 4],
      [4, 4],
      [3, 4],
      [1, 5],
      [5, 1],
    ]) {
      for (const f of ["log", "sqrt", { power: -0.4 }] as const) {
        const x = filledWith([2, m!, d!]);
        const weights = ones([2, m!], double);
        const options = { f, eps: 0.3, vectorize: false } as const;
        const gram = F.secondOrderPooling(x, options);
        assert.ok(gram.allclose(F.secondOrderPooling(x, { ...options, route: "svd" }), { rtol: 1e-11, atol: 1e-12 }));
        assert.ok(gram.allclose(F.secondOrderPooling(x, options, weights), { rtol: 1e-11, atol: 1e-12 }));
      }
    }
  });
});
