/** TensorFlow.js with its WebAssembly back end (XNNPACK): float32, one thread in Node, no gradient of convolutions. */
import { load } from "../peers/load.mjs";
import { permuted, type Library, type Rival, type Task } from "./rival.js";
import type { FloatArray } from "../support.js";

interface TfTensor {
  dataSync(): Float32Array;
  dispose(): void;
}

interface Tf {
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  tensor(values: FloatArray, shape: readonly number[]): TfTensor;
  matMul(a: TfTensor, b: TfTensor): TfTensor;
  transpose(x: TfTensor, axes: readonly number[]): TfTensor;
  conv2d(x: TfTensor, w: TfTensor, stride: number, padding: "same"): TfTensor;
}

function task(inputs: readonly TfTensor[], compute: () => TfTensor): Task<FloatArray> {
  let out: TfTensor | undefined;
  const run = (): void => (out?.dispose(), void (out = compute()));
  return { run, result: () => out!.dataSync(), free: () => [...inputs, out!].forEach((x) => x.dispose()) };
}

async function open(): Promise<Library> {
  const { default: tf } = (await load("@tensorflow/tfjs-core")) as { default: Tf };
  await load("@tensorflow/tfjs-backend-wasm");
  if (!(await tf.setBackend("wasm"))) throw new Error("its WebAssembly back end does not start");
  await tf.ready();
  return {
    gemm: ({ dtype, m, k, n, a, b }) => {
      if (dtype !== "float32") return undefined;
      const [x, y] = [tf.tensor(a, [m, k]), tf.tensor(b, [k, n])];
      return task([x, y], () => tf.matMul(x, y));
    },
    // Much faster than matMul(x, x, true): XNNPACK takes only the plain product.
    gram: ({ dtype, batch, m, d, a }) => {
      if (dtype !== "float32") return undefined;
      const x = tf.tensor(a, batch === 1 ? [m, d] : [batch, m, d]);
      return task([x], () => {
        const xt = tf.transpose(x, batch === 1 ? [1, 0] : [0, 2, 1]);
        const product = tf.matMul(xt, x);
        xt.dispose();
        return product;
      });
    },
    conv: ({ n, h, c, o, x, w }) => {
      const [map, kernel] = [
        tf.tensor(x, [n, h, h, c]),
        tf.tensor(permuted(w, [o, 3, 3, c], [1, 2, 3, 0]), [3, 3, c, o]),
      ];
      return task([map, kernel], () => tf.conv2d(map, kernel, 1, "same"));
    },
  };
}

export default { name: "tfjs-wasm", package: "@tensorflow/tfjs-backend-wasm", open } satisfies Rival;
