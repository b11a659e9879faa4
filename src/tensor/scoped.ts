import type { DType } from "./dtype.js";
import { wasm } from "../wasm/runtime.js";
import { currentScope, leaveScope, openScope, type Scope } from "./scope.js";
import type { Storage } from "./storage.js";
import { Tensor } from "./tensor.js";

/** What decides when the memory of an ended scope goes: at once, or (under a recording tape) later. */
export type Disposal = (scope: Scope) => void;

let dispose: Disposal = (scope) => scope.close();

/** Lets the tape keep what it saved until it ends. */
export function setDisposal(disposal: Disposal): void {
  dispose = disposal;
}

/**
 * Runs `fn`; every tensor made inside dies at its end except those in the return value (a tensor, or arrays and plain
 * records of them, recursively), which move to the enclosing scope or, if there is none, become ordinary
 * garbage-collected tensors. Scopes keep training loops free of garbage; they are never required.
 *
 * @throws {NotInitializedError} before `init()`.
 * @throws {TypeError} if `fn` returns a promise or a generator: await outside, compute inside.
 * @example
 * import { init, ones, scope } from "matprop";
 * await init();
 * const total = scope(() => ones([3]).mul(2).sum().item()); // 6; the intermediates are gone
 */
export function scope<T>(fn: () => T): T {
  wasm.require("scope");
  const own = openScope();
  let result: T;
  try {
    result = fn();
    rejectDeferred(result);
    moveOut(result, own);
  } finally {
    leaveScope(own);
    dispose(own);
  }
  return result;
}

/** Runs `fn` in the current scope, or in one of its own when there is none. */
export function inScope<T>(fn: () => T): T {
  return currentScope() === null ? scope(fn) : fn();
}

function rejectDeferred(result: unknown): void {
  if (result === null || typeof result !== "object") return;
  const maybe = result as { then?: unknown; next?: unknown; catch?: unknown };
  if (typeof maybe.then === "function") {
    if (typeof maybe.catch === "function") (maybe as Promise<unknown>).catch(() => undefined);
    throw new TypeError("scope: the callback returned a promise; await outside the scope and compute inside it");
  }
  if (typeof maybe.next === "function") {
    throw new TypeError("scope: the callback returned a generator; a scope ends before its first step would run");
  }
}

function moveOut(value: unknown, from: Scope): void {
  const moved = new Set<Storage>();
  eachTensor(value, ({ _storage: storage }) => {
    if (storage.scope !== from || moved.has(storage)) return;
    moved.add(storage);
    storage.moveTo(from.parent);
  });
}

/** Visits the tensors in a value as `scope` sees them: through arrays, maps and plain records, recursively. */
export function eachTensor(value: unknown, visit: (x: Tensor<DType>) => void): void {
  const seen = new Set<object>();
  const walk = (item: unknown): void => {
    if (item === null || typeof item !== "object" || seen.has(item)) return;
    seen.add(item);
    if (item instanceof Tensor) visit(item);
    else if (Array.isArray(item)) item.forEach(walk);
    else if (item instanceof Map) item.forEach(walk);
    else if (isRecord(item)) Object.values(item).forEach(walk);
  };
  walk(value);
}

function isRecord(item: object): boolean {
  const prototype = Object.getPrototypeOf(item);
  return prototype === Object.prototype || prototype === null;
}
