/**
 * Speed of the raw convolution kernels: GFLOP/s forward and of both gradients and
 * images/s of a whole training step of a small convnet, in kernels alone. Medians over ROUNDS, the best in brackets (on a
 * shared machine the best is the steadier number).
 *
 *   node bench/conv.mjs [kernels.wasm]
 */
import { readFileSync } from "node:fs";

const ROUNDS = 15;
const path = process.argv[2] ?? process.env.MATPROP_KERNELS ?? "build/kernels.wasm";
const memory = new WebAssembly.Memory({ initial: 4096, maximum: 65536 });
const { exports: k } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(path)), { env: { memory } });
const median = (values) => [...values].sort((x, y) => x - y)[values.length >> 1];

const rate = (flops, ms) => (flops / ms / 1e6).toFixed(1);

let top = 65536;
function alloc(bytes) {
  const ptr = (top + 63) & ~63;
  top = ptr + bytes;
  if (top > memory.buffer.byteLength) memory.grow(Math.ceil((top - memory.buffer.byteLength) / 65536));
  return ptr;
}
let state = 1;
function random(n, size = 4, scale = 1) {
  const ptr = alloc(n * size);
  const view = size === 4 ? new Float32Array(memory.buffer, ptr, n) : new Float64Array(memory.buffer, ptr, n);
  for (let i = 0; i < n; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    view[i] = (state / 2 ** 31 - 1) * scale;
  }
  return ptr;
}
function ints(values) {
  const ptr = alloc(values.length * 4);
  new Int32Array(memory.buffer, ptr, values.length).set(values);
  return ptr;
}

/** Milliseconds a call takes, over at least 8 ms of calls. */
function milliseconds(call) {
  let count = 1;
  for (;;) {
    const start = performance.now();
    for (let i = 0; i < count; i++) call();
    const elapsed = performance.now() - start;
    if (elapsed > 8) return elapsed / count;
    count = Math.max(count + 1, Math.ceil((count * 10) / Math.max(elapsed, 0.1)));
  }
}

/** A convolution k×k with padding (k − 1)/2 of a square map. */
function convolution(size, n, h, c, o, kernel = 3, stride = 1, groups = 1) {
  const p = (kernel - 1) / 2;
  const oh = Math.floor((h + 2 * p - kernel) / stride) + 1;
  const desc = ints([n, h, h, c, o, kernel, kernel, stride, stride, p, p, p, p, 1, 1, groups, oh, oh]);
  const name = size === 4 ? "sconv2d" : "dconv2d";
  const inputs = n * h * h * c;
  const weights = (o * kernel * kernel * c) / groups;
  const outputs = n * oh * oh * o;
  const [x, w, y, dw] = [inputs, weights, outputs, weights].map((count) => random(count, size, 0.1));
  const [bias, dbias] = [o, o].map((count) => random(count, size, 0.1));
  const work = alloc(Math.max(...[0, 1, 2].map((kind) => k[`${name}_work`](desc, kind))));
  return {
    x,
    w,
    y,
    dw,
    bias,
    dbias,
    inputs,
    outputs,
    weights,
    flops: (2 * outputs * kernel * kernel * c) / groups,
    forward: () => k[name](desc, x, w, bias, 1, y, work),
    wgrad: (dy = y) => k[`${name}_wgrad`](desc, x, dy, dw, dbias, work),
    igrad: (dx, dy = y) => k[`${name}_igrad`](desc, dy, w, dx, work),
  };
}

const shapes = {
  "64×1×28²→16": [64, 28, 1, 16],
  "64×16×14²→32": [64, 14, 16, 32],
  "1×64×56²→64": [1, 56, 64, 64],
  "1×128×14²→256": [1, 14, 128, 256],
  "8×3×32²→32": [8, 32, 3, 32],
  "8×64×28²→64 1×1": [8, 28, 64, 64, 1],
  "4×32×28²→64 stride 2": [4, 28, 32, 64, 3, 2],
  "4×64×28² depthwise": [4, 28, 64, 64, 3, 1, 64],
};
const header = ["shape", "forward", "wgrad", "igrad"].map((v, i) => v.padEnd(i ? 14 : 24)).join("");
for (const size of [4, 8]) {
  console.log(`\nGFLOP/s, ${size === 4 ? "f32" : "f64"}\n${header}`);
  for (const [name, shape] of Object.entries(shapes)) {
    const conv = convolution(size, ...shape);
    const dx = random(conv.inputs, size);
    const calls = [conv.forward, () => conv.wgrad(), () => conv.igrad(dx)];
    const times = calls.map(() => []);
    for (let r = 0; r < ROUNDS; r++) calls.forEach((call, i) => times[i].push(milliseconds(call)));
    const rates = times.map((list) =>
      `${rate(conv.flops, median(list))} (${rate(conv.flops, Math.min(...list))})`.padEnd(14),
    );
    console.log(name.padEnd(24) + rates.join(""));
  }
}

/** conv3×3 1→16, relu, maxpool 2, conv3×3 16→32, relu, maxpool 2, linear 1568→10, cross entropy, SGD. */
function trainingStep(n) {
  const first = convolution(4, n, 28, 1, 16);
  const second = convolution(4, n, 14, 16, 32);
  const pools = [
    [28, 16],
    [14, 32],
  ].map(([h, c]) => {
    const desc = ints([n, h, h, c, 2, 2, 2, 2, 0, 0, 0, 0, h / 2, h / 2]);
    return { desc, index: alloc(n * h * h * c), grad: alloc(n * h * h * c * 4) };
  });
  const features = alloc(n * 1568 * 4);
  const [gFeatures, gMap] = [alloc(n * 1568 * 4), alloc(n * 196 * 16 * 4)];
  const [w, gw] = [random(15680, 4, 0.02), alloc(15680 * 4)];
  const [b, gb, logits, probs, loss, glogits] = [10, 10, n * 10, n * 10, n, n * 10].map((count) => random(count));
  const labels = ints(Array.from({ length: n }, (_, i) => i % 10));
  const work = alloc(
    Math.max(k.sgemm_work(0, 1, n, 10, 1568), k.sgemm_work(1, 0, 10, 1568, n), k.sgemm_work(0, 0, n, 1568, 10)),
  );
  const stages = {
    "conv1 forward": first.forward,
    "pool1 forward": () => k.smaxpool2d(pools[0].desc, first.y, second.x, pools[0].index),
    "conv2 forward": second.forward,
    "pool2 forward": () => k.smaxpool2d(pools[1].desc, second.y, features, pools[1].index),
    "linear, cross entropy": () => {
      k.sgemm_epilogue(0, 1, n, 10, 1568, 1, features, 1568, w, 1568, 0, logits, 10, b, 0, work);
      k.ssoftmax_xent(n, 10, logits, labels, 0, 0, -1, loss, probs);
      k.ssoftmax_xent_vjp(n, 10, probs, labels, 0, 0, -1, 1 / n, 0, glogits);
      k.sgemm(1, 0, 10, 1568, n, 1, glogits, 10, features, 1568, 0, gw, 1568, work);
      k.ssum(1, n, 10, glogits, gb);
      k.sgemm(0, 0, n, 1568, 10, 1, glogits, 10, w, 1568, 0, gFeatures, 1568, work);
    },
    "pool2, relu back": () => {
      k.smaxpool2d_vjp(pools[1].desc, gFeatures, pools[1].index, pools[1].grad);
      k.srelu_vjp(second.outputs, second.y, pools[1].grad, pools[1].grad);
    },
    "conv2 wgrad": () => second.wgrad(pools[1].grad),
    "conv2 igrad": () => second.igrad(gMap, pools[1].grad),
    "pool1, relu back": () => {
      k.smaxpool2d_vjp(pools[0].desc, gMap, pools[0].index, pools[0].grad);
      k.srelu_vjp(first.outputs, first.y, pools[0].grad, pools[0].grad);
    },
    "conv1 wgrad": () => first.wgrad(pools[0].grad),
    "SGD with momentum": () => {
      for (const { w: p, dw: g, weights } of [first, second]) k.ssgd(weights, 1e-3, 0.9, 0, 0, 0, p, g, momentum, 0);
      k.ssgd(15680, 1e-3, 0.9, 0, 0, 0, w, gw, momentum, 0);
    },
  };
  const momentum = random(15680, 4, 0);
  return stages;
}

const stages = trainingStep(64);
const step = () => Object.values(stages).forEach((stage) => stage());
step();
const [total, parts] = [[], Object.keys(stages).map(() => [])];
for (let r = 0; r < ROUNDS; r++) {
  total.push(milliseconds(step));
  Object.values(stages).forEach((stage, i) => parts[i].push(milliseconds(stage)));
}
const perSecond = (ms) => Math.round(64000 / ms);
const [middle, best] = [median(total), Math.min(...total)];
console.log(`\ntraining step, batch 64: ${middle.toFixed(2)} ms, ${perSecond(middle)} (${perSecond(best)}) images/s`);
Object.keys(stages).forEach((name, i) => {
  console.log(`  ${name.padEnd(24)}${median(parts[i]).toFixed(3)} (${Math.min(...parts[i]).toFixed(3)}) ms`);
});
