import assert from "node:assert/strict";
import type { DType } from "../../src/tensor/dtype.js";
import {
  ArgumentError,
  DtypeError,
  ShapeError,
  grad,
  hvp,
  jvp,
  linalg,
  nn,
  scope,
  tensor,
  type Tensor,
} from "../../src/index.js";
import { filledWith, type Float } from "../nn/support.js";

const positive = (shape: number[], seed: number): Float => linalg.gram(filledWith(shape, seed), { eps: 0.5 });

/** (f(x + hv) − f(x − hv))/2h in four points. */
function difference(f: (...xs: Float[]) => Tensor<DType>, xs: Float[], vs: Float[]): Float64Array {
  const at = (t: number): Float => f(...xs.map((x, i) => x.add(vs[i]!.mul(t)) as Float)) as Float;
  const h = 1e-4;
  const near = at(h).sub(at(-h)).mul(8);
  return near
    .sub(at(2 * h).sub(at(-2 * h)))
    .div(12 * h)
    .data() as Float64Array;
}

function assertTangent(name: string, f: (...xs: Float[]) => Tensor<DType>, xs: Float[]): void {
  const vs = xs.map((x, i) => filledWith(x.shape, 50 + i));
  const { value, tangent } = jvp(f, xs, vs);
  assert.deepEqual(value.toArray(), f(...xs).toArray(), `${name}: value`);
  const expected = difference(f, xs, vs);
  const scale = Math.max(...expected.map(Math.abs));
  assert.ok(scale > 0, `${name}: the function is flat along the direction`);
  tangent.data().forEach((x, i) => assert.ok(Math.abs(x - expected[i]!) <= 1e-7 * scale, `${name}[${i}]`));
}

describe("jvp", () => {
  it("agrees with differences through elementwise ops, products, convolution and matrix functions", () => {
    const cases: [string, (...xs: any[]) => Tensor<DType>, Float[]][] = [
      ["elementwise", (x, y) => x.exp().mul(y.sin()).add(x), [filledWith([3, 4]), filledWith([4], 1)]],
      ["matmul", (x, y) => x.matmul(y).relu(), [filledWith([3, 4]), filledWith([4, 2], 1)]],
      [
        "conv2d",
        (x, w) => nn.functional.conv2d(x, w, null, { padding: 1 }),
        [filledWith([1, 5, 5, 2]), filledWith([3, 3, 3, 2], 1)],
      ],
      ["logm", linalg.logm, [positive([2, 6, 4], 3)]],
      ["sqrtm", linalg.sqrtm, [positive([6, 4], 3)]],
      ["mpnCov", (x) => nn.functional.mpnCov(x, { eps: 0.1 }), [filledWith([7, 3], 2)]],
    ];
    for (const [name, f, xs] of cases) assertTangent(name, f, xs);
  });

  it("takes null for what stays fixed, several outputs, and outputs that depend on nothing", () => {
    const x = tensor([1, 2], { dtype: "float64" });
    const three = tensor([3], { dtype: "int32" });
    const { value, tangent } = jvp(
      (a: Tensor, k: Tensor<DType>) => [a.mul(k.astype("float64")), tensor([7], { dtype: "float64" })] as const,
      [x as Tensor, three],
      [tensor([1, 10], { dtype: "float64" }), null],
    );
    assert.deepEqual(
      value.map((y) => y.toArray()),
      [[3, 6], [7]],
    );
    assert.deepEqual(
      tangent.map((y) => y.toArray()),
      [[3, 30], [0]],
    );
  });

  it("keeps working inside a scope and leaves nothing on a tape", () => {
    const x = filledWith([3]);
    const total = scope(() => jvp((y: Tensor) => y.square().sum(), [x], [x]).tangent.item());
    assert.equal(total, 2 * x.square().sum().item());
    assert.equal(x._node, null);
  });

  it("refuses tangents that do not fit", () => {
    const x = filledWith([3]);
    const f = (y: Tensor): Tensor => y.mul(2);
    assert.throws(() => jvp(f, [x], []), ArgumentError);
    assert.throws(() => jvp(f, [x], [filledWith([4])]), ShapeError);
    assert.throws(() => jvp(f, [x], [filledWith([3], 0, "float32")]), DtypeError);
  });

  it("names the op whose derivative of that order does not exist", () => {
    const gradient = (x: Tensor): Tensor => grad((y: Tensor) => linalg.logm(y).sum())(x) as Tensor;
    const x = positive([5, 3], 1);
    assert.throws(() => jvp(gradient, [x], [x]), { name: "NotDifferentiableError", op: "logm" });
  });
});

describe("hvp", () => {
  it("is the Hessian times the vector", () => {
    const H = positive([5, 4], 1);
    const v = filledWith([4], 2);
    const f = (x: Tensor): Tensor => x.matmul(H.matmul(x)).mul(0.5) as Tensor;
    const expected = H.matmul(v).data();
    hvp(f, filledWith([4], 3), v)
      .data()
      .forEach((x, i) => assert.ok(Math.abs(x - expected[i]!) < 1e-12));
  });
  it("refuses a vector of another shape", () => {
    assert.throws(() => hvp((x) => x.sum(), filledWith([4]), filledWith([3])), ShapeError);
  });
});
