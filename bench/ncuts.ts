import { hash, linalg, nn, scope, segment, tensor, valueAndGrad, type FloatDType, type Tensor } from "../src/index.js";
import type { Contender, Group, Suite } from "./harness.js";
import { DTYPES, near, randomArray, type Float } from "./support.js";

type Maps = Tensor<FloatDType>;

/** The size of an image of BSDS500, and channels as a feature network gives them. */
const [H, W, D] = [481, 321, 64] as const;
const RANK = 10;
/** A few pixels of the same kind, small enough for central differences. */
const PATCH = [12, 10, D] as const;

/** Non-negative features that follow a grid of regions, with noise. */
function features(dtype: Float, [h, w, d]: readonly [number, number, number]): Maps {
  const noise = randomArray(dtype, h * w * d, 3, 0.25);
  const level = randomArray(dtype, 20 * d, 4, 1);
  const values = new DTYPES[dtype].array(h * w * d);
  regions(h, w).forEach((region, i) => {
    for (let c = 0; c < d; c++) values[i * d + c] = Math.abs(level[region * d + c]! + noise[i * d + c]!);
  });
  return tensor(values as Float32Array, { shape: [h, w, d] }) as Maps;
}

/** A grid of 5 × 4 regions. */
const regions = (h: number, w: number): Int32Array =>
  Int32Array.from(
    { length: h * w },
    (_, i) => 4 * Math.floor((5 * Math.floor(i / w)) / h) + Math.floor((4 * (i % w)) / w),
  );

/** `count` annotators whose borders differ by a pixel or so. */
function annotators(h: number, w: number, count: number): Tensor<"int32"> {
  const map = regions(h, w);
  const maps = Array.from({ length: count }, (_, a) => map.map((_, i) => map[Math.min(h * w - 1, i + a)]!));
  return tensor(Int32Array.from(maps.flatMap((one) => [...one])), { shape: [count, h, w] });
}

const metric = (dtype: Float): Maps => tensor(randomArray(dtype, D, 5, 0.4).map((x) => x + 1) as Float32Array) as Maps;

/** ⟨gradient, v⟩ against the central difference along v, in float64 on a patch. */
function checkLoss(rank: number | undefined): void {
  const [F, L, E] = [features("float64", PATCH), metric("float64"), annotators(PATCH[0], PATCH[1], 2)];
  const loss = (x: Maps): Maps => nn.functional.normalizedCutsLoss(x, L, E, { rank });
  const v = tensor(randomArray("float64", F.size, 6) as Float64Array, { shape: PATCH });
  const at = (t: number): number => loss(F.add(v.mul(t)) as Maps).item();
  const h = 1e-5;
  const difference = (at(h) - at(-h)) / (2 * h);
  const [g] = valueAndGrad(loss)(F).grads as [Maps];
  near(
    "⟨gF, v⟩",
    scope(() => (g as Tensor<"float64">).mul(v).sum().item()),
    difference,
    Math.abs(difference),
    1e-5,
  );
}

function lossRow(dtype: Float, count: number, rank: number | undefined, backward: boolean): Contender {
  // Resident, as activations would be: what is measured is the layer, not copying its input in.
  const [F, L, E] = [nn.parameter(features(dtype, [H, W, D])), nn.parameter(metric(dtype)), annotators(H, W, count)];
  const loss = (x: Maps, l: Maps): Maps => nn.functional.normalizedCutsLoss(x, l, E, { rank });
  const step = valueAndGrad(loss);
  return {
    name: `normalizedCutsLoss, ${rank === undefined ? "full rank" : `rank ${rank}`}, ${count} annotator${count > 1 ? "s" : ""}`,
    images: 1,
    run: backward ? () => scope(() => void step(F, L)) : () => scope(() => void loss(F, L)),
    check: () => checkLoss(rank),
    checksum: () => hash(backward ? scope(() => step(F, L).grads[0]) : loss(F, L)).slice(0, 8),
    free: () => [F, L].forEach((x) => x._storage.dispose()),
  };
}

/** Every pixel of a region gets the label of its region, whatever the numbers. */
function checkSegments(labels: Tensor<"int32">): void {
  const [found, truth] = [labels.data(), regions(H, W)];
  const first = new Map<number, number>();
  let wrong = 0;
  truth.forEach((region, i) => {
    if (!first.has(region)) first.set(region, found[i]!);
    wrong += Number(first.get(region) !== found[i]);
  });
  if (wrong > 0.01 * truth.length) throw new Error(`segment: ${wrong} pixels of ${truth.length} in a wrong segment`);
}

function segmentRow(method: "kmeans" | "discretize"): Contender {
  const F = features("float32", [H, W, D]);
  const embedding = nn.parameter(linalg.normalizedCutsEmbedding(F, metric("float32"), { k: 20 }));
  const run = (): Tensor<"int32"> => segment(embedding, { k: 20, method, minSize: 50 });
  return {
    name: `segment, ${method}, k = 20, minSize 50`,
    images: 1,
    run: () => void run(),
    check: () => checkSegments(run()),
    checksum: () => hash(run()).slice(0, 8),
    free: () => embedding._storage.dispose(),
  };
}

function embeddingRow(): Contender {
  const [F, L] = [nn.parameter(features("float32", [H, W, D])), nn.parameter(metric("float32"))];
  const run = (): Maps => linalg.normalizedCutsEmbedding(F, L, { k: RANK }) as Maps;
  return {
    name: `normalizedCutsEmbedding, k = ${RANK}`,
    images: 1,
    run: () => scope(() => void run()),
    check: () => {
      const U = run().reshape(H * W, RANK) as Tensor<"float32">;
      const gram = linalg.gram(U).data();
      gram.forEach((value, i) => near(`(UᵀU)[${i}]`, value, Number(i % (RANK + 1) === 0), 1, 1e-4));
    },
    checksum: () => hash(run()).slice(0, 8),
    free: () => [F, L].forEach((x) => x._storage.dispose()),
  };
}

const loss = (dtype: Float, backward: boolean): Group => ({
  title: `ncuts loss ${H}×${W}×${D} ${dtype}: forward${backward ? " and backward" : ""}`,
  contenders: () =>
    dtype === "float64"
      ? [lossRow(dtype, 1, RANK, backward)]
      : [lossRow(dtype, 1, RANK, backward), lossRow(dtype, 5, RANK, backward), lossRow(dtype, 1, undefined, backward)],
});

export default {
  name: "ncuts",
  about: "normalized cuts of a BSDS-sized image, public API; the spectral part in float64",
  groups: [
    loss("float32", false),
    loss("float32", true),
    loss("float64", true),
    {
      title: `ncuts segmentation ${H}×${W}: embedding, clustering`,
      contenders: () => [embeddingRow(), segmentRow("kmeans"), segmentRow("discretize")],
    },
  ],
} satisfies Suite;
