import { ArgumentError } from "../errors.js";
import { checkImages, subset, type LabelledImages } from "./images.js";
import { checkSeed, PhiloxStream, Purpose } from "./philox.js";

/** How {@link split} divides. */
export interface SplitOptions {
  /** Share of every class that is held out, between 0 and 1. */
  readonly fraction: number;
  /** Which ones: a non-negative integer. */
  readonly seed: number;
}

/**
 * Divides a data set in two, class by class: `[rest, heldOut]`. Of a class with n images, round(n · fraction) are held
 * out, but one always remains in the rest. Both parts keep the order of the set.
 *
 * @throws {ArgumentError} unless 0 < fraction < 1 and the seed is a non-negative integer.
 * @example
 * import { data } from "matprop";
 * const set = data.synthetic({ seed: 1, size: 8, classes: 4, perClass: 10 });
 * const [train, validation] = data.split(set, { fraction: 0.2, seed: 7 });
 * console.log(train.labels.length, validation.labels.length); // 32 8
 */
export function split(set: LabelledImages, { fraction, seed }: SplitOptions): [LabelledImages, LabelledImages] {
  const op = "data.split";
  checkImages(op, set);
  checkSeed(op, seed);
  if (!(fraction > 0 && fraction < 1)) {
    throw new ArgumentError(op, `fraction must be between 0 and 1, both excluded, got ${fraction}`);
  }
  const members = new Map<number, number[]>();
  set.labels.forEach((label, i) => {
    const list = members.get(label);
    if (list) list.push(i);
    else members.set(label, [i]);
  });
  const held = new Uint8Array(set.labels.length);
  for (const [label, indices] of members) {
    const order = Int32Array.from(indices);
    new PhiloxStream(seed, Purpose.split, label).shuffle(order);
    const count = Math.min(order.length - 1, Math.floor(order.length * fraction + 0.5));
    for (let i = 0; i < count; i++) held[order[i]!] = 1;
  }
  const [rest, out]: [number[], number[]] = [[], []];
  held.forEach((isOut, i) => (isOut ? out : rest).push(i));
  return [subset(set, rest), subset(set, out)];
}
