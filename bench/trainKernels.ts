/** One training step of the small convnet in kernels alone: what the public API could reach if it cost nothing. */
import type { RawKernels } from "../test/support/kernels.js";
import { randomArray } from "./support.js";

interface Convolution {
  readonly y: number;
  readonly outputs: number;
  forward(): void;
  /** Gradients of weights and bias from `gy`, then the update. */
  weights(gy: number): void;
  input(gy: number, gx: number): void;
  update(): void;
}

const LR = 0.05;

function parameter(raw: RawKernels, n: number, seed: number, scale: number) {
  const [value, gradient] = [raw.put(randomArray("float32", n, seed, scale)), raw.alloc(4 * n)];
  const update = (): void => void raw.k.ssgd(n, LR, 0, 0, 0, 0, value, gradient, 0, 0);
  return { value, gradient, update };
}

/** A 3×3 convolution with padding 1 of `n` square maps at `x`. */
function convolution(raw: RawKernels, [n, h, c, o]: readonly number[], x: number): Convolution {
  const desc = raw.put(Int32Array.of(n, h, h, c, o, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, h, h));
  const outputs = n * h * h * o;
  const y = raw.alloc(4 * outputs);
  const [w, b] = [parameter(raw, o * 9 * c, c, 1 / (3 * Math.sqrt(c))), parameter(raw, o, o, 0.01)];
  const work = raw.alloc(Math.max(...[0, 1, 2].map((kind) => raw.k.sconv2d_work(desc, kind))));
  return {
    y,
    outputs,
    forward: () => void raw.k.sconv2d(desc, x, w.value, b.value, 0, y, work),
    weights: (gy) => void raw.k.sconv2d_wgrad(desc, x, gy, w.gradient, b.gradient, work),
    input: (gy, gx) => void raw.k.sconv2d_igrad(desc, gy, w.value, gx, work),
    update: () => (w.update(), b.update()),
  };
}

/** 2×2 maxima of an h×h map of c channels and their ReLU, and back to the gradient of the map. */
function reluPool(raw: RawKernels, [n, h, c]: readonly number[], x: number) {
  const size = n * h * h * c;
  const desc = raw.put(Int32Array.of(n, h, h, c, 2, 2, 2, 2, 0, 0, 0, 0, h / 2, h / 2));
  const [y, index, masked, gradient] = [size / 4, size / 4, size / 4, size].map((count) => raw.alloc(4 * count));
  return {
    y,
    gradient,
    forward: () => (raw.k.smaxpool2d(desc, x, y, index), void raw.k.srelu(size / 4, y, y)),
    backward: (gy: number) => {
      raw.k.srelu_vjp(size / 4, y, gy, masked);
      raw.k.smaxpool2d_vjp(desc, masked, index, gradient);
    },
  };
}

/** Returns the step; the step returns the mean loss before it. */
export function trainingStep(raw: RawKernels, images: Float32Array, labels: Int32Array): () => number {
  const { k } = raw;
  const n = labels.length;
  const first = convolution(raw, [n, 28, 1, 16], raw.put(images));
  const pool1 = reluPool(raw, [n, 28, 16], first.y);
  const second = convolution(raw, [n, 14, 16, 32], pool1.y);
  const pool2 = reluPool(raw, [n, 14, 32], second.y);
  const [w, b] = [parameter(raw, 15680, 3, 0.04), parameter(raw, 10, 4, 0.01)];
  const [gFeatures, gMap] = [raw.alloc(4 * n * 1568), raw.alloc(4 * n * 196 * 16)];
  const [logits, probabilities, losses, gLogits] = [10 * n, 10 * n, n, 10 * n].map((count) => raw.alloc(4 * count));
  const [total, seed] = [raw.alloc(4), raw.put(new Float32Array(n).fill(1 / n))];
  const target = raw.put(labels);
  const sizes = [k.sgemm_work(0, 1, n, 10, 1568), k.sgemm_work(1, 0, 10, 1568, n), k.sgemm_work(0, 0, n, 1568, 10)];
  const work = raw.alloc(Math.max(...sizes));
  return () => {
    first.forward();
    pool1.forward();
    second.forward();
    pool2.forward();
    k.sgemm_epilogue(0, 1, n, 10, 1568, 1, pool2.y, 1568, w.value, 1568, 0, logits, 10, b.value, 0, work);
    k.ssoftmax_xent(n, 10, logits, target, 0, 0, -100, losses, probabilities);
    k.ssum(1, n, 1, losses, total);
    k.ssoftmax_xent_vjp(n, 10, probabilities, target, 0, 0, -100, 1, seed, gLogits);
    k.sgemm(1, 0, 10, 1568, n, 1, gLogits, 10, pool2.y, 1568, 0, w.gradient, 1568, work);
    k.ssum(1, n, 10, gLogits, b.gradient);
    k.sgemm(0, 0, n, 1568, 10, 1, gLogits, 10, w.value, 1568, 0, gFeatures, 1568, work);
    pool2.backward(gFeatures);
    second.weights(pool2.gradient);
    second.input(pool2.gradient, gMap);
    pool1.backward(gMap);
    first.weights(pool1.gradient);
    for (const { update } of [first, second, w, b]) update();
    return raw.f32(total, 1)[0] / n;
  };
}
