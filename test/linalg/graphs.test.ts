/** Plain normalized cuts on graphs, dense and sparse, with gradients, and the graphs that crash other solvers. */
import assert from "node:assert/strict";
import type { DType } from "../../src/tensor/dtype.js";
import {
  ArgumentError,
  DegenerateError,
  eye,
  grad,
  linalg,
  nn,
  segment,
  ShapeError,
  tensor,
  valueAndGrad,
  type Tensor,
} from "../../src/index.js";
import { assertGradient, assertSecondGradient } from "../support/gradients.js";
import { uniform } from "../support/matrices.js";
import { assertSameBits, filledWith, type Float } from "../nn/support.js";

const { normalizedAffinity, normalizedCuts, spectralProjector } = linalg;
const { normalizedCutsLoss } = nn.functional;
type Edge = readonly [row: number, column: number, weight: number];

const sparse = (n: number, edges: readonly Edge[]) => ({
  n,
  rows: edges.map(([r]) => r),
  columns: edges.map(([, c]) => c),
  values: tensor(Float64Array.from(edges, ([, , w]) => w)) as Float,
});

function dense(n: number, edges: readonly Edge[]): Float {
  const W = new Float64Array(n * n);
  for (const [r, c, w] of edges) {
    W[r * n + c]! += w / 2;
    W[c * n + r]! += w / 2;
  }
  return tensor(W, { shape: [n, n] }) as Float;
}

/** A ring of `parts` cliques with weak links, `size` nodes each. */
function cliques(parts: number, size: number, link: number): Edge[] {
  const next = uniform(parts);
  const edges: Edge[] = [];
  for (let p = 0; p < parts; p++) {
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < i; j++) edges.push([p * size + i, p * size + j, 1.5 + 0.5 * next()]);
    }
    if (link > 0) edges.push([p * size, (((p + 1) % parts) * size + 1) % (parts * size), link * (1.5 + 0.5 * next())]);
  }
  return edges;
}

const TWO_PAIRS: Edge[] = [
  [0, 1, 1],
  [2, 3, 1],
];
/** A triangle and node 3, which touches nothing. */
const ISOLATED: Edge[] = [
  [0, 1, 1],
  [1, 2, 2],
  [0, 2, 1],
  [3, 3, 0],
];

describe("normalizedCuts on graphs", () => {
  it("dense and sparse agree with eigh of the normalised matrix, below and above the size of the dense way", () => {
    for (const [parts, size] of [
      [3, 5],
      [4, 90],
    ] as const) {
      const n = parts * size;
      const edges = cliques(parts, size, 0.3);
      const W = dense(n, edges);
      const { eigenvalues, eigenvectors } = linalg.eigh(normalizedAffinity(W));
      const wanted = eigenvectors.slice(":, ::-1").slice([null, [0, 3]]);
      for (const graph of [W, sparse(n, edges)]) {
        const found = normalizedCuts(graph, { k: 3 });
        assert.ok(found.eigenvectors.allclose(wanted, { rtol: 0, atol: 1e-8 }));
        assert.ok(found.eigenvalues.allclose(eigenvalues.slice("::-1").slice("0:3"), { rtol: 0, atol: 1e-12 }));
        assertSameBits(normalizedCuts(graph, { k: 3 }).eigenvectors, found.eigenvectors);
      }
    }
  });

  it("finds repeated eigenvalues as often as they are there, beyond the dense size", () => {
    const { eigenvalues, eigenvectors } = normalizedCuts(sparse(400, cliques(4, 100, 0)), { k: 5 });
    const w = eigenvalues.data();
    assert.ok(w.subarray(0, 4).every((x) => Math.abs(x - 1) < 1e-10) && w[4]! < 0.5, `${w}`);
    const eyes = eigenvectors.transpose().matmul(eigenvectors);
    assert.ok(eyes.allclose(eye(5, { dtype: "float64" }), { rtol: 0, atol: 1e-10 }));
    const labels = segment(eigenvectors.slice([null, [0, 4]]) as Tensor, { k: 4 }).data();
    labels.forEach((label, i) => assert.equal(label, Math.floor(i / 100)));
  });

  it("a path of 500 nodes, whose eigenvalues cos(πj/499) crowd at 1", () => {
    const edges = Array.from({ length: 499 }, (_, i): Edge => [i, i + 1, 1]);
    const { eigenvalues, eigenvectors } = normalizedCuts(sparse(500, edges), { k: 4 });
    eigenvalues.data().forEach((w, j) => assert.ok(Math.abs(w - Math.cos((Math.PI * j) / 499)) < 1e-13, `${j}: ${w}`));
    const signs = eigenvectors.slice(":, 1").data();
    for (let i = 0; i < 250; i++)
      assert.ok(signs[i]! * signs[499 - i]! < 0, "the second eigenvector cuts in the middle");
  });

  it("gradients agree with differences: dense to second order, sparse through conjugate gradients", () => {
    const edges = cliques(3, 4, 0.5);
    const graph = sparse(12, edges);
    const both = (W: Parameters<typeof normalizedCuts>[0]) => {
      const found = normalizedCuts(W, { k: 3, minDegree: 1e-6 });
      return [found.eigenvectors, found.eigenvalues] as Tensor<DType>[];
    };
    assertGradient("sparse", (values: Float) => both({ ...graph, values }), [graph.values]);
    assertGradient("dense", both as never, [dense(12, edges)]);
    const projector = (W: Float): Tensor<DType> => spectralProjector(normalizedAffinity(W), 3);
    assertGradient("projector", projector, [dense(12, edges)]);
    assertSecondGradient("projector", projector, [dense(12, edges)]);
    const large = sparse(300, cliques(3, 100, 20));
    const options = { directions: 2, tolerance: 1e-5 };
    assertGradient(
      "sparse, beyond the dense size",
      (v: Float) => both({ ...large, values: v }),
      [large.values],
      options,
    );
  });

  it("asks §8.7, two K2: the eigenvalue 1 twice, and the projector's gradient is finite and right", () => {
    const W = dense(4, TWO_PAIRS);
    for (const graph of [W, sparse(4, TWO_PAIRS)]) {
      const { eigenvalues, eigenvectors } = normalizedCuts(graph, { k: 2 });
      assert.ok(eigenvalues.allclose(tensor([1, 1], { dtype: "float64" }), { rtol: 1e-14 }));
      const span = eigenvectors.matmul(eigenvectors.transpose());
      const half = tensor(
        [
          [0.5, 0.5, 0, 0],
          [0.5, 0.5, 0, 0],
          [0, 0, 0.5, 0.5],
          [0, 0, 0.5, 0.5],
        ],
        { dtype: "float64" },
      );
      assert.ok(span.allclose(half, { rtol: 0, atol: 1e-14 }));
    }
    assertGradient("projector", (x: Float) => spectralProjector(normalizedAffinity(x), 2), [W]);
    const labels = tensor(new Int32Array([0, 0, 1, 1]));
    const identity = eye(4, { dtype: "float64" }) as Float;
    const { value, grads } = valueAndGrad((x: Float) => normalizedCutsLoss(identity, x, labels, { rank: 2 }))(W);
    assert.ok(Math.abs(value.item()) < 1e-14);
    assert.ok(
      (grads[0] as Float).data().every((x) => Math.abs(x) < 1e-13),
      "the best cut is a minimum",
    );
    const wrong = tensor(new Int32Array([0, 1, 1, 1]));
    assertGradient("loss", (x: Float) => normalizedCutsLoss(identity, x, wrong, { rank: 2 }), [W]);
    const weights = filledWith([4, 2], 3);
    const raw = (x: Float): Tensor<DType> => normalizedCuts(x, { k: 2 }).eigenvectors.mul(weights).sum();
    assert.throws(() => grad(raw)(W), DegenerateError);
  });

  it("asks §8.7, an isolated node: no division by zero, a row of zeros, a finite gradient", () => {
    const W = dense(4, ISOLATED);
    assert.ok(
      normalizedAffinity(W)
        .slice("3")
        .data()
        .every((x) => x === 0),
    );
    for (const graph of [W, sparse(4, ISOLATED)]) {
      const { eigenvalues, eigenvectors } = normalizedCuts(graph, { k: 2 });
      assert.ok(eigenvalues.allclose(tensor([1, 0], { dtype: "float64" }), { rtol: 0, atol: 1e-14 }));
      const apart = eigenvectors.slice(":, 1");
      assert.ok(apart.allclose(tensor([0, 0, 0, 1], { dtype: "float64" }), { rtol: 0, atol: 1e-13 }));
    }
    const labels = tensor(new Int32Array([0, 1, 1, 2]));
    const identity = eye(4, { dtype: "float64" }) as Float;
    const loss = (x: Float) => normalizedCutsLoss(identity, x, labels, { rank: 1, minDegree: 1e-3 });
    const g = grad(loss)(W) as Float;
    assert.ok(g.data().every(Number.isFinite));
    const graph = sparse(4, ISOLATED);
    const first = (values: Float) => normalizedCuts({ ...graph, values }, { k: 1, minDegree: 1e-3 }).eigenvectors;
    assert.ok(
      (grad((v: Float) => first(v).square().slice("1, 0").sum())(graph.values) as Float).data().every(Number.isFinite),
    );
  });

  it("refuses bad input by name", () => {
    const graph = sparse(4, TWO_PAIRS);
    assert.throws(() => normalizedCuts(graph, { k: 0 }), ArgumentError);
    assert.throws(() => normalizedCuts(graph, { k: 5 }), ArgumentError);
    assert.throws(() => normalizedCuts({ ...graph, rows: [0] }, { k: 1 }), ShapeError);
    assert.throws(() => normalizedCuts({ ...graph, rows: [0, 4] }, { k: 1 }), ArgumentError);
    assert.throws(() => normalizedCuts({ ...graph, values: graph.values.mul(-1) as Float }, { k: 1 }), ArgumentError);
    assert.throws(() => normalizedCuts(filledWith([2, 3]), { k: 1 }), ShapeError);
    assert.throws(() => normalizedAffinity(dense(2, []) as Float), ArgumentError);
    assert.throws(() => normalizedAffinity(dense(4, TWO_PAIRS), { minDegree: -1 }), ArgumentError);
    for (const W of [graph, dense(4, TWO_PAIRS)]) {
      for (const minDegree of [-1, 0, NaN]) {
        assert.throws(() => normalizedCuts(W, { k: 1, minDegree }), ArgumentError);
      }
    }
  });
});
