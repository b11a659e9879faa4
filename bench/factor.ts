import type { Contender, Group, Suite } from "./harness.js";
import { pythonPeers } from "./python.js";
import { checksumOf, DTYPES, freshKernels, near, randomArray, sample, view } from "./support.js";

const SIZES = [16, 32, 64, 128, 256, 512];
/** The factorisations have no float32 kernels. */
const DTYPE = "float64";
const KINDS = ["potrf", "getrf", "trsm", "solve", "inv"] as const;

type Kind = (typeof KINDS)[number];

/** Multiplications and additions, in units of n³. */
const FLOPS: Record<Kind, number> = { potrf: 1 / 3, getrf: 2 / 3, trsm: 1, solve: 8 / 3, inv: 2 };

/** One row of n×n raw kernels on one matrix A: positive definite for potrf, lower triangular for trsm. */
function ours(kind: Kind, n: number): Contender {
  const raw = freshKernels();
  const { letter, bytes, ulp } = DTYPES[DTYPE];
  const call = (name: string, ...args: number[]): void => {
    if (raw.k[`${letter}${name}`](...args)) throw new Error(`${letter}${name} of order ${n} failed`);
  };
  const values = randomArray(DTYPE, n * n, n, kind === "potrf" || kind === "trsm" ? 1 / n : 1);
  if (kind === "potrf" || kind === "trsm") for (let i = 0; i < n; i++) values[i * n + i] = 4 + values[i * n + i];
  const a = raw.put(values);
  const b = raw.put(randomArray(DTYPE, n * n, n + 1));
  const [x, lu] = [raw.alloc(n * n * bytes), raw.alloc(n * n * bytes)];
  const [perm, infos] = [raw.alloc(4 * n), raw.alloc(4)];
  const works = [["potrf_work", n] as const, ["getrf_work", n, n] as const, ["trsm_work", 0, n, n] as const];
  const queries = [...works, ["getrs_work", n, n] as const];
  const work = raw.alloc(Math.max(...queries.map(([name, ...sizes]) => raw.k[`${letter}${name}`](...sizes))));
  const run: Record<Kind, () => void> = {
    potrf: () => call("potrf_batched", n, 1, a, x, work, infos),
    getrf: () => call("getrf_batched", n, n, 1, a, x, perm, work, infos),
    trsm: () => {
      new Uint8Array(raw.memory.buffer).copyWithin(x, b, b + n * n * bytes);
      call("trsm_batched", 0, 0, 0, 0, n, n, a, n, 0, x, n, 0, 1, work, infos);
    },
    solve: () => {
      call("getrf_batched", n, n, 1, a, lu, perm, work, infos);
      call("getrs_batched", 0, n, n, lu, perm, 1, b, 1, x, 1, work);
    },
    inv: () => {
      call("getrf_batched", n, n, 1, a, lu, perm, work, infos);
      call("getri_batched", n, 1, lu, perm, x, work);
    },
  };
  const check = (): void => {
    run[kind]();
    const [A, B, X] = [a, b, x].map((ptr) => view(raw, DTYPE, ptr, n * n)) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    const rows = raw.i32(perm, n);
    const top = X.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
    for (const i of sample(n, 9)) {
      for (const j of sample(n, 9)) {
        let [sum, expected] = [0, kind === "inv" ? Number(i === j) : B[i * n + j]];
        if (kind === "potrf") {
          expected = (A[i * n + j] + A[j * n + i]) / 2;
          for (let p = 0; p < n; p++) sum += X[i * n + p] * X[j * n + p];
        } else if (kind === "getrf") {
          expected = A[rows[i] * n + j];
          for (let p = 0; p <= Math.min(i, j); p++) sum += (p === i ? 1 : X[i * n + p]) * X[p * n + j];
        } else {
          for (let p = 0; p < (kind === "trsm" ? i + 1 : n); p++) sum += A[i * n + p] * X[p * n + j];
        }
        near(`${kind}[${i}, ${j}]`, sum, expected, n * ulp * top * 8, 30);
      }
    }
  };
  const flops = FLOPS[kind] * n ** 3;
  return {
    name: `matprop ${kind}`,
    flops,
    run: run[kind],
    check,
    checksum: () => checksumOf(view(raw, DTYPE, x, n * n)),
  };
}

async function contenders(kind: Kind, n: number): Promise<Contender[]> {
  return [ours(kind, n), ...(await pythonPeers("scipy", { workload: "numpy.factor", kind, dtype: DTYPE, n }))];
}

export default {
  name: "factor",
  about:
    "Cholesky, LU, triangular and general solves with n right-hand sides, inverse; ratio: that row's time over ours",
  groups: KINDS.flatMap((kind) =>
    SIZES.map((n): Group => ({ title: `${kind} float64 n=${n}`, contenders: () => contenders(kind, n) })),
  ),
} satisfies Suite;
