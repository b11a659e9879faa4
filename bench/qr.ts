import type { Contender, Group, Suite } from "./harness.js";
import { pythonPeers } from "./python.js";
import {
  checksumOf,
  DTYPES,
  FLOATS,
  freshKernels,
  near,
  randomArray,
  view,
  type Float,
  type FloatArray,
} from "./support.js";
import { qrResiduals, THRESHOLD, ulpOf } from "../test/support/residual.js";

const SHAPES = [
  [64, 64],
  [196, 64],
  [784, 128],
  [784, 256],
  [512, 512],
] as const;

async function contenders(dtype: Float, m: number, n: number): Promise<Contender[]> {
  const raw = freshKernels();
  const { letter, bytes } = DTYPES[dtype];
  const av = randomArray(dtype, m * n, m + n);
  const a = raw.put(av);
  const [q, r] = [raw.alloc(m * n * bytes), raw.alloc(n * n * bytes)];
  const [pivots, infos] = [raw.alloc(n * 4), raw.alloc(4)];
  const work = raw.alloc(raw.k[`${letter}qr_work`](m, n, n));
  const factor = (order: number) => (): void => {
    if (raw.k[`${letter}qr_batched`](m, n, n, 1, a, q, r, order, work, infos) !== 0) throw new Error("qr failed");
  };
  const take = (ptr: number, count: number): FloatArray => view(raw, dtype, ptr, count).slice();
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
  const request = { dtype, m, n };
  return [
    row(`${letter}qr`, 0),
    ...(await pythonPeers("scipy", { workload: "numpy.qr", ...request })),
    ...(dtype === "float32" ? await pythonPeers("torch", { workload: "torch.qr", ...request }) : []),
    row(`${letter}qr, pivoted`, pivots),
  ];
}

export default {
  name: "qr",
  about: "thin QR with Q formed, raw kernels, beside LAPACK (geqrf and orgqr); ratio: that row's time over ours",
  groups: FLOATS.flatMap((dtype) =>
    SHAPES.map(([m, n]): Group => ({ title: `qr ${dtype} ${m}×${n}`, contenders: () => contenders(dtype, m, n) })),
  ),
} satisfies Suite;
