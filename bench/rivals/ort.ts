/** ONNX Runtime Web on one thread. A run copies its inputs in and its output out: there is no other way to call it. */
import { load } from "../peers/load.mjs";
import type { Float, FloatArray } from "../support.js";
import { onnxModel, ONNX_TYPES } from "./onnx.js";
import { permuted, type Library, type Rival, type Task } from "./rival.js";

type OrtTensor = { readonly data: FloatArray };

interface Session {
  run(inputs: Record<string, OrtTensor>): Promise<Record<string, OrtTensor>>;
}

interface Ort {
  env: { logLevel: string; wasm: { numThreads: number } };
  Tensor: new (type: Float, values: FloatArray, shape: readonly number[]) => OrtTensor;
  InferenceSession: { create(model: Uint8Array, options: object): Promise<Session & { release(): Promise<void> }> };
}

type Inputs = Readonly<Record<string, readonly [values: FloatArray, shape: readonly number[]]>>;

async function open(): Promise<Library> {
  const ort = (await load("onnxruntime-web")) as unknown as Ort;
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = "error";
  await ort.InferenceSession.create(
    onnxModel([{ op: "Identity", inputs: ["x"], output: "y" }], 1, { x: [1] }, ["y", [1]]),
    {
      executionProviders: ["wasm"],
    },
  );
  // Starting it in Node leaves a global `Worker` behind, from which jax-js would conclude that it runs in a page.
  Reflect.deleteProperty(globalThis, "Worker");
  const task = async (model: Uint8Array, dtype: Float, inputs: Inputs): Promise<Task<FloatArray>> => {
    const session = await ort.InferenceSession.create(model, { executionProviders: ["wasm"] });
    const feeds = Object.fromEntries(
      Object.entries(inputs).map(([name, [values, shape]]) => [name, new ort.Tensor(dtype, values, shape)]),
    );
    let out: OrtTensor;
    return {
      run: async () => void (out = (await session.run(feeds)).y),
      result: () => out.data,
      free: () => void session.release(),
    };
  };
  return {
    gemm: ({ dtype, m, k, n, a, b }) => {
      const dims = { a: [m, k], b: [k, n] };
      const nodes = [{ op: "MatMul", inputs: ["a", "b"], output: "y" }];
      const model = onnxModel(nodes, ONNX_TYPES[dtype], dims, ["y", [m, n]]);
      return task(model, dtype, { a: [a, dims.a], b: [b, dims.b] });
    },
    gram: ({ dtype, batch, m, d, a }) => {
      const nodes = [
        { op: "Transpose", inputs: ["x"], output: "t", ints: { perm: [0, 2, 1] } },
        { op: "MatMul", inputs: ["t", "x"], output: "y" },
      ];
      const model = onnxModel(nodes, ONNX_TYPES[dtype], { x: [batch, m, d] }, ["y", [batch, d, d]]);
      return task(model, dtype, { x: [a, [batch, m, d]] });
    },
    conv: async ({ n, h, c, o, x, w }) => {
      const [map, kernel] = [permuted(x, [n, h, h, c], [0, 3, 1, 2]), permuted(w, [o, 3, 3, c], [0, 3, 1, 2])];
      const dims = { x: [n, c, h, h], w: [o, c, 3, 3] };
      const ints = { kernel_shape: [3, 3], pads: [1, 1, 1, 1] };
      const nodes = [{ op: "Conv", inputs: ["x", "w"], output: "y", ints }];
      const model = onnxModel(nodes, ONNX_TYPES.float32, dims, ["y", [n, o, h, h]]);
      const inner = await task(model, "float32", { x: [map, dims.x], w: [kernel, dims.w] });
      return { ...inner, result: async () => permuted(await inner.result(), [n, o, h, h], [0, 2, 3, 1]) };
    },
  };
}

export default { name: "onnxruntime-web", package: "onnxruntime-web", open } satisfies Rival;
