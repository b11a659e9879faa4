import { ArgumentError, ShapeError } from "../errors.js";
import type { Applied, MultiRule } from "../autodiff/rule.js";
import { applyMulti } from "../autodiff/tape.js";
import type { FloatDType } from "../tensor/dtype.js";
import { sizeOf } from "../tensor/shape.js";
import { address, allocate, type Tensor } from "../tensor/tensor.js";
import { wasm } from "../wasm/runtime.js";
import { filled } from "../tensor/create.js";
import { gt } from "./compare.js";
import { div } from "./div.js";
import { mul } from "./mul.js";
import { sqrt } from "./sqrt.js";
import { square } from "./square.js";
import { sub } from "./sub.js";
import { sum } from "./sum.js";
import { checkFloat } from "./support/check.js";
import { where } from "./where.js";

type Float = Tensor<FloatDType>;

export interface L2NormalizeOptions {
  /** Shorter rows are divided by this instead of their length (default 1e-12). */
  readonly eps?: number;
}

const OP = "l2Normalize";

/** Outputs y and the divisors. */
const rule: MultiRule<[Float], number> = {
  name: OP,
  saves: "output",
  forward: ([x], eps) => {
    const lead = x.shape.slice(0, -1);
    const [y, norms] = [allocate(x.shape, x.dtype), allocate(lead, x.dtype)];
    const [px, pn, py] = [x, norms, y].map((t) => address(OP, t)) as [number, number, number];
    wasm[x.dtype].l2norm(sizeOf(lead), x.shape[x.rank - 1]!, px, eps, pn, py);
    return [y, norms];
  },
  vjp: ([g], { inputs: [x], outputs, params: eps }) => {
    const gx = allocate(x.shape, x.dtype);
    const all = [outputs[0]!, g!, outputs[1]!, gx].map((t) => address(OP, t)) as [number, number, number, number];
    const [py, pg, pn, po] = all;
    wasm[x.dtype].l2norm_vjp(sizeOf(x.shape.slice(0, -1)), x.shape[x.rank - 1]!, py, pg, pn, eps, po);
    return [gx];
  },
  vjpDifferentiable: ([g], applied) => [composed(g!, applied)],
};

/**
 * Rows divided by their Euclidean length, over the last axis: y = x/max(‖x‖₂, eps); a row of zeros stays zero.
 *
 * Adjoint: gx = (g − y·⟨y, g⟩)/‖x‖₂, or g/eps for rows shorter than eps.
 * @throws {ShapeError} for a scalar; {@link ArgumentError} unless eps > 0.
 * @example
 * import { init, nn, tensor } from "matprop";
 * await init();
 * nn.functional.l2Normalize(tensor([[3, 4], [0, 0]], { dtype: "float64" })).toArray(); // [ [ 0.6, 0.8 ], [ 0, 0 ] ]
 */
export function l2Normalize<D extends FloatDType>(x: Tensor<D>, options: L2NormalizeOptions = {}): Tensor<D> {
  const { eps = 1e-12 } = options;
  checkFloat(OP, x);
  if (x.rank < 1) throw new ShapeError(OP, "needs at least one axis, got a scalar");
  if (!(eps > 0)) throw new ArgumentError(OP, `eps must be positive, got ${eps}`);
  return applyMulti(rule, [x], eps)[0] as Tensor<D>;
}

function composed(g: Float, { inputs: [x], outputs, params: eps }: Applied<[Float], number>): Float {
  const y = outputs[0] as Float;
  const squares = sum(square(x), -1, { keepdims: true });
  const long = gt(squares, eps * eps);
  const constant = (value: number): Float => filled([], x.dtype, value);
  // The root is taken of 1 where the row is short, so that its infinite slope at 0 meets no gradient.
  const length = where(long, sqrt(where(long, squares, constant(1))), constant(eps));
  const along = where(long, sum(mul(y, g), -1, { keepdims: true }), constant(0));
  return div(sub(g, mul(y, along)), length);
}
