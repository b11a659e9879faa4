import type { Contender, Group, Suite } from "./harness.js";
import { pythonPeers } from "./python.js";
import { rivals } from "./rivals/index.js";
import type { Results } from "./rivals/rival.js";
import { checksumOf, DTYPES, FLOATS, near, randomArray, type Float, type FloatArray } from "./support.js";
import { linalg, nn, scope, tensor, type Tensor } from "../src/index.js";

/** Rows and columns: feature maps of 14² and 28² positions, and a square. */
const SHAPES = [
  [196, 64],
  [784, 128],
  [784, 256],
  [512, 512],
] as const;

/** ‖A − U Σ Vᵀ‖, ‖UᵀU − I‖ and ‖V Vᵀ − I‖ in units of n·ulp, as LAPACK's test suite: below 30. */
function checkFactors([m, n]: readonly [number, number], ulp: number, a: FloatArray, f: Results["svd"]): void {
  const { u, s, vt } = f;
  const back = new Float64Array(n);
  for (let i = 0; i < m; i++) {
    back.fill(0);
    for (let p = 0; p < n; p++) {
      const scaled = u[i * n + p] * s[p];
      for (let j = 0; j < n; j++) back[j] += scaled * vt[p * n + j];
    }
    back.forEach((x, j) => near(`(U Σ Vᵀ)[${i}, ${j}]`, x, a[i * n + j], s[0] * n * ulp, 30));
  }
  checkColumns("U", u, m, n, n * ulp, 1, n);
  checkColumns("V", vt, n, n, n * ulp, n, 1);
}

/** The inner products of n columns of length m: entry i of column j is x[i·row + j·column]. */
function checkColumns(
  name: string,
  x: FloatArray,
  m: number,
  n: number,
  unit: number,
  column: number,
  row: number,
): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let p = 0; p < m; p++) sum += x[p * row + i * column] * x[p * row + j * column];
      near(`⟨${name}${i}, ${name}${j}⟩`, sum, Number(i === j), unit, 30);
    }
  }
}

async function contenders(dtype: Float, m: number, n: number): Promise<Contender[]> {
  const { ulp } = DTYPES[dtype];
  const a = randomArray(dtype, m * n, 1);
  // Resident: what is measured is the decomposition, not copying its input in.
  const x = nn.parameter(tensor(a as Float64Array, { shape: [m, n] }) as Tensor<Float>);
  const factors = (): Results["svd"] => {
    const { U, S, Vh } = linalg.svd(x);
    return { u: U.data() as FloatArray, s: S.data() as FloatArray, vt: Vh.data() as FloatArray };
  };
  const check = (found: Results["svd"]): void => checkFactors([m, n], ulp, a, found);
  const values = (): FloatArray => linalg.svdvals(x).data() as FloatArray;
  return [
    {
      name: "svd",
      matrices: 1,
      run: () => scope(() => void linalg.svd(x)),
      check: () => check(factors()),
      checksum: () => checksumOf(factors().u),
    },
    ...(await rivals("svd", { dtype, m, n, a }, check, { matrices: 1 })),
    ...(await pythonPeers("scipy", { workload: "numpy.svd", dtype, m, n })),
    {
      name: "svdvals",
      matrices: 1,
      run: () => scope(() => void linalg.svdvals(x)),
      check: () => {
        const { s } = factors();
        values().forEach((value, i) => near(`σ${i}`, value, s[i], s[0] * n * ulp, 30));
      },
      checksum: () => checksumOf(values()),
    },
  ];
}

export default {
  name: "svd",
  about: "thin singular value decompositions, public API, beside LAPACK (gesdd); ratio: that row's time over ours",
  groups: FLOATS.flatMap((dtype) =>
    SHAPES.map(([m, n]): Group => ({ title: `svd ${dtype} ${m}×${n}`, contenders: () => contenders(dtype, m, n) })),
  ),
} satisfies Suite;
