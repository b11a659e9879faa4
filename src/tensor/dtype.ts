import { DtypeError } from "../errors.js";

/** Element types. Arithmetic and gradients are for the two float types; the others hold labels, indices and masks. */
export type DType = "float32" | "float64" | "int32" | "uint8" | "bool";

/** The differentiable element types. */
export type FloatDType = "float32" | "float64";

/** Typed array that `data()` returns for a dtype. */
export interface TypedArrayOf {
  float32: Float32Array<ArrayBuffer>;
  float64: Float64Array<ArrayBuffer>;
  int32: Int32Array<ArrayBuffer>;
  uint8: Uint8Array<ArrayBuffer>;
  bool: Uint8Array<ArrayBuffer>;
}

/** The typed arrays that hold the elements of tensors. */
export type TypedArray = TypedArrayOf[DType];

const ITEM_BYTES: Readonly<Record<DType, number>> = { float32: 4, float64: 8, int32: 4, uint8: 1, bool: 1 };

/** Bytes of one element. */
export function itemBytes(dtype: DType): number {
  return ITEM_BYTES[dtype];
}

/** The distance from 1 to the next number. */
export function ulpOf(dtype: FloatDType): number {
  return dtype === "float32" ? 1 / 0x800000 : Number.EPSILON;
}

export function isFloat(dtype: DType): dtype is FloatDType {
  return dtype === "float32" || dtype === "float64";
}

/** Throws unless `dtype` is the name of an element type. */
export function checkDtype(op: string, dtype: unknown): asserts dtype is DType {
  if (typeof dtype !== "string" || !Object.hasOwn(ITEM_BYTES, dtype)) {
    throw new DtypeError(op, `dtype must be one of ${Object.keys(ITEM_BYTES).join(", ")}, got ${String(dtype)}`);
  }
}

/** A zeroed typed array of `length` elements. */
export function newArray<D extends DType>(dtype: D, length: number): TypedArrayOf[D] {
  switch (dtype as DType) {
    case "float32":
      return new Float32Array(length) as TypedArrayOf[D];
    case "float64":
      return new Float64Array(length) as TypedArrayOf[D];
    case "int32":
      return new Int32Array(length) as TypedArrayOf[D];
    default:
      return new Uint8Array(length) as TypedArrayOf[D];
  }
}

const DTYPE_OF: ReadonlyMap<string | undefined, DType> = new Map([
  ["Float32Array", "float32"],
  ["Float64Array", "float64"],
  ["Int32Array", "int32"],
  ["Uint8Array", "uint8"],
  ["Uint8ClampedArray", "uint8"],
]);

/** The dtype of a typed array, or null for types matprop does not store. By its tag: it may come from another window. */
export function dtypeOfArray(values: ArrayBufferView): DType | null {
  return DTYPE_OF.get(kindOfArray(values)) ?? null;
}

/** The name of a view's class, a Node `Buffer` being a `Uint8Array`. */
export function kindOfArray(values: ArrayBufferView): string | undefined {
  return (values as { readonly [Symbol.toStringTag]?: string })[Symbol.toStringTag];
}
