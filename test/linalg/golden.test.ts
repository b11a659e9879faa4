/** Gram matrices, decompositions, functions of them and O2P against the 256-bit references. */
import type { DType } from "../../src/tensor/dtype.js";
import assert from "node:assert/strict";
import { linalg, nn, type Tensor } from "../../src/index.js";
import { golden, goldenAvailable, ownGolden } from "../support/golden.js";
import { checkGolden, goldenFamily, type Float, type GoldenOp } from "../support/goldenFamily.js";

const { symFunc } = linalg;

const SPECTRAL: Record<string, (A: Float, p: number) => Tensor<DType>> = {
  log: linalg.logm,
  sqrt: linalg.sqrtm,
  invsqrt: linalg.invSqrtm,
  inv: (A) => linalg.powm(A, -1),
  exp: linalg.expm,
  pow: linalg.powm,
  square: (A) => linalg.powm(A, 2),
  tanh: (A) => symFunc(A, { f: Math.tanh, df: (x) => 1 - Math.tanh(x) ** 2 }),
  sqrt1px2: (A) => symFunc(A, { f: (x) => Math.sqrt(1 + x * x), df: (x) => x / Math.sqrt(1 + x * x) }),
};

/** The rows of F are the channels for the FFᵀ cases. */
const oriented = (F: Float, side: string): Float => (side === "FFt" ? F.transpose() : F);

function o2p(route: "gram" | "svd"): GoldenOp {
  return ({ F, w }, { side, eps, f, p }) => {
    const rows = oriented(F!, side);
    const options: nn.SecondOrderPoolingOptions = {
      ...{ f: f === "pow" ? { power: p } : f, eps, route, reduction: "sum", vectorize: false },
      precision: F!.dtype,
    };
    const pooled = (): Float =>
      nn.functional.secondOrderPooling(rows.reshape(1, ...rows.shape), options, w?.reshape(1, w.size) as Float);
    return { C: () => pooled().squeeze(0) };
  };
}

const eigh: GoldenOp = ({ A }) => {
  const { eigenvalues, eigenvectors } = linalg.eigh(A!);
  return { eigvals: () => eigenvalues, V2: () => eigenvectors.mul(eigenvectors) };
};

const FACTOR: Record<string, GoldenOp> = {
  chol: ({ A }) => ({ L: () => linalg.cholesky(A!) }),
  qr: ({ A }) => {
    const { Q, R } = linalg.qr(A!);
    return { Q: () => Q, R: () => R };
  },
  solve: ({ A, B }) => ({ X: () => linalg.solve(A!, B!) }),
  trisolve: ({ L, B }, { lower }) => ({ X: () => linalg.solveTriangular(L!, B!, { lower }) }),
  inv: ({ A }) => ({ Y: () => linalg.inv(A!) }),
  logdet: ({ A }) => {
    const logdet = (): Float => linalg.slogdet(A!).logabsdet;
    return { logdet, loss: logdet };
  },
  lstsq: ({ A, B }) => ({ X: () => linalg.lstsq(A!, B!) }),
};

const spectral: GoldenOp = ({ A }, { f, p }) => ({
  C: () => SPECTRAL[f]!(A!, p) as Float,
  eigvals: () => linalg.eigvalsh(A!),
});

const projector: GoldenOp = ({ A }, { r }) => ({ Pi: () => linalg.spectralProjector(A!, r) });

const svd: GoldenOp = ({ A }) => {
  const { U, S, Vh } = linalg.svd(A!);
  return { s: () => S, U2: () => U.mul(U), V2: () => Vh.mul(Vh).transpose() };
};

const SINGULAR: Record<string, (p: number) => linalg.SvdFuncOptions> = {
  sqrt: () => ({ f: Math.sqrt, df: (x) => 0.5 / Math.sqrt(x) }),
  log1p: () => ({ f: Math.log1p, df: (x) => 1 / (1 + x) }),
  tanh: () => ({ f: Math.tanh, df: (x) => 1 - Math.tanh(x) ** 2 }),
  pow: (p) => ({ f: (x) => x ** p, df: (x) => p * x ** (p - 1) }),
};

const svdFunc: GoldenOp = ({ A }, { f, p }) => ({
  s: () => linalg.svdvals(A!),
  C: () => (f === "polar" ? linalg.polar(A!) : linalg.svdFunc(A!, SINGULAR[f]!(p))),
});

goldenFamily("svd", 26, ({ name }) => (name.startsWith("vec") ? svd : svdFunc));
goldenFamily("gram", 13, () => ({ F, w }, { side, eps }) => ({
  C: () => linalg.gram(oriented(F!, side), { eps, ...(w && { weights: w }) }),
}));
goldenFamily("spectral", 57, () => spectral);
goldenFamily("eig_sym", 27, ({ name }) => (name.startsWith("vec") ? eigh : projector));
goldenFamily("factor", 29, ({ name }) => FACTOR[name.split("-")[0]!]);
goldenFamily("o2p", 17, () => o2p("gram"));

describe("golden family o2p by singular values", () => {
  let tight = 0;
  for (const one of [...golden("o2p"), ...ownGolden("o2p")]) {
    it(`${one.name} in float64`, () => {
      checkGolden(o2p("svd"), one, "float64", ["f64_tight", "f64"]);
      if (one.meta.tol.C.f64_tight !== undefined) tight++;
    });
    it(`${one.name} in float32`, () => checkGolden(o2p("svd"), one, "float32", ["f32"]));
  }
  after(() => {
    if (goldenAvailable) assert.equal(tight, 9, "cases that state the sharper bound");
  });
});
