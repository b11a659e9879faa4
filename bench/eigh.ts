import type { Contender, Group, Peer, Suite } from "./harness.js";
import { pythonPeers } from "./python.js";
import { rivals } from "./rivals/index.js";
import { checksumOf, DTYPES, FLOATS, freshKernels, near, view, type Float, type FloatArray } from "./support.js";
import { randomSymmetric } from "../test/support/matrices.js";

const SINGLE = [16, 32, 64, 128, 256, 512];
/** [matrices, size] */
const BATCHES = [
  [1024, 8],
  [1024, 16],
  [256, 32],
] as const;

/** ‖AZ − ZΛ‖ and ‖ZᵀZ − I‖ in units of n·ulp, as LAPACK's test suite: below 30. */
function checkPairs(n: number, ulp: number, a: FloatArray, w: FloatArray, z: FloatArray): void {
  let norm = 0;
  for (const x of a) norm = Math.max(norm, Math.abs(x));
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let [image, inner] = [0, 0];
      for (let p = 0; p < n; p++) {
        image += a[i * n + p] * z[p * n + j];
        inner += z[p * n + i] * z[p * n + j];
      }
      near(`(AZ − ZΛ)[${i}, ${j}]`, image, z[i * n + j] * w[j], norm * n * ulp, 30);
      near(`(ZᵀZ)[${i}, ${j}]`, inner, Number(i === j), n * ulp, 30);
    }
  }
}

async function contenders(dtype: Float, batch: number, n: number): Promise<Contender[]> {
  const raw = freshKernels();
  const { letter, bytes, ulp, array } = DTYPES[dtype];
  const av = new array(batch * n * n);
  for (let i = 0; i < batch; i++) av.set(randomSymmetric(n, i + 1), i * n * n);
  const a = raw.put(av);
  const [w, z] = [raw.alloc(batch * n * bytes), raw.alloc(batch * n * n * bytes)];
  const infos = raw.alloc(batch * 4);
  const work = raw.alloc(raw.k[`${letter}syev_work`](1, n));
  const solve = (vectors: number) => (): void => {
    const info =
      batch === 1
        ? raw.k[`${letter}syev`](vectors, n, a, n, w, z, n, work)
        : raw.k[`${letter}syev_batched`](vectors, n, batch, a, n * n, w, z, work, infos);
    if (info !== 0) throw new Error(`${letter}syev: info ${info}`);
  };
  const values = (): FloatArray => view(raw, dtype, w, batch * n).slice();
  const check = (): void => {
    solve(1)();
    for (const item of [0, batch - 1]) {
      const pick = (ptr: number, size: number): FloatArray => view(raw, dtype, ptr + item * size * bytes, size);
      checkPairs(n, ulp, av.subarray(item * n * n, (item + 1) * n * n), pick(w, n), pick(z, n * n));
    }
  };
  const checkValues = (): void => {
    solve(1)();
    const expected = values();
    solve(0)();
    values().forEach((x, i) => near(`λ${i}`, x, expected[i], n * n * ulp, 30));
  };
  const checkFirst = ({ w, z }: { w: FloatArray; z: FloatArray }): void =>
    checkPairs(n, ulp, av.subarray(0, n * n), w, z);
  const others = await rivals("eigh", { dtype, batch, n, a: av }, checkFirst, { matrices: batch });
  const peers =
    batch === 1 ? await pythonPeers("scipy", { workload: "numpy.eigh", dtype, n }) : await batched(dtype, batch, n);
  return [
    {
      name: `${letter}syev, vectors`,
      matrices: batch,
      run: solve(1),
      check,
      checksum: () => checksumOf(view(raw, dtype, z, batch * n * n)),
    },
    ...others,
    ...peers,
    {
      name: `${letter}syev, values alone`,
      matrices: batch,
      run: solve(0),
      check: checkValues,
      checksum: () => checksumOf(values()),
    },
  ];
}

/** NumPy and PyTorch at a whole batch by one call of theirs. */
async function batched(dtype: Float, batch: number, n: number): Promise<Peer[]> {
  const request = { dtype, n, batch };
  return [
    ...(await pythonPeers("numpy", { workload: "numpy.eigh_batched", ...request })),
    ...(await pythonPeers("torch", { workload: "torch.eigh_batched", ...request })),
  ];
}

export default {
  name: "eigh",
  about: "symmetric eigenproblems with vectors, raw kernels, beside LAPACK (syevd); ratio: that row's time over ours",
  groups: FLOATS.flatMap((dtype) => [
    ...SINGLE.map((n): Group => ({ title: `eigh ${dtype} n=${n}`, contenders: () => contenders(dtype, 1, n) })),
    ...BATCHES.map(([batch, n]): Group => {
      return { title: `eigh ${dtype} batch ${batch}×${n}`, contenders: () => contenders(dtype, batch, n) };
    }),
  ]),
} satisfies Suite;
