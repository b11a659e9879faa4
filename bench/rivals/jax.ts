/** jax-js on its WebAssembly back end, compiled by `jit`. Its float64 needs Float16Array (Node 24). */
import { load } from "../peers/load.mjs";
import type { FloatArray } from "../support.js";
import type { Library, Rival, Task } from "./rival.js";

interface JaxArray {
  /** One more owner: operations consume their arguments. */
  readonly ref: JaxArray;
  data(): Promise<FloatArray>;
  blockUntilReady(): Promise<unknown>;
  dispose(): void;
}

interface Jax {
  init(device: string): Promise<unknown>;
  defaultDevice(device: string): unknown;
  jit<F>(f: F): F;
  numpy: {
    array(values: FloatArray, options: { shape: readonly number[]; dtype: string }): JaxArray;
    matmul(a: JaxArray, b: JaxArray): JaxArray;
    matrixTranspose(x: JaxArray): JaxArray;
  };
}

async function open(): Promise<Library> {
  const jax = (await load("@jax-js/jax")) as unknown as Jax;
  await jax.init("wasm");
  jax.defaultDevice("wasm");
  const { array, matmul, matrixTranspose } = jax.numpy;
  const product = jax.jit((a: JaxArray, b: JaxArray) => matmul(a, b));
  const gram = jax.jit((x: JaxArray) => matmul(matrixTranspose(x.ref), x));
  const task = (inputs: readonly JaxArray[], compute: () => JaxArray): Task<FloatArray> => {
    let out: JaxArray | undefined;
    return {
      run: async () => {
        out?.dispose();
        await (out = compute()).blockUntilReady();
      },
      result: () => out!.ref.data(),
      free: () => [...inputs, out!].forEach((x) => x.dispose()),
    };
  };
  return {
    gemm: ({ dtype, m, k, n, a, b }) => {
      if (dtype === "float64") return undefined;
      const [x, y] = [array(a, { shape: [m, k], dtype }), array(b, { shape: [k, n], dtype })];
      return task([x, y], () => product(x.ref, y.ref));
    },
    gram: ({ dtype, batch, m, d, a }) => {
      if (dtype === "float64") return undefined;
      const x = array(a, { shape: [batch, m, d], dtype });
      return task([x], () => gram(x.ref));
    },
  };
}

export default { name: "jax-js", package: "@jax-js/jax", open } satisfies Rival;
