import assert from "node:assert/strict";
import * as mp from "../../src/index.js";

mp.initSync();

const show = (x: mp.Tensor<mp.DType>): unknown[] => [[...x.shape], x.dtype, x.toArray()];

describe("tensor: creation", () => {
  it("from numbers, nested arrays and booleans", () => {
    assert.deepEqual(show(mp.tensor(5)), [[], "float32", 5]);
    assert.deepEqual(show(mp.tensor([1, 2, 3])), [[3], "float32", [1, 2, 3]]);
    assert.deepEqual(
      show(
        mp.tensor(
          [
            [1, 2, 3],
            [4, 5, 6],
          ],
          { dtype: "float64" },
        ),
      ),
      [
        [2, 3],
        "float64",
        [
          [1, 2, 3],
          [4, 5, 6],
        ],
      ],
    );
    assert.deepEqual(show(mp.tensor([[[1], [2]]])), [[1, 2, 1], "float32", [[[1], [2]]]]);
    assert.deepEqual(show(mp.tensor([true, false], { dtype: "bool" })), [[2], "bool", [1, 0]]);
    assert.deepEqual(show(mp.tensor(true)), [[], "float32", 1]);
    assert.deepEqual(show(mp.tensor([1, 2, 3, 4], { shape: [2, 2] })), [
      [2, 2],
      "float32",
      [
        [1, 2],
        [3, 4],
      ],
    ]);
  });

  it("from typed arrays, whose type it takes unless told otherwise", () => {
    assert.deepEqual(show(mp.tensor(new Float32Array([1.5]))), [[1], "float32", [1.5]]);
    assert.deepEqual(show(mp.tensor(new Float64Array([0.1]))), [[1], "float64", [0.1]]);
    assert.deepEqual(show(mp.tensor(new Int32Array([-1, 2]), { shape: [2, 1] })), [[2, 1], "int32", [[-1], [2]]]);
    assert.deepEqual(show(mp.tensor(new Uint8Array([255]))), [[1], "uint8", [255]]);
    assert.deepEqual(show(mp.tensor(new Uint8ClampedArray([300]))), [[1], "uint8", [255]]);
    assert.deepEqual(show(mp.tensor(new Int16Array([-300]) as any)), [[1], "float32", [-300]]);
    assert.deepEqual(show(mp.tensor(new Float64Array([0.1]), { dtype: "float32" })), [
      [1],
      "float32",
      [Math.fround(0.1)],
    ]);
  });

  it("from typed arrays of the types it does not have: as float32, if that holds the numbers", () => {
    for (const Kind of [Int8Array, Int16Array, Uint16Array, Uint32Array]) {
      const [high] = new Kind([0x7f]);
      assert.deepEqual(show(mp.tensor(new Kind([1, high!]))), [[2], "float32", [1, high]]);
      assert.deepEqual(show(mp.tensor(new Kind([1, 2]), { dtype: "int32" })), [[2], "int32", [1, 2]]);
      assert.deepEqual(show(mp.tensor([new Kind([1]), new Kind([2])])), [[2, 1], "float32", [[1], [2]]]);
    }
    const large = new Uint32Array([0x1000000, 0x1000001]);
    const refused = { name: "DtypeError", message: /^tensor: float32 does not hold 16777217 of a Uint32Array/ };
    assert.throws(() => mp.tensor(large), refused);
    assert.throws(() => mp.tensor([large]), refused);
    assert.deepEqual(mp.tensor(large, { dtype: "float64" }).toArray(), [...large]);
  });

  it("from rows of typed arrays, whose type it takes", () => {
    const rows = [new Float64Array([0.1, 2]), new Float64Array([3, 4])];
    assert.deepEqual(show(mp.tensor(rows)), [[2, 2], "float64", rows.map((row) => [...row])]);
    assert.deepEqual(show(mp.tensor([new Uint8Array([7])])), [[1, 1], "uint8", [[7]]]);
    assert.deepEqual(show(mp.tensor([[new Int32Array([7])]] as any)), [[1, 1, 1], "int32", [[[7]]]]);
    assert.deepEqual(show(mp.tensor(rows, { dtype: "int32" })).at(2), [
      [0, 2],
      [3, 4],
    ]);
    assert.throws(() => mp.tensor([new Float32Array(2), new Float32Array(3)]), /ragged nesting: expected 2 items/);
    assert.throws(() => mp.tensor([new BigInt64Array(2)] as any), { name: "DtypeError", message: /64-bit integers/ });
  });

  it("from other things with a length and elements", () => {
    const list = { length: 2, 0: 5, 1: 6 };
    assert.deepEqual(show(mp.tensor(list, { dtype: "float64" })), [[2], "float64", [5, 6]]);
  });

  it("bool asks whether a value is 0, whatever its size", () => {
    const values = [0, -0, 0.5, 256, -1, NaN];
    for (const given of [values, new Float64Array(values), new Float32Array(values)]) {
      assert.deepEqual(mp.tensor(given as number[], { dtype: "bool" }).toArray(), [0, 0, 1, 1, 1, 1]);
    }
    assert.deepEqual(mp.full([2], 0.5, { dtype: "bool" }).toArray(), [1, 1]);
  });

  it("copies what it is given, and hands out copies", () => {
    const values = new Float32Array([1, 2]);
    const x = mp.tensor(values);
    values[0] = 9;
    x.data()[1] = 9;
    assert.deepEqual(x.toArray(), [1, 2]);
    const shape = [2, 1];
    const y = mp.tensor([1, 2], { shape });
    shape[0] = 7;
    assert.deepEqual([...y.shape], [2, 1]);
  });

  it("keeps −0, NaN and infinities", () => {
    for (const dtype of ["float32", "float64"] as const) {
      const values = [0, -0, NaN, Infinity, -Infinity];
      assert.deepEqual(Array.from(mp.tensor(values, { dtype }).data()), values);
      assert.ok(
        Object.is(
          mp.scope(() => mp.full([1], -0, { dtype }).item()),
          -0,
        ),
      );
      assert.ok(Object.is(mp.full([], -0, { dtype }).item(), -0));
    }
  });

  it("shapes with a 0 work everywhere", () => {
    assert.deepEqual(show(mp.tensor([])), [[0], "float32", []]);
    assert.deepEqual(show(mp.tensor([[], []])), [[2, 0], "float32", [[], []]]);
    assert.deepEqual(show(mp.zeros([0, 3])), [[0, 3], "float32", []]);
    assert.deepEqual(show(mp.tensor(new Int32Array(0), { shape: [3, 0] })), [[3, 0], "int32", [[], [], []]]);
    assert.deepEqual(show(mp.eye(0)), [[0, 0], "float32", []]);
    assert.deepEqual(show(mp.arange(0)), [[0], "float32", []]);
    assert.deepEqual(show(mp.scope(() => mp.ones([0]).add(1))), [[0], "float32", []]);
    assert.deepEqual([...mp.random.normal([0, 2], { seed: 1 }).shape], [0, 2]);
  });

  it("zeros, ones, full, eye, arange in every dtype, inside a scope and outside", () => {
    for (const dtype of ["float32", "float64", "int32", "uint8", "bool"] as const) {
      const made = (): mp.Tensor<mp.DType>[] => [
        mp.zeros([2], { dtype }),
        mp.ones([2], { dtype }),
        mp.full([2], 3, { dtype }),
        mp.eye(2, { dtype, columns: 3 }),
        mp.arange(2, undefined, 1, { dtype }),
      ];
      for (const tensors of [made(), mp.scope(made)]) {
        const three = dtype === "bool" ? 1 : 3;
        assert.deepEqual(
          tensors.map((x) => x.toArray()),
          [
            [0, 0],
            [1, 1],
            [three, three],
            [
              [1, 0, 0],
              [0, 1, 0],
            ],
            [0, 1],
          ],
        );
        assert.ok(tensors.every((x) => x.dtype === dtype));
      }
    }
    assert.deepEqual(mp.arange(1, 2, 0.25).toArray(), [1, 1.25, 1.5, 1.75]);
    assert.deepEqual(mp.arange(5, 0, -2).toArray(), [5, 3, 1]);
    assert.deepEqual(mp.arange(3, 3).toArray(), []);
    assert.deepEqual(mp.arange(3, 5, -1).toArray(), []);
  });

  it("ragged nesting, misfits, strange values and dtypes are refused with what was expected and what came", () => {
    const refused: [() => unknown, string, RegExp][] = [
      [() => mp.tensor([[1, 2], [3]]), "ShapeError", /^tensor: ragged nesting: expected 2 items at depth 1/],
      [() => mp.tensor([[1], 2] as any), "ShapeError", /^tensor: ragged nesting: expected 1 items at depth 1/],
      [() => mp.tensor([1, [2]]), "ShapeError", /numbers nested to equal depth, got an array of 1/],
      [() => mp.tensor(["1"] as any), "ShapeError", /got 1/],
      [() => mp.tensor([null] as any), "ShapeError", /got null/],
      [() => mp.tensor(undefined as any), "ShapeError", /got undefined/],
      [() => mp.tensor([1, 2, 3], { shape: [2, 2] }), "ShapeError", /^tensor: 3 values do not fill shape \[2, 2\]/],
      [() => mp.tensor([1], { shape: [-1] }), "ShapeError", /non-negative integers, got \[-1\]/],
      [() => mp.zeros([1.5]), "ShapeError", /^full: sizes must be non-negative integers/],
      [() => mp.zeros(3 as any), "ShapeError", /shape must be an array of sizes, got 3/],
      [() => mp.zeros([65536, 65536]), "ShapeError", /more than 2³¹−1 elements/],
      [
        () => mp.tensor([1], { dtype: "float16" as any }),
        "DtypeError",
        /one of float32, float64, int32, uint8, bool, got float16/,
      ],
      [() => mp.tensor([1], { dtype: "toString" as any }), "DtypeError", /got toString/],
      [() => mp.tensor(new BigInt64Array(1) as any), "DtypeError", /64-bit integers/],
      [() => mp.tensor(new DataView(new ArrayBuffer(8)) as any), "DtypeError", /DataView/],
      [() => mp.eye(-1), "ShapeError", /^eye/],
      [() => mp.arange(0, 1, 0), "ArgumentError", /^arange: needs finite bounds and a non-zero step/],
      [() => mp.arange(NaN), "ArgumentError", /got 0, NaN, 1/],
    ];
    for (const [f, name, message] of refused) assert.throws(f, { name, message });
  });
});
