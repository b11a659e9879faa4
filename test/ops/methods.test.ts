import assert from "node:assert/strict";
import * as mp from "../../src/index.js";

mp.initSync();

type Any = any;
const x = (): Any =>
  mp.tensor([
    [0.5, 0.25],
    [0.75, 0.125],
  ]);
const truth = (): Any =>
  mp.tensor(
    [
      [1, 0],
      [0, 1],
    ],
    { dtype: "bool" },
  );

/** Arguments after the tensor itself, for every method that takes some. */
const ARGUMENTS: Record<string, unknown[]> = {
  clip: [0.2, 0.6],
  matmul: [x()],
  allclose: [x()],
  permute: [[1, 0]],
  reshape: [[4]],
  broadcastTo: [[3, 2, 2]],
  slice: ["1, ::-1"],
  unsqueeze: [1],
  gather: [mp.tensor(new Int32Array([1, 1])), 1],
  astype: ["float64"],
  ...Object.fromEntries(
    ["add", "sub", "mul", "div", "pow", "maximum", "minimum", "eq", "ne", "lt", "le", "gt", "ge"].map((name) => [
      name,
      [0.5],
    ]),
  ),
  ...Object.fromEntries(
    ["sum", "mean", "variance", "max", "min", "argmax", "argmin"].map((name) => [name, [1, { keepdims: true }]]),
  ),
  ...Object.fromEntries(["logicalAnd", "logicalOr", "logicalXor"].map((name) => [name, [truth()]])),
};

describe("ops: methods", () => {
  const own = Object.getOwnPropertyNames(mp.Tensor.prototype);
  const methods = own.filter((name) => Object.hasOwn(mp, name) && typeof (mp as Any)[name] === "function");

  it("are the functions of the same name, with the tensor first", () => {
    assert.ok(methods.length > 45, `${methods.length} methods`);
    for (const name of methods) {
      const self = name.startsWith("logical") ? truth() : x();
      const rest = Object.hasOwn(ARGUMENTS, name) ? ARGUMENTS[name] : [];
      const [byMethod, byFunction] = [self[name](...rest), (mp as Any)[name](self, ...rest)];
      if (!(byMethod instanceof mp.Tensor)) assert.equal(byMethod, byFunction, name);
      else assert.equal(mp.hash(byMethod), mp.hash(byFunction), name);
    }
  });

  it("cover every op that takes one tensor first", () => {
    const functionsOnly = [
      "broadcastShapes",
      "concat",
      "stack",
      "where",
      "oneHot",
      "einsum",
      "elu",
      "leakyRelu",
      "silu",
      "signSqrt",
    ];
    const ops = [
      "add",
      "neg",
      "exp",
      "sum",
      "matmul",
      "slice",
      "gather",
      "astype",
      "allclose",
      "argmax",
      "logicalNot",
      "flatten",
      "squeeze",
    ];
    for (const name of ops) assert.ok(methods.includes(name), name);
    for (const name of functionsOnly) assert.ok(!methods.includes(name), `${name} is a method now: describe it as one`);
  });

  it("mT swaps the last two axes; reshape takes sizes or one array; methods do not enumerate", () => {
    assert.deepEqual(x().mT.toArray(), mp.transpose(x()).toArray());
    assert.deepEqual(x().reshape(1, 4).toArray(), x().reshape([1, 4]).toArray());
    assert.deepEqual(Object.keys(mp.Tensor.prototype), []);
  });
});
