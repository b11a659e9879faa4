import type { DType } from "../tensor/dtype.js";
import { currentScope } from "../tensor/scope.js";
import { eachTensor } from "../tensor/scoped.js";
import type { Storage } from "../tensor/storage.js";
import type { Tensor } from "../tensor/tensor.js";
import { recording, type Tape } from "./tape.js";

/**
 * What a differentiated function makes in the current scope. Its tensors end with the call like those of a scope: what
 * no adjoint reads before the backward pass, which then needs no fresh memory, and the rest after it. Under an outer
 * tape nothing ends early, for that tape may read all of it.
 */
export class Transients {
  private readonly scope = currentScope()!;
  private readonly made: Storage[] = [];

  /** Runs `fn` and notes what it makes. */
  noteWhile<T>(fn: () => T): T {
    if (recording.length > 0) return fn();
    const outerLog = this.scope.log;
    this.scope.log = this.made;
    try {
      return fn();
    } finally {
      this.scope.log = outerLog;
    }
  }

  /** Hands back what neither `results` (as `scope` walks them) nor an adjoint of `tape` holds. */
  release(results: unknown, tape: Tape | null): void {
    const kept = tape === null ? new Set<Storage>() : tape.saved();
    eachTensor(results, (x) => kept.add(x._storage));
    for (const storage of this.made) {
      if (storage.disposed || storage.scope !== this.scope || kept.has(storage)) continue;
      storage.disposed = true;
      this.scope.recycle(storage.ptr, storage.bytes);
    }
  }
}

/**
 * Hands back the memory of a tensor that its caller alone has seen and no longer needs, unless a recorded adjoint reads
 * it. Under a nested tape nothing ends early.
 */
export function discard(x: Tensor<DType>): void {
  const storage = x._storage;
  const scope = currentScope();
  if (scope === null || storage.scope !== scope || storage.disposed || recording.length > 1) return;
  if (recording[0]?.saved().has(storage)) return;
  storage.disposed = true;
  scope.recycle(storage.ptr, storage.bytes);
}
