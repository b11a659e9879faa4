import { ShapeError } from "../errors.js";
import { wasm } from "../wasm/runtime.js";
import { itemBytes, newArray, type DType, type FloatDType, type TypedArray, type TypedArrayOf } from "./dtype.js";
import { formatTensor } from "./format.js";
import { currentScope } from "./scope.js";
import { checkShape, sizeOf, showShape, type Shape } from "./shape.js";
import { Storage } from "./storage.js";

/** Nested arrays of numbers, as `toArray()` returns them. */
export type NestedArray = number | NestedArray[];

/**
 * An n-dimensional array: shape, element type and values. Tensors are immutable and row-major; arithmetic, reductions
 * and shape operations are methods (`a.add(b)`) as well as functions. Outside a `scope` a tensor is an ordinary
 * garbage-collected object; nothing needs disposing.
 *
 * @example
 * import { init, tensor } from "matprop";
 * await init();
 * const A = tensor([[1, 2], [3, 4]]);
 * console.log(A.shape, A.dtype, A.matmul(A).toArray()); // [ 2, 2 ] float32 [ [ 7, 10 ], [ 15, 22 ] ]
 */
export class Tensor<D extends DType = FloatDType> {
  /** Number of elements. */
  readonly size: number;
  /** @internal The tape's record of how this tensor came about. */
  _node: unknown = null;
  /** @internal Which output of that record it is. */
  _slot = 0;

  /** @internal */
  constructor(
    readonly shape: Shape,
    readonly dtype: D,
    /** @internal */
    readonly _storage: Storage,
    /** @internal Byte offset of the first element within the storage. */
    readonly _offset = 0,
  ) {
    this.size = sizeOf(shape);
  }

  /** Number of axes. */
  get rank(): number {
    return this.shape.length;
  }

  /** A copy of the elements in row-major order. */
  data(): TypedArrayOf[D] {
    return this._storage.read("data", this.dtype, this._offset, this.size);
  }

  /** The value of a tensor with exactly one element. */
  item(): number {
    if (this.size !== 1) {
      throw new ShapeError("item", `needs exactly one element, got shape ${showShape(this.shape)}`);
    }
    return this._storage.read("item", this.dtype, this._offset, 1)[0]!;
  }

  /** The elements as nested arrays (a number for a scalar). */
  toArray(): NestedArray {
    const data = this.data();
    let at = 0;
    const build = (axis: number): NestedArray =>
      axis === this.shape.length ? data[at++]! : Array.from({ length: this.shape[axis]! }, () => build(axis + 1));
    return build(0);
  }

  /** The values, shape and dtype; long tensors are elided. */
  toString(): string {
    return formatTensor(this.data(), this.shape, this.dtype);
  }

  /** What Node's `util.inspect` and `console.log` print. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    const { scope, disposed } = this._storage;
    if (disposed || scope?.ended) return `Tensor(ended, shape=${showShape(this.shape)}, dtype=${this.dtype})`;
    return this.toString();
  }
}

/** A tensor of the current scope with undefined contents. For ops only: outside a scope there is no arena. */
export function allocate<D extends DType>(shape: Shape, dtype: D): Tensor<D> {
  return new Tensor(shape, dtype, Storage.inScope(currentScope()!, sizeOf(shape) * itemBytes(dtype)));
}

/** A tensor around a typed array, which must not be changed afterwards. */
export function fromArray<D extends DType>(values: TypedArray, shape: Shape, dtype: D): Tensor<D> {
  return new Tensor(shape, dtype, Storage.ofArray(values));
}

/** A resident tensor (parameter, buffer, optimizer state) with the given values. */
export function resident<D extends DType>(values: TypedArrayOf[D], shape: Shape, dtype: D): Tensor<D> {
  checkShape("resident", shape);
  wasm.require("resident");
  const storage = Storage.asResident(values.byteLength);
  wasm.u8.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), storage.ptr);
  return new Tensor(shape, dtype, storage);
}

/** Another tensor over the same elements. */
export function viewOf<D extends DType>(x: Tensor<D>, shape: Shape, elementOffset = 0): Tensor<D> {
  return new Tensor(shape, x.dtype, x._storage, x._offset + elementOffset * itemBytes(x.dtype));
}

/** Address of the first element, copying a garbage-collected tensor into the current scope if need be. */
export function address(op: string, x: Tensor<DType>): number {
  return x._storage.address(op) + x._offset;
}

/** `count` numbers at an address, where they lie: a view that ends when memory grows. */
export function numbersAt(dtype: FloatDType, ptr: number, count: number): Float32Array | Float64Array {
  const memory = dtype === "float32" ? wasm.f32 : wasm.f64;
  const start = ptr / itemBytes(dtype);
  return memory.subarray(start, start + count);
}

/** The elements of a float tensor where they lie, as {@link numbersAt}: what `data()` copies. For ops only, within a scope. */
export function elementsOf(op: string, x: Tensor<FloatDType>): Float32Array | Float64Array {
  return numbersAt(x.dtype, address(op, x), x.size);
}

/** Overwrites a resident tensor. */
export function overwrite(op: string, target: Tensor<DType>, values: TypedArray): void {
  const storage = target._storage;
  storage.check(op);
  wasm.u8.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), storage.ptr + target._offset);
  storage.version++;
}

/** A zeroed typed array of the tensor's type and size. */
export function emptyLike<D extends DType>(x: Tensor<D>): TypedArrayOf[D] {
  return newArray(x.dtype, x.size);
}
