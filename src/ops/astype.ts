import type { Applied, Rule } from "../autodiff/rule.js";
import { apply } from "../autodiff/tape.js";
import { checkDtype, isFloat, type DType, type FloatDType } from "../tensor/dtype.js";
import { address, allocate, type Tensor } from "../tensor/tensor.js";
import type { Abi } from "../wasm/generated/abi.js";
import { wasm } from "../wasm/runtime.js";
import { checkTensor } from "./support/check.js";

const SHORT = { float32: "f32", float64: "f64", int32: "i32", uint8: "u8", bool: "u8" } as const;

const rule: Rule<[Tensor<DType>], DType> = {
  name: "astype",
  saves: "nothing",
  forward: ([x], dtype) => cast(x, dtype),
  vjp: back,
  vjpDifferentiable: back,
};

/**
 * The same values in another element type: to a float rounded to nearest, to int32 and uint8 truncated and saturated
 * (NaN gives 0), to bool whether not 0.
 *
 * Adjoint between floats: gx is g in the dtype of x. From or to an integer there is no gradient.
 * @example
 * import { astype, init, tensor } from "matprop";
 * await init();
 * astype(tensor([1.5, -2.5]), "int32").toArray(); // [ 1, -2 ]
 */
export function astype<T extends DType>(x: Tensor<DType>, dtype: T): Tensor<T> {
  checkTensor("astype", x);
  checkDtype("astype", dtype);
  return (x.dtype === dtype ? x : apply(rule, [x], dtype)) as Tensor<T>;
}

function cast(x: Tensor<DType>, dtype: DType): Tensor<DType> {
  const out = allocate(x.shape, dtype);
  const [from, to] = [address("astype", x), address("astype", out)];
  if (x.dtype === "bool" && dtype === "uint8") {
    wasm.u8.copyWithin(to, from, from + x.size);
  } else if (x.dtype === "uint8" && dtype === "bool") {
    for (let i = 0; i < x.size; i++) wasm.u8[to + i] = Number(wasm.u8[from + i] !== 0);
  } else {
    const name = `cast_${SHORT[x.dtype]}_${dtype === "bool" ? "bool" : SHORT[dtype]}` as keyof Abi;
    (wasm.kernels[name] as (n: number, x: number, y: number) => void)(x.size, from, to);
  }
  return out;
}

function back(g: Tensor<FloatDType>, { inputs: [x] }: Applied<[Tensor<DType>], DType>): [Tensor<DType> | null] {
  return [isFloat(x.dtype) ? astype(g, x.dtype) : null];
}
