import type { DType } from "../tensor/dtype.js";
import { NotDifferentiableError, StaleTensorError } from "../errors.js";
import { currentScope } from "../tensor/scope.js";
import { nextStamp } from "../tensor/storage.js";
import type { Tensor } from "../tensor/tensor.js";
import { accumulate, accumulateInto } from "./accumulate.js";
import { refuseGradient } from "./guard.js";
import { deferred, followed, guardedAs, locate, recording, versionsOf, type Node, type Tape } from "./tape.js";

/** Pulls `seeds` (cotangents of `outputs`) back to the leaves of a stopped tape. */
export function backward(tape: Tape, outputs: readonly Tensor<DType>[], seeds: readonly Tensor<DType>[]): void {
  const pass = new BackwardPass();
  outputs.forEach((output, i) => {
    const found = locate(output, tape);
    if (found !== null) pass.place(found.node, found.slot, seeds[i]!);
  });
  for (const scope of deferred) scope.ended = false;
  try {
    for (let i = tape.nodes.length - 1; i >= 0; i--) {
      const node = tape.nodes[i]!;
      if (node.cotangents !== null) pass.visit(node);
    }
  } finally {
    for (const scope of deferred) scope.ended = true;
    pass.finish();
  }
}

/** What errors call a recorded operation. */
function opOf({ rule, params }: Node): string {
  return rule!.opOf?.(params) ?? rule!.name;
}

/**
 * One run of a tape from its end to its start. Storages made by this pass return to the arena as soon as no cotangent
 * slot holds them, unless an outer tape may still need them.
 */
class BackwardPass {
  private readonly stamp = nextStamp();
  private readonly scope = currentScope()!;
  private readonly nested = recording.length > 0;
  private readonly outerLog = this.scope.log;

  constructor() {
    if (!this.nested) this.scope.log = [];
  }

  finish(): void {
    this.scope.log = this.outerLog;
  }

  visit(node: Node): void {
    const { rule, inputs, outputs, params, single } = node;
    const cotangents = node.cotangents!;
    const adjoint = this.adjointOf(node);
    if (rule!.saves !== "nothing" && versionsOf(inputs) !== node.versions) throw new StaleTensorError(opOf(node));
    const needs = node.sources.map((source) => source !== null);
    const g = single ? cotangents[0]! : Array.from(outputs, (_, slot) => cotangents[slot] ?? null);
    const op = node.guardedAs ?? (rule!.guarded ? opOf(node) : null);
    const applied = { inputs, outputs, params, needs };
    // Bound, because a closure over these would slow every visit.
    const results = this.nested
      ? guardedAs(op, adjoint.bind(rule, g as never, applied))
      : adjoint.call(rule, g as never, applied);
    if (op !== null) refuseGradient(op, [...inputs, ...cotangents], results);
    for (let i = 0; i < inputs.length; i++) {
      const source = node.sources[i];
      const result = results[i];
      if (source && result) this.place(source, node.slots[i]!, result);
    }
    node.cotangents = null;
    if (this.nested) return;
    for (const cotangent of cotangents) if (cotangent) this.release(cotangent);
    const log = this.scope.log!;
    for (const storage of log) {
      if (storage.uses === 0 && !storage.disposed && storage.scope === this.scope) {
        storage.disposed = true;
        this.scope.recycle(storage.ptr, storage.bytes);
      }
    }
    log.length = 0;
  }

  /** Adds `g` to the cotangent in a slot. */
  place(node: Node, slot: number, g: Tensor<DType>): void {
    const cotangents = (node.cotangents ??= []);
    const before = cotangents[slot] ?? null;
    if (before === null) {
      cotangents[slot] = g;
      g._storage.uses++;
      return;
    }
    if (this.owns(before) && before._storage.uses === 1 && before._storage.bytes === g._storage.bytes) {
      accumulateInto(before, g);
      return;
    }
    const sum = accumulate(before, g);
    sum._storage.uses++;
    cotangents[slot] = sum;
    if (!this.nested) this.release(before);
  }

  private owns(x: Tensor<DType>): boolean {
    return !this.nested && x._storage.stamp > this.stamp && x._storage.scope === this.scope;
  }

  private release(x: Tensor<DType>): void {
    const storage = x._storage;
    if (--storage.uses > 0 || !this.owns(x) || storage.disposed) return;
    storage.disposed = true;
    this.scope.recycle(storage.ptr, storage.bytes);
  }

  private adjointOf(node: Node) {
    const rule = node.rule!;
    if (!this.nested) return rule.vjp;
    const watched = node.inputs.some(followed) || node.outputs.some(followed) || node.cotangents!.some(followed);
    if (!watched) return rule.vjp;
    if (!rule.vjpDifferentiable) {
      throw new NotDifferentiableError(
        opOf(node),
        "no derivative of this order: it cannot be used under a nested grad",
      );
    }
    return rule.vjpDifferentiable;
  }
}
