import type { Contender, Group, Suite } from "./harness.js";
import { pythonPeers } from "./python.js";
import { checksumOf, DTYPES, freshKernels, near, randomArray, view, type FloatArray } from "./support.js";
import { qrResiduals, THRESHOLD, ulpOf } from "../test/support/residual.js";

/** There is no float32 kernel. */
const DTYPE = "float64";
const SHAPES = [
  [64, 64],
  [196, 64],
  [784, 128],
  [784, 256],
  [512, 512],
] as const;

async function contenders(m: number, n: number): Promise<Contender[]> {
  const raw = freshKernels();
  const { letter, bytes } = DTYPES[DTYPE];
  const av = randomArray(DTYPE, m * n, m + n);
  const a = raw.put(av);
  const [q, r] = [raw.alloc(m * n * bytes), raw.alloc(n * n * bytes)];
  const [pivots, infos] = [raw.alloc(n * 4), raw.alloc(4)];
  const work = raw.alloc(raw.k[`${letter}qr_work`](m, n, n));
  const factor = (order: number) => (): void => {
    if (raw.k[`${letter}qr_batched`](m, n, n, 1, a, q, r, order, work, infos) !== 0) throw new Error("qr failed");
  };
  const take = (ptr: number, count: number): FloatArray => view(raw, DTYPE, ptr, count).slice();
  const check = (order: number) => (): void => {
    factor(order)();
    const places = order === 0 ? undefined : raw.i32(order, n).slice();
    const ratios = qrResiduals(m, n, av, take(q, m * n), take(r, n * n), ulpOf(letter), places);
    for (const [what, ratio] of Object.entries(ratios)) near(what, ratio, 0, 1, THRESHOLD);
  };
  // R and then Q, as LAPACK counts them.
  const flops = 4 * m * n * n - (4 / 3) * n ** 3;
  const row = (name: string, order: number): Contender => ({
    ...{ name, flops, run: factor(order), check: check(order), checksum: () => checksumOf(take(r, n * n)) },
  });
  return [
    row(`${letter}qr`, 0),
    ...(await pythonPeers("scipy", { workload: "numpy.qr", dtype: DTYPE, m, n })),
    row(`${letter}qr, pivoted`, pivots),
  ];
}

export default {
  name: "qr",
  about: "thin QR with Q formed, raw kernels, beside LAPACK (geqrf and orgqr); ratio: that row's time over ours",
  groups: SHAPES.map(([m, n]): Group => ({ title: `qr float64 ${m}×${n}`, contenders: () => contenders(m, n) })),
} satisfies Suite;
