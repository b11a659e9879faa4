import assert from "node:assert/strict";
import { channelsLast, checkGradient, close, dtypes, generator, inner, Memory, reals } from "./nn-support.js";

type Values = ArrayLike<number>;

describe("nn/spd helpers", () => {
  for (const dtype of dtypes) {
    for (const [n, batch] of [
      [0, 2],
      [1, 3],
      [2, 1],
      [3, 2],
      [4, 1],
      [5, 2],
      [9, 2],
      [17, 1],
    ]) {
      it(`${dtype}: triu_pack and triu_unpack, ${batch} of ${n}×${n}`, () => {
        const m = new Memory(dtype);
        const next = generator(9);
        const a = new Float64Array(batch * n * n);
        for (let b = 0; b < batch; b++)
          for (let i = 0; i < n; i++)
            for (let j = i; j < n; j++) a[(b * n + i) * n + j] = a[(b * n + j) * n + i] = m.round(next() - 0.5);
        const size = (n * (n + 1)) / 2;
        const want: number[] = [];
        for (let b = 0; b < batch; b++)
          for (let i = 0; i < n; i++)
            for (let j = i; j < n; j++)
              want.push(m.round(a[(b * n + i) * n + j] * (i === j ? 1 : m.round(Math.SQRT2))));
        const out = m.out(batch * size);
        m.call("triu_pack", n, batch, m.put(a), out);
        const packed = m.get(out, batch * size);
        assert.deepEqual([...packed], want);
        const g = reals(batch * size, next).map(m.round);
        const back = m.out(batch * n * n);
        m.call("triu_unpack", n, batch, m.put(g), back);
        const u = m.get(back, batch * n * n);
        assert.ok(Math.abs(inner(packed, g) - inner(a, u)) <= 4 * m.eps * (1 + n * n), "adjoint");
        for (let b = 0; b < batch; b++)
          for (let i = 0; i < n; i++)
            for (let j = 0; j < n; j++) assert.equal(u[(b * n + i) * n + j], u[(b * n + j) * n + i]);
        const again = m.out(batch * size);
        m.call("triu_pack", n, batch, back, again);
        close(m, m.get(again, batch * size), g, 2, 0);
      });
    }

    for (const [batch, rows, d] of [
      [1, 1, 1],
      [2, 5, 3],
      [3, 7, 4],
      [2, 600, 5],
      [1, 9, 17],
      [2, 0, 3],
      [2, 3, 0],
    ]) {
      for (const weighted of [false, true]) {
        it(`${dtype}: center ${batch}×${rows}×${d}${weighted ? ", weighted" : ""}: definition and adjoint`, () => {
          const run = (m: Memory, x: Values, w?: Values) => {
            const [mean, y] = [m.out(batch * d), m.out(batch * rows * d)];
            m.call("center", batch, rows, d, m.put(w), m.put(x), mean, y);
            return { mean: m.get(mean, batch * d), y: m.get(y, batch * rows * d) };
          };
          const back = (m: Memory, y: Values, dy: Values, w?: Values) => {
            const [dx, dw, work] = [m.out(batch * rows * d), m.out(batch * rows), m.out(d)];
            m.call("center_vjp", batch, rows, d, m.put(w), m.put(y), m.put(dy), dx, w ? dw : 0, work);
            return { dx: m.get(dx, batch * rows * d), dw: m.get(dw, batch * rows) };
          };
          const m = new Memory(dtype);
          const next = generator(10);
          const [x, dy] = [0, 1].map(() => reals(batch * rows * d, next).map(m.round));
          const w = weighted ? reals(batch * rows, next).map((v) => m.round(v + 1.5)) : undefined;
          const got = run(m, x, w);
          for (let b = 0; b < batch; b++)
            for (let j = 0; j < d; j++) {
              let [sum, total] = [0, 0];
              for (let i = 0; i < rows; i++) {
                sum += (w?.[b * rows + i] ?? 1) * x[(b * rows + i) * d + j];
                total += w?.[b * rows + i] ?? 1;
              }
              const mean = rows ? sum / total : 0;
              close(m, [got.mean[b * d + j]], [mean], 16, 1);
              for (let i = 0; i < rows; i++) {
                const at = (b * rows + i) * d + j;
                close(m, [got.y[at]], [x[at] - mean], 16, 1);
              }
            }
          if (batch * rows * d === 0) return;
          const high = new Memory("d");
          const { y } = run(high, x, w);
          const { dx, dw } = back(high, y, dy, w);
          checkGradient((v) => inner(run(new Memory("d"), v, w).y, dy), x, dx);
          if (w) checkGradient((v) => inner(run(new Memory("d"), x, v).y, dy), w, dw);
          const low = back(new Memory(dtype), y, dy, w);
          close(m, low.dx, dx, 32, 1);
          if (w) close(m, low.dw, dw, 32, d);
        });
      }
    }
  }
  it("channelsLast of the test reader permutes", () => {
    assert.deepEqual([...channelsLast([1, 2, 3, 4, 5, 6], [1, 2, 3])], [1, 4, 2, 5, 3, 6]);
  });
});
