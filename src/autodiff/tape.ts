import { type DType, isFloat } from "../tensor/dtype.js";
import { currentScope, type Scope } from "../tensor/scope.js";
import { inScope, setDisposal } from "../tensor/scoped.js";
import type { Storage } from "../tensor/storage.js";
import type { Tensor } from "../tensor/tensor.js";
import { wasm } from "../wasm/runtime.js";
import { refuseResult } from "./guard.js";
import type { MultiRule, Rule } from "./rule.js";

type AnyRule = Rule<any, any> | MultiRule<any, any>;
type Slots = (Tensor<DType> | null)[];

/** @internal One recorded operation (or, with `rule === null`, one watched tensor) on one tape. */
export class Node {
  cotangents: Slots | null = null;

  constructor(
    readonly tape: Tape,
    readonly rule: AnyRule | null,
    readonly single: boolean,
    readonly inputs: readonly Tensor<DType>[],
    readonly outputs: readonly Tensor<DType>[],
    readonly params: unknown,
    /** For each input, the node on this tape it came from, and which output of that node it is. */
    readonly sources: readonly (Node | null)[],
    readonly slots: readonly number[],
    readonly versions: number,
    /** The record of the same tensor on the next outer tape. */
    readonly below: Node | null,
    /** The output slot there; −1 means the same as here. */
    readonly belowSlot: number,
    /** The op that answers for its gradient: {@link guardedAs}. */
    readonly guardedAs: string | null = null,
  ) {}
}

/** The op that what is recorded now is a step of. */
let answering: string | null = null;

/**
 * Runs steps of `op` made of other ops, whose gradients then are refused by its name where they overflow: as those of a
 * rule that is `guarded`, and as what its adjoint is made of where a further derivative follows it.
 */
export function guardedAs<T>(op: string | null, fn: () => T): T {
  const before = answering;
  answering ??= op;
  try {
    return fn();
  } finally {
    answering = before;
  }
}

/** Tapes now recording, outermost first. */
export const recording: Tape[] = [];
/** Ended scopes whose memory the outermost tape still needs. */
export const deferred: Scope[] = [];

setDisposal((scope) => {
  if (recording.length === 0) return scope.close();
  scope.ended = true;
  deferred.push(scope);
});

/** Applies a rule: computes, and records on every tape that follows one of the inputs. */
export function apply<I extends readonly Tensor<DType>[], P>(rule: Rule<I, P>, inputs: I, params: P): Tensor<DType> {
  if (currentScope() === null) {
    wasm.require(rule.name);
    return inScope(() => apply(rule, inputs, params));
  }
  const output = rule.forward(inputs, params);
  if (rule.guarded) refuseResult(rule.opOf?.(params) ?? rule.name, rule.guarded, inputs, [output]);
  if (recording.length > 0) record(rule, true, inputs, params, [output]);
  return output;
}

/** {@link apply} for rules with several outputs. */
export function applyMulti<I extends readonly Tensor<DType>[], P>(
  rule: MultiRule<I, P>,
  inputs: I,
  params: P,
): readonly Tensor<DType>[] {
  if (currentScope() === null) {
    wasm.require(rule.name);
    return inScope(() => applyMulti(rule, inputs, params));
  }
  const outputs = rule.forward(inputs, params);
  if (rule.guarded) refuseResult(rule.opOf?.(params) ?? rule.name, rule.guarded, inputs, outputs);
  if (recording.length > 0) record(rule, false, inputs, params, outputs);
  return outputs;
}

/** The node of `x` on `tape` and its slot there, or null when the tape does not follow `x`. */
export function locate(x: Tensor<DType>, tape: Tape): { node: Node; slot: number } | null {
  let node = x._node as Node | null;
  let slot = x._slot;
  while (node !== null && node.tape !== tape) {
    if (node.belowSlot >= 0) slot = node.belowSlot;
    node = node.below;
  }
  return node === null ? null : { node, slot };
}

export function followed(x: Tensor<DType> | null): boolean {
  if (x === null || x._node === null) return false;
  for (const tape of recording) if (locate(x, tape) !== null) return true;
  return false;
}

function record(
  rule: AnyRule,
  single: boolean,
  inputs: readonly Tensor<DType>[],
  params: unknown,
  outputs: readonly Tensor<DType>[],
): void {
  let any = false;
  for (let i = 0; i < inputs.length; i++) any ||= inputs[i]!._node !== null;
  if (!any) return;
  let below: Node | null = null;
  for (const tape of recording) {
    const node = tape.add(rule, single, inputs, params, outputs, below);
    if (node !== null) below = node;
  }
  if (below === null) return;
  for (let slot = 0; slot < outputs.length; slot++) {
    const output = outputs[slot]!;
    if (!isFloat(output.dtype)) continue;
    output._node = below;
    output._slot = slot;
  }
}

/** Changes of resident inputs so far; versions only grow, so equal sums mean that nothing changed. */
export function versionsOf(inputs: readonly Tensor<DType>[]): number {
  let sum = 0;
  for (let i = 0; i < inputs.length; i++) sum += inputs[i]!._storage.version;
  return sum;
}

/** What was computed from the watched tensors, in order, and how to run it backwards. */
export class Tape {
  readonly nodes: Node[] = [];
  private readonly leaves: { leaf: Node; tensor: Tensor<DType> }[] = [];

  /** Follows `x`; the returned leaf collects its cotangent. */
  watch(x: Tensor<DType>): Node {
    const leaf = new Node(this, null, true, [], [], null, [], [], 0, x._node as Node | null, x._slot);
    this.leaves.push({ leaf, tensor: x });
    x._node = leaf;
    x._slot = 0;
    return leaf;
  }

  /** Runs `fn` while this tape records. */
  recordWhile<T>(fn: () => T): T {
    recording.push(this);
    try {
      return fn();
    } finally {
      recording.pop();
    }
  }

  /** Forgets everything: tensors no longer point into the tape, deferred memory is handed back. */
  end(): void {
    for (const node of this.nodes) for (const output of node.outputs) this.forget(output, node);
    for (const { leaf, tensor } of this.leaves) {
      if (tensor._node !== leaf) continue;
      tensor._node = leaf.below;
      tensor._slot = leaf.belowSlot;
    }
    this.nodes.length = 0;
    this.leaves.length = 0;
    if (recording.length === 0) for (const scope of deferred.splice(0)) scope.close();
  }

  private forget(output: Tensor<DType>, node: Node): void {
    if (output._node === node) output._node = node.below;
  }

  /** Records one operation if one of its inputs is followed here. */
  add(
    rule: AnyRule,
    single: boolean,
    inputs: readonly Tensor<DType>[],
    params: unknown,
    outputs: readonly Tensor<DType>[],
    below: Node | null,
  ): Node | null {
    const sources: (Node | null)[] = [];
    const slots: number[] = [];
    let any = false;
    for (let i = 0; i < inputs.length; i++) {
      // `locate` written out: this runs for every input of every op, and a fresh pair each time would show.
      let source = inputs[i]!._node as Node | null;
      let slot = inputs[i]!._slot;
      while (source !== null && source.tape !== this) {
        if (source.belowSlot >= 0) slot = source.belowSlot;
        source = source.below;
      }
      sources.push(source);
      slots.push(slot);
      any ||= source !== null;
    }
    if (!any) return null;
    const versions = versionsOf(inputs);
    const node = new Node(this, rule, single, inputs, outputs, params, sources, slots, versions, below, -1, answering);
    this.nodes.push(node);
    return node;
  }

  /** The cotangent a leaf has collected, or null if nothing depends on it. */
  cotangentOf(leaf: Node): Tensor<DType> | null {
    const cotangent = leaf.cotangents?.[0] ?? null;
    if (cotangent !== null) cotangent._storage.uses = 0;
    return cotangent;
  }

  /** The storages the recorded adjoints will read. */
  saved(): Set<Storage> {
    const found = new Set<Storage>();
    const add = (x: Tensor<DType>): void => void found.add(x._storage);
    for (const { rule, inputs, outputs } of this.nodes) {
      if (rule!.saves === "inputs" || rule!.saves === "both") inputs.forEach(add);
      if (rule!.saves === "output" || rule!.saves === "both") outputs.forEach(add);
    }
    return found;
  }

  /** Bytes of those of them that live in arenas. */
  savedBytes(): number {
    let bytes = 0;
    for (const storage of this.saved()) if (storage.scope !== null) bytes += storage.bytes;
    return bytes;
  }
}
