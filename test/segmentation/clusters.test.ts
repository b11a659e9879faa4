/** Clustering of embeddings: k-means, spectral discretisation, and what `segment` makes of them. */
import assert from "node:assert/strict";
import {
  ArgumentError,
  concat,
  init,
  linalg,
  NonFiniteError,
  ones,
  random,
  segment,
  segmentation,
  ShapeError,
  tensor,
  zeros,
  type Tensor,
} from "../../src/index.js";
import { hash } from "../../src/index.js";

const { kmeans, discretize } = segmentation;

/** Points around `centers`, `each` to a centre, in turns. */
function blobs(centers: readonly (readonly number[])[], each: number, spread: number, seed = 1): Tensor {
  const noise = random.normal([each, centers.length, centers[0]!.length], { seed, std: spread });
  return noise.add(tensor(centers)).reshape(each * centers.length, -1) as Tensor;
}

const CORNERS = [
  [0, 0],
  [10, 0],
  [0, 10],
  [10, 10],
  [5, 20],
] as const;

/** Whether two labelings are the same partition. */
function samePartition(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  const pairs = new Set(Array.from(a, (x, i) => `${x} ${b[i]}`));
  return pairs.size === new Set(Array.from(a)).size && pairs.size === new Set(Array.from(b)).size;
}

describe("segmentation.kmeans", () => {
  before(() => init());

  it("finds separated clusters, their means and the inertia, also beyond the sample of the starts", () => {
    for (const each of [40, 5000]) {
      const points = blobs(CORNERS, each, 0.5);
      const { labels, centers, inertia } = kmeans(points, { k: 5 });
      const truth = Array.from({ length: each * 5 }, (_, i) => i % 5);
      assert.ok(samePartition(labels.data(), truth));
      const own = labels.data();
      const [x, c] = [points.data(), centers.data()];
      let total = 0;
      own.forEach((label, i) => {
        for (let j = 0; j < 2; j++) total += (x[2 * i + j]! - c[2 * label + j]!) ** 2;
      });
      assert.ok(Math.abs(total - inertia) < 1e-4 * total);
      CORNERS.forEach((corner, i) => corner.forEach((v, j) => assert.ok(Math.abs(c[2 * own[i]! + j]! - v) < 0.5)));
    }
  });

  it("more starts are never worse, one seed is one result, and a fixed point assigns every point to its nearest mean", () => {
    const points = random.uniform([300, 3], { seed: 4, dtype: "float64" });
    const one = kmeans(points, { k: 7, restarts: 1 });
    const many = kmeans(points, { k: 7, restarts: 12 });
    assert.ok(many.inertia < one.inertia, `${many.inertia} ${one.inertia}`);
    assert.equal(hash(kmeans(points, { k: 7, restarts: 12 }).labels), hash(many.labels));
    assert.notEqual(hash(kmeans(points, { k: 7, restarts: 1, seed: 1 }).centers), hash(one.centers));
    const difference = points.reshape(300, 1, 3).sub(many.centers.reshape(1, 7, 3));
    assert.deepEqual([...difference.square().sum(-1).argmin(1).data()], [...many.labels.data()]);
  });

  it("equal points, one point, more clusters than points: no NaN, ties to the lower index", () => {
    assert.deepEqual([...kmeans(ones([5, 2]), { k: 3 }).labels.data()], [0, 0, 0, 0, 0]);
    const single = kmeans(tensor([[2, 3]]), { k: 2 });
    assert.deepEqual([single.inertia, ...single.labels.data()], [0, 0]);
    assert.equal(kmeans(tensor([[0], [1], [2]]), { k: 5 }).inertia, 0);
  });

  it("refuses bad input by name", () => {
    assert.throws(() => kmeans(ones([3]), { k: 1 }), ShapeError);
    assert.throws(() => kmeans(zeros([0, 2]), { k: 1 }), ShapeError);
    for (const options of [{ k: 0 }, { k: 1.5 }, { k: 2, restarts: 0 }, { k: 2, maxIterations: -1 }]) {
      assert.throws(() => kmeans(ones([3, 2]), options), ArgumentError);
    }
    assert.throws(() => kmeans(tensor([[1, NaN]]), { k: 1 }), NonFiniteError);
  });
});

describe("segmentation.discretize", () => {
  it("undoes any rotation of indicator vectors", () => {
    const truth = Array.from({ length: 90 }, (_, i) => (i * i) % 4);
    const hot = tensor(
      truth.map((t) => [0, 1, 2, 3].map((c) => Number(c === t))),
      { dtype: "float64" },
    );
    for (let seed = 0; seed < 5; seed++) {
      const { Q } = linalg.qr(random.normal([4, 4], { seed, dtype: "float64" }));
      const { labels, quality, rotation } = discretize(hot.matmul(Q), { k: 4, seed });
      assert.ok(samePartition(labels.data(), truth));
      assert.ok(Math.abs(quality - 1) < 1e-12);
      const eye = rotation.transpose().matmul(rotation).data();
      eye.forEach((v, i) => assert.ok(Math.abs(v - Number(i % 5 === 0)) < 1e-12));
    }
  });

  it("quality is the mean cosine to the axes, and more starts are never worse", () => {
    const x = random.normal([200, 4], { seed: 3, dtype: "float64" });
    const found = discretize(x, { k: 4, restarts: 6 });
    const rows = x
      .div(x.square().sum(-1, { keepdims: true }).sqrt())
      .matmul(found.rotation)
      .data();
    const mean = found.labels.data().reduce((sum, label, i) => sum + rows[4 * i + label]!, 0) / 200;
    assert.ok(Math.abs(mean - found.quality) < 1e-12);
    assert.ok(found.quality >= discretize(x, { k: 4, restarts: 1 }).quality);
    assert.throws(() => discretize(x, { k: 3 }), ArgumentError);
  });
});

/** [H, W, c]: blocks of a 2×2 grid as noisy unit vectors. */
function quadrants(height: number, width: number, noise: number): Tensor {
  const at = (y: number, x: number): number => 2 * Number(y >= height / 2) + Number(x >= width / 2);
  const rows = Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => [0, 1, 2, 3].map((c) => Number(c === at(y, x)))),
  );
  return tensor(rows as never).add(random.normal([height, width, 4], { seed: 8, std: noise })) as Tensor;
}

describe("segment", () => {
  const truth = Int32Array.from({ length: 120 }, (_, i) => 2 * Number(i >= 60) + Number(i % 12 >= 6));

  it("labels maps, lists and batches, in order of the first pixel, by either method", () => {
    const map = quadrants(10, 12, 0.02);
    for (const method of ["kmeans", "discretize"] as const) {
      const labels = segment(map, { k: 4, method });
      assert.deepEqual([[...labels.shape], labels.dtype], [[10, 12], "int32"]);
      assert.deepEqual(labels.data(), truth);
      assert.deepEqual(segment(map.reshape(120, 4), { k: 4, method }).data(), truth);
      const other = quadrants(10, 12, 0.3);
      const both = segment(concat([map.reshape(1, 10, 12, 4), other.reshape(1, 10, 12, 4)], 0), { k: 4, method });
      assert.equal(hash(both.slice([0])), hash(labels));
      assert.equal(hash(both.slice([1])), hash(segment(other, { k: 4, method })));
    }
  });

  it('"auto" takes the largest gap of the eigenvalues, else what rotates best to the axes', () => {
    const map = quadrants(10, 12, 0.02);
    const counts = (labels: Tensor<"int32">): number => new Set(labels.data()).size;
    assert.equal(counts(segment(map)), 4);
    assert.equal(counts(segment(map, { method: "discretize" })), 4);
    assert.equal(counts(segment(map, { maxK: 3 })) <= 3, true);
    const eigenvalues = tensor([1, 0.9, 0.85, 0.1]);
    assert.equal(counts(segment(map, { eigenvalues })), 3);
    assert.equal(counts(segment(map, { eigenvalues: tensor([1, 0.2, 0.1, 0.05]) })), 2);
    assert.throws(() => segment(map, { eigenvalues: tensor([1, 0.5]) }), ShapeError);
  });

  it("splits clusters into regions and joins the small ones", () => {
    const stripes = tensor([0, 1, 0, 0, 1, 1, 1].map((c) => [[1 - c, c]])) as Tensor;
    assert.deepEqual([...segment(stripes, { k: 2 }).data()], [0, 1, 0, 0, 1, 1, 1]);
    assert.deepEqual([...segment(stripes, { k: 2, connected: true }).data()], [0, 1, 2, 2, 3, 3, 3]);
    assert.deepEqual([...segment(stripes, { k: 2, minSize: 2 }).data()], [0, 0, 1, 1, 2, 2, 2]);
  });

  it("refuses bad input by name", () => {
    const map = quadrants(4, 4, 0);
    assert.throws(() => segment(ones([4])), ShapeError);
    assert.throws(() => segment(zeros([0, 2])), ShapeError);
    assert.throws(() => segment(map, { k: 0 }), ArgumentError);
    assert.throws(() => segment(map, { k: "many" as never }), ArgumentError);
    assert.throws(() => segment(map, { maxK: 0 }), ArgumentError);
    assert.throws(() => segment(map, { method: "cut" as never }), ArgumentError);
    assert.throws(() => segment(map, { k: 5, method: "discretize" }), ArgumentError);
    assert.throws(() => segment(map, { k: 2, minSize: -1, connected: true }), ArgumentError);
    assert.throws(() => segment(map.reshape(16, 4), { k: 2, minSize: 2 }), ArgumentError);
    assert.throws(() => segment(map.mul(NaN), { k: 2 }), NonFiniteError);
  });
});
