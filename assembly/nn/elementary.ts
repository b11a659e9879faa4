/** The array kernels of assembly/math under one generic name each; y may be x. */
import { dexp, dlog1p, dsigmoid, sexp, slog1p, ssigmoid } from "../math/arrays";

// @ts-ignore: decorator
@inline
export function expAll<T>(n: i32, x: usize, y: usize): void {
  if (sizeof<T>() == 4) sexp(n, x, y);
  else dexp(n, x, y);
}

// @ts-ignore: decorator
@inline
export function log1pAll<T>(n: i32, x: usize, y: usize): void {
  if (sizeof<T>() == 4) slog1p(n, x, y);
  else dlog1p(n, x, y);
}

// @ts-ignore: decorator
@inline
export function sigmoidAll<T>(n: i32, x: usize, y: usize): void {
  if (sizeof<T>() == 4) ssigmoid(n, x, y);
  else dsigmoid(n, x, y);
}
