import { ShapeError } from "../errors.js";
import type { FloatDType } from "../tensor/dtype.js";
import { showShape, sizeOf } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Applied, Rule } from "../autodiff/rule.js";
import { apply } from "../autodiff/tape.js";
import { reshape } from "./reshape.js";
import { sumTo } from "./sumTo.js";
import { checkFloat, checkSameDtype } from "./support/check.js";
import { gemm, run } from "./support/gemm.js";

type Inputs = [x: Tensor<FloatDType>, weight: Tensor<FloatDType>, bias: Tensor<FloatDType>];

/** x·Wᵀ + b for a matrix x: the kernel adds b as it stores, after the last term of the sum. */
const biased: Rule<Inputs> = {
  name: "linear",
  saves: "inputs",
  forward: ([x, weight, bias]) => run(x, weight, { transA: false, transB: true }, bias),
  vjp: adjoint,
  vjpDifferentiable: adjoint,
};

function adjoint(g: Tensor<FloatDType>, { inputs: [x, weight, bias], needs }: Applied<Inputs, null>) {
  return [
    needs[0] ? gemm(g, weight) : null,
    needs[1] ? gemm(g, x, true, false) : null,
    needs[2] ? sumTo(g, bias.shape) : null,
  ] as const;
}

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
  if (bias) checkSameDtype("linear", x, bias);
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
  const y = bias ? (apply(biased, [rows, weight, bias], null) as Tensor<D>) : gemm(rows, weight, false, true);
  return reshape(y, [...lead, out!]) as Tensor<D>;
}
