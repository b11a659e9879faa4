import assert from "node:assert/strict";
import fc from "fast-check";
import * as mp from "../../src/index.js";
import { assertGradient, assertSecondGradient } from "../support/gradients.js";
import {
  at,
  broadcastable,
  broadcastShape,
  FLOATS,
  indices,
  ndOf,
  permuteNd,
  product,
  shapes,
  sliceIndices,
  strided,
  takeNd,
  toTensor,
} from "../support/properties.js";
import { assertSame, point } from "./support.js";

const DTYPES = [...FLOATS, "int32", "uint8", "bool"] as const;
const whole = fc.integer({ min: 0, max: 1 });

describe("ops: shapes", () => {
  it("permute and transpose: every order, every dtype", () => {
    for (const dtype of DTYPES) {
      fc.assert(
        fc.property(
          shapes().chain((shape) =>
            fc.tuple(
              ndOf(shape, whole),
              fc.shuffledSubarray(
                shape.map((_, axis) => axis),
                { minLength: shape.length },
              ),
            ),
          ),
          ([nd, order]) => {
            const x = mp.tensor([...nd.data], { shape: [...nd.shape], dtype });
            assertSame(x.permute(order), permuteNd(nd, order), dtype);
            assertSame(x.permute(order.map((axis) => axis - nd.shape.length)), permuteNd(nd, order), dtype);
            if (nd.shape.length < 2) return;
            const swap = nd.shape.map((_, axis) => axis);
            swap.push(swap.splice(swap.length - 2, 1)[0]);
            assertSame(x.mT, permuteNd(nd, swap), dtype);
            assertSame(mp.transpose(x), permuteNd(nd, swap), dtype);
          },
        ),
        { numRuns: 40 },
      );
    }
    assert.throws(() => mp.permute(mp.zeros([2, 3]), [0, 0]), mp.ArgumentError);
    assert.throws(() => mp.permute(mp.zeros([2, 3]), [0]), mp.ArgumentError);
    assert.throws(() => mp.permute(mp.zeros([2, 3]), [0, 2]), mp.ArgumentError);
    assert.throws(() => mp.transpose(mp.zeros([2])), mp.ShapeError);
  });

  it("reshape, flatten, squeeze, unsqueeze", () => {
    const x = mp.arange(24);
    assert.deepEqual([...x.reshape(2, 3, 4).shape], [2, 3, 4]);
    assert.deepEqual([...x.reshape([2, -1]).shape], [2, 12]);
    assert.deepEqual([...mp.reshape(x, [-1]).shape], [24]);
    assert.deepEqual(x.reshape(4, 6).data(), x.data());
    assert.deepEqual([...mp.zeros([0, 3]).reshape([-1, 3]).shape], [0, 3]);
    assert.deepEqual([...mp.tensor(7).reshape([1, 1]).shape], [1, 1]);
    assert.deepEqual([...mp.tensor([7]).reshape([]).shape], []);
    for (const wrong of [[5, 5], [-1, 5], [-1, -1], [24.5], [-2, -12]])
      assert.throws(() => x.reshape(wrong), mp.ShapeError, `${wrong}`);
    const y = mp.zeros([1, 3, 1, 2]);
    assert.deepEqual([...y.squeeze().shape], [3, 2]);
    assert.deepEqual([...y.squeeze(0).shape], [3, 1, 2]);
    assert.deepEqual([...y.squeeze([0, -2]).shape], [3, 2]);
    assert.throws(() => y.squeeze(1), { name: "ShapeError", message: /axis 1 of \[1, 3, 1, 2\]/ });
    assert.throws(() => y.squeeze(4), mp.ArgumentError);
    assert.deepEqual([...y.unsqueeze(0).shape], [1, 1, 3, 1, 2]);
    assert.deepEqual([...y.unsqueeze(-1).shape], [1, 3, 1, 2, 1]);
    assert.deepEqual([...mp.unsqueeze(mp.tensor(1), 0).shape], [1]);
    assert.throws(() => y.unsqueeze(6), mp.ArgumentError);
    assert.deepEqual([...y.flatten().shape], [6]);
    assert.deepEqual([...y.flatten(1, 2).shape], [1, 3, 2]);
    assert.deepEqual([...mp.flatten(mp.tensor(1)).shape], [1]);
    assert.throws(() => y.flatten(2, 1), mp.ShapeError);
  });

  it("slice: Python's rule for every start, stop and step, also on empty axes", () => {
    const bound = fc.option(fc.integer({ min: -8, max: 8 }));
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 6 }),
        bound,
        bound,
        fc.constantFrom(1, 2, 3, -1, -2, -3),
        (size, from, to, step) => {
          const picked = sliceIndices(size, from, to, step);
          assert.deepEqual(
            mp
              .arange(size)
              .slice([[from, to, step]])
              .toArray(),
            picked,
          );
          assert.deepEqual(
            mp
              .arange(size)
              .slice(`${from ?? ""}:${to ?? ""}:${step}`)
              .toArray(),
            picked,
          );
          if (step === 1)
            assert.deepEqual(
              mp
                .arange(size)
                .slice(` ${from ?? ""} : ${to ?? ""} `)
                .toArray(),
              picked,
            );
        },
      ),
      { numRuns: 400 },
    );
  });

  it("slice: several axes, indices that drop an axis, every dtype, compositions with permute", () => {
    const x = mp.arange(24).reshape(2, 3, 4);
    assert.deepEqual(x.slice("1").toArray(), x.slice([1]).toArray());
    assert.deepEqual(x.slice("1, :, -1").toArray(), [15, 19, 23]);
    assert.deepEqual(x.slice(":, ::2, 1:3").toArray(), [
      [
        [1, 2],
        [9, 10],
      ],
      [
        [13, 14],
        [21, 22],
      ],
    ]);
    assert.deepEqual(x.slice([null, -1]).toArray(), [
      [8, 9, 10, 11],
      [20, 21, 22, 23],
    ]);
    assert.equal(x.slice("1,2,3").item(), 23);
    assert.deepEqual([...x.slice("1:1").shape], [0, 3, 4]);
    assert.deepEqual(
      mp
        .tensor(
          [
            [1, 0],
            [0, 1],
          ],
          { dtype: "bool" },
        )
        .slice("::-1")
        .toArray(),
      [
        [0, 1],
        [1, 0],
      ],
    );
    for (const dtype of FLOATS) {
      fc.assert(
        fc.property(strided(dtype), ({ tensor, nd }) => assertSame(tensor, nd, dtype)),
        { numRuns: 150 },
      );
    }
    for (const wrong of ["", "1::0", "a", "1:2:3:4", "0.5", "0,0,0,0", "5", "-3", "1,"])
      assert.throws(() => x.slice(wrong), { name: "ArgumentError", op: "slice" }, wrong);
    assert.throws(() => x.slice([[0, 1.5]]), mp.ArgumentError);
    assert.throws(() => mp.slice(mp.tensor(1), "0"), mp.ArgumentError);
  });

  it("broadcastTo", () => {
    fc.assert(
      fc.property(
        broadcastable(2).chain(([a, b]) => fc.tuple(ndOf(a), fc.constant(b))),
        ([nd, other]) => {
          const shape = broadcastShape(nd.shape, other);
          const expected = { shape, data: [...indices(shape)].map((index) => at(nd, index)) };
          assertSame(mp.broadcastTo(toTensor(nd, "float64"), shape), expected, "float64");
        },
      ),
    );
    assert.throws(() => mp.broadcastTo(mp.zeros([3]), [2]), mp.ShapeError);
    assert.throws(() => mp.broadcastTo(mp.zeros([3, 1]), [3]), mp.ShapeError);
    assert.throws(() => mp.broadcastTo(mp.zeros([3]), [1]), mp.ShapeError);
    assert.throws(() => mp.broadcastTo(mp.zeros([1]), [-1]), mp.ShapeError);
  });

  it("concat and stack: any axis, empty parts, every dtype", () => {
    fc.assert(
      fc.property(
        shapes({ minRank: 1 }).chain((shape) =>
          fc.tuple(
            fc.constant(shape),
            fc.integer({ min: 0, max: shape.length - 1 }),
            fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 4 }),
            fc.constantFrom(...DTYPES),
            fc.boolean(),
          ),
        ),
        ([shape, axis, lengths, dtype, negative]) => {
          const full = shape.map((size, i) => (i === axis ? lengths.reduce((a, b) => a + b, 0) : size));
          const nd = {
            shape: full,
            data: Array.from({ length: product(full) }, (_, i) => (dtype === "bool" ? i % 2 : i % 100)),
          };
          let start = 0;
          const parts = lengths.map((length) => {
            const picks = full.map((size, i) =>
              Array.from({ length: i === axis ? length : size }, (_, k) => k + (i === axis ? start : 0)),
            );
            start += length;
            const part = takeNd(nd, picks);
            return mp.tensor([...part.data], { shape: [...part.shape], dtype });
          });
          assertSame(mp.concat(parts, negative ? axis - shape.length : axis), nd, dtype);
        },
      ),
      { numRuns: 150 },
    );
    const [a, b] = [mp.tensor([1, 2]), mp.tensor([3, 4])];
    assert.deepEqual(mp.stack([a, b]).toArray(), [
      [1, 2],
      [3, 4],
    ]);
    assert.deepEqual(mp.stack([a, b], -1).toArray(), [
      [1, 3],
      [2, 4],
    ]);
    assert.deepEqual(mp.stack([mp.tensor(1), mp.tensor(2)]).toArray(), [1, 2]);
    assert.throws(() => mp.concat([]), mp.ArgumentError);
    assert.throws(() => mp.concat([a, mp.zeros([2, 1])]), mp.ShapeError);
    assert.throws(() => mp.concat([mp.zeros([2, 3]), mp.zeros([2, 4])], 0), mp.ShapeError);
    assert.throws(() => mp.concat([a, b.astype("float64") as any]), mp.DtypeError);
    assert.throws(() => mp.stack([a, mp.zeros([3])]), mp.ShapeError);
    assert.throws(() => mp.concat([a, b], 1), mp.ArgumentError);
  });

  it("gather and oneHot", () => {
    const x = mp.arange(12).reshape(3, 4);
    const index = mp.tensor(new Int32Array([2, 0, 2]));
    assert.deepEqual(mp.gather(x, index).toArray(), [
      [8, 9, 10, 11],
      [0, 1, 2, 3],
      [8, 9, 10, 11],
    ]);
    assert.deepEqual(mp.gather(x, index.reshape(1, 3), 1).toArray(), [[[2, 0, 2]], [[6, 4, 6]], [[10, 8, 10]]]);
    assert.deepEqual(mp.gather(x, mp.tensor(new Int32Array([1])).reshape([]), -1).toArray(), [1, 5, 9]);
    assert.deepEqual([...mp.gather(x, mp.tensor(new Int32Array(0))).shape], [0, 4]);
    assert.deepEqual(mp.gather(x.astype("uint8"), index).dtype, "uint8");
    assert.throws(() => mp.gather(x, mp.tensor(new Int32Array([0, 3]))), {
      name: "ArgumentError",
      message: "gather: index 3 at position 1 is outside 0 … 2",
    });
    assert.throws(() => mp.gather(x, mp.tensor(new Int32Array([-1]))), mp.ArgumentError);
    assert.throws(() => mp.gather(x, mp.tensor([0]) as any), mp.DtypeError);
    assert.throws(() => mp.gather(mp.tensor(1), index), mp.ShapeError);
    assert.deepEqual(mp.oneHot(index, 3).toArray(), [
      [0, 0, 1],
      [1, 0, 0],
      [0, 0, 1],
    ]);
    assert.equal(mp.oneHot(index, 4, { dtype: "float64" }).dtype, "float64");
    assert.deepEqual([...mp.oneHot(index.reshape(3, 1), 3).shape], [3, 1, 3]);
    assert.throws(() => mp.oneHot(index, 2), {
      name: "ArgumentError",
      message: "oneHot: index 2 at position 0 is outside 0 … 1",
    });
    assert.throws(() => mp.oneHot(index, 0), mp.ArgumentError);
  });

  it("gradients, first and second order", () => {
    const index = mp.tensor(new Int32Array([1, 0, 1, 1]));
    const functions: Record<string, (x: any) => any> = {
      permute: (x) => x.permute([2, 0, 1]),
      transpose: (x) => x.mT,
      reshape: (x) => x.reshape(4, 6),
      "slice with steps": (x) => x.slice("::-1, :, 1::2"),
      "slice in one piece": (x) => x.slice("1"),
      "slices that overlap": (x) => x.slice(":, :2").add(x.slice(":, 1:")),
      "slice of nothing beside something": (x) => mp.concat([x.slice("0:0"), x]),
      broadcastTo: (x) => mp.broadcastTo(x.slice("0, 0"), [3, 4]),
      "concat of itself": (x) => mp.concat([x, x.mul(2), x], 1),
      stack: (x) => mp.stack([x, x.mul(x)], 2),
      gather: (x) => mp.gather(x, index, 1),
      squeeze: (x) => x.unsqueeze(1).squeeze().flatten(),
    };
    for (const [name, f] of Object.entries(functions)) {
      const x = point([2, 3, 4], 31);
      assertGradient(name, f, [x]);
      assertSecondGradient(name, (t) => f(t.mul(t)), [x]);
    }
  });

  it("astype: rounding, truncation, saturation, truth; gradients between floats", () => {
    const x = mp.tensor([1.5, -1.5, 300, -0.25, NaN, Infinity, -Infinity, 4e9], { dtype: "float64" });
    assert.deepEqual(x.astype("int32").toArray(), [1, -1, 300, 0, 0, 2147483647, -2147483648, 2147483647]);
    assert.deepEqual(x.astype("uint8").toArray(), [1, 0, 255, 0, 0, 255, 0, 255]);
    assert.deepEqual(x.astype("bool").toArray(), [1, 1, 1, 1, 1, 1, 1, 1]);
    assert.deepEqual(mp.tensor([0, -0, 1e-300], { dtype: "float64" }).astype("bool").toArray(), [0, 0, 1]);
    assert.equal(mp.tensor([0.1], { dtype: "float64" }).astype("float32").item(), Math.fround(0.1));
    assert.deepEqual(mp.tensor([true, false], { dtype: "bool" }).astype("float32").toArray(), [1, 0]);
    assert.deepEqual(
      mp
        .tensor(new Uint8Array([0, 9]))
        .astype("bool")
        .toArray(),
      [0, 1],
    );
    assert.deepEqual(mp.tensor([true], { dtype: "bool" }).astype("uint8").dtype, "uint8");
    for (const from of DTYPES)
      for (const to of DTYPES) {
        const y = mp.tensor([0, 1, 1], { dtype: from }).astype(to);
        assert.equal(y.dtype, to);
        assert.deepEqual(y.toArray(), [0, 1, 1], `${from} to ${to}`);
        assert.deepEqual([...mp.zeros([0, 2], { dtype: from }).astype(to).shape], [0, 2]);
      }
    const g = mp.grad((t: any) => t.astype("float64").mul(2).sum().astype("float32"))(mp.tensor([1, 2]));
    assert.equal(g.dtype, "float32");
    assert.deepEqual(g.toArray(), [2, 2]);
    assert.deepEqual(
      mp
        .grad((t: any) => t.astype("int32").astype("float32").sum())(mp.tensor([1, 2]))
        .toArray(),
      [0, 0],
    );
    assert.throws(() => x.astype("float16" as any), mp.DtypeError);
  });
});
