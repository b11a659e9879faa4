import assert from "node:assert/strict";
import { checkGradient, close, dtypes, generator, goldenCases, inner, Memory, reals, treeSum } from "./nn-support.js";

interface Group {
  n: number;
  rows: number;
  c: number;
  groups: number;
}
type Values = ArrayLike<number>;

function groupnorm(m: Memory, s: Group, x: Values, gamma?: Values, beta?: Values, eps = 1e-5) {
  const { n, rows, c, groups } = s;
  const stats = [0, 1, 2].map(() => m.out(n * groups));
  const [y, work] = [m.out(n * rows * c), m.out(4 * c)];
  m.call("groupnorm", n, rows, c, groups, m.put(x), m.put(gamma), m.put(beta), eps, ...stats, y, work);
  const [mean, variance, invstd] = stats.map((ptr) => m.get(ptr, n * groups));
  return { y: m.get(y, n * rows * c), mean, variance, invstd };
}

function groupnormVjp(
  m: Memory,
  s: Group,
  x: Values,
  dy: Values,
  gamma: Values | undefined,
  mean: Values,
  invstd: Values,
  fixed = 0,
) {
  const { n, rows, c, groups } = s;
  const [dx, dgamma, dbeta, work] = [n * rows * c, c, c, 4 * c].map((size) => m.out(size));
  m.call(
    "groupnorm_vjp",
    n,
    rows,
    c,
    groups,
    fixed,
    m.put(x),
    m.put(dy),
    m.put(gamma),
    m.put(mean),
    m.put(invstd),
    dx,
    dgamma,
    dbeta,
    work,
  );
  return { dx: m.get(dx, n * rows * c), dgamma: m.get(dgamma, c), dbeta: m.get(dbeta, c) };
}

/** Layer normalisation: one group of one row in every item. */
const layer = (rows: number, c: number): Group => ({ n: rows, rows: 1, c, groups: 1 });

function l2norm(m: Memory, rows: number, c: number, x: Values, eps = 1e-12) {
  const [norms, y] = [m.out(rows), m.out(rows * c)];
  m.call("l2norm", rows, c, m.put(x), eps, norms, y);
  return { y: m.get(y, rows * c), norms: m.get(norms, rows) };
}

function l2normVjp(
  m: Memory,
  rows: number,
  c: number,
  y: Values,
  dy: Values,
  norms: Values,
  eps = 1e-12,
): Float64Array {
  const dx = m.out(rows * c);
  m.call("l2norm_vjp", rows, c, m.put(y), m.put(dy), m.put(norms), eps, dx);
  return m.get(dx, rows * c);
}

/** Mean and variance of every item and group, in double. */
function statistics({ n, rows, c, groups }: Group, x: Values): { mean: number[]; variance: number[] } {
  const width = c / groups;
  const [mean, variance]: number[][] = [[], []];
  for (let i = 0; i < n; i++)
    for (let g = 0; g < groups; g++) {
      const values: number[] = [];
      for (let r = 0; r < rows; r++) for (let j = 0; j < width; j++) values.push(x[(i * rows + r) * c + g * width + j]);
      const sum = (terms: number[]): number => treeSum(terms, (v) => v);
      const average = sum(values) / values.length;
      mean.push(average);
      variance.push(sum(values.map((v) => (v - average) ** 2)) / values.length);
    }
  return { mean, variance };
}

const groupShapes: Group[] = [
  { n: 1, rows: 6, c: 1, groups: 1 },
  { n: 1, rows: 7, c: 3, groups: 3 },
  { n: 1, rows: 1100, c: 5, groups: 5 },
  { n: 1, rows: 33, c: 37, groups: 37 },
  { n: 3, rows: 9, c: 8, groups: 2 },
  { n: 2, rows: 13, c: 9, groups: 3 },
  { n: 2, rows: 530, c: 4, groups: 1 },
  { n: 4, rows: 1, c: 16, groups: 4 },
  { n: 2, rows: 5, c: 17, groups: 1 },
];

describe("nn/groupnorm and batchnorm", () => {
  for (const dtype of dtypes) {
    for (const s of groupShapes) {
      const size = s.n * s.rows * s.c;
      const per = s.rows * (s.c / s.groups);
      it(`${dtype}: ${JSON.stringify(s)}: definition`, () => {
        const m = new Memory(dtype);
        const next = generator(1);
        const [x, gamma, beta] = [size, s.c, s.c].map((n) => reals(n, next).map((v) => m.round(v + 0.5)));
        const { mean, variance } = statistics(s, x);
        const got = groupnorm(m, s, x, gamma, beta);
        close(m, got.mean, mean, 8);
        close(m, got.variance, variance, 16);
        const want = x.map((v, i) => {
          const g = Math.floor(i / (s.rows * s.c)) * s.groups + Math.floor((i % s.c) / (s.c / s.groups));
          return ((v - mean[g]) / Math.sqrt(variance[g] + 1e-5)) * gamma[i % s.c] + beta[i % s.c];
        });
        close(m, got.y, want, 32, 4);
        const plain = groupnorm(m, s, x);
        const ones = groupnorm(m, s, x, new Float64Array(s.c).fill(1), new Float64Array(s.c));
        assert.deepEqual(
          plain.y.map((v) => v + 0),
          ones.y,
        );
      });
      it(`${dtype}: ${JSON.stringify(s)}: adjoint`, () => {
        const m = new Memory("d");
        const next = generator(2);
        const [x, dy, gamma, beta] = [size, size, s.c, s.c].map((n) => reals(n, next));
        const { mean, invstd } = groupnorm(m, s, x, gamma, beta, 0.1);
        const adjoint = groupnormVjp(m, s, x, dy, gamma, mean, invstd);
        const loss = (values: Float64Array, g: Values = gamma, b: Values = beta): number =>
          inner(groupnorm(new Memory("d"), s, values, g, b, 0.1).y, dy);
        checkGradient((v) => loss(v), x, adjoint.dx);
        checkGradient((v) => loss(x, v), gamma, adjoint.dgamma);
        checkGradient((v) => loss(x, gamma, v), beta, adjoint.dbeta);
        const low = new Memory(dtype);
        const again = groupnormVjp(low, s, x, dy, gamma, mean, invstd);
        for (const name of ["dx", "dgamma", "dbeta"] as const) {
          close(low, again[name], adjoint[name], 16, 8 + Math.sqrt(s.n * s.rows));
        }
        const plain = groupnormVjp(low, s, x, dy, undefined, mean, invstd);
        const ones = groupnormVjp(low, s, x, dy, new Float64Array(s.c).fill(1), mean, invstd);
        assert.deepEqual(plain, ones);
      });
      it(`${dtype}: ${JSON.stringify(s)}: an item has the same bits alone`, () => {
        const m = new Memory(dtype);
        const x = reals(size, generator(3));
        const y = groupnorm(m, s, x).y;
        const last = size - s.rows * s.c;
        assert.deepEqual(groupnorm(m, { ...s, n: 1 }, x.subarray(last)).y, y.slice(last));
      });
      it(`${dtype}: ${JSON.stringify(s)}: sums by the reduction tree`, () => {
        if (s.groups !== s.c) return;
        const m = new Memory(dtype);
        const x = reals(size, generator(4)).map(m.round);
        const { mean, variance } = groupnorm(m, s, x);
        for (let j = 0; j < s.c; j++) {
          const column = Array.from({ length: s.rows }, (_, r) => x[r * s.c + j]);
          const average = m.round(treeSum(column, m.round) / per);
          const squares = column.map((v) => m.round(m.round(v - average) ** 2));
          assert.equal(mean[j], average);
          assert.equal(variance[j], m.round(treeSum(squares, m.round) / per));
        }
      });
    }
    it(`${dtype}: a large mean costs no digits of the variance`, () => {
      const m = new Memory(dtype);
      const offset = dtype === "s" ? 2 ** 12 : 2 ** 40;
      const s = { n: 1, rows: 640, c: 3, groups: 3 };
      const x = Float64Array.from({ length: 640 * 3 }, (_, i) => offset + (i % 2 ? 1 : -1));
      const got = groupnorm(m, { ...s, rows: 640 }, x);
      assert.deepEqual([...got.mean], [offset, offset, offset]);
      assert.deepEqual([...got.variance], [1, 1, 1]);
    });
    it(`${dtype}: NaN and infinity spoil their group alone; nothing of nothing`, () => {
      const m = new Memory(dtype);
      const s = { n: 2, rows: 4, c: 4, groups: 2 };
      const x = reals(32, generator(5));
      x[1] = NaN;
      x[16 + 3] = Infinity;
      const y = groupnorm(m, s, x).y;
      y.forEach((v, i) => {
        const bad = i < 16 ? i % 4 < 2 : i % 4 >= 2;
        assert.equal(Number.isNaN(v), bad, `y[${i}]`);
      });
      assert.equal(groupnorm(m, { ...s, n: 0 }, []).y.length, 0);
      assert.equal(groupnorm(m, { n: 2, rows: 3, c: 0, groups: 1 }, []).y.length, 0);
      assert.equal(groupnorm(m, { n: 1, rows: 0, c: 3, groups: 3 }, []).y.length, 0);
      const empty = groupnormVjp(m, { n: 1, rows: 0, c: 3, groups: 3 }, [], [], undefined, [0, 0, 0], [1, 1, 1]);
      assert.deepEqual([...empty.dgamma, ...empty.dbeta], [0, 0, 0, 0, 0, 0]);
    });
  }
  goldenCases(/^groupnorm/, ({ item, m, data, map, check }) => {
    const [n, c, h, w] = item.tensors.X.shape;
    const s = { n, rows: h * w, c, groups: item.meta.groups };
    const { y, mean, invstd } = groupnorm(m, s, map("X"), data("gamma"), data("beta"), item.meta.eps);
    check("Y", y, true);
    const { dx, dgamma, dbeta } = groupnormVjp(m, s, map("X"), map("ct.Y"), data("gamma"), mean, invstd);
    check("grad.X", dx, true);
    check("grad.gamma", dgamma);
    check("grad.beta", dbeta);
  });
  goldenCases(/^batchnorm/, ({ item, m, data, map, check }) => {
    const [n, c, h = 1, w = 1] = item.tensors.X.shape;
    const rows = n * h * w;
    const s = { n: 1, rows, c, groups: c };
    const { eps, momentum, train } = item.meta;
    const [x, gamma, beta] = [map("X"), data("gamma"), data("beta")];
    let mean: Values = data("running_mean");
    let invstd: Values;
    if (train) {
      const got = groupnorm(m, s, x, gamma, beta, eps);
      check("Y", got.y, true);
      ({ mean, invstd } = got);
      check(
        "new_running_mean",
        data("running_mean").map((v, j) => (1 - momentum) * v + momentum * got.mean[j]),
      );
      const unbiased = got.variance.map((v) => (v * rows) / (rows - 1));
      check(
        "new_running_var",
        data("running_var").map((v, j) => (1 - momentum) * v + momentum * unbiased[j]),
      );
    } else {
      const [saved, y] = [m.out(c), m.out(rows * c)];
      const [pm, pv] = [m.put(mean), m.put(data("running_var"))];
      m.call("batchnorm_eval", rows, c, m.put(x), pm, pv, m.put(gamma), m.put(beta), eps, saved, y);
      check("Y", m.get(y, rows * c), true);
      invstd = m.get(saved, c);
    }
    const { dx, dgamma, dbeta } = groupnormVjp(m, s, x, map("ct.Y"), gamma, mean, invstd, train ? 0 : 1);
    check("grad.X", dx, true);
    check("grad.gamma", dgamma);
    check("grad.beta", dbeta);
  });
});

const rowShapes: [rows: number, c: number][] = [
  [1, 1],
  [3, 2],
  [2, 3],
  [5, 4],
  [2, 5],
  [3, 8],
  [2, 9],
  [3, 17],
  [2, 31],
  [2, 1300],
  [0, 4],
  [3, 0],
];

describe("nn/layernorm and l2norm", () => {
  for (const dtype of dtypes) {
    for (const [rows, c] of rowShapes) {
      const size = rows * c;
      it(`${dtype}: layernorm ${rows}×${c}: definition, tree, single rows, adjoint`, () => {
        const m = new Memory(dtype);
        const next = generator(6);
        const [x, dy, gamma, beta] = [size, size, c, c].map((n) => reals(n, next).map(m.round));
        const { mean, variance } = statistics({ n: rows, rows: 1, c, groups: 1 }, x);
        const got = groupnorm(m, layer(rows, c), x, gamma, beta);
        const want = x.map((v, i) => {
          const r = Math.floor(i / c);
          return ((v - mean[r]) / Math.sqrt(variance[r] + 1e-5)) * gamma[i % c] + beta[i % c];
        });
        close(m, got.y, want, 32, 4);
        for (let r = 0; r < rows && c > 0; r++) {
          const row = x.subarray(r * c, (r + 1) * c);
          assert.equal(got.mean[r], m.round(treeSum(row, m.round) / c));
          assert.deepEqual(groupnorm(m, layer(1, c), row, gamma, beta).y, got.y.slice(r * c, (r + 1) * c));
        }
        if (size === 0) return;
        const high = new Memory("d");
        const forward = groupnorm(high, layer(rows, c), x, gamma, beta, 0.1);
        const adjoint = groupnormVjp(high, layer(rows, c), x, dy, gamma, forward.mean, forward.invstd);
        const loss = (values: Float64Array, g: Values = gamma, b: Values = beta): number =>
          inner(groupnorm(new Memory("d"), layer(rows, c), values, g, b, 0.1).y, dy);
        checkGradient((v) => loss(v), x, adjoint.dx);
        checkGradient((v) => loss(x, v), gamma, adjoint.dgamma);
        checkGradient((v) => loss(x, gamma, v), beta, adjoint.dbeta);
        const low = new Memory(dtype);
        const again = groupnormVjp(low, layer(rows, c), x, dy, gamma, forward.mean, forward.invstd);
        for (const name of ["dx", "dgamma", "dbeta"] as const) close(low, again[name], adjoint[name], 16, 8);
      });
      it(`${dtype}: l2norm ${rows}×${c}: definition and adjoint`, () => {
        const m = new Memory(dtype);
        const next = generator(7);
        const [x, dy] = [size, size].map((n) => reals(n, next).map(m.round));
        const { y, norms } = l2norm(m, rows, c, x);
        for (let r = 0; r < rows; r++) {
          const row = x.subarray(r * c, (r + 1) * c);
          const norm = Math.max(Math.sqrt(row.reduce((a, v) => a + v * v, 0)), 1e-12);
          close(m, [norms[r]], [norm], 8, 0);
          close(
            m,
            y.subarray(r * c, (r + 1) * c),
            row.map((v) => v / norm),
            8,
            0,
          );
        }
        if (size === 0) return;
        const high = new Memory("d");
        const forward = l2norm(high, rows, c, x);
        const dx = l2normVjp(high, rows, c, forward.y, dy, forward.norms);
        checkGradient((v) => inner(l2norm(new Memory("d"), rows, c, v).y, dy), x, dx);
        const low = new Memory(dtype);
        close(low, l2normVjp(low, rows, c, forward.y, dy, forward.norms), dx, 32, 8);
      });
    }
    it(`${dtype}: l2norm of a row shorter than eps divides by eps, forward and back; NaN stays in its row`, () => {
      const m = new Memory(dtype);
      const { y, norms } = l2norm(m, 3, 2, [0, 0, 0.25, 0, NaN, 1], 0.5);
      assert.deepEqual([...y], [0, 0, 0.5, 0, NaN, NaN]);
      assert.deepEqual([...norms], [0.5, 0.5, NaN]);
      assert.deepEqual([...l2normVjp(m, 2, 2, y.subarray(0, 4), [1, 2, 3, 4], norms, 0.5)], [2, 4, 6, 8]);
    });
  }
  goldenCases(/^layernorm/, ({ item, m, data, check }) => {
    const [rows, c] = item.tensors.X.shape;
    const { y, mean, invstd } = groupnorm(m, layer(rows, c), data("X"), data("gamma"), data("beta"), item.meta.eps);
    check("Y", y);
    const { dx, dgamma, dbeta } = groupnormVjp(m, layer(rows, c), data("X"), data("ct.Y"), data("gamma"), mean, invstd);
    check("grad.X", dx);
    check("grad.gamma", dgamma);
    check("grad.beta", dbeta);
  });
  goldenCases(/^l2norm/, ({ item, m, data, check }) => {
    const [rows, c] = item.tensors.X.shape;
    const { y, norms } = l2norm(m, rows, c, data("X"));
    check("Y", y);
    check("grad.X", l2normVjp(m, rows, c, y, data("ct.Y"), norms));
  });
});
