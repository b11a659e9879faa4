/** Every layer against the float64 reference of PyTorch, forward and gradients, through the public API. */
import type { DType } from "../../src/tensor/dtype.js";
import assert from "node:assert/strict";
import * as mp from "../../src/index.js";
import { nn, tensor, valueAndGrad, type Tensor } from "../../src/index.js";
import { golden, goldenAvailable, goldenSkipNote, type GoldenCase } from "../support/golden.js";
import { assertGolden, DTYPES, inOurLayout, type Dtype, type Float } from "./support.js";

type Values = Record<string, Float>;
type Op = (x: Values, meta: Record<string, any>) => Record<string, Tensor<DType>>;

const F = nn.functional;

/** softplus(x) and its kind by the name torch gives them. */
const ACTIVATIONS: Record<string, (x: Float) => Tensor<DType>> = {
  relu: F.relu,
  leakyrelu: (x) => F.leakyRelu(x, 0.1),
  sigmoid: F.sigmoid,
  tanh: F.tanh,
  gelu: F.gelu,
  softplus: F.softplus,
  elu: F.elu,
  silu: F.silu,
  exp: (x) => x.exp(),
  abs: (x) => x.abs(),
  sqrt: (x) => x.abs().add(0.1).sqrt(),
  signsqrt: (x) => F.signSqrt(x, 0),
};

const window = (m: Record<string, any>) => ({ stride: m.stride, padding: m.padding });

const OPS: Record<string, Op> = {
  conv2d: ({ X, W, bias }, m) => ({
    Y: F.conv2d(X!, W!, bias, { ...window(m), dilation: m.dilation, groups: m.groups }),
  }),
  convT2d: ({ X, W, bias }, m) => ({
    Y: F.convTranspose2d(X!, W!, bias, { ...window(m), outputPadding: m.output_padding }),
  }),
  conv1d: ({ X, W, bias }, m) => ({ Y: F.conv1d(X!, W!, bias, window(m)) }),
  maxpool2d: ({ X }, m) => ({ Y: F.maxPool2d(X!, m.kernel, window(m)) }),
  avgpool2d: ({ X }, m) => ({ Y: F.avgPool2d(X!, m.kernel, { ...window(m), countIncludePad: m.count_include_pad }) }),
  globalavgpool: ({ X }) => ({ Y: F.globalAvgPool(X!) }),
  upsample: ({ X }, m) => ({
    Y: F.upsample(X!, { scale: m.scale, mode: "align_corners" in m ? "bilinear" : "nearest" }),
  }),
  act: ({ X }, m) => ({ Y: ACTIVATIONS[m.fn]!(X!) }),
  dense: ({ X, W, bias }) => ({ Y: F.linear(X!, W!, bias) }),
  softmax: ({ X }, m) => ({ Y: F.softmax(X!, m.axis) }),
  logsoftmax: ({ X }, m) => ({ Y: F.logSoftmax(X!, m.axis) }),
  crossentropy: ({ X, target }, m) => ({
    Y: F.crossEntropy(X!, target as unknown as Tensor<"int32"> as never, {
      reduction: m.reduction,
      labelSmoothing: m.label_smoothing,
      ignoreIndex: m.ignore_index,
    }),
  }),
  bcelogits: ({ X, T }, m) => ({ Y: F.bceWithLogits(X!, T!, { reduction: m.reduction }) }),
  mse: ({ X, T }, m) => ({ Y: F.mse(X!, T!, { reduction: m.reduction }) }),
  huber: ({ X, T }, m) => ({ Y: F.huber(X!, T!, { reduction: m.reduction, delta: m.delta }) }),
  batchnorm: ({ X, gamma, beta, running_mean, running_var }, m) => {
    const [runningMean, runningVar] = [nn.buffer(running_mean!), nn.buffer(running_var!)];
    const options = { training: m.train, momentum: m.momentum, eps: m.eps, runningMean, runningVar };
    return { Y: F.batchNorm(X!, gamma, beta, options), new_running_mean: runningMean, new_running_var: runningVar };
  },
  layernorm: ({ X, gamma, beta }, m) => ({ Y: F.layerNorm(X!, gamma, beta, { eps: m.eps }) }),
  groupnorm: ({ X, gamma, beta }, m) => ({ Y: F.groupNorm(X!, m.groups, gamma, beta, { eps: m.eps }) }),
  l2norm: ({ X }) => ({ Y: F.l2Normalize(X!) }),
  bilinearpool: ({ X }) => ({ Y: F.bilinearPooling(X!, { vectorize: false }) }),
};

/** The networks; their dense layers read the pooled matrices as the reference does, row by row and without √2. */
const NETS: Record<string, Op> = {
  "net-deepo2p": ({ X, W1, b1, W2, b2, W3, b3, target }, m) => {
    const hidden = F.relu(F.conv2d(X!, W1!, b1, { padding: 1 }));
    const features = F.conv2d(hidden, W2!, b2, { stride: 2, padding: 1 });
    const pooled = F.secondOrderPooling(features, { reduction: "sum", eps: m.eps, vectorize: false });
    const logits = F.linear(pooled.reshape(pooled.shape[0]!, -1), W3!, b3);
    return { logits, loss_: F.crossEntropy(logits, target as never) };
  },
  "net-isqrtcov": ({ X, W1, b1, W3, b3, target }, m) => {
    const features = F.relu(F.conv2d(X!, W1!, b1, { padding: 1 }));
    const [n, h, w, d] = features.shape as [number, number, number, number];
    const rows = features.reshape(n, h * w, d);
    const covariance = mp.linalg.gram(rows.sub(rows.mean(1, { keepdims: true }))).div(h * w);
    const identity = mp.eye(d, { dtype: X!.dtype });
    const trace = covariance.mul(identity).sum([1, 2], { keepdims: true });
    let Y = covariance.div(trace);
    let Z = identity.broadcastTo([n, d, d]) as typeof Y;
    for (let i = 0; i < m.iters; i++) {
      const T = identity.mul(3).sub(Z.matmul(Y)).div(2) as typeof Y;
      [Y, Z] = [Y.matmul(T), T.matmul(Z)];
    }
    const upper: number[] = [];
    for (let i = 0; i < d; i++) for (let j = i; j < d; j++) upper.push(i * d + j);
    const root = Y.mul(trace.sqrt())
      .reshape(n, d * d)
      .gather(tensor(Int32Array.from(upper)), 1);
    const logits = F.linear(root, W3!, b3);
    return { logits, loss_: F.crossEntropy(logits, target as never) };
  },
};

function opOf({ name, meta }: GoldenCase): Op | undefined {
  return NETS[name] ?? OPS[meta.op as string];
}

function check(reference: GoldenCase, dtype: Dtype): void {
  const { meta, tensors } = reference;
  const sequences = meta.op === "conv1d";
  const ours = (name: string): Float => {
    const { shape, data } = inOurLayout(tensors[name]!, sequences);
    return tensor(data, { shape, dtype: tensors[name]!.dtype === "I32" ? ("int32" as never) : dtype }) as Float;
  };
  const names = Object.keys(tensors).filter(
    (name) => !/^(ct|grad)\.|^loss$|^new_/.test(name) && !meta.outputs.includes(name),
  );
  const inputs = Object.fromEntries(names.map((name) => [name, ours(name)]));
  const wanted = (meta.grads as string[]).map((name) => name.slice("grad.".length));
  const step = valueAndGrad(
    () => {
      const outputs = opOf(reference)!(inputs, meta);
      const terms = (meta.cotangents as string[]).map((ct) => (outputs[ct.slice(3)] as Float).mul(ours(ct)).sum());
      return [terms.reduce((total, term) => total.add(term)), outputs] as const;
    },
    { wrt: Object.fromEntries(wanted.map((name) => [name, inputs[name]!])), hasAux: true },
  );
  const { value, grads, aux } = step();
  for (const name of meta.outputs as string[]) assertGolden(aux[name]!, name, reference, sequences);
  for (const name of wanted) assertGolden(grads[name]!, `grad.${name}`, reference, sequences);
  const loss = tensors.loss!.data[0]!;
  const slack = (dtype === "float32" ? 1e-4 : 1e-12) * Math.max(1, Math.abs(loss));
  assert.ok(Math.abs(value.item() - loss) <= slack, `loss ${value.item()}, reference ${loss}`);
}

describe("nn against PyTorch", () => {
  if (!goldenAvailable) console.log(`    ${goldenSkipNote}`);
  const cases = golden("nn").filter(({ name }) => !name.startsWith("optim-"));

  it("covers all cases but net-deepncut, whose layer is not built yet", function () {
    if (!goldenAvailable) this.skip();
    assert.equal(cases.length, 61);
    assert.deepEqual(
      cases.filter((one) => !opOf(one)).map(({ name }) => name),
      ["net-deepncut"],
    );
  });

  for (const reference of cases.filter(opOf)) {
    for (const dtype of DTYPES) it(`${reference.name} in ${dtype}`, () => check(reference, dtype));
  }
});
