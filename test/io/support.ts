import * as fc from "fast-check";
import { tensor } from "../../src/tensor/create.js";
import type { DType } from "../../src/tensor/dtype.js";
import type { Tensor } from "../../src/tensor/tensor.js";

/** Any bits of any dtype, every NaN payload included. */
export const anyTensor: fc.Arbitrary<Tensor<DType>> = fc
  .record({
    dtype: fc.constantFrom<DType>("float32", "float64", "int32", "uint8", "bool"),
    shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }),
    seed: fc.uint8Array({ minLength: 8, maxLength: 64 }),
  })
  .map(({ dtype, shape, seed }) => {
    const n = shape.reduce((a, b) => a * b, 1);
    const bytes = Uint8Array.from({ length: 8 * n }, (_, i) => seed[i % seed.length]! ^ (i * 37));
    switch (dtype) {
      case "float32":
        return tensor(new Float32Array(bytes.buffer, 0, n), { shape });
      case "float64":
        return tensor(new Float64Array(bytes.buffer, 0, n), { shape });
      case "int32":
        return tensor(new Int32Array(bytes.buffer, 0, n), { shape });
      case "uint8":
        return tensor(bytes.subarray(0, n), { shape });
      case "bool":
        return tensor(
          bytes.subarray(0, n).map((byte) => byte & 1),
          { shape, dtype },
        );
    }
  });

/** The elements bit for bit, with shape and dtype. */
export function bits(x: Tensor<DType>): unknown {
  const values = x.data();
  return { shape: [...x.shape], dtype: x.dtype, bytes: [...new Uint8Array(values.buffer, 0, values.byteLength)] };
}

/** Builds a safetensors file from a header of any kind. */
export function safetensorsFile(header: unknown, dataBytes = 0, claimed?: number): Uint8Array {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const out = new Uint8Array(8 + text.length + dataBytes);
  new DataView(out.buffer).setBigUint64(0, BigInt(claimed ?? text.length), true);
  out.set(text, 8);
  return out;
}

/** The header text of a safetensors file. */
export function headerOf(file: Uint8Array): string {
  const length = new DataView(file.buffer, file.byteOffset).getUint32(0, true);
  return new TextDecoder().decode(file.subarray(8, 8 + length));
}

/** A header with one tensor, "a". */
export function entry(dtype: string, shape: unknown, offsets: unknown): Record<string, unknown> {
  return { a: { dtype, shape, data_offsets: offsets } };
}
