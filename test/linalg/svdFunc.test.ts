/** svdFunc and polar: values, derivatives, repeated and zero singular values, errors. */
import assert from "node:assert/strict";
import type { DType } from "../../src/tensor/dtype.js";
import {
  ArgumentError,
  DegenerateError,
  DtypeError,
  NonFiniteError,
  ShapeError,
  eye,
  grad,
  hvp,
  linalg,
  tensor,
  zeros,
  type Tensor,
} from "../../src/index.js";
import { assertGradient, assertSecondGradient } from "../support/gradients.js";
import { assertSameBits, DTYPES, filledWith, type Float } from "../nn/support.js";

const { polar, svdFunc } = linalg;
const tanh = { f: Math.tanh, df: (x: number) => 1 - Math.tanh(x) ** 2 };
const tanhTwice = { ...tanh, ddf: (x: number) => -2 * Math.tanh(x) * (1 - Math.tanh(x) ** 2) };
const shifted = { f: (x: number) => x * x + 1, df: (x: number) => 2 * x, ddf: () => 2 };
const SHAPES = [
  [5, 5],
  [7, 4],
  [3, 6],
  [1, 1],
  [2, 5, 3],
  [2, 3, 5],
];

describe("svdFunc and polar", () => {
  it("the derivatives agree with differences: tall, square, wide, batched", () => {
    for (const shape of SHAPES) {
      const A = filledWith(shape, 3);
      assertGradient(`tanh ${shape}`, (x: Float) => svdFunc(x, tanh), [A]);
      assertGradient(`x² + 1 ${shape}`, (x: Float) => svdFunc(x, shifted), [A]);
      if (shape.at(-1) !== 1) assertGradient(`polar ${shape}`, polar, [A]);
    }
  });

  it("also at repeated singular values, and at zero ones where f(0) = 0", () => {
    const repeated = eye(4, { dtype: "float64" }).mul(1.5) as Float;
    for (const f of [(x: Float) => svdFunc(x, tanh), (x: Float) => svdFunc(x, shifted), polar]) {
      assertGradient("repeated", f, [repeated]);
    }
    for (const shape of [
      [4, 3],
      [3, 3],
      [3, 5],
    ]) {
      const rankOne = filledWith([shape[0]!, 1], 1).matmul(filledWith([1, shape[1]!], 2)) as Float;
      assertGradient("rank one", (x: Float) => svdFunc(x, tanh), [rankOne]);
      assertGradient("zero", (x: Float) => svdFunc(x, tanh), [zeros(shape, { dtype: "float64" })]);
    }
  });

  it("so do the second derivatives, there too", () => {
    const repeated = eye(4, { dtype: "float64" }).mul(1.5) as Float;
    const tallRepeated = eye(4, { dtype: "float64" }).slice(":, :3").mul(2) as Float;
    for (const A of [repeated, tallRepeated]) {
      for (const f of [(x: Float) => svdFunc(x, tanhTwice), (x: Float) => svdFunc(x, shifted), polar]) {
        assertSecondGradient("repeated", f, [A]);
      }
    }
    for (const shape of [
      [4, 3],
      [3, 3],
      [3, 5],
    ]) {
      const rankOne = filledWith([shape[0]!, 1], 1).matmul(filledWith([1, shape[1]!], 2)) as Float;
      assertSecondGradient("rank one", (x: Float) => svdFunc(x, tanhTwice), [rankOne]);
      assertSecondGradient("near rank one", (x: Float) => svdFunc(x, tanhTwice), [
        rankOne.add(filledWith(shape, 3).mul(1e-7)) as Float,
      ]);
      const atZero = hvp((x) => svdFunc(x, tanhTwice).square().sum(), zeros(shape, { dtype: "float64" }), rankOne);
      assert.ok(atZero.allclose(rankOne.mul(2), { rtol: 1e-13 }), "tanh(σ)² = σ² near 0");
    }
  });

  it("the nuclear norm has the Hessian of its polar factor, also at repeated singular values", () => {
    for (const A of [filledWith([5, 3], 1), filledWith([3, 3], 2), eye(3, { dtype: "float64" }) as Float]) {
      assertSecondGradient("nuclear", (x: Float) => linalg.norm(x, "nuc"), [A]);
    }
  });

  it("polar has orthonormal columns or rows, and is the nearest such matrix", () => {
    for (const dtype of DTYPES) {
      const tolerance = dtype === "float64" ? 1e-13 : 1e-5;
      const tall = polar(filledWith([6, 3], 1, dtype)) as Float;
      assert.ok(tall.transpose().matmul(tall).allclose(eye(3, { dtype }), { rtol: 0, atol: tolerance }));
      const wide = polar(filledWith([3, 5], 1, dtype)) as Float;
      assert.ok(wide.matmul(wide.transpose()).allclose(eye(3, { dtype }), { rtol: 0, atol: tolerance }));
    }
    const A = filledWith([5, 3], 4);
    const H = polar(A).transpose().matmul(A) as Float;
    assert.ok(H.allclose(H.transpose(), { rtol: 0, atol: 1e-13 }));
    assert.ok(linalg.eigvalsh(H).min().item() > 0);
  });

  it("an item has the same bits alone and in a batch; empty matrices stay empty", () => {
    const A = filledWith([3, 6, 4], 2);
    for (const f of [(x: Float) => svdFunc(x, tanh) as Tensor<DType>, polar]) {
      for (let i = 0; i < 3; i++) assertSameBits(f(A.slice([i]) as Float), f(A).slice([i]));
      for (const shape of [
        [0, 3],
        [3, 0],
        [0, 2, 2],
      ])
        assert.deepEqual([...f(zeros(shape) as Float).shape], shape);
    }
  });

  it("refuses what has no derivative, by name and item", () => {
    const batch = tensor(
      [
        [
          [1, 0],
          [0, 2],
        ],
        [
          [1, 0],
          [0, 0],
        ],
      ],
      { dtype: "float64" },
    );
    const raised = (f: (x: Float) => Tensor<DType>, kind: typeof DegenerateError | typeof NonFiniteError): void =>
      assert.throws(
        () => grad((x) => f(x as Float).sum())(batch),
        (error) => error instanceof kind && error.batchIndex === 1,
      );
    raised(polar, DegenerateError);
    raised((x) => svdFunc(x, shifted), DegenerateError);
    raised((x) => svdFunc(x, { f: Math.sqrt, df: (y) => 0.5 / Math.sqrt(y) }), NonFiniteError);
    // σ ↦ σ² has a derivative at 0, but as ±σ² no second one.
    const square = { f: (x: number) => x * x, df: (x: number) => 2 * x, ddf: () => 2 };
    assert.throws(
      () => hvp((x) => svdFunc(x, square).sum(), batch, batch),
      (error) => error instanceof DegenerateError && error.batchIndex === 1,
    );
    assert.throws(() => svdFunc(batch, { f: Math.sqrt } as never), ArgumentError);
    assert.throws(() => polar(tensor([1, 2]) as Float), ShapeError);
    assert.throws(() => polar(tensor([[1]], { dtype: "int32" }) as never), DtypeError);
    assert.throws(() => polar(tensor([[NaN]]) as Float), NonFiniteError);
  });
});
