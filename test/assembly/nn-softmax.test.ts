import assert from "node:assert/strict";
import { checkGradient, close, dtypes, generator, goldenCases, inner, Memory, reals, treeSum } from "./nn-support.js";

type Values = ArrayLike<number>;

const rowShapes: [rows: number, c: number][] = [
  [1, 1],
  [3, 2],
  [2, 3],
  [5, 4],
  [2, 5],
  [3, 7],
  [2, 9],
  [3, 17],
  [2, 700],
  [0, 4],
  [3, 0],
];

function map(m: Memory, name: string, rows: number, c: number, x: Values): Float64Array {
  const y = m.out(rows * c);
  m.call(name, rows, c, m.put(x), y);
  return m.get(y, rows * c);
}

function vjp(m: Memory, name: string, rows: number, c: number, y: Values, dy: Values): Float64Array {
  const dx = m.out(rows * c);
  m.call(`${name}_vjp`, rows, c, m.put(y), m.put(dy), dx);
  return m.get(dx, rows * c);
}

function naiveSoftmax(row: Values): { probs: number[]; logs: number[] } {
  const top = Math.max(...Array.from(row));
  const shifted = Array.from(row, (v) => v - top);
  const sum = shifted.reduce((a, v) => a + Math.exp(v), 0);
  return { probs: shifted.map((v) => Math.exp(v) / sum), logs: shifted.map((v) => v - Math.log(sum)) };
}

describe("nn/softmax", () => {
  for (const dtype of dtypes) {
    for (const [rows, c] of rowShapes) {
      it(`${dtype}: ${rows}×${c}: definitions, single rows, adjoints`, () => {
        const m = new Memory(dtype);
        const next = generator(1);
        const x = reals(rows * c, next).map((v) => m.round(20 * v));
        const dy = reals(rows * c, next).map(m.round);
        const [y, logs] = [map(m, "softmax", rows, c, x), map(m, "logsoftmax", rows, c, x)];
        for (let r = 0; r < rows; r++) {
          const part = (a: Float64Array): Float64Array => a.slice(r * c, (r + 1) * c);
          const want = naiveSoftmax(part(x));
          close(m, part(y), want.probs, 24, 0);
          close(m, part(logs), want.logs, 8, 1);
          assert.deepEqual(map(m, "softmax", 1, c, part(x)), part(y));
          assert.deepEqual(map(m, "logsoftmax", 1, c, part(x)), part(logs));
        }
        if (rows * c === 0) return;
        const small = x.map((v) => v / 10);
        for (const name of ["softmax", "logsoftmax"]) {
          const high = new Memory("d");
          const out = map(high, name, rows, c, small);
          const dx = vjp(high, name, rows, c, out, dy);
          checkGradient((v) => inner(map(new Memory("d"), name, rows, c, v), dy), small, dx);
          close(m, vjp(new Memory(dtype), name, rows, c, out, dy), dx, 32, 2);
        }
      });
    }
    it(`${dtype}: the sum follows the reduction tree, in place too`, () => {
      const m = new Memory(dtype);
      const x = reals(1100, generator(2)).map(m.round);
      const top = m.round(Math.max(...x));
      const shifted = x.map((v) => m.round(v - top));
      const exps = m.out(1100);
      m.call("exp", 1100, m.put(shifted), exps);
      const values = m.get(exps, 1100);
      const sum = treeSum(values, m.round);
      const want = values.map((v) => m.round(v / sum));
      assert.deepEqual(map(m, "softmax", 1, 1100, x), want);
      const ptr = m.put(x);
      m.call("softmax", 1, 1100, ptr, ptr);
      assert.deepEqual(m.get(ptr, 1100), want);
    });
    it(`${dtype}: large logits, infinities and NaN`, () => {
      const m = new Memory(dtype);
      assert.deepEqual([...map(m, "softmax", 1, 3, [1e30, 1e30, -1e30])], [0.5, 0.5, 0]);
      assert.deepEqual([...map(m, "softmax", 1, 3, [-Infinity, 2, -Infinity])], [0, 1, 0]);
      assert.deepEqual([...map(m, "logsoftmax", 1, 2, [-Infinity, 2])], [-Infinity, 0]);
      for (const bad of [
        [NaN, 1],
        [1, NaN],
        [Infinity, 1],
        [-Infinity, -Infinity],
      ]) {
        assert.ok(map(m, "softmax", 1, 2, bad).some(Number.isNaN), String(bad));
      }
      assert.deepEqual([...map(m, "softmax", 2, 2, [NaN, 1, 0, 0])], [NaN, NaN, 0.5, 0.5]);
    });
  }
  goldenCases(/^(log)?softmax/, ({ item, m, data, check }) => {
    const [rows, c] = item.tensors.X.shape;
    const y = map(m, item.meta.op, rows, c, data("X"));
    check("Y", y);
    check("grad.X", vjp(m, item.meta.op, rows, c, y, data("ct.Y")));
  });
});

interface Xent {
  weights?: Values;
  smoothing?: number;
  ignore?: number;
}

function xent(m: Memory, rows: number, c: number, x: Values, labels: Values, o: Xent = {}) {
  const [loss, probs] = [m.out(rows), m.out(rows * c)];
  const [px, pl, pw] = [m.put(x), m.ints(labels), m.put(o.weights)];
  const info = m.call("softmax_xent", rows, c, px, pl, pw, o.smoothing ?? 0, o.ignore ?? -100, loss, probs);
  return { info, loss: m.get(loss, rows), probs: m.get(probs, rows * c) };
}

function xentVjp(
  m: Memory,
  rows: number,
  c: number,
  probs: Values,
  labels: Values,
  o: Xent = {},
  scale = 1,
  g?: Values,
): Float64Array {
  const dx = m.out(rows * c);
  const [pp, pl, pw, pg] = [m.put(probs), m.ints(labels), m.put(o.weights), m.put(g)];
  m.call("softmax_xent_vjp", rows, c, pp, pl, pw, o.smoothing ?? 0, o.ignore ?? -100, scale, pg, dx);
  return m.get(dx, rows * c);
}

describe("nn/softmax_xent", () => {
  for (const dtype of dtypes) {
    for (const smoothing of [0, 0.1]) {
      for (const [rows, c] of [
        [1, 1],
        [4, 3],
        [7, 10],
        [3, 129],
      ]) {
        it(`${dtype}: ${rows}×${c}, smoothing ${smoothing}: definition and adjoint`, () => {
          const m = new Memory(dtype);
          const next = generator(3);
          const [x, weights, g] = [rows * c, rows, rows].map((n) => reals(n, next).map((v) => m.round(3 * v)));
          const labels = Int32Array.from({ length: rows }, (_, i) => (i === 2 ? -7 : Math.floor(next() * c)));
          const options = { weights, smoothing, ignore: -7 };
          const { info, loss, probs } = xent(m, rows, c, x, labels, options);
          assert.equal(info, 0);
          for (let r = 0; r < rows; r++) {
            const want = naiveSoftmax(x.subarray(r * c, (r + 1) * c));
            close(m, probs.subarray(r * c, (r + 1) * c), want.probs, 24, 0);
            const mean = want.logs.reduce((a, v) => a + v, 0) / c;
            const value = labels[r] < 0 ? 0 : -weights[r] * ((1 - smoothing) * want.logs[labels[r]] + smoothing * mean);
            close(m, [loss[r]], [value], 16, 8);
          }
          const high = new Memory("d");
          const dx = xentVjp(high, rows, c, xent(high, rows, c, x, labels, options).probs, labels, options, 0.5, g);
          const f = (v: Float64Array): number =>
            0.5 * inner(xent(new Memory("d"), rows, c, v, labels, options).loss, g);
          checkGradient(f, x, dx);
          const low = new Memory(dtype);
          close(low, xentVjp(low, rows, c, probs, labels, options, 0.5, g), dx, 64, 1);
        });
      }
    }
    it(`${dtype}: reports the first label out of range and writes nothing`, () => {
      const m = new Memory(dtype);
      for (const [labels, row] of [
        [[0, 3, 9], 2],
        [[0, -1, 0], 2],
        [[-8, 2, 1], 1],
        [[0, 1, 2 ** 31 - 1], 3],
      ] as const) {
        const { info, loss } = xent(m, 3, 3, new Float64Array(9), labels);
        assert.equal(info, row);
        assert.ok(loss.every(Number.isNaN));
      }
      assert.equal(xent(m, 0, 3, [], []).info, 0);
      // An ignored row adds nothing, NaN or not.
      const { loss, probs } = xent(m, 2, 2, [NaN, 0, 0, 0], [-1, 1], { ignore: -1 });
      assert.deepEqual(loss[0], 0);
      assert.deepEqual([...xentVjp(m, 2, 2, probs, [-1, 1], { ignore: -1 })], [0, 0, 0.5, -0.5]);
    });
  }
  goldenCases(/^crossentropy/, ({ item, m, data, map: features, check }) => {
    const { shape } = item.tensors.X;
    const c = shape[1];
    const labels = data("target");
    const rows = labels.length;
    const spatial = shape.length > 2;
    const options = { smoothing: item.meta.label_smoothing ?? 0, ignore: item.meta.ignore_index };
    const { loss, probs } = xent(m, rows, c, spatial ? features("X") : data("X"), labels, options);
    const counted = labels.filter((label) => label !== item.meta.ignore_index).length;
    const scale = item.meta.reduction === "mean" ? 1 / counted : 1;
    const none = item.meta.reduction === "none";
    check("Y", none ? loss : [loss.reduce((a, v) => a + v, 0) * scale]);
    const g = none ? data("ct.Y") : new Float64Array(rows).fill(data("ct.Y")[0]);
    check("grad.X", xentVjp(m, rows, c, probs, labels, options, scale, g), spatial);
  });
});
