import type { Contender, Group, Suite } from "./harness.js";
import { pythonPeers } from "./python.js";
import { rivals } from "./rivals/index.js";
import {
  checksumOf,
  DTYPES,
  FLOATS,
  freshKernels,
  near,
  randomArray,
  sample,
  view,
  type Float,
  type FloatArray,
} from "./support.js";

/** Batch, positions × channels of feature maps: 14², 28² and 28² with more channels. */
const SHAPES = [
  [1, 196, 64],
  [1, 784, 128],
  [1, 784, 256],
  [32, 196, 64],
  [32, 784, 128],
] as const;

async function contenders(dtype: Float, batch: number, m: number, d: number): Promise<Contender[]> {
  const raw = freshKernels();
  const { letter, bytes, ulp } = DTYPES[dtype];
  const av = randomArray(dtype, batch * m * d, 1);
  const a = raw.put(av);
  const c = raw.alloc(batch * d * d * bytes);
  const work = raw.alloc(raw.k[`${letter}gram_work`](m, d));
  const gram = raw.k[`${letter}gram`];
  const batched = raw.k[`${letter}gram_batched`];
  const run =
    batch === 1
      ? (): void => void gram(m, d, 0, 0, a, d, c, d, work)
      : (): void => void batched(m, d, 0, 0, 0, a, d, m * d, c, d, d * d, batch, work);
  const checkItem = (item: number, got: FloatArray, tolerance: number): void => {
    const f = av.subarray(item * m * d, (item + 1) * m * d);
    for (const i of sample(d, 12)) {
      for (const j of sample(d, 12)) {
        let [sum, size] = [0, 0];
        for (let p = 0; p < m; p++) {
          const term = f[p * d + i] * f[p * d + j];
          sum += term;
          size += Math.abs(term);
        }
        near(`gram[${i}, ${j}]`, got[i * d + j], sum, size, m * ulp);
        near(`gram[${i}, ${j}] − gram[${j}, ${i}]`, got[i * d + j], got[j * d + i], size, tolerance);
      }
    }
  };
  const output = (): FloatArray => view(raw, dtype, c, batch * d * d);
  const check = (): void => {
    run();
    for (const item of new Set([0, batch - 1])) checkItem(item, output().subarray(item * d * d, (item + 1) * d * d), 0);
  };
  const flops = batch * m * d * (d + 1);
  const problem = { dtype, batch, m, d, a: av };
  const others = await rivals("gram", problem, (got) => checkItem(0, got, 2 * m * ulp), { flops });
  const peers = await pythonPeers("numpy", { workload: "numpy.gram", dtype, batch, m, d });
  return [{ name: `${letter}gram`, flops, run, check, checksum: () => checksumOf(output()) }, ...others, ...peers];
}

export default {
  name: "gram",
  about: "FᵀF, raw kernels; flops of one triangle; ratio: the time of that row as a multiple of ours",
  groups: FLOATS.flatMap((dtype) =>
    SHAPES.map(([batch, m, d]): Group => {
      const title = `gram ${dtype} ${batch === 1 ? "" : `batch ${batch} of `}${m}×${d}`;
      return { title, contenders: () => contenders(dtype, batch, m, d) };
    }),
  ),
} satisfies Suite;
