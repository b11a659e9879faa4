/** ml-matrix: plain JavaScript, float64. */
import { load } from "../peers/load.mjs";
import { itemsOf, type Library, type Rival } from "./rival.js";

interface Matrix {
  readonly columns: number;
  to1DArray(): number[];
  transpose(): Matrix;
  mmul(other: Matrix): Matrix;
}

interface MlMatrix {
  Matrix: { from1DArray(rows: number, columns: number, values: ArrayLike<number>): Matrix };
  EigenvalueDecomposition: new (
    x: Matrix,
    options: object,
  ) => { readonly realEigenvalues: number[]; readonly eigenvectorMatrix: Matrix };
  SingularValueDecomposition: new (
    x: Matrix,
    options: object,
  ) => {
    readonly diagonal: number[];
    readonly leftSingularVectors: Matrix & { subMatrix(r0: number, r1: number, c0: number, c1: number): Matrix };
    readonly rightSingularVectors: Matrix;
  };
}

const flat = (x: Matrix): Float64Array => Float64Array.from(x.to1DArray());

async function open(): Promise<Library> {
  const ml = (await load("ml-matrix")) as unknown as MlMatrix;
  const { from1DArray } = ml.Matrix;
  return {
    gemm: ({ dtype, m, k, n, a, b }) => {
      if (dtype === "float32") return undefined;
      const [x, y] = [from1DArray(m, k, a), from1DArray(k, n, b)];
      let out: Matrix;
      return { run: () => void (out = x.mmul(y)), result: () => flat(out) };
    },
    eigh: ({ dtype, batch, n, a }) => {
      if (dtype === "float32") return undefined;
      const items = itemsOf(a, batch).map((item) => from1DArray(n, n, item));
      const solve = (x: Matrix) => new ml.EigenvalueDecomposition(x, { assumeSymmetric: true });
      let out: ReturnType<typeof solve>[];
      return {
        run: () => void (out = items.map(solve)),
        result: () => ({ w: Float64Array.from(out[0].realEigenvalues), z: flat(out[0].eigenvectorMatrix) }),
      };
    },
    svd: ({ dtype, m, n, a }) => {
      if (dtype === "float32") return undefined;
      const x = from1DArray(m, n, a);
      const options = { computeLeftSingularVectors: true, computeRightSingularVectors: true };
      const solve = () => new ml.SingularValueDecomposition(x, options);
      let out: ReturnType<typeof solve>;
      return {
        run: () => void (out = solve()),
        result: () => ({
          u: flat(out.leftSingularVectors.subMatrix(0, m - 1, 0, n - 1)),
          s: Float64Array.from(out.diagonal),
          vt: flat(out.rightSingularVectors.transpose()),
        }),
      };
    },
  };
}

export default { name: "ml-matrix", package: "ml-matrix", open } satisfies Rival;
