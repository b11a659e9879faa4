/** Gram matrices, matrix functions, eigen-decompositions and O2P against the 256-bit references. */
import type { DType } from "../../src/tensor/dtype.js";
import assert from "node:assert/strict";
import { linalg, nn, tensor, valueAndGrad, type Tensor } from "../../src/index.js";
import { distance, golden, goldenAvailable, goldenSkipNote, type GoldenCase } from "../support/golden.js";
import { DTYPES, type Dtype, type Float } from "../nn/support.js";

/** The outputs, each computed when it is asked for. */
type Op = (x: Float, meta: Record<string, any>) => Record<string, () => Float>;

const SPECTRAL: Record<string, (A: Float, p: number) => Tensor<DType>> = {
  log: linalg.logm,
  sqrt: linalg.sqrtm,
  invsqrt: linalg.invSqrtm,
  inv: (A) => linalg.powm(A, -1),
  exp: linalg.expm,
  pow: linalg.powm,
  square: (A) => linalg.powm(A, 2),
};

/** The rows of F are the channels for the FFᵀ cases. */
const oriented = (F: Float, side: string): Float => (side === "FFt" ? F.transpose() : F);

function o2p(route: "gram" | "svd"): Op {
  return (F, { side, eps, f, p }) => {
    const rows = oriented(F, side);
    const pooled = (): Float =>
      nn.functional.secondOrderPooling(rows.reshape(1, ...rows.shape), {
        ...{ f: f === "pow" ? { power: p } : f, eps, route, reduction: "sum", vectorize: false },
        precision: F.dtype,
      });
    return { C: () => pooled().squeeze(0) };
  };
}

const eigh: Op = (A) => {
  const { eigenvalues, eigenvectors } = linalg.eigh(A);
  return { eigvals: () => eigenvalues, V2: () => eigenvectors.mul(eigenvectors) };
};

const spectral: Op = (A, { f, p }) => ({
  C: () => SPECTRAL[f]!(A, p) as Float,
  eigvals: () => linalg.eigvalsh(A),
});

/** Outputs and gradient within the bounds `levels` (the sharpest stated first); true if any bound was stated. */
function check(op: Op, reference: GoldenCase, input: string, dtype: Dtype, levels: readonly string[]): boolean {
  const { meta, tensors } = reference;
  const names = [...(meta.outputs as string[]), `grad.${input}`];
  const boundOf = (name: string): number | undefined => {
    const level = levels.find((one) => meta.tol[name]?.[one] !== undefined);
    return level === undefined ? undefined : (meta.tol[name][level] ?? undefined);
  };
  const stated = names.filter((name) => boundOf(name) !== undefined);
  const { shape, data } = tensors[input]!;
  const x = tensor([...data], { shape, dtype }) as Float;
  const gradient = (): Tensor<DType> => {
    const step = valueAndGrad(
      () => {
        const outputs = op(x, meta);
        const terms = (meta.cotangents as string[]).map((ct) => {
          const weights = tensor([...tensors[ct]!.data], { shape: tensors[ct]!.shape, dtype });
          return outputs[ct.slice(3)]!().mul(weights).sum();
        });
        return terms.reduce((total, term) => total.add(term));
      },
      { wrt: { x } },
    );
    return step().grads.x;
  };
  for (const name of stated) {
    const actual = name.startsWith("grad.") ? gradient() : op(x, meta)[name]!();
    const error = distance(actual.data(), tensors[name]!.data);
    const bound = boundOf(name)!;
    assert.ok(error <= bound, `${name}: ‖error‖ = ${error}, bound ${bound}`);
  }
  return stated.length > 0;
}

const level = (dtype: Dtype): string[] => [dtype === "float32" ? "f32" : "f64"];

function family(name: string, count: number, opOf: (one: GoldenCase) => Op | undefined, input: string): void {
  describe(`golden family ${name}`, () => {
    if (!goldenAvailable) console.log(`    ${goldenSkipNote}`);
    const cases = golden(name);
    const covered = cases.filter(opOf);
    it(`has ${count} cases for what is built`, function () {
      if (!goldenAvailable) this.skip();
      assert.equal(covered.length, count);
    });
    for (const one of covered) {
      for (const dtype of DTYPES) {
        it(`${one.name} in ${dtype}`, function () {
          if (!check(opOf(one)!, one, input, dtype, level(dtype))) this.skip();
        });
      }
    }
  });
}

family(
  "gram",
  13,
  () =>
    (F, { side, eps }) => ({ C: () => linalg.gram(oriented(F, side), { eps }) }),
  "F",
);
// tanh and sqrt(1 + x²) wait for symFunc.
family("spectral", 54, ({ meta }) => (SPECTRAL[meta.f] ? spectral : undefined), "A");
// The projectors wait for spectralProjector.
family("eig_sym", 18, ({ name }) => (name.startsWith("vec") ? eigh : undefined), "A");
family("o2p", 17, () => o2p("gram"), "F");

describe("golden family o2p by singular values", () => {
  let tight = 0;
  for (const one of golden("o2p")) {
    it(`${one.name} in float64`, () => {
      check(o2p("svd"), one, "F", "float64", ["f64_tight", "f64"]);
      if (one.meta.tol.C.f64_tight !== undefined) tight++;
    });
    it(`${one.name} in float32`, function () {
      if (!check(o2p("svd"), one, "F", "float32", ["f32"])) this.skip();
    });
  }
  after(() => {
    if (goldenAvailable) assert.equal(tight, 9, "cases that state the sharper bound");
  });
});
