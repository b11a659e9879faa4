import type { DType } from "../../tensor/dtype.js";
import { address, allocate, type Tensor } from "../../tensor/tensor.js";
import type { Abi } from "../../wasm/generated/abi.js";
import { wasm } from "../../wasm/runtime.js";

const SHORT = { float32: "f32", float64: "f64", int32: "i32", uint8: "u8", bool: "u8" } as const;

/**
 * The values of x in another element type, x itself if it has it; not recorded, for rules. The decompositions have kernels
 * in double alone and take float32 through here both ways: more digits, a smaller binary, and hardly slower.
 */
export function cast<T extends DType>(x: Tensor<DType>, dtype: T): Tensor<T> {
  if (x.dtype === dtype) return x as Tensor<T>;
  const out = allocate(x.shape, dtype);
  const [from, to] = [address("astype", x), address("astype", out)];
  if (x.dtype === "bool" && dtype === "uint8") {
    wasm.u8.copyWithin(to, from, from + x.size);
  } else if (x.dtype === "uint8" && dtype === "bool") {
    for (let i = 0; i < x.size; i++) wasm.u8[to + i] = Number(wasm.u8[from + i] !== 0);
  } else {
    const name = `cast_${SHORT[x.dtype]}_${dtype === "bool" ? "bool" : SHORT[dtype as DType]}` as keyof Abi;
    (wasm.kernels[name] as (n: number, x: number, y: number) => void)(x.size, from, to);
  }
  return out as Tensor<T>;
}
