import { ShapeError } from "../errors.js";
import type { DType } from "../tensor/dtype.js";
import { normalizeAxes, normalizeAxis, showShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { reshape } from "./reshape.js";
import { checkTensor } from "./support/check.js";

/**
 * Without the given axes of size 1 (absent: without all of them). Adjoint: that of {@link reshape}.
 *
 * @throws {ShapeError} if a named axis has another size.
 * @example
 * import { init, squeeze, zeros } from "matprop";
 * await init();
 * squeeze(zeros([1, 3, 1]), 0).shape; // [ 3, 1 ]
 */
export function squeeze<D extends DType>(x: Tensor<D>, axis?: number | readonly number[]): Tensor<D> {
  checkTensor("squeeze", x);
  const axes = axis === undefined ? null : normalizeAxes("squeeze", axis, x.rank);
  for (const one of axes ?? []) {
    if (x.shape[one] !== 1) throw new ShapeError("squeeze", `axis ${one} of ${showShape(x.shape)} has not size 1`);
  }
  return reshape(
    x,
    x.shape.filter((size, i) => (axes === null ? size !== 1 : !axes.includes(i))),
  );
}

/**
 * With a new axis of size 1 in front of axis `axis` (negative counts from the end of the result).
 * Adjoint: that of {@link reshape}.
 *
 * @example
 * import { init, unsqueeze, zeros } from "matprop";
 * await init();
 * unsqueeze(zeros([3]), -1).shape; // [ 3, 1 ]
 */
export function unsqueeze<D extends DType>(x: Tensor<D>, axis: number): Tensor<D> {
  checkTensor("unsqueeze", x);
  const shape = [...x.shape];
  shape.splice(normalizeAxis("unsqueeze", axis, x.rank + 1), 0, 1);
  return reshape(x, shape);
}

/**
 * Axes `from` … `to` (default all) merged into one. Adjoint: that of {@link reshape}.
 *
 * @example
 * import { flatten, init, zeros } from "matprop";
 * await init();
 * flatten(zeros([2, 3, 4]), 1).shape; // [ 2, 12 ]
 */
export function flatten<D extends DType>(x: Tensor<D>, from = 0, to = -1): Tensor<D> {
  checkTensor("flatten", x);
  if (x.rank === 0) return reshape(x, [1]);
  const first = normalizeAxis("flatten", from, x.rank);
  const last = normalizeAxis("flatten", to, x.rank);
  if (last < first) throw new ShapeError("flatten", `axis ${to} lies before axis ${from}`);
  const merged = x.shape.slice(first, last + 1).reduce((product, size) => product * size, 1);
  return reshape(x, [...x.shape.slice(0, first), merged, ...x.shape.slice(last + 1)]);
}
