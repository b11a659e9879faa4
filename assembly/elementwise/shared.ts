import { erfOf } from "../math/calls";

/** Φ(x) = ½(1 + erf(x/√2)), out of line: gelu and its adjoint share it. */
export function normalOf<T>(x: v128): v128 {
  const erf = erfOf<T>(v128.mul<T>(x, v128.splat<T>(<T>0.7071067811865476)));
  return v128.mul<T>(v128.splat<T>(<T>0.5), v128.add<T>(v128.splat<T>(1), erf));
}
