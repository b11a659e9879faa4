/** What an operation costs as its matrices grow: the figures behind docs/img/cost.svg (`--plot` draws it). */
import type { Contender, Group, Suite } from "./harness.js";
import { pythonPeers } from "./python.js";
import { checksumOf, near, randomArray } from "./support.js";
import { linalg, nn, scope, tensor, type Tensor } from "../src/index.js";

type Matrix = Tensor<"float64">;

interface Operation {
  /** The workload of bench/python/numpy_work.py, if it has another name. */
  readonly peer?: string;
  /** Of float64 n×n matrices; the result. */
  run(a: Matrix): unknown;
  /** What the result must give back, and gives back. */
  check(a: Matrix): readonly [got: Matrix, expected: Matrix];
  /** The matrix it is run on, from one with random entries. */
  input?(random: Matrix): Matrix;
}

const SIZES = [8, 16, 32, 64, 128, 256, 512];
const ULP = 2 ** -52;

const OPERATIONS: Readonly<Record<string, Operation>> = {
  matmul: {
    peer: "gemm",
    run: (a) => a.matmul(a),
    check: (a) => [a.matmul(a), a.mT.matmul(a.mT).mT],
  },
  cholesky: {
    run: (a) => linalg.cholesky(a),
    check: (a) => {
      const L = linalg.cholesky(a);
      return [L.matmul(L.mT), a];
    },
    input: (random) => linalg.gram(random, { eps: 1 }),
  },
  eigh: {
    run: (a) => linalg.eigh(a),
    check: (a) => {
      const { eigenvalues, eigenvectors } = linalg.eigh(a);
      return [eigenvectors.mul(eigenvalues).matmul(eigenvectors.mT), a];
    },
    input: (random) => random.add(random.mT),
  },
  svd: {
    run: (a) => linalg.svd(a),
    check: (a) => {
      const { U, S, Vh } = linalg.svd(a);
      return [U.mul(S).matmul(Vh), a];
    },
  },
};

async function contenders(name: string, n: number): Promise<Contender[]> {
  const { peer = name, run, check, input = (random) => random } = OPERATIONS[name];
  const random = tensor(randomArray("float64", n * n, 1) as Float64Array, { shape: [n, n] });
  const a = nn.parameter(input(random));
  const result = (): Float64Array => scope(() => check(a)[0].data());
  const verify = (): void => {
    const [got, expected] = scope(() => check(a).map((x) => x.data()));
    const size = expected.reduce((top, x) => Math.max(top, Math.abs(x)), 0);
    got.forEach((x, i) => near(`${name}[${i}]`, x, expected[i], size * n * ULP, 30));
  };
  return [
    { name: "matprop", run: () => scope(() => void run(a)), check: verify, checksum: () => checksumOf(result()) },
    ...(await pythonPeers("scipy", { workload: `numpy.${peer}`, dtype: "float64", m: n, k: n, n })),
  ];
}

export default {
  name: "cost",
  about: "time against size, float64, public API, beside OpenBLAS and LAPACK; ratio: that row's time over ours",
  groups: Object.keys(OPERATIONS).flatMap((name) =>
    SIZES.map((n): Group => ({ title: `cost ${name} n=${n}`, contenders: () => contenders(name, n) })),
  ),
} satisfies Suite;
