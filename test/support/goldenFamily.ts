/** Runs a family of golden cases against an op of the public API: outputs and gradients within the stated bounds. */
import assert from "node:assert/strict";
import type { DType } from "../../src/tensor/dtype.js";
import { initSync, MatpropError, tensor, valueAndGrad, type Tensor } from "../../src/index.js";
import { distance, golden, goldenAvailable, goldenSkipNote, ownGolden, type GoldenCase } from "./golden.js";

initSync();

export type Float = Tensor<"float32" | "float64">;
export const DTYPES = ["float32", "float64"] as const;
export type Dtype = (typeof DTYPES)[number];

/** The outputs by name, each computed when it is asked for; `loss` where it is not the sum of ⟨cotangent, output⟩. */
export type GoldenOp = (
  inputs: Record<string, Float>,
  meta: Record<string, any>,
  reference: GoldenCase,
) => Record<string, () => Float>;

const asTensor = ({ tensors }: GoldenCase, name: string, dtype: Dtype): Float =>
  tensor([...tensors[name]!.data], { shape: tensors[name]!.shape, dtype }) as Float;

/** Checks what has a bound in the first of `levels` that the case states; null bounds: finite or refused by name. */
export function checkGolden(op: GoldenOp, reference: GoldenCase, dtype: Dtype, levels: readonly string[]): void {
  const { meta, tensors } = reference;
  const inputs = Object.fromEntries((meta.inputs as string[]).map((name) => [name, asTensor(reference, name, dtype)]));
  const boundOf = (name: string): number | null | undefined => {
    const level = levels.find((one) => meta.tol[name]?.[one] !== undefined);
    return level === undefined ? undefined : meta.tol[name][level];
  };
  const outputs = op(inputs, meta, reference);
  const loss = (): Tensor<DType> => {
    const made = op(inputs, meta, reference);
    if (made.loss) return made.loss();
    const terms = (meta.cotangents as string[]).map((ct) => made[ct.slice(3)]!().mul(asTensor(reference, ct, dtype)));
    return terms.map((term) => term.sum()).reduce((total, term) => total.add(term));
  };
  /** Whether there is a bound, which then is kept. */
  const within = (name: string, actual: () => Tensor<DType>): boolean => {
    const bound = boundOf(name);
    if (bound === null || bound === undefined) return false;
    const error = distance(actual().data(), tensors[name]!.data);
    assert.ok(error <= bound, `${name}: ‖error‖ = ${error}, bound ${bound}`);
    return true;
  };
  const names = Object.keys(outputs).filter((name) => name !== "loss" && boundOf(name) !== undefined);
  for (const name of names) {
    if (!within(name, outputs[name]!)) assertFiniteOrNamed(() => [outputs[name]!()]);
  }
  const grads = (meta.grads as string[]).filter((name) => boundOf(name) !== undefined);
  const pull = (): Record<string, Tensor<DType>> =>
    valueAndGrad(loss, { wrt: inputs })().grads as Record<string, Tensor<DType>>;
  if (grads.every((name) => boundOf(name) === null)) return assertFiniteOrNamed(() => Object.values(pull()));
  const found = pull();
  for (const name of grads) {
    const g = found[name.slice("grad.".length)]!;
    if (!within(name, () => g)) assertFiniteOrNamed(() => [g]);
  }
}

/** What has no bound in this precision must still end in numbers or in an error of ours. */
function assertFiniteOrNamed(run: () => readonly Tensor<DType>[]): void {
  let results: readonly Tensor<DType>[];
  try {
    results = run();
  } catch (error) {
    assert.ok(error instanceof MatpropError, `not a named error: ${String(error)}`);
    return;
  }
  for (const one of results) assert.ok(one.data().every(Number.isFinite), "neither finite nor refused");
}

const level = (dtype: Dtype): string[] => [dtype === "float32" ? "f32" : "f64"];

/** One test for each case of a family that `opOf` knows an op for, and for each of our own, in both dtypes. */
export function goldenFamily(name: string, count: number, opOf: (one: GoldenCase) => GoldenOp | undefined): void {
  describe(`golden family ${name}`, () => {
    if (!goldenAvailable) console.log(`    ${goldenSkipNote}`);
    const covered = golden(name).filter(opOf);
    it(`has ${count} cases for what is built`, function () {
      if (!goldenAvailable) this.skip();
      assert.equal(covered.length, count);
    });
    const check = (one: GoldenCase, title: string): void => {
      for (const dtype of DTYPES) {
        it(`${title} in ${dtype}`, () => checkGolden(opOf(one)!, one, dtype, level(dtype)));
      }
    };
    for (const one of covered) check(one, one.name);
    for (const one of ownGolden(name)) check(one, `${one.name}, of our own,`);
  });
}
