/** The normalized cuts loss: against the dense formulas, by differences, in every form of its arguments, where it ends. */
import assert from "node:assert/strict";
import type { DType } from "../../src/tensor/dtype.js";
import {
  ArgumentError,
  concat,
  DegenerateError,
  DtypeError,
  grad,
  nn,
  NonFiniteError,
  NotDifferentiableError,
  oneHot,
  ShapeError,
  tensor,
  valueAndGrad,
  zeros,
  type Tensor,
} from "../../src/index.js";
import { assertGradient } from "../support/gradients.js";
import { uniform } from "../support/matrices.js";
import { denseLoss, denseMean, type DenseOptions } from "./ncuts-support.js";
import { assertSameBits, DTYPES, filledWith, type Float } from "./support.js";

const { normalizedCutsLoss } = nn.functional;
const TARGETS = ["degree", "indicator"] as const;

const int32 = (values: readonly number[], shape: readonly number[] = [values.length]) =>
  tensor(Int32Array.from(values), { shape });

/** Non-negative features, as after a ReLU. */
const features = (shape: readonly number[], seed = 0, dtype: "float32" | "float64" = "float64"): Float =>
  filledWith(shape, seed, dtype).abs().add(0.05) as Float;

const labelsOf = (n: number, k: number, seed = 0): number[] => {
  const next = uniform(seed + 50);
  return Array.from({ length: n }, (_, i) => (i < k ? i : Math.floor(((next() + 1) / 2) * k)));
};

/** A symmetric indefinite metric whose degrees stay positive for `features`. */
const indefinite = (d: number): Float =>
  tensor(
    Array.from({ length: d }, (_, i) =>
      Array.from({ length: d }, (_, j) => (i === j && i % 2 === 1 ? -0.2 : 1 / (1 + i + j))),
    ),
    { dtype: "float64" },
  ) as Float;

function assertAsDense(F: Float, Lambda: Float, labels: readonly number[], options: DenseOptions): void {
  const ours = valueAndGrad((f: Float, l: Float) => normalizedCutsLoss(f, l, int32(labels), options))(F, Lambda);
  const dense = valueAndGrad((f: Float, l: Float) => denseLoss(f, l, labels, options))(F, Lambda);
  const what = JSON.stringify([F.shape, Lambda.shape, options]);
  assert.ok(ours.value.allclose(dense.value, { rtol: 1e-11, atol: 1e-11 }), `${what}: ${ours.value} ${dense.value}`);
  ours.grads.forEach((g, i) => {
    const wanted = dense.grads[i]! as Float;
    const scale = wanted.abs().max().item();
    assert.ok(g.allclose(wanted, { rtol: 0, atol: 1e-9 * scale + 1e-13 }), `${what}: gradient of argument ${i}`);
  });
}

describe("normalizedCutsLoss", () => {
  it("agrees with the dense formulas: value and gradients, full rank and rank r, diagonal and symmetric Λ, both targets", () => {
    for (const target of TARGETS) {
      for (const [m, d, k] of [
        [12, 4, 2],
        [40, 6, 3],
        [33, 9, 5],
      ] as const) {
        const [F, labels] = [features([m, d], m), labelsOf(m, k, m)];
        const diagonal = features([d], 3).add(0.3) as Float;
        for (const Lambda of [diagonal, indefinite(d)]) {
          assertAsDense(F, Lambda, labels, { target });
          assertAsDense(F, Lambda, labels, { target, rank: 1 });
          assertAsDense(F, Lambda, labels, { target, rank: 2 });
        }
        assertAsDense(F, diagonal, labels, { target, rank: d });
      }
    }
  });

  it("agrees with differences where the dense form does not reach", () => {
    const labels = int32(labelsOf(14, 3));
    for (const target of TARGETS) {
      for (const rank of [undefined, 2, 4]) {
        const loss = (F: Float, L: Float): Tensor<DType> =>
          normalizedCutsLoss(F, L, labels, { target, rank, minDegree: 1e-9 });
        assertGradient(`${target} ${rank}`, loss, [features([14, 4], 5), features([4], 6)]);
        if (rank !== 4) assertGradient(`${target} ${rank}, full Λ`, loss, [features([14, 4], 5), features([4, 4], 6)]);
      }
    }
  });

  it("takes as many eigenvectors as pixels, negative eigenvalues too, when there are as many features", () => {
    const F = features([5, 5], 9).add(zeros([5, 5], { dtype: "float64" })) as Float;
    for (const rank of [1, 2, 4, 5]) assertAsDense(F, indefinite(5), [0, 0, 1, 1, 1], { rank });
    assertAsDense(features([4, 7], 2), features([7], 3), [0, 1, 1, 0], { rank: 2 });
  });

  it("float32 features are as exact as float32 allows, with either precision of the sums", () => {
    const [F, L, labels] = [features([60, 8], 2, "float32"), features([8], 3, "float32"), labelsOf(60, 4)];
    const dense = denseLoss(F.astype("float64"), L.astype("float64"), labels, { rank: 3 });
    const gDense = grad((f: Float) => denseLoss(f, L.astype("float64"), labels, { rank: 3 }))(
      F.astype("float64"),
    ) as Float;
    for (const precision of ["float64", "float32"] as const) {
      const { value, grads } = valueAndGrad((f: Float) =>
        normalizedCutsLoss(f, L, int32(labels), { rank: 3, precision }),
      )(F);
      assert.equal(value.dtype, "float32");
      assert.ok(Math.abs(value.item() - dense.item()) < 2e-5, `${precision}: ${value.item()} ${dense.item()}`);
      const error = (grads[0] as Float)
        .astype("float64")
        .sub(gDense as Tensor<"float64">)
        .abs()
        .max()
        .item();
      assert.ok(error < 1e-4 * gDense.abs().max().item(), `${precision}: gradient off by ${error}`);
    }
  });

  it("reads every form of the segmentation alike: any labels, one-hot, annotators stacked or in an array", () => {
    const F = features([3, 4, 5], 1);
    const Lambda = features([5], 2);
    const flat = F.reshape(12, 5) as Float;
    const labels = labelsOf(12, 3);
    const wanted = normalizedCutsLoss(flat, Lambda, int32(labels), { rank: 2 });
    const hot = oneHot(int32(labels), 3);
    const forms = [
      int32(labels, [3, 4]),
      int32(labels),
      int32(
        labels.map((l) => 7 - 100 * l),
        [3, 4],
      ),
      hot,
      hot.reshape(3, 4, 3),
      concat([hot, zeros([12, 2])], 1),
      hot.astype("uint8"),
      hot.astype("bool"),
      int32([...labels, ...labels], [2, 3, 4]),
      [int32(labels), hot],
    ];
    forms.forEach((E, i) => {
      const got = normalizedCutsLoss(F, Lambda, E as Tensor<DType>, { rank: 2 });
      assert.ok(got.allclose(wanted, { rtol: 1e-13 }), `form ${i}`);
    });
    assertSameBits(normalizedCutsLoss(F, Lambda, forms[0] as Tensor<DType>, { rank: 2 }), wanted);
  });

  it("averages over annotators, then over images; a batch is its images, bit for bit in the gradient", () => {
    const [F, Lambda] = [features([3, 2, 5, 4], 4), features([4], 5)];
    const maps = [
      [labelsOf(10, 2)],
      [labelsOf(10, 3, 1), labelsOf(10, 2, 2), labelsOf(10, 5, 3)],
      [labelsOf(10, 4, 4)],
    ];
    const E = maps.map((own) => int32(own.flat(), [own.length, 2, 5]));
    for (const options of [{}, { rank: 2 }, { rank: 1, target: "indicator" as const }]) {
      const { value, grads } = valueAndGrad((f: Float) => normalizedCutsLoss(f, Lambda, E, options))(F);
      const dense = valueAndGrad((f: Float) => denseMean(f, Lambda, maps, options))(F);
      assert.ok(value.allclose(dense.value, { rtol: 1e-12 }));
      assert.ok((grads[0] as Float).allclose(dense.grads[0] as Float, { rtol: 1e-8, atol: 1e-11 }));
      // Two images, so that the mean is exact and every bit of the gradient has to agree.
      const pair = grad((f: Float) => normalizedCutsLoss(f, Lambda, E.slice(0, 2), options))(
        F.slice("0:2") as Float,
      ) as Float;
      for (let n = 0; n < 2; n++) {
        const alone = grad((f: Float) => normalizedCutsLoss(f, Lambda, E[n]!, options))(F.slice([n]) as Float) as Float;
        assertSameBits(pair.slice([n]), alone.div(2), `image ${n}`);
      }
    }
    const twice = concat([F.slice("1:2"), F.slice("1:2")], 0) as Float;
    assertSameBits(
      normalizedCutsLoss(twice, Lambda, [E[1]!, E[1]!], { rank: 2 }),
      normalizedCutsLoss(F.slice([1]) as Float, Lambda, E[1]!, { rank: 2 }),
    );
    const stacked = int32([...maps[0]![0]!, ...maps[2]![0]!], [2, 2, 5]);
    const two = concat([F.slice("0:1"), F.slice("2:3")], 0) as Float;
    assertSameBits(normalizedCutsLoss(two, Lambda, stacked), normalizedCutsLoss(two, Lambda, [E[0]!, E[2]!]));
  });

  it("refuses by name what does not fit", () => {
    const [F, L] = [features([6, 3]), features([3])];
    const labels = int32([0, 0, 1, 1, 2, 2]);
    const refuses = (run: () => unknown, kind: new (...args: any[]) => Error, pattern: RegExp): void =>
      assert.throws(run, (error: Error) => error instanceof kind && pattern.test(error.message));
    refuses(() => normalizedCutsLoss(features([6]), L, labels), ShapeError, /\[m, d\]/);
    refuses(() => normalizedCutsLoss(features([0, 3]), L, labels), ShapeError, /none empty/);
    refuses(() => normalizedCutsLoss(F, features([4]), labels), ShapeError, /Lambda must be/);
    refuses(() => normalizedCutsLoss(F, features([3], 0, "float32"), labels), DtypeError, /float32/);
    refuses(() => normalizedCutsLoss(F, L, int32([0, 1])), ShapeError, /int32 labels must be/);
    refuses(() => normalizedCutsLoss(F, L, labels.astype("float64")), ShapeError, /astype/);
    refuses(() => normalizedCutsLoss(F, L, []), ShapeError, /at least one/);
    refuses(() => normalizedCutsLoss(F, L, zeros([6, 2])), ArgumentError, /row 0/);
    refuses(
      () =>
        normalizedCutsLoss(
          F,
          L,
          tensor([
            [1, 1],
            [1, 0],
            [1, 0],
            [1, 0],
            [1, 0],
            [1, 0],
          ]),
        ),
      ArgumentError,
      /row 0/,
    );
    refuses(() => normalizedCutsLoss(F, L, labels, { rank: 0 }), ArgumentError, /rank/);
    refuses(() => normalizedCutsLoss(F, L, labels, { rank: 7 }), ArgumentError, /from 1 to 6/);
    refuses(() => normalizedCutsLoss(F, L, labels, { target: "both" as never }), ArgumentError, /target/);
    refuses(() => normalizedCutsLoss(F, L, labels, { minDegree: 0 }), ArgumentError, /minDegree/);
    refuses(() => normalizedCutsLoss(F, L, labels, { precision: "float32" }), ArgumentError, /float32 features/);
    refuses(() => normalizedCutsLoss(F, L.mul(-1) as Float, labels), ArgumentError, /mean degree of image 0 .* got -/);
    refuses(() => normalizedCutsLoss(F.mul(NaN) as Float, L, labels), NonFiniteError, /item 0/);
    const maps = features([2, 2, 3, 3]);
    refuses(() => normalizedCutsLoss(maps, L, [labels]), ShapeError, /2 images/);
    refuses(() => normalizedCutsLoss(maps, L, labels), ShapeError, /stacked/);
    const nested = grad((x: Tensor<DType>) =>
      (grad((y: Float) => normalizedCutsLoss(y, L, labels))(x as Float) as Float).sum(),
    );
    assert.throws(() => nested(F), NotDifferentiableError);
  });

  it("a closed gap at the rank is a named error that says how many eigenvalues are positive", () => {
    const F = features([6, 3], 1);
    const two = [0, 0, 0, 1, 1, 1];
    assert.throws(
      () => normalizedCutsLoss(F, features([3]), int32(two), { rank: 4 }),
      (error: Error) =>
        error instanceof DegenerateError && /3 eigenvalues of the affinity are positive/.test(error.message),
    );
  });
});

describe("nn.NormalizedCuts", () => {
  it("starts at the identity, learns Λ in every form, and its parameters are few", () => {
    for (const dtype of DTYPES) {
      const F = features([20, 4], 1, dtype) as Tensor;
      const E = int32(labelsOf(20, 2));
      const plain = normalizedCutsLoss(F, tensor([1, 1, 1, 1], { dtype }) as Tensor, E, { rank: 2 });
      for (const form of ["diagonal", "full"] as const) {
        for (const constraint of ["none", "nonNegative", "semidefinite"] as const) {
          const cuts = new nn.NormalizedCuts(4, { form, constraint, dtype, rank: 2 });
          const names = Object.keys(cuts.parameters());
          assert.deepEqual(names, [
            constraint === "none" ? "Lambda" : constraint === "semidefinite" && form === "full" ? "R" : "V",
          ]);
          assert.deepEqual([...cuts.metric().shape], form === "full" ? [4, 4] : [4]);
          const atol = form === "full" && constraint === "nonNegative" ? 0.02 : 1e-5;
          assert.ok(cuts.forward(F, E).allclose(plain, { rtol: 0, atol }), `${form} ${constraint}`);
          const { grads } = valueAndGrad(() => cuts.forward(F, E), { wrt: cuts.parameters() })();
          assert.ok((Object.values(grads)[0] as Tensor).abs().max().item() > 1e-4);
        }
      }
    }
    assert.throws(() => new nn.NormalizedCuts(0), ArgumentError);
    assert.throws(() => new nn.NormalizedCuts(3, { form: "thin" as never }), ArgumentError);
    assert.throws(() => new nn.NormalizedCuts(3, { constraint: "some" as never }), ArgumentError);
  });
});
