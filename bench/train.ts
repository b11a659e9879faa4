import type { Contender, Suite } from "./harness.js";
import { BATCH, network, type Network } from "./network.js";
import { profileSteps } from "./profile.js";
import { pythonPeers } from "./python.js";
import { rivals } from "./rivals/index.js";
import { checksumOf, freshKernels, near } from "./support.js";
import { trainingStep } from "./trainKernels.js";
import { hash, nn, scope, valueAndGrad, type Tensor } from "../src/index.js";

const CHECKED_STEPS = 40;

/** The gradient of the last bias is the mean of softmax − onehot, and the loss falls. */
function checkTraining({ model, images, labels, step }: Network): void {
  const parameters = model.parameters();
  const { logits, bias } = scope(() => {
    const forward = (): Tensor<"float32"> => model.forward(images) as Tensor<"float32">;
    const { grads } = valueAndGrad(() => nn.functional.crossEntropy(forward(), labels), { wrt: parameters })();
    return { logits: forward().data(), bias: grads["layers.7.bias"]!.data() };
  });
  const target = labels.data();
  const expected = new Float64Array(10);
  for (let i = 0; i < BATCH; i++) {
    const row = Array.from(logits.subarray(10 * i, 10 * i + 10), Math.exp);
    const sum = row.reduce((a, b) => a + b);
    row.forEach((e, j) => (expected[j] += (e / sum - Number(target[i] === j)) / BATCH));
  }
  expected.forEach((g, j) => near(`gradient of bias ${j}`, bias[j], g, 1, 1e-6));
  falls(step);
}

function falls(step: () => number): void {
  const first = step();
  let last = first;
  for (let i = 1; i < CHECKED_STEPS; i++) last = step();
  if (!(last < 0.6 * first)) throw new Error(`the loss went from ${first} to ${last} in ${CHECKED_STEPS} steps`);
}

/** Of a library that is too slow for forty steps: the loss has fallen. */
function learns(losses: readonly number[]): void {
  if (!(losses.at(-1)! < losses[0])) throw new Error(`its loss goes ${losses.join(", ")}`);
}

async function training(): Promise<Contender[]> {
  const net = network();
  const raw = freshKernels();
  const images = net.images.data() as Float32Array;
  const kernels = trainingStep(raw, images, net.labels.data() as Int32Array);
  const loss = new Float32Array(1);
  return [
    {
      name: "matprop, public API",
      images: BATCH,
      check: () => checkTraining(net),
      run: () => void net.step(),
      checksum: () => hash(net.model.state()).slice(0, 8),
    },
    {
      name: "matprop, kernels alone",
      images: BATCH,
      check: () => (falls(kernels), void (loss[0] = kernels())),
      run: () => void kernels(),
      checksum: () => checksumOf(loss),
    },
    ...(await rivals("train", { batch: BATCH }, learns, { images: BATCH })),
    ...(await pythonPeers("torch", { workload: "torch.train", batch: BATCH, backward: true })),
  ];
}

async function inference(): Promise<Contender[]> {
  const net = network();
  const single = (): Float32Array => net.model.forward(net.images).data() as Float32Array;
  return [
    {
      name: "matprop, public API",
      images: BATCH,
      check: () => single().forEach((z) => near("logit", z, 0, 1, 20)),
      run: net.infer,
      checksum: () => checksumOf(single()),
    },
    ...(await pythonPeers("torch", { workload: "torch.train", batch: BATCH, backward: false })),
  ];
}

export default {
  name: "train",
  about: "the small convnet of peers.md §f, 28×28, batch 64; ratio: that row's time over ours",
  groups: [
    { title: "train convnet step", contenders: training },
    { title: "train convnet inference", contenders: inference },
  ],
  profile: () => profileSteps("a training step of the small convnet, batch 64", network().step),
} satisfies Suite;
