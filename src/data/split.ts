import { ArgumentError } from "../errors.js";
import { checkSeed, PhiloxStream, Purpose } from "./philox.js";
import { checkSamples, isMatrices, subset, type LabelledSamples } from "./samples.js";

/** How {@link split} divides. */
export interface SplitOptions {
  /** Share of every class that is held out, between 0 and 1. */
  readonly fraction: number;
  /** Which ones: a non-negative integer. */
  readonly seed: number;
}

/**
 * Divides a data set in two, class by class: `[rest, heldOut]`. Of a class with n samples, round(n · fraction) are held
 * out, but one always remains in the rest. Both parts keep the order of the set. Where matrices have groups, n counts the
 * groups of the class, and each goes to one part as a whole.
 *
 * @throws {ArgumentError} unless 0 < fraction < 1 and the seed is a non-negative integer.
 * @example
 * import { data } from "matprop";
 * const set = data.synthetic({ seed: 1, size: 8, classes: 4, perClass: 10 });
 * const [train, validation] = data.split(set, { fraction: 0.2, seed: 7 });
 * console.log(train.labels.length, validation.labels.length); // 32 8
 */
export function split<S extends LabelledSamples>(set: S, { fraction, seed }: SplitOptions): [S, S] {
  const op = "data.split";
  checkSamples(op, set);
  checkSeed(op, seed);
  if (!(fraction > 0 && fraction < 1)) {
    throw new ArgumentError(op, `fraction must be between 0 and 1, both excluded, got ${fraction}`);
  }
  const groups = isMatrices(set) ? set.groups : undefined;
  const held = new Uint8Array(set.labels.length);
  for (const [label, members] of membersByClass(set.labels, groups)) {
    const order = Int32Array.from({ length: members.length }, (_, i) => i);
    new PhiloxStream(seed, Purpose.split, label).shuffle(order);
    const count = Math.min(order.length - 1, Math.floor(order.length * fraction + 0.5));
    for (const member of order.subarray(0, count)) for (const i of members[member]!) held[i] = 1;
  }
  const [rest, out]: [number[], number[]] = [[], []];
  held.forEach((isOut, i) => (isOut ? out : rest).push(i));
  return [subset(set, rest), subset(set, out)];
}

/** For each class, what goes to one part or the other: single samples, or the samples of a group. */
function membersByClass(labels: Int32Array, groups: Int32Array | undefined): Map<number, number[][]> {
  const classes = new Map<number, Map<number, number[]>>();
  labels.forEach((label, i) => {
    const members = classes.get(label) ?? new Map<number, number[]>();
    classes.set(label, members);
    const name = groups?.[i] ?? i;
    const member = members.get(name);
    if (member) member.push(i);
    else members.set(name, [i]);
  });
  return new Map([...classes].map(([label, members]) => [label, [...members.values()]]));
}
