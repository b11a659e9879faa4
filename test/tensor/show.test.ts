import assert from "node:assert/strict";
import * as mp from "../../src/index.js";

mp.initSync();

describe("tensor: reading and printing", () => {
  it("data, item, toArray, size, rank", () => {
    const x = mp.tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    assert.deepEqual([x.size, x.rank], [6, 2]);
    assert.deepEqual(x.data(), new Float32Array([1, 2, 3, 4, 5, 6]));
    assert.deepEqual(x.slice("1").data(), new Float32Array([4, 5, 6]), "a view reads its own part");
    assert.equal(mp.tensor([[7]]).item(), 7);
    assert.throws(() => x.item(), { name: "ShapeError", message: "item: needs exactly one element, got shape [2, 3]" });
    assert.throws(() => mp.zeros([0]).item(), mp.ShapeError);
    assert.ok(mp.tensor(new Int32Array(1)).data() instanceof Int32Array);
    assert.ok(mp.tensor([true], { dtype: "bool" }).data() instanceof Uint8Array);
  });

  it("prints values aligned, with shape and dtype", () => {
    const table: [mp.Tensor<mp.DType>, string][] = [
      [mp.tensor(3), "Tensor(3., shape=[], dtype=float32)"],
      [mp.tensor([1, -10]), "Tensor([  1., -10.], shape=[2], dtype=float32)"],
      [mp.tensor([0.5, 12.25]), "Tensor([ 0.5000, 12.2500], shape=[2], dtype=float32)"],
      [mp.tensor([NaN, Infinity, 1]), "Tensor([     NaN, Infinity,       1.], shape=[3], dtype=float32)"],
      [mp.tensor([1e-6, 1]), "Tensor([1.0000e-6, 1.0000e+0], shape=[2], dtype=float32)"],
      [mp.tensor([1e9, 1], { dtype: "float64" }), "Tensor([1.0000e+9, 1.0000e+0], shape=[2], dtype=float64)"],
      [mp.tensor(new Int32Array([1, -20])), "Tensor([  1, -20], shape=[2], dtype=int32)"],
      [mp.tensor([true, false], { dtype: "bool" }), "Tensor([ true, false], shape=[2], dtype=bool)"],
      [mp.zeros([0, 3]), "Tensor([], shape=[0, 3], dtype=float32)"],
      [
        mp.tensor([
          [1, 2],
          [3, 4],
        ]),
        "Tensor([[1., 2.],\n        [3., 4.]], shape=[2, 2], dtype=float32)",
      ],
      [
        mp.tensor([
          [[1], [2]],
          [[3], [4]],
        ]),
        "Tensor([[[1.],\n         [2.]],\n        [[3.],\n         [4.]]], shape=[2, 2, 1], dtype=float32)",
      ],
    ];
    for (const [x, text] of table) {
      assert.equal(x.toString(), text);
      assert.equal(`${x}`, text);
    }
  });

  it("elides more than 1000 elements to the corners, not fewer", () => {
    assert.equal(mp.arange(1000).toString().includes("…"), false);
    assert.equal(
      mp.arange(1001).toString(),
      "Tensor([   0.,    1.,    2., …,  998.,  999., 1000.], shape=[1001], dtype=float32)",
    );
    const lines = mp.zeros([50, 50]).toString().split("\n");
    assert.equal(lines.length, 7);
    assert.equal(lines[0], "Tensor([[0., 0., 0., …, 0., 0., 0.],");
    assert.equal(lines[3].trim(), "…,");
    assert.equal(mp.zeros([6, 500]).toString().split("\n").length, 6, "an axis of six is whole");
  });

  it("a dead tensor does not print", () => {
    let dead: mp.Tensor<mp.DType>;
    mp.scope(() => void (dead = mp.ones([2]).add(1)));
    assert.throws(() => dead.toString(), mp.ScopeEndedError);
  });
});
