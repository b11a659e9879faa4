import { OutOfMemoryError } from "../errors.js";

const ALIGNMENT = 64;
const PAGE_BYTES = 65536;
const MAX_BYTES = 4 * 1024 * 1024 * 1024;

/** `bytes` rounded up to whole 64-byte blocks (at least one). */
export function blockBytes(bytes: number): number {
  return Math.max(ALIGNMENT, Math.ceil(bytes / ALIGNMENT) * ALIGNMENT);
}

/**
 * Owns the WebAssembly memory above the kernels' constants: 64-byte blocks, best fit, neighbours merged on release.
 * Freed ranges are kept sorted by address; there are few of them (arena chunks and parameters), so search is linear.
 * The last page is never handed out: address arithmetic inside kernels cannot wrap past 2³².
 */
export class BlockAllocator {
  private readonly starts: number[] = [];
  private readonly sizes: number[] = [];
  private top: number;

  constructor(
    private readonly memory: WebAssembly.Memory,
    heapBase: number,
    private readonly onGrow: () => void,
    private readonly limit = MAX_BYTES - PAGE_BYTES,
  ) {
    this.top = blockBytes(heapBase);
  }

  /** Address of a free range of `bytes` (a multiple of 64). Throws {@link OutOfMemoryError} and changes nothing. */
  allocate(bytes: number): number {
    const { starts, sizes } = this;
    let best = -1;
    for (let i = 0; i < sizes.length; i++) {
      if (sizes[i]! >= bytes && (best < 0 || sizes[i]! < sizes[best]!)) best = i;
    }
    if (best >= 0) {
      const ptr = starts[best]!;
      if (sizes[best] === bytes) {
        starts.splice(best, 1);
        sizes.splice(best, 1);
      } else {
        starts[best]! += bytes;
        sizes[best]! -= bytes;
      }
      return ptr;
    }
    const ptr = this.top;
    this.ensure(ptr + bytes);
    this.top = ptr + bytes;
    return ptr;
  }

  /** Gives back a range obtained from {@link allocate}. */
  release(ptr: number, bytes: number): void {
    const { starts, sizes } = this;
    let at = 0;
    while (at < starts.length && starts[at]! < ptr) at++;
    starts.splice(at, 0, ptr);
    sizes.splice(at, 0, bytes);
    if (at + 1 < starts.length && ptr + bytes === starts[at + 1]) this.merge(at);
    if (at > 0 && starts[at - 1]! + sizes[at - 1]! === ptr) this.merge(at - 1);
    const last = starts.length - 1;
    if (starts[last]! + sizes[last]! === this.top) {
      this.top = starts.pop()!;
      sizes.pop();
    }
  }

  private merge(at: number): void {
    this.sizes[at]! += this.sizes[at + 1]!;
    this.starts.splice(at + 1, 1);
    this.sizes.splice(at + 1, 1);
  }

  private ensure(end: number): void {
    const have = this.memory.buffer.byteLength;
    if (end <= have) return;
    if (end > this.limit) throw new OutOfMemoryError("memory", end - have);
    // Grow by at least an eighth so that a slowly growing program does not grow page by page.
    const wanted = Math.min(this.limit, Math.max(end, have + have / 8));
    try {
      this.memory.grow(Math.ceil((wanted - have) / PAGE_BYTES));
    } catch {
      try {
        this.memory.grow(Math.ceil((end - have) / PAGE_BYTES));
      } catch {
        throw new OutOfMemoryError("memory", end - have);
      }
    }
    this.onGrow();
  }
}
