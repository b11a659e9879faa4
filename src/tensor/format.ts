import type { DType, TypedArray } from "./dtype.js";
import { showShape, type Shape } from "./shape.js";

const EDGE = 3;
const THRESHOLD = 1000;

/** Text of a tensor in the manner of NumPy: aligned columns; more than 1000 elements are elided to the corners. */
export function formatTensor(data: TypedArray, shape: Shape, dtype: DType): string {
  const suffix = `, shape=${showShape(shape)}, dtype=${dtype})`;
  if (data.length === 0) return `Tensor([]${suffix}`;
  const elide = data.length > THRESHOLD;
  const show = elementFormat(data, dtype);
  const strides = new Array<number>(shape.length);
  for (let axis = shape.length - 1, step = 1; axis >= 0; axis--) {
    strides[axis] = step;
    step *= shape[axis]!;
  }
  let width = 0;
  const visit = (axis: number, at: number, leaf: (text: string) => string): string => {
    if (axis === shape.length) return leaf(show(data[at]!));
    const n = shape[axis]!;
    const parts: string[] = [];
    for (let i = 0; i < n; i++) {
      if (elide && n > 2 * EDGE && i === EDGE) {
        parts.push("…");
        i = n - EDGE;
      }
      parts.push(visit(axis + 1, at + i * strides[axis]!, leaf));
    }
    if (axis === shape.length - 1) return `[${parts.join(", ")}]`;
    const gap = ",\n".padEnd(2 + axis + 8, " ");
    return `[${parts.join(gap)}]`;
  };
  visit(0, 0, (text) => ((width = Math.max(width, text.length)), text));
  return `Tensor(${visit(0, 0, (text) => text.padStart(width))}${suffix}`;
}

function elementFormat(data: TypedArray, dtype: DType): (value: number) => string {
  if (dtype === "bool") return (value) => (value ? "true" : "false");
  if (dtype === "int32" || dtype === "uint8") return String;
  let largest = 0;
  let smallest = Infinity;
  let whole = true;
  for (const value of data) {
    const size = Math.abs(value);
    if (!Number.isFinite(size)) continue;
    if (size > largest) largest = size;
    if (size > 0 && size < smallest) smallest = size;
    whole &&= Number.isInteger(value);
  }
  if (largest >= 1e8 || (largest > 0 && (smallest < 1e-4 || largest / smallest > 1e8))) {
    return (value) => (Number.isFinite(value) ? value.toExponential(4) : String(value));
  }
  return (value) => (Number.isFinite(value) ? (whole ? `${value}.` : value.toFixed(4)) : String(value));
}
