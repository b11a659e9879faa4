import { DtypeError } from "../errors.js";
import type { Rule } from "../autodiff/rule.js";
import { apply } from "../autodiff/tape.js";
import { filled } from "../tensor/create.js";
import { itemBytes, type DType } from "../tensor/dtype.js";
import { broadcastShapes } from "../tensor/shape.js";
import { address, allocate, type Tensor } from "../tensor/tensor.js";
import { wasm } from "../wasm/runtime.js";
import { sumTo } from "./sumTo.js";
import { broadcastStrides, collapse, stage } from "./support/broadcast.js";
import { checkSameDtype, checkTensor } from "./support/check.js";

const rule: Rule<[Tensor<DType>, Tensor<DType>, Tensor<DType>]> = {
  name: "where",
  saves: "inputs",
  forward: ([condition, a, b]) => select(condition, a, b),
  vjp: adjoint,
  vjpDifferentiable: adjoint,
};

/**
 * Elementwise a where `condition` is true (not 0), else b; all three broadcast.
 *
 * Adjoint: ga = g where the condition holds, gb = g elsewhere.
 * @throws {DtypeError} if the condition is not bool or uint8, or a and b differ in dtype.
 * @example
 * import { init, tensor, where } from "matprop";
 * await init();
 * const x = tensor([-1, 2]);
 * where(x.gt(0), x, 0).toArray(); // [ 0, 2 ]
 */
export function where<D extends DType>(
  condition: Tensor<"bool"> | Tensor<"uint8">,
  a: Tensor<D> | number,
  b: Tensor<D> | number,
): Tensor<D> {
  checkTensor("where", condition);
  if (itemBytes(condition.dtype) !== 1) {
    throw new DtypeError("where", `the condition must be bool or uint8, got ${condition.dtype}`);
  }
  const dtype = typeof a !== "number" ? a.dtype : typeof b !== "number" ? b.dtype : ("float32" as D);
  const [x, y] = [typeof a === "number" ? filled([], dtype, a) : a, typeof b === "number" ? filled([], dtype, b) : b];
  checkSameDtype("where", x, y);
  if (itemBytes(dtype) === 1) throw new DtypeError("where", `chooses between float or int32 tensors, got ${dtype}`);
  broadcastShapes("where", broadcastShapes("where", condition.shape, x.shape), y.shape);
  return apply(rule, [condition, x, y], null) as Tensor<D>;
}

function select(condition: Tensor<DType>, a: Tensor<DType>, b: Tensor<DType>): Tensor<DType> {
  const shape = broadcastShapes("where", broadcastShapes("where", condition.shape, a.shape), b.shape);
  const out = allocate(shape, a.dtype);
  if (out.size === 0) return out;
  const addresses = [condition, a, b].map((x) => address("where", x));
  const walk = collapse(
    shape,
    [condition, a, b].map((x) => broadcastStrides(x.shape, shape)),
  );
  const [dims, sc, sa, sb] = stage([walk.dims, ...walk.strides]);
  const kernel = itemBytes(a.dtype) === 4 ? wasm.kernels.where4 : wasm.kernels.where8;
  kernel(walk.dims.length, dims!, sc!, sa!, sb!, addresses[0]!, addresses[1]!, addresses[2]!, address("where", out));
  return out;
}

function adjoint(
  g: Tensor<DType>,
  {
    inputs: [condition, a, b],
    needs,
  }: { inputs: readonly [Tensor<DType>, Tensor<DType>, Tensor<DType>]; needs: readonly boolean[] },
): [null, Tensor<DType> | null, Tensor<DType> | null] {
  const mask = condition as Tensor<"bool">;
  const zero = filled([], g.dtype as "float32", 0);
  const part = (first: Tensor<DType>, second: Tensor<DType>, shape: readonly number[]): Tensor<DType> =>
    sumTo(where(mask, first as Tensor<"float32">, second as Tensor<"float32">), shape);
  return [null, needs[1] ? part(g, zero, a.shape) : null, needs[2] ? part(zero, g, b.shape) : null];
}
