import type { Module } from "../nn/module.js";
import { touch } from "../tensor/assign.js";
import { type DType, itemBytes } from "../tensor/dtype.js";
import { address, emptyLike, resident, type Tensor } from "../tensor/tensor.js";
import { wasm } from "../wasm/runtime.js";

/**
 * A copy of the buffers that a forward pass changes (running statistics, generator counters), so that a step that fails
 * half-way can be undone. The memory is taken once; a save is a copy inside WebAssembly memory, without garbage.
 */
export class Rollback {
  private readonly pairs: readonly { readonly live: Tensor<DType>; readonly copy: Tensor<DType> }[];

  constructor(model: Module) {
    const parameters = new Set<Tensor<DType>>(Object.values(model.parameters()));
    const buffers = new Set(Object.values(model.state()).filter((tensor) => !parameters.has(tensor)));
    this.pairs = [...buffers].map((live) => ({ live, copy: resident(emptyLike(live), live.shape, live.dtype) }));
  }

  save(): void {
    for (const { live, copy } of this.pairs) transfer(live, copy);
  }

  undo(): void {
    for (const { live, copy } of this.pairs) transfer(copy, live);
  }

  dispose(): void {
    for (const { copy } of this.pairs) copy._storage.dispose();
  }
}

function transfer(from: Tensor<DType>, to: Tensor<DType>): void {
  const source = address("train.fit", from);
  wasm.u8.copyWithin(address("train.fit", to), source, source + from.size * itemBytes(from.dtype));
  touch(to);
}
