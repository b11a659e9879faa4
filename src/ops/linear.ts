import { ShapeError } from "../errors.js";
import type { FloatDType } from "../tensor/dtype.js";
import { showShape, sizeOf } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { add } from "./add.js";
import { reshape } from "./reshape.js";
import { checkFloat, checkSameDtype } from "./support/check.js";
import { gemm } from "./support/gemm.js";

/**
 * x·Wᵀ + b over the last axis: x [.., in], weight [out, in], bias [out] → [.., out]. A row of the result has the same
 * bits whatever the batch.
 *
 * Adjoint: gx = g·W, gW = gᵀ·x, gb = Σ g over the batch.
 * @throws {ShapeError} if the sizes do not fit; {@link DtypeError} if the dtypes differ.
 * @example
 * import { init, nn, tensor } from "matprop";
 * await init();
 * nn.functional.linear(tensor([[1, 2]]), tensor([[3, 4], [5, 6]]), tensor([0, 1])).toArray(); // [ [ 11, 18 ] ]
 */
export function linear<D extends FloatDType>(x: Tensor<D>, weight: Tensor<D>, bias?: Tensor<D> | null): Tensor<D> {
  checkFloat("linear", x);
  checkFloat("linear", weight);
  checkSameDtype("linear", x, weight);
  const [out, inputs] = weight.shape;
  if (weight.rank !== 2 || x.rank < 1 || x.shape[x.rank - 1] !== inputs) {
    throw new ShapeError(
      "linear",
      `x ${showShape(x.shape)} does not fit weight [out, in] = ${showShape(weight.shape)}`,
    );
  }
  if (bias && (bias.rank !== 1 || bias.size !== out)) {
    throw new ShapeError("linear", `bias must be [${out}], got ${showShape(bias.shape)}`);
  }
  const lead = x.shape.slice(0, -1);
  const rows = reshape(x, [sizeOf(lead), inputs!]);
  const y = gemm(rows, weight, false, true) as Tensor<D>;
  return reshape(bias ? add(y, bias) : y, [...lead, out!]);
}
