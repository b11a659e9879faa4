import type { StepReport } from "../types.js";

/** What the page sends to the worker. */
export type Command<S = unknown> =
  | {
      readonly type: "start";
      readonly run: number;
      readonly settings: S;
      readonly checkpoint?: Uint8Array<ArrayBuffer>;
    }
  | { readonly type: "pause" | "resume" | "stop" }
  | { readonly type: "checkpoint"; readonly id: number };

/** How a run ended. */
export interface TrainingEnd {
  /** Steps done over all epochs. */
  readonly step: number;
  /** Whether it was stopped before its last step. */
  readonly stopped: boolean;
}

/** What is left of an error on its way between threads. */
export interface ErrorMessage {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
}

/** What the worker sends to the page; `run` is the number of the start it belongs to. */
export type Message<V = unknown> =
  | { readonly type: "steps"; readonly run: number; readonly reports: readonly StepReport[] }
  | { readonly type: "value"; readonly value: V }
  | { readonly type: "checkpoint"; readonly id: number; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly type: "refused"; readonly id: number; readonly error: ErrorMessage }
  | ({ readonly type: "end"; readonly run: number } & TrainingEnd)
  | { readonly type: "failed"; readonly run: number; readonly error: ErrorMessage };

/** What both sides need of a `Worker`, a `MessagePort`, a worker's own global scope and Node's counterparts. */
export interface Endpoint {
  postMessage(message: any, transfer?: any): void;
  addEventListener?(type: string, listener: (event: Event) => void): void;
  /** Node's `Worker` has no event target's methods. */
  on?(type: string, listener: (value: any) => void): unknown;
  /** Ports deliver nothing before it. */
  start?(): void;
}

/** Calls `act` with the data of every message. */
export function listen<T>(endpoint: Endpoint, act: (data: T) => void): void {
  if (endpoint.addEventListener) {
    endpoint.addEventListener("message", (event) => act((event as MessageEvent<T>).data));
  } else {
    endpoint.on!("message", act);
  }
  endpoint.start?.();
}

/** An error as a message. */
export function messageOf(error: unknown): ErrorMessage {
  if (!(error instanceof Error)) return { name: "Error", message: String(error) };
  const { name, message, stack } = error;
  return { name, message, ...(stack !== undefined && { stack }) };
}

/** The error that a message stands for: its name and text, with the stack of the other thread. */
export function errorOf({ name, message, stack }: ErrorMessage): Error {
  const error = new Error(message);
  error.name = name;
  if (stack !== undefined) error.stack = stack;
  return error;
}
