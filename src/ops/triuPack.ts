import { ShapeError } from "../errors.js";
import type { Rule } from "../autodiff/rule.js";
import { apply } from "../autodiff/tape.js";
import type { DType, FloatDType } from "../tensor/dtype.js";
import { showShape, sizeOf } from "../tensor/shape.js";
import { address, allocate, type Tensor } from "../tensor/tensor.js";
import { wasm } from "../wasm/runtime.js";
import { checkFloat } from "./support/check.js";
import { squareBatch } from "./support/matrices.js";
import { symmetric } from "./support/symmetric.js";

type Float = Tensor<FloatDType>;

const packRule: Rule<[Float]> = {
  name: "triuPack",
  saves: "nothing",
  forward: ([a]) => {
    const { lead, batch, rows: n } = squareBatch("triuPack", a);
    const out = allocate([...lead, (n * (n + 1)) / 2], a.dtype);
    wasm[a.dtype].triu_pack(n, batch, address("triuPack", a), address("triuPack", out));
    return out;
  },
  vjp: (g) => [triuUnpack(g)],
  vjpDifferentiable: (g) => [triuUnpack(g)],
};

const unpackRule: Rule<[Float]> = {
  name: "triuUnpack",
  saves: "nothing",
  forward: ([v]) => {
    const lead = v.shape.slice(0, -1);
    const n = orderOf(v);
    const out = allocate([...lead, n, n], v.dtype);
    wasm[v.dtype].triu_unpack(n, sizeOf(lead), address("triuUnpack", v), address("triuUnpack", out));
    return out;
  },
  vjp: (g) => [triuPack(g)],
  vjpDifferentiable: (g) => [triuPack(g)],
};

/**
 * The upper triangle of symmetric matrices, row-major, off-diagonals ×√2: [.., n, n] → [.., n(n+1)/2]. Euclidean inner
 * products of the vectors are Frobenius inner products of the matrices. A is taken as ½A + ½Aᵀ.
 *
 * Adjoint: {@link triuUnpack}, also the inverse on symmetric matrices.
 * @throws {ShapeError} unless square; {@link DtypeError} unless float.
 * @example
 * import { init, nn, tensor } from "matprop";
 * await init();
 * nn.functional.triuPack(tensor([[1, 0], [0, 2]])).toArray(); // [ 1, 0, 2 ]
 */
export function triuPack<D extends FloatDType>(A: Tensor<D>): Tensor<D> {
  checkFloat("triuPack", A);
  squareBatch("triuPack", A);
  return triuPackSymmetric(symmetric(A) as Tensor<D>);
}

/** {@link triuPack} of matrices that are symmetric to the last bit: only the upper triangle is read. */
export function triuPackSymmetric<D extends FloatDType>(A: Tensor<D>): Tensor<D> {
  return apply(packRule, [A], null) as Tensor<D>;
}

/**
 * The symmetric matrices whose {@link triuPack} is v: [.., n(n+1)/2] → [.., n, n]. Adjoint: {@link triuPack}.
 *
 * @throws {ShapeError} unless the last axis has n(n+1)/2 elements; {@link DtypeError} unless float.
 * @example
 * import { init, nn, tensor } from "matprop";
 * await init();
 * nn.functional.triuUnpack(tensor([1, 0, 2])).toArray(); // [ [ 1, 0 ], [ 0, 2 ] ]
 */
export function triuUnpack<D extends FloatDType>(v: Tensor<D>): Tensor<D> {
  checkFloat("triuUnpack", v);
  const n = v.rank > 0 ? orderOf(v) : 0;
  if (v.rank === 0 || (n * (n + 1)) / 2 !== v.shape[v.rank - 1]) {
    throw new ShapeError("triuUnpack", `needs a last axis of n(n+1)/2, got ${showShape(v.shape)}`);
  }
  return apply(unpackRule, [v], null) as Tensor<D>;
}

function orderOf(v: Tensor<DType>): number {
  return Math.floor((Math.sqrt(8 * v.shape[v.rank - 1]! + 1) - 1) / 2);
}
