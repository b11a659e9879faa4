import { ArgumentError, ShapeError } from "../errors.js";
import { stopGradient } from "../autodiff/grad.js";
import { eye } from "../tensor/create.js";
import { isFloat, ulpOf, type DType, type FloatDType } from "../tensor/dtype.js";
import { scope } from "../tensor/scoped.js";
import { showShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { abs } from "../ops/abs.js";
import { cholesky } from "../ops/cholesky.js";
import { max } from "../ops/extrema.js";
import { sub } from "../ops/sub.js";
import { asPartOf } from "../ops/support/frame.js";
import { gemm } from "../ops/support/gemm.js";
import { transpose } from "../ops/transpose.js";

type Float = Tensor<FloatDType>;

/**
 * Where a parameter must stay: `"stiefel"`, matrices with orthonormal rows (columns, if there are fewer of them), or
 * `"spd"`, symmetric positive definite ones. `optim.sgd`, `adam` and `adamw` keep it there.
 */
export type Manifold = "stiefel" | "spd";

const manifolds = new WeakMap<Tensor<DType>, Manifold>();

/** The manifold of a parameter, or null if it may go anywhere. */
export function manifoldOf(x: Tensor<DType>): Manifold | null {
  return manifolds.get(x) ?? null;
}

/** Binds a parameter to a manifold, on which its values must lie up to √ulp. */
export function bindTo(x: Tensor<DType>, manifold: Manifold): void {
  const op = "parameter";
  if (manifold !== "stiefel" && manifold !== "spd") {
    throw new ArgumentError(op, `manifold must be "stiefel" or "spd", got ${String(manifold)}`);
  }
  const [rows, columns] = x.shape.slice(-2);
  if (!isFloat(x.dtype) || columns === undefined || (manifold === "spd" && rows !== columns)) {
    const shape = manifold === "spd" ? "[.., n, n]" : "[.., m, n]";
    throw new ShapeError(
      op,
      `a ${manifold} parameter is a float tensor ${shape}, got ${showShape(x.shape)} ${x.dtype}`,
    );
  }
  scope(() => (manifold === "spd" ? requirePositive(op, x as Float) : requireOrthonormal(op, x as Float)));
  manifolds.set(x, manifold);
}

function requireOrthonormal(op: string, x: Float): void {
  const wide = x.shape[x.rank - 2]! <= x.shape[x.rank - 1]!;
  const own = stopGradient(x);
  const products = gemm(own, own, !wide, wide);
  const error = largest(sub(products, eye(products.shape[x.rank - 1]!, { dtype: x.dtype })));
  if (error <= Math.sqrt(ulpOf(x.dtype))) return;
  const what = wide ? "rows" : "columns";
  throw new ArgumentError(op, `a stiefel parameter starts with orthonormal ${what}, these are off by ${error}`);
}

function requirePositive(op: string, x: Float): void {
  const own = stopGradient(x);
  const error = largest(sub(own, transpose(own)));
  if (!(error <= Math.sqrt(ulpOf(x.dtype)) * largest(own))) {
    throw new ArgumentError(op, `an spd parameter starts symmetric, this one is off by ${error}`);
  }
  asPartOf(op, "an spd parameter", () => cholesky(own));
}

function largest(x: Float): number {
  return x.size === 0 ? 0 : max(abs(x)).item();
}
