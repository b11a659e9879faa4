import { ScopeEndedError } from "../errors.js";
import { wasm } from "../wasm/runtime.js";
import { newArray, type DType, type TypedArray } from "./dtype.js";
import { allocateResident, currentScope, releaseResident, type Scope } from "./scope.js";

/** Frees the block of a resident storage that became unreachable. */
const residents = new FinalizationRegistry<{ ptr: number; bytes: number }>((block) =>
  releaseResident(block.ptr, block.bytes),
);

let stamps = 0;

/** A number larger than the stamp of every storage made so far. */
export function nextStamp(): number {
  return ++stamps;
}

/**
 * Where the elements of one or more tensors live: in an arena (`scope` set), in a resident block (`resident` set) or
 * in an ordinary garbage-collected typed array (`array` set). A storage changes home when its scope returns it.
 */
export class Storage {
  scope: Scope | null = null;
  ptr = 0;
  array: TypedArray | null = null;
  /** True for parameters, buffers and optimizer state: the only storages whose contents change. */
  resident = false;
  /** Counts changes of a resident storage. */
  version = 0;
  disposed = false;
  /** Order of creation, for the backward pass to tell its own storages from older ones. */
  readonly stamp = ++stamps;
  /** Cotangent slots that hold this storage during a backward pass. */
  uses = 0;
  private stagedIn: Scope | null = null;
  private stagedPtr = 0;

  constructor(readonly bytes: number) {}

  /** In the arena of `scope`, uninitialised. */
  static inScope(scope: Scope, bytes: number): Storage {
    const storage = new Storage(bytes);
    storage.scope = scope;
    storage.ptr = scope.allocate(bytes);
    if (scope.log !== null) scope.log.push(storage);
    return storage;
  }

  /** Around an ordinary typed array, which it owns from now on. */
  static ofArray(array: TypedArray): Storage {
    const storage = new Storage(array.byteLength);
    storage.array = array;
    return storage;
  }

  /** A resident block, uninitialised. */
  static asResident(bytes: number): Storage {
    const storage = new Storage(bytes);
    storage.ptr = allocateResident(bytes);
    storage.resident = true;
    residents.register(storage, { ptr: storage.ptr, bytes }, storage);
    return storage;
  }

  /** Throws when the home of the elements is gone. */
  check(op: string): void {
    if (this.disposed || (this.scope !== null && this.scope.ended)) throw new ScopeEndedError(op);
  }

  /** Address of the elements in WebAssembly memory; a typed array is copied in once per scope. */
  address(op: string): number {
    if (this.array === null) {
      this.check(op);
      return this.ptr;
    }
    if (this.stagedIn !== null && !this.stagedIn.ended) return this.stagedPtr;
    const scope = currentScope()!;
    const ptr = scope.allocate(this.bytes);
    wasm.u8.set(new Uint8Array(this.array.buffer, this.array.byteOffset, this.bytes), ptr);
    this.stagedIn = scope;
    this.stagedPtr = ptr;
    return ptr;
  }

  /** A copy of `length` elements from byte `offset` on. */
  read<D extends DType>(op: string, dtype: D, offset: number, length: number) {
    const out = newArray(dtype, length);
    const bytes = new Uint8Array(out.buffer);
    if (this.array !== null) {
      bytes.set(new Uint8Array(this.array.buffer, this.array.byteOffset + offset, bytes.length));
    } else {
      this.check(op);
      bytes.set(wasm.u8.subarray(this.ptr + offset, this.ptr + offset + bytes.length));
    }
    return out;
  }

  /** Moves the elements out of a scope that is about to end: into `parent`, or to a typed array when there is none. */
  moveTo(parent: Scope | null): void {
    if (parent !== null) {
      const ptr = parent.allocate(this.bytes);
      wasm.u8.copyWithin(ptr, this.ptr, this.ptr + this.bytes);
      this.ptr = ptr;
      if (parent.log !== null) parent.log.push(this);
    } else {
      const bytes = wasm.u8.slice(this.ptr, this.ptr + this.bytes);
      this.array = bytes;
      this.ptr = 0;
    }
    this.scope = parent;
  }

  /** Frees a resident block at once. */
  dispose(): void {
    if (!this.resident || this.disposed) return;
    this.disposed = true;
    residents.unregister(this);
    releaseResident(this.ptr, this.bytes);
  }
}
