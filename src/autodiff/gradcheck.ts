import { ArgumentError } from "../errors.js";
import { type DType, isFloat, newArray, type TypedArray } from "../tensor/dtype.js";
import { scope } from "../tensor/scoped.js";
import { uniformArray } from "../tensor/random.js";
import { fromArray, type Tensor } from "../tensor/tensor.js";
import { withPullback } from "./grad.js";

export interface GradcheckOptions {
  /** Step of the central difference relative to max(1, |x|∞) (default 1e-4 for float64, 2e-2 for float32 inputs). */
  readonly step?: number;
  /** Largest accepted relative error (default 1e-6 for float64, 2e-2 for float32 inputs). */
  readonly tolerance?: number;
  /** Seed of the random directions (default 0). */
  readonly seed?: number;
  /** How many random directions are tried (default 3). */
  readonly directions?: number;
}

export interface GradcheckResult {
  /** Whether every direction agreed within the tolerance. */
  readonly ok: boolean;
  /** Largest relative error seen. */
  readonly error: number;
  /** The directional derivatives by the adjoint and by differences, one pair a direction. */
  readonly pairs: readonly { readonly adjoint: number; readonly difference: number }[];
}

/**
 * Compares the adjoint of `f` with a four-point central difference along random directions: for random v and w,
 * ⟨w, f(x+hv)⟩' against ⟨adjoint(w), v⟩. One direction costs four evaluations whatever the size.
 *
 * @param f tensors → a tensor or an array of tensors.
 * @param xs the point; integer inputs are held fixed. Use float64: a float32 difference has few digits.
 * @throws {ArgumentError} if no input is a float tensor.
 * @example
 * import { gradcheck, init, tensor } from "matprop";
 * await init();
 * gradcheck((x) => x.exp(), [tensor([0.1, 0.2], { dtype: "float64" })]).ok; // true
 */
export function gradcheck(
  f: (...xs: Tensor<DType>[]) => Tensor<DType> | readonly Tensor<DType>[],
  xs: readonly Tensor<DType>[],
  options: GradcheckOptions = {},
): GradcheckResult {
  const floats = xs.filter((x) => isFloat(x.dtype));
  if (floats.length === 0) throw new ArgumentError("gradcheck", "no input is a float tensor");
  const single = floats.some((x) => x.dtype === "float32");
  const { step = single ? 2e-2 : 1e-4, tolerance = single ? 2e-2 : 1e-6, seed = 0, directions = 3 } = options;
  const outputsOf = (args: readonly Tensor<DType>[]): readonly Tensor<DType>[] => {
    const y = f(...args);
    return Array.isArray(y) ? y : [y as Tensor<DType>];
  };
  const points = xs.map((x) => x.data());
  let stream = 0;
  const randomLike = (x: Tensor<DType>): TypedArray =>
    uniformArray(x.dtype as "float64", x.size, seed, ++stream, -1, 1);

  const pairs = Array.from({ length: directions }, () => {
    const v = xs.map((x) => (isFloat(x.dtype) ? randomLike(x) : null));
    const weights: TypedArray[] = [];
    const { cotangents } = scope(() =>
      withPullback(
        (...args) => outputsOf(args),
        xs,
        (outputs) =>
          outputs.map((y) => {
            const w = isFloat(y.dtype) ? randomLike(y) : newArray(y.dtype, y.size);
            weights.push(w);
            return fromArray(w, y.shape, y.dtype);
          }),
      ),
    );
    let adjoint = 0;
    cotangents.forEach((g, i) => {
      if (g !== null) adjoint += dot(g.data(), v[i]!);
    });
    const along = (t: number): number =>
      scope(() => {
        const moved = xs.map((x, i) =>
          v[i] === null ? x : fromArray(shifted(points[i]!, v[i]!, t), x.shape, x.dtype),
        );
        return outputsOf(moved).reduce((sum, y, i) => sum + dot(y.data(), weights[i]!), 0);
      });
    const h = step * Math.max(1, ...floats.map((x) => largest(x.data())));
    const difference = (8 * (along(h) - along(-h)) - (along(2 * h) - along(-2 * h))) / (12 * h);
    return { adjoint, difference };
  });
  const scale = Math.max(...pairs.map((p) => Math.max(Math.abs(p.adjoint), Math.abs(p.difference))));
  const worst = Math.max(...pairs.map((p) => Math.abs(p.adjoint - p.difference)));
  const error = scale === 0 ? 0 : worst / Math.max(scale, single ? 1e-3 : 1e-8);
  return { ok: error <= tolerance, error, pairs };
}

function dot(a: TypedArray, b: TypedArray): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function shifted(x: TypedArray, v: TypedArray, t: number): TypedArray {
  return x.map((value: number, i: number) => value + t * v[i]!) as TypedArray;
}

function largest(x: TypedArray): number {
  let top = 0;
  for (const value of x) top = Math.max(top, Math.abs(value));
  return top;
}
