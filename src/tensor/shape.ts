import { ArgumentError, ShapeError } from "../errors.js";

/** Sizes along the axes, outermost first; `[]` is a scalar. */
export type Shape = readonly number[];

/** Number of elements: the product of the sizes (1 for a scalar). */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (let i = 0; i < shape.length; i++) size *= shape[i]!;
  return size;
}

export function sameShape(a: Shape, b: Shape): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** `[2, 3]`, as errors print it. */
export function showShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/** Throws unless every size is a non-negative integer and the whole fits kernels' 32-bit counts. */
export function checkShape(op: string, shape: Shape): void {
  if (!Array.isArray(shape)) throw new ShapeError(op, `shape must be an array of sizes, got ${String(shape)}`);
  for (const size of shape) {
    if (!Number.isInteger(size) || size < 0) {
      throw new ShapeError(op, `sizes must be non-negative integers, got ${showShape(shape)}`);
    }
  }
  if (sizeOf(shape) > 0x7fffffff) throw new ShapeError(op, `${showShape(shape)} has more than 2³¹−1 elements`);
}

/** Elements between neighbours along each axis of a contiguous tensor. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step;
    step *= shape[i]!;
  }
  return strides;
}

/** The axis counted from the front; negative counts from the end. */
export function normalizeAxis(op: string, axis: number, rank: number): number {
  const normal = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || normal < 0 || normal >= rank) {
    throw new ArgumentError(op, `axis ${axis} is out of range for rank ${rank}`);
  }
  return normal;
}

/** Distinct axes, ascending; `undefined` means all of them. */
export function normalizeAxes(op: string, axes: number | readonly number[] | undefined, rank: number): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, i) => i);
  const list = (typeof axes === "number" ? [axes] : [...axes]).map((axis) => normalizeAxis(op, axis, rank));
  list.sort((a, b) => a - b);
  for (let i = 1; i < list.length; i++) {
    if (list[i] === list[i - 1]) throw new ArgumentError(op, `axis ${list[i]} is given twice`);
  }
  return list;
}

/** The shape two operands broadcast to, by NumPy's rule. */
export function broadcastShapes(op: string, a: Shape, b: Shape): Shape {
  if (sameShape(a, b)) return a;
  const rank = Math.max(a.length, b.length);
  const out = new Array<number>(rank);
  for (let i = 1; i <= rank; i++) {
    const p = i <= a.length ? a[a.length - i]! : 1;
    const q = i <= b.length ? b[b.length - i]! : 1;
    if (p !== q && p !== 1 && q !== 1) {
      throw new ShapeError(op, `shapes ${showShape(a)} and ${showShape(b)} do not broadcast`);
    }
    out[rank - i] = p === 1 ? q : p;
  }
  return out;
}
