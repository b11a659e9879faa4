/** Cholesky, triangular and general solves, inverse, log-determinant and least squares against 256-bit references. */
import type { DType } from "../../src/tensor/dtype.js";
import assert from "node:assert/strict";
import { linalg, tensor, valueAndGrad, type Tensor } from "../../src/index.js";
import { DTYPES, type Dtype, type Float } from "../nn/support.js";
import { distance, golden, goldenAvailable, goldenSkipNote, type GoldenCase } from "../support/golden.js";

type Inputs = Record<string, Float>;

const OPS: Record<string, (inputs: Inputs, meta: GoldenCase["meta"]) => Float> = {
  chol: ({ A }) => linalg.cholesky(A!),
  solve: ({ A, B }) => linalg.solve(A!, B!),
  trisolve: ({ L, B }, { lower }) => linalg.solveTriangular(L!, B!, { lower }),
  inv: ({ A }) => linalg.inv(A!),
  logdet: ({ A }) => linalg.slogdet(A!).logabsdet,
  lstsq: ({ A, B }) => linalg.lstsq(A!, B!),
};

const kindOf = ({ name }: GoldenCase): string => name.split("-")[0]!;

const levelOf = (dtype: Dtype): string => (dtype === "float32" ? "f32" : "f64");

/** Whether anything is stated about a case in this precision. */
const stated = ({ meta }: GoldenCase, dtype: Dtype): boolean =>
  Object.values(meta.tol as Record<string, Record<string, number | null>>).some(
    (bounds) => typeof bounds[levelOf(dtype)] === "number",
  );

/** The op's output and the gradients of ⟨ct, output⟩, each within the bound stated for it. */
function check({ meta, tensors, name }: GoldenCase, dtype: Dtype): void {
  const level = levelOf(dtype);
  const read = (key: string): Float => tensor([...tensors[key]!.data], { shape: tensors[key]!.shape, dtype }) as Float;
  const inputs: Inputs = Object.fromEntries((meta.inputs as string[]).map((key) => [key, read(key)]));
  const run = (): Float => OPS[name.split("-")[0]!]!(inputs, meta);
  const [output] = meta.outputs as [string];
  const ct = tensors[`ct.${output}`];
  const step = valueAndGrad(
    (): Tensor<DType> => {
      const y = run();
      return (ct === undefined ? y : y.mul(read(`ct.${output}`))).sum();
    },
    { wrt: inputs },
  );
  const { grads } = step();
  const symmetric = (meta.symmetric ?? []) as string[];
  let compared = 0;
  const compare = (key: string, actual: Tensor<DType>): void => {
    const bound = meta.tol[key]?.[level];
    if (bound === undefined || bound === null) return;
    const error = distance(actual.data(), tensors[key]!.data);
    assert.ok(error <= bound, `${key}: ‖error‖ = ${error}, bound ${bound}`);
    compared++;
  };
  compare(output, run());
  for (const key of Object.keys(inputs)) {
    const g = grads[key] as Float;
    const half = symmetric.includes(key) ? g.add(g.transpose()).mul(0.5) : g;
    if (tensors[`grad.${key}`] !== undefined) compare(`grad.${key}`, half);
  }
  assert.ok(compared > 0, "nothing was compared");
}

describe("golden family factor", () => {
  if (!goldenAvailable) console.log(`    ${goldenSkipNote}`);
  const cases = golden("factor").filter((one) => kindOf(one) in OPS);
  it("has every kind", function () {
    if (!goldenAvailable) this.skip();
    assert.deepEqual(new Set(cases.map(kindOf)), new Set(Object.keys(OPS)));
  });
  for (const one of cases) {
    for (const dtype of DTYPES.filter((dtype) => stated(one, dtype))) {
      it(`${one.name} in ${dtype}`, () => check(one, dtype));
    }
  }
});
