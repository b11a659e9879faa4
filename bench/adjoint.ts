/** What the adjoints of decompositions cost beside their forward passes: at most half as much again is asked. */
import type { Contender, Group, Suite } from "./harness.js";
import { near, randomArray } from "./support.js";
import { hash, linalg, nn, scope, tensor, valueAndGrad, type Tensor } from "../src/index.js";

type Matrix = Tensor<"float64">;

/** [batch, n] */
const SHAPES = [
  [1, 64],
  [1, 128],
  [1, 256],
  [32, 64],
] as const;

/** The outputs of a decomposition of random matrices, made from a batch of them. */
const OPERATIONS: Readonly<Record<string, (a: Matrix) => readonly Matrix[]>> = {
  eigh: (a) => {
    const { eigenvalues, eigenvectors } = linalg.eigh(a);
    return [eigenvalues, eigenvectors];
  },
  svd: (a) => {
    const { U, S, Vh } = linalg.svd(a);
    return [U, S, Vh];
  },
};

function random(shape: readonly number[], seed: number): Matrix {
  const size = shape.reduce((a, b) => a * b, 1);
  return tensor(randomArray("float64", size, seed) as Float64Array, { shape });
}

function contenders(name: string, batch: number, n: number): Contender[] {
  const outputs = OPERATIONS[name];
  const plain = random([batch, n, n], 1);
  const a = nn.parameter(name === "eigh" ? plain.add(plain.mT) : plain);
  const weights = scope(() => outputs(a).map(({ shape }) => shape)).map((shape, i) =>
    nn.parameter(random(shape, i + 2)),
  );
  const loss = (x: Matrix): Matrix =>
    outputs(x)
      .map((y, i) => y.mul(weights[i]).sum())
      .reduce((sum, term) => sum.add(term));
  const step = valueAndGrad(loss);
  const gradient = (): Matrix => scope(() => step(a).grads[0]);
  /** ⟨gradient, v⟩ against the central difference along v. */
  const check = (): void => {
    const v = random([batch, n, n], 9);
    const along = name === "eigh" ? v.add(v.mT) : v;
    const h = 1e-7;
    const at = (t: number): number => scope(() => loss(a.add(along.mul(t))).item());
    const difference = (at(h) - at(-h)) / (2 * h);
    const adjoint = scope(() => gradient().mul(along).sum().item());
    near("⟨gradient, v⟩", adjoint, difference, Math.abs(difference) + 1, 1e-3);
  };
  const both = {
    matrices: batch,
    run: () => scope(() => void step(a)),
    check,
    checksum: () => hash(gradient()).slice(0, 8),
  };
  return [
    {
      ...{ name: "forward", matrices: batch, run: () => scope(() => void outputs(a)), check: () => undefined },
      checksum: () => hash(scope(() => outputs(a)[0])).slice(0, 8),
    },
    { name: "forward and backward", ...both },
    { name: "backward", less: "forward", ...both },
  ];
}

export default {
  name: "adjoint",
  about: "decompositions in float64 through the public API; ratio: that row's time over the forward pass's",
  groups: Object.keys(OPERATIONS).flatMap((name) =>
    SHAPES.map(([batch, n]): Group => {
      return { title: `adjoint ${name} ${batch}×${n}×${n}`, contenders: () => contenders(name, batch, n) };
    }),
  ),
} satisfies Suite;
