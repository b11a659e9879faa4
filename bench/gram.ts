import type { Contender, Group, Suite } from "./harness.js";
import { pythonPeers } from "./python.js";
import { checksumOf, DTYPES, FLOATS, freshKernels, near, randomArray, sample, view, type Float } from "./support.js";

/** Positions × channels of feature maps: 14², 28² and 28² with more channels. */
const SHAPES = [
  [196, 64],
  [784, 128],
  [784, 256],
] as const;

async function contenders(dtype: Float, m: number, d: number): Promise<Contender[]> {
  const raw = freshKernels();
  const { letter, bytes, ulp } = DTYPES[dtype];
  const av = randomArray(dtype, m * d, 1);
  const a = raw.put(av);
  const c = raw.alloc(d * d * bytes);
  const work = raw.alloc(raw.k[`${letter}gram_work`](m, d));
  const run = (): void => void raw.k[`${letter}gram`](m, d, 0, 0, a, d, c, d, work);
  const check = (): void => {
    run();
    const got = view(raw, dtype, c, d * d);
    for (const i of sample(d, 12)) {
      for (const j of sample(d, 12)) {
        let [sum, size] = [0, 0];
        for (let p = 0; p < m; p++) {
          const term = av[p * d + i] * av[p * d + j];
          sum += term;
          size += Math.abs(term);
        }
        near(`gram[${i}, ${j}]`, got[i * d + j], sum, size, m * ulp);
        near(`gram[${i}, ${j}] − gram[${j}, ${i}]`, got[i * d + j], got[j * d + i], 0, 0);
      }
    }
  };
  const checksum = (): string => checksumOf(view(raw, dtype, c, d * d));
  const peers = await pythonPeers("numpy", { workload: "numpy.gram", dtype, m, d });
  return [{ name: `${letter}gram`, flops: m * d * (d + 1), run, check, checksum }, ...peers];
}

export default {
  name: "gram",
  about: "FᵀF, raw kernels; flops of one triangle; ratio: the time of that row as a multiple of ours",
  groups: FLOATS.flatMap((dtype) =>
    SHAPES.map(([m, d]): Group => ({ title: `gram ${dtype} ${m}×${d}`, contenders: () => contenders(dtype, m, d) })),
  ),
} satisfies Suite;
