import { ArgumentError, OutOfMemoryError } from "../errors.js";
import { blockBytes } from "../wasm/allocator.js";
import { wasm } from "../wasm/runtime.js";
import type { Storage } from "./storage.js";

const MINIMUM_CHUNK = 1 << 20;

interface Chunk {
  readonly ptr: number;
  readonly bytes: number;
}

/** Chunks no open scope holds, kept for the next ones. */
const pool: Chunk[] = [];

let arenaBytes = 0;
let residentBytes = 0;
let peakBytes = 0;
let arenaPeakBytes = 0;

/** What memory is used for, in bytes. */
export interface MemoryStats {
  /** Live in the arenas of open scopes. */
  readonly arena: number;
  /** Held by parameters, buffers and optimizer state. */
  readonly resident: number;
  /** Largest arena + resident so far, or since {@link resetMemoryPeak}. */
  readonly peak: number;
  /** Size of the WebAssembly memory. It never shrinks. */
  readonly total: number;
}

/**
 * How much WebAssembly memory is in use.
 *
 * @example
 * import { init, memoryStats } from "matprop";
 * await init();
 * console.log(memoryStats().arena); // 0 outside every scope
 */
export function memoryStats(): MemoryStats {
  return {
    arena: arenaBytes,
    resident: residentBytes,
    peak: peakBytes,
    total: wasm.ready ? wasm.memory.buffer.byteLength : 0,
  };
}

/** Starts a new measurement of `memoryStats().peak` and returns the largest arena of the one that ends. */
export function resetMemoryPeak(): number {
  const largest = arenaPeakBytes;
  peakBytes = arenaBytes + residentBytes;
  arenaPeakBytes = arenaBytes;
  return largest;
}

function notePeak(): void {
  if (arenaBytes > arenaPeakBytes) arenaPeakBytes = arenaBytes;
  if (arenaBytes + residentBytes > peakBytes) peakBytes = arenaBytes + residentBytes;
}

/** A block for a resident tensor. */
export function allocateResident(bytes: number): number {
  const block = blockBytes(bytes);
  const ptr = allocateBlock(block);
  residentBytes += block;
  notePeak();
  return ptr;
}

export function releaseResident(ptr: number, bytes: number): void {
  const block = blockBytes(bytes);
  wasm.allocator.release(ptr, block);
  residentBytes -= block;
}

/** Tries once more after handing the idle arena chunks back. */
function allocateBlock(bytes: number): number {
  try {
    return wasm.allocator.allocate(bytes);
  } catch (error) {
    if (!(error instanceof OutOfMemoryError) || pool.length === 0) throw error;
    for (const chunk of pool.splice(0)) wasm.allocator.release(chunk.ptr, chunk.bytes);
    return wasm.allocator.allocate(bytes);
  }
}

/** One nesting level of arena memory: bump allocation in chunks; everything goes at the end. */
export class Scope {
  /** True once tensors of this scope may no longer be used. */
  ended = false;
  /** While the tape wants to know what is made here (a differentiated function, a backward pass): the new storages. */
  log: Storage[] | null = null;
  private chunks: Chunk[] = [];
  private top = 0;
  private end = 0;
  private used = 0;
  private recycled: Map<number, number[]> | null = null;

  constructor(readonly parent: Scope | null) {}

  /** Address of `bytes` fresh bytes, 64-byte aligned. */
  allocate(bytes: number): number {
    const block = blockBytes(bytes);
    const again = this.recycled?.get(block)?.pop();
    const ptr = again ?? this.bump(block);
    this.used += block;
    arenaBytes += block;
    notePeak();
    return ptr;
  }

  /** Makes a block available to later allocations of the same size. The caller vouches that nobody reads it again. */
  recycle(ptr: number, bytes: number): void {
    const block = blockBytes(bytes);
    this.recycled ??= new Map();
    const list = this.recycled.get(block);
    if (list) list.push(ptr);
    else this.recycled.set(block, [ptr]);
    this.used -= block;
    arenaBytes -= block;
  }

  /** Address of work space for one kernel call. Nothing is reserved: the next allocation may take the same bytes. */
  scratch(bytes: number): number {
    const block = blockBytes(bytes);
    if (this.top + block > this.end) this.addChunk(block);
    notePeakWith(block);
    return this.top;
  }

  /** Hands all memory back; tensors of this scope are dead from now on. */
  close(): void {
    this.ended = true;
    for (const chunk of this.chunks) pool.push(chunk);
    this.chunks = [];
    arenaBytes -= this.used;
    this.used = 0;
    this.top = this.end = 0;
    this.recycled = null;
  }

  private bump(block: number): number {
    if (this.top + block > this.end) this.addChunk(block);
    const ptr = this.top;
    this.top += block;
    return ptr;
  }

  private addChunk(bytes: number): void {
    let best = -1;
    for (let i = 0; i < pool.length; i++) {
      if (pool[i]!.bytes >= bytes && (best < 0 || pool[i]!.bytes < pool[best]!.bytes)) best = i;
    }
    let chunk: Chunk;
    if (best >= 0) {
      chunk = pool[best]!;
      pool[best] = pool[pool.length - 1]!;
      pool.pop();
    } else {
      const wanted = Math.ceil(Math.max(bytes, MINIMUM_CHUNK, this.used / 2) / MINIMUM_CHUNK) * MINIMUM_CHUNK;
      chunk = { ptr: allocateBlock(wanted), bytes: wanted };
    }
    this.chunks.push(chunk);
    this.top = chunk.ptr;
    this.end = chunk.ptr + chunk.bytes;
  }
}

function notePeakWith(extra: number): void {
  arenaBytes += extra;
  notePeak();
  arenaBytes -= extra;
}

let current: Scope | null = null;

/** The innermost open scope, or null. */
export function currentScope(): Scope | null {
  return current;
}

export function openScope(): Scope {
  current = new Scope(current);
  return current;
}

/** Makes `scope.parent` current again. Memory stays until {@link Scope.close}. */
export function leaveScope(scope: Scope): void {
  if (current !== scope) throw new ArgumentError("scope", "scopes must end in the reverse order of their start");
  current = scope.parent;
}
