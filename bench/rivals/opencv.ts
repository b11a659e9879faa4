/** OpenCV.js: the fastest of the others at products of very small matrices. */
import { load } from "../peers/load.mjs";
import type { FloatArray } from "../support.js";
import { itemsOf, type Library, type Rival } from "./rival.js";

interface Mat {
  readonly data32F: Float32Array;
  readonly data64F: Float64Array;
  delete(): void;
}

interface OpenCv {
  Mat: new (rows?: number, columns?: number, type?: number) => Mat;
  readonly CV_32F: number;
  readonly CV_64F: number;
  gemm(a: Mat, b: Mat, alpha: number, c: Mat, beta: number, out: Mat, flags: number): void;
  onRuntimeInitialized?: () => void;
}

const TRANSPOSED_A = 1;

async function open(): Promise<Library> {
  const { default: cv } = (await load("@techstark/opencv-js")) as { default: OpenCv };
  if (cv.Mat === undefined) await new Promise<void>((resolve) => (cv.onRuntimeInitialized = resolve));
  const matrix = (m: number, n: number, values: FloatArray): Mat => {
    const single = values instanceof Float32Array;
    const made = new cv.Mat(m, n, single ? cv.CV_32F : cv.CV_64F);
    (single ? made.data32F : made.data64F).set(values);
    return made;
  };
  const read = (x: Mat, like: FloatArray): FloatArray => (like instanceof Float32Array ? x.data32F : x.data64F).slice();
  return {
    gemm: ({ m, k, n, a, b }) => {
      const [x, y, none, out] = [matrix(m, k, a), matrix(k, n, b), new cv.Mat(), new cv.Mat()];
      const run = (): void => cv.gemm(x, y, 1, none, 0, out, 0);
      return { run, result: () => read(out, a), free: () => [x, y, none, out].forEach((mat) => mat.delete()) };
    },
    gram: ({ batch, m, d, a }) => {
      const items = itemsOf(a, batch).map((item) => matrix(m, d, item));
      const outs = items.map(() => new cv.Mat());
      const none = new cv.Mat();
      const run = (): void => items.forEach((x, i) => cv.gemm(x, x, 1, none, 0, outs[i], TRANSPOSED_A));
      const free = (): void => [...items, ...outs, none].forEach((mat) => mat.delete());
      return { run, result: () => read(outs[0], a), free };
    },
  };
}

export default { name: "opencv-js", package: "@techstark/opencv-js", open } satisfies Rival;
