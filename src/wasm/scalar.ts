import { wasm } from "./runtime.js";

/** The functions of one float64 that JavaScript engines disagree on, by our own kernels. */
export type ScalarFunction = "exp" | "log" | "cos" | "sin";

/** f(x) by the kernels: the same bits on every engine, unlike `Math`. */
export function scalar(f: ScalarFunction, x: number): number {
  wasm.require(f);
  const at = wasm.allocator.allocate(64);
  try {
    wasm.f64[at / 8] = x;
    wasm.float64[f](1, at, at);
    return wasm.f64[at / 8]!;
  } finally {
    wasm.allocator.release(at, 64);
  }
}
