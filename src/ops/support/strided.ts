import { type DType, itemBytes } from "../../tensor/dtype.js";
import { stridesOf, type Shape } from "../../tensor/shape.js";
import { address, allocate, type Tensor } from "../../tensor/tensor.js";
import { wasm } from "../../wasm/runtime.js";
import { collapse, stage } from "./broadcast.js";

/** A contiguous copy of the view of x with `shape`, element `strides` (0 repeats) and first element `offset`. */
export function copyStrided(
  op: string,
  x: Tensor<DType>,
  shape: Shape,
  strides: readonly number[],
  offset: number,
): Tensor<DType> {
  const out = allocate(shape, x.dtype);
  if (out.size === 0) return out;
  const bytes = itemBytes(x.dtype);
  const from = address(op, x) + offset * bytes;
  const walk = collapse(shape, [strides]);
  const [dims, steps] = stage([walk.dims, walk.strides[0]!]);
  const copy =
    bytes === 4 ? wasm.kernels.copy_strided4 : bytes === 8 ? wasm.kernels.copy_strided8 : wasm.kernels.copy_strided1;
  copy(walk.dims.length, dims!, steps!, from, address(op, out));
  return out;
}

/** A contiguous copy with the axes in the order `order`. */
export function permuted(op: string, x: Tensor<DType>, order: readonly number[]): Tensor<DType> {
  const strides = stridesOf(x.shape);
  return copyStrided(
    op,
    x,
    order.map((axis) => x.shape[axis]!),
    order.map((axis) => strides[axis]!),
    0,
  );
}
