import { currentScope } from "../../tensor/scope.js";
import type { Shape } from "../../tensor/shape.js";
import { wasm } from "../../wasm/runtime.js";

/** Dimensions with the element strides of several operands, neighbours merged where every operand allows it. */
export interface Walk {
  readonly dims: number[];
  readonly strides: number[][];
}

/** Strides of a contiguous tensor of `shape` seen as `out`: 0 where it repeats. */
export function broadcastStrides(shape: Shape, out: Shape): number[] {
  const strides = new Array<number>(out.length).fill(0);
  let step = 1;
  for (let i = 1; i <= shape.length; i++) {
    const size = shape[shape.length - i]!;
    if (size !== 1) strides[out.length - i] = step;
    step *= size;
  }
  return strides;
}

/** Merges axes that every operand walks as one, and drops axes of size 1. */
export function collapse(shape: Shape, strides: readonly (readonly number[])[]): Walk {
  const dims: number[] = [];
  const merged: number[][] = strides.map(() => []);
  for (let axis = 0; axis < shape.length; axis++) {
    const size = shape[axis]!;
    if (size === 1) continue;
    const last = dims.length - 1;
    if (last >= 0 && strides.every((s, k) => merged[k]![last] === s[axis]! * size)) {
      dims[last]! *= size;
      strides.forEach((s, k) => (merged[k]![last] = s[axis]!));
    } else {
      dims.push(size);
      strides.forEach((s, k) => merged[k]!.push(s[axis]!));
    }
  }
  return { dims, strides: merged };
}

/** Writes integer lists one after the other into work space; valid until the next allocation. */
export function stage(lists: readonly (readonly number[])[]): number[] {
  let total = 0;
  for (const list of lists) total += list.length;
  const base = currentScope()!.scratch(4 * Math.max(1, total));
  const addresses: number[] = [];
  let at = base;
  for (const list of lists) {
    addresses.push(at);
    wasm.i32.set(list, at >>> 2);
    at += 4 * list.length;
  }
  return addresses;
}
