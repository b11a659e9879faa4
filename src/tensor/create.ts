import { ArgumentError, DtypeError, ShapeError } from "../errors.js";
import { checkDtype, dtypeOfArray, isFloat, kindOfArray, newArray, type DType, type TypedArray } from "./dtype.js";
import { currentScope } from "./scope.js";
import { checkShape, showShape, sizeOf, type Shape } from "./shape.js";
import { wasm } from "../wasm/runtime.js";
import { allocate, address, fromArray, Tensor, type NestedArray } from "./tensor.js";

export interface CreateOptions<D extends DType = DType> {
  /** Element type (default `"float32"`). */
  readonly dtype?: D;
}

type Bytes = Uint8Array | Uint8ClampedArray;

/** Arrays of types that tensors do not have. */
type OtherArray = Int8Array | Int16Array | Uint16Array | Uint32Array;

export interface TensorOptions<D extends DType = DType> extends CreateOptions<D> {
  /** Sizes, when `values` is flat (default: the nesting of `values`). */
  readonly shape?: Shape;
}

/**
 * A tensor with the given values, which are copied.
 *
 * @param values a number, nested arrays, a typed array of any kind but 64-bit integers, or typed arrays as rows.
 * @param options `shape` for flat values; `dtype` (default: that of the typed arrays, float32 where there is none like it).
 * @throws {ShapeError} if the nesting is ragged or `shape` does not fit the number of values; {@link DtypeError} for 64-bit
 * integers, and for a `Uint32Array` whose numbers float32 does not hold while no `dtype` is given.
 * @example
 * import { tensor } from "matprop";
 * const a = tensor([[1, 2, 3], [4, 5, 6]], { dtype: "float64" });
 * const b = tensor(new Float32Array(6), { shape: [2, 3] });
 */
export function tensor<D extends DType = "float32">(
  values: NestedArray | boolean | readonly boolean[] | readonly number[] | readonly (readonly number[])[],
  options?: TensorOptions<D>,
): Tensor<D>;
export function tensor(
  values: Float32Array | readonly Float32Array[],
  options?: { readonly shape?: Shape },
): Tensor<"float32">;
export function tensor(
  values: Float64Array | readonly Float64Array[],
  options?: { readonly shape?: Shape },
): Tensor<"float64">;
export function tensor(
  values: Int32Array | readonly Int32Array[],
  options?: { readonly shape?: Shape },
): Tensor<"int32">;
export function tensor(values: Bytes | readonly Bytes[], options?: { readonly shape?: Shape }): Tensor<"uint8">;
export function tensor(
  values: OtherArray | readonly OtherArray[],
  options?: { readonly shape?: Shape },
): Tensor<"float32">;
export function tensor<D extends DType>(
  values: ArrayLike<number> | readonly ArrayLike<number>[],
  options: TensorOptions<D> & { readonly dtype: D },
): Tensor<D>;
export function tensor(values: unknown, options: TensorOptions = {}): Tensor<DType> {
  const typed = ArrayBuffer.isView(values);
  const sample = typed ? values : firstRow(values);
  const dtype = options.dtype ?? ((sample && dtypeOfArray(sample)) || "float32");
  checkDtype("tensor", dtype);
  const kind = sample && kindOfArray(sample);
  if (kind === "DataView") throw new DtypeError("tensor", "a DataView has no element type");
  if (kind === "BigInt64Array" || kind === "BigUint64Array") {
    throw new DtypeError("tensor", "64-bit integers have no dtype here; convert them to Int32Array or Float64Array");
  }
  const found = typed ? [(values as TypedArray).length] : shapeOfNested(values);
  const size = sizeOf(found);
  const shape = options.shape ?? found;
  checkShape("tensor", shape);
  if (sizeOf(shape) !== size) {
    throw new ShapeError("tensor", `${size} values do not fill shape ${showShape(shape)}`);
  }
  const data = newArray(dtype, size);
  // Through float64 where the type would cut 0.5 or 256 down to a 0 before it is asked whether it is one, or round.
  const rounds = kind === "Uint32Array" && options.dtype === undefined;
  const raw = dtype === "bool" || rounds ? new Float64Array(size) : data;
  if (typed) raw.set(values as TypedArray);
  else flatten(values, raw);
  if (rounds) setExactly(data, raw);
  else if (raw !== data) for (let i = 0; i < size; i++) data[i] = raw[i] === 0 ? 0 : 1;
  return fromArray(data, [...shape], dtype);
}

/** Throws where float32 would have to round: nobody has asked for it. */
function setExactly(out: TypedArray, values: TypedArray): void {
  for (let i = 0; i < values.length; i++) {
    out[i] = values[i]!;
    if (out[i] === values[i]) continue;
    throw new DtypeError("tensor", `float32 does not hold ${values[i]} of a Uint32Array: say which dtype`);
  }
}

/** The first typed array inside nested ones. */
function firstRow(values: unknown): ArrayBufferView | undefined {
  let level = values;
  while (Array.isArray(level)) level = level[0];
  return ArrayBuffer.isView(level) ? level : undefined;
}

/** A tensor filled with `value`. */
export function full<D extends DType = "float32">(
  shape: Shape,
  value: number,
  options: CreateOptions<D> = {},
): Tensor<D> {
  const { dtype = "float32" as D } = options;
  checkDtype("full", dtype);
  checkShape("full", shape);
  return filled([...shape], dtype, value);
}

/** A tensor of zeros. */
export function zeros<D extends DType = "float32">(shape: Shape, options?: CreateOptions<D>): Tensor<D> {
  return full(shape, 0, options);
}

/** A tensor of ones. */
export function ones<D extends DType = "float32">(shape: Shape, options?: CreateOptions<D>): Tensor<D> {
  return full(shape, 1, options);
}

/** The identity matrix of n rows and `columns` (default n) columns. */
export function eye<D extends DType = "float32">(
  n: number,
  options: CreateOptions<D> & { readonly columns?: number } = {},
): Tensor<D> {
  const { dtype = "float32" as D, columns = n } = options;
  checkDtype("eye", dtype);
  checkShape("eye", [n, columns]);
  const data = newArray(dtype, n * columns);
  for (let i = 0; i < Math.min(n, columns); i++) data[i * columns + i] = 1;
  return fromArray(data, [n, columns], dtype);
}

/**
 * The numbers start, start + step, … below `stop` (above, for a negative step). With one argument, 0 … stop − 1.
 *
 * @example
 * import { arange } from "matprop";
 * arange(3).toArray(); // [ 0, 1, 2 ]
 * arange(1, 2, 0.25).toArray(); // [ 1, 1.25, 1.5, 1.75 ]
 */
export function arange<D extends DType = "float32">(
  start: number,
  stop?: number,
  step = 1,
  options: CreateOptions<D> = {},
): Tensor<D> {
  const { dtype = "float32" as D } = options;
  checkDtype("arange", dtype);
  const [from, to] = stop === undefined ? [0, start] : [start, stop];
  if (!Number.isFinite(from) || !Number.isFinite(to) || !Number.isFinite(step) || step === 0) {
    throw new ArgumentError("arange", `needs finite bounds and a non-zero step, got ${from}, ${to}, ${step}`);
  }
  const n = Math.max(0, Math.ceil((to - from) / step));
  checkShape("arange", [n]);
  const data = newArray(dtype, n);
  for (let i = 0; i < n; i++) data[i] = from + i * step;
  return fromArray(data, [n], dtype);
}

/** A filled tensor in the current scope, or an ordinary one outside. */
export function filled<D extends DType>(shape: Shape, dtype: D, value: number): Tensor<D> {
  if (currentScope() === null || !isFloat(dtype)) {
    return fromArray(newArray(dtype, sizeOf(shape)).fill(dtype === "bool" ? Number(value !== 0) : value), shape, dtype);
  }
  const out = allocate(shape, dtype);
  const at = address("full", out);
  if (dtype === "float32") wasm.f32.fill(value, at >>> 2, (at >>> 2) + out.size);
  else wasm.f64.fill(value, at / 8, at / 8 + out.size);
  return out;
}

function shapeOfNested(values: unknown): number[] {
  const shape: number[] = [];
  for (let level = values; isList(level); level = level[0]) shape.push(level.length);
  return shape;
}

/** Arrays, typed arrays (also those of other windows) and what else has elements by number. */
function isList(values: unknown): values is ArrayLike<unknown> {
  return typeof values === "object" && typeof (values as { length?: unknown } | null)?.length === "number";
}

function flatten(values: unknown, out: TypedArray): void {
  const shape = shapeOfNested(values);
  let at = 0;
  const visit = (item: unknown, axis: number): void => {
    if (axis === shape.length) {
      if (typeof item !== "number" && typeof item !== "boolean") {
        throw new ShapeError("tensor", `values must be numbers nested to equal depth, got ${describe(item)}`);
      }
      out[at++] = Number(item);
      return;
    }
    if (!isList(item) || item.length !== shape[axis]) {
      throw new ShapeError("tensor", `ragged nesting: expected ${shape[axis]} items at depth ${axis}`);
    }
    for (let i = 0; i < item.length; i++) visit(item[i], axis + 1);
  };
  visit(values, 0);
}

function describe(item: unknown): string {
  return isList(item) ? `an array of ${item.length}` : String(item);
}
