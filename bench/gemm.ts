import type { Contender, Group, Suite } from "./harness.js";
import { pythonPeers } from "./python.js";
import { rivals } from "./rivals/index.js";
import { checksumOf, DTYPES, FLOATS, freshKernels, near, randomArray, sample, view } from "./support.js";
import type { Float, FloatArray } from "./support.js";
import type { RawKernels } from "../test/support/kernels.js";

const SQUARES = [16, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024];
/** The matrix products of two convolutions of ResNet-18. */
const RECTANGLES = [
  [64, 576, 3136],
  [256, 1152, 196],
] as const;
/** Depth of the micro-kernel alone: both panels stay in the first-level cache. */
const PANEL = 256;

/** c_ij against a plain sum in double, for a spread of (i, j). */
function checkProduct(
  [m, k, n]: readonly [number, number, number],
  [ta, tb]: readonly [number, number],
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  c: ArrayLike<number>,
  ulp: number,
): void {
  for (const i of sample(m, 12)) {
    for (const j of sample(n, 12)) {
      let [sum, size] = [0, 0];
      for (let p = 0; p < k; p++) {
        const term = a[ta ? p * m + i : i * k + p] * b[tb ? j * k + p : p * n + j];
        sum += term;
        size += Math.abs(term);
      }
      near(`c[${i}, ${j}]`, c[i * n + j], sum, size, k * ulp);
    }
  }
}

async function contenders(dtype: Float, m: number, k: number, n: number): Promise<Contender[]> {
  const raw = freshKernels();
  const { letter, bytes, ulp } = DTYPES[dtype];
  const [av, bv] = [randomArray(dtype, m * k, 1), randomArray(dtype, k * n, 2)];
  const [a, b] = [raw.put(av), raw.put(bv)];
  const c = raw.alloc(m * n * bytes);
  const transposes = [0, 1, 2, 3].map((i) => [i & 1, i >> 1] as const);
  const work = raw.alloc(Math.max(...transposes.map(([ta, tb]) => raw.k[`${letter}gemm_work`](ta, tb, m, n, k))));
  const gemm = raw.k[`${letter}gemm`];
  const products = transposes.map(([ta, tb]): Contender => {
    const run = (): void => void gemm(ta, tb, m, n, k, 1, a, ta ? m : k, b, tb ? k : n, 0, c, n, work);
    return {
      name: `${letter}gemm ${ta ? "T" : "N"}${tb ? "T" : "N"}`,
      flops: 2 * m * n * k,
      run,
      check: () => (run(), checkProduct([m, k, n], [ta, tb], av, bv, view(raw, dtype, c, m * n), ulp)),
      checksum: () => checksumOf(view(raw, dtype, c, m * n)),
    };
  });
  const peers = await pythonPeers("numpy", { workload: "numpy.gemm", dtype, m, k, n });
  const problem = { dtype, m, k, n, a: av, b: bv };
  const check = (c: FloatArray): void => checkProduct([m, k, n], [0, 0], av, bv, c, ulp);
  const others = await rivals("gemm", problem, check, { flops: 2 * m * n * k });
  return [products[0], microKernel(raw, dtype), ...products.slice(1), ...others, ...peers];
}

/** The register-resident micro-kernel on panels that stay in cache: what the packed product can reach at best. */
function microKernel(raw: RawKernels, dtype: Float): Contender {
  const { letter, bytes, ulp } = DTYPES[dtype];
  const columns = 64 / bytes;
  const name = `${letter}gemm_ukr_2x${columns}`;
  const [av, bv] = [randomArray(dtype, 2 * PANEL, 3), randomArray(dtype, PANEL * columns, 4)];
  const [a, b, c] = [raw.put(av), raw.put(bv), raw.alloc(2 * columns * bytes)];
  // The micro-kernel counts the distance of rows in bytes.
  const run = (): void => void raw.k[name](PANEL, a, PANEL * bytes, b, c, columns * bytes);
  const out = (): FloatArray => view(raw, dtype, c, 2 * columns);
  return {
    name: `${name}, k = ${PANEL}`,
    flops: 2 * 2 * columns * PANEL,
    run,
    check: () => (run(), checkProduct([2, PANEL, columns], [0, 0], av, bv, out(), ulp)),
    checksum: () => checksumOf(out()),
  };
}

const shapes = [...SQUARES.map((n) => [n, n, n] as const), ...RECTANGLES];

export default {
  name: "gemm",
  about: "C = op(A)·op(B), raw kernels; ratio: the rate of NN as a multiple of that row's",
  groups: FLOATS.flatMap((dtype) =>
    shapes.map(([m, k, n]): Group => {
      const title = m === k && k === n ? `n=${n}` : `${m}×${k}×${n}`;
      return { title: `gemm ${dtype} ${title}`, contenders: () => contenders(dtype, m, k, n) };
    }),
  ),
} satisfies Suite;
