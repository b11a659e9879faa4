import type { DType } from "../src/tensor/dtype.js";
import type { Contender, Suite } from "./harness.js";
import { near } from "./support.js";
import { hash, nn, ones, scope, valueAndGrad, type Tensor } from "../src/index.js";

/** Ops in a row; 4 elements each, so that arithmetic costs nothing. */
const OPS = 2000;
const SIZE = 4;

/** How each op goes on from y, and the value of every element after OPS of them from 1 (its gradient in x is known). */
const CHAINS: Record<string, { next(y: Tensor<DType>, x: Tensor<DType>): Tensor<DType>; gradient: number }> = {
  "mul(tensor)": { next: (y, x) => y.mul(x), gradient: OPS + 1 },
  "add(number)": { next: (y) => y.add(1), gradient: 1 },
  relu: { next: (y) => y.relu(), gradient: 1 },
  reshape: { next: (y) => y.reshape(y.rank === 1 ? [2, 2] : [SIZE]), gradient: 1 },
};

function contenders(name: string): Contender[] {
  const { next, gradient } = CHAINS[name];
  const x = nn.parameter(ones([SIZE]));
  const chain = (from: Tensor<DType>): Tensor<DType> => {
    let y = from;
    for (let i = 0; i < OPS; i++) y = next(y, from);
    return y;
  };
  const both = valueAndGrad((from: Tensor<DType>) => chain(from).sum());
  // The loss does not depend on the chain, which is recorded all the same: the backward pass finds nothing to do.
  const recorded = valueAndGrad((from: Tensor<DType>) => (chain(from), from.sum()));
  const gradients = (): Tensor<DType> => scope(() => both(x).grads[0]!);
  const check = (): void =>
    gradients()
      .data()
      .forEach((g) => near("gradient", g, gradient, 1, 0));
  const checksum = (): string => hash(gradients()).slice(0, 8);
  const row = { ops: OPS, check, checksum };
  return [
    { ...row, name: "untaped", run: () => scope(() => void chain(x)) },
    { ...row, name: "taped, forward", run: () => scope(() => void recorded(x)) },
    { ...row, name: "taped, forward and backward", run: () => scope(() => void both(x)) },
    { ...row, name: "backward", less: "taped, forward", run: () => scope(() => void both(x)) },
  ];
}

export default {
  name: "dispatch",
  about: `cost of an op inside a scope, ${OPS} in a row on ${SIZE} elements; the aim is at most 0.5 µs`,
  groups: Object.keys(CHAINS).map((name) => ({ title: `dispatch ${name}`, contenders: () => contenders(name) })),
} satisfies Suite;
