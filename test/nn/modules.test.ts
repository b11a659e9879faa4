import assert from "node:assert/strict";
import {
  ArgumentError,
  DtypeError,
  ScopeEndedError,
  ShapeError,
  grad,
  hash,
  memoryStats,
  nn,
  ones,
  optim,
  scope,
  tensor,
  valueAndGrad,
  zeros,
  type Tensor,
} from "../../src/index.js";
import { assertSameBits, filledWith, type Float } from "./support.js";

const F = nn.functional;
const map = (seed = 1): Tensor<"float32"> => filledWith([3, 6, 5, 4], seed, "float32") as Tensor<"float32">;

/** A network with every kind of state: parameters, running statistics, a generator, an array of modules. */
class Net extends nn.Module {
  readonly body = new nn.Sequential([
    new nn.Conv2d(4, 6, 3, { padding: 1, seed: 1 }),
    new nn.BatchNorm(6),
    new nn.ReLU(),
    new nn.Dropout(0.3, { seed: 2 }),
  ]);
  readonly heads = [new nn.Linear(21, 3, { seed: 3 }), new nn.Linear(3, 2, { seed: 4, bias: false })];
  readonly pool = new nn.SecondOrderPooling();

  forward(x: Tensor): Tensor {
    return this.heads.reduce((y, head) => head.forward(y), this.pool.forward(this.body.forward(x)));
  }
}

const PARAMETERS = [
  ...["body.layers.0.weight", "body.layers.0.bias", "body.layers.1.weight", "body.layers.1.bias"],
  ...["heads.0.weight", "heads.0.bias", "heads.1.weight"],
];
const BUFFERS = ["body.layers.1.runningMean", "body.layers.1.runningVar", "body.layers.3.generator"];

function step(net: nn.Module, optimizer: { step(grads: never): void }, x: Tensor): number {
  const train = valueAndGrad(() => F.mse(net.forward(x) as Float, zeros([3, 2]) as Float), { wrt: net.parameters() });
  return scope(() => {
    const { value, grads } = train();
    optimizer.step(grads as never);
    return value.item();
  });
}

describe("modules", () => {
  it("a ReLU before a MaxPool2d has the same bits after it, forward and backward", () => {
    const values = Float32Array.from(
      { length: 2 * 7 * 6 * 5 },
      (_, i) => [-1, -0, 0, 0.5, -0.25, 2, 2, -3][(i * i) % 8]!,
    );
    values[17] = NaN;
    values[200] = -Infinity;
    const x = tensor(values, { shape: [2, 7, 6, 5] });
    let order = "";
    class Watched extends nn.ReLU {
      override forward(input: Tensor): Tensor {
        order += `relu of ${input.size} `;
        return super.forward(input);
      }
    }
    const conv = new nn.Conv2d(5, 5, 1, { seed: 1, bias: false });
    for (const before of [[], [conv]]) {
      for (const pool of [new nn.MaxPool2d(2), new nn.MaxPool2d(3, { stride: 2, padding: 1 })]) {
        const run = (relu: nn.ReLU): readonly Tensor[] => {
          const net = new nn.Sequential([...before, relu, pool]);
          const seed = filledWith(net.forward(x).shape as number[], 3, "float32");
          const loss = (t: Tensor): Float => net.forward(t).mul(seed).sum() as Float;
          const square = (t: Tensor): Float =>
            grad(loss)(t as Float)
              .square()
              .sum() as Float;
          return scope(() => [net.forward(x), grad(loss)(x as Float), grad(square)(x as Float)] as Tensor[]);
        };
        const [values, gradient, second] = run(new nn.ReLU());
        const [plainValues, plainGradient, plainSecond] = run(new Watched());
        assertSameBits(values!, plainValues!, "values");
        assertSameBits(gradient!, plainGradient!, "gradients");
        assertSameBits(second!, plainSecond!, "gradients of a function of gradients");
        assert.ok(gradient!.data().some((g) => g !== 0 && !Number.isNaN(g)));
      }
    }
    assert.match(order, /^(relu of 420 )+$/, "a derived class stays where it is");
  });

  it("parameters() are what is trained, state() also the buffers, by dotted path", () => {
    const net = new Net();
    assert.deepEqual(Object.keys(net.parameters()).sort(), [...PARAMETERS].sort());
    assert.deepEqual(Object.keys(net.state()).sort(), [...PARAMETERS, ...BUFFERS].sort());
    for (const [name, value] of Object.entries(net.parameters())) assert.equal(net.state()[name], value);
  });

  it("equal seeds give equal weights, other seeds others", () => {
    assert.equal(hash(new Net().state()), hash(new Net().state()));
    const weight = (seed: number): string => hash(new nn.Linear(3, 2, { seed }).weight);
    assert.notEqual(weight(1), weight(2));
    assert.notEqual(hash(new nn.Linear(3, 2).weight), hash(new nn.Linear(3, 2).weight));
  });

  it("state saved and loaded: training goes on bit for bit, dropout and running statistics included", () => {
    const run = (net: Net, from: number, to: number, optimizer = optim.sgd(net.parameters(), { lr: 0.1 })): Net => {
      for (let i = from; i < to; i++) step(net, optimizer, map(i));
      return net;
    };
    const whole = run(new Net(), 0, 6);
    const half = run(new Net(), 0, 3);
    const saved = Object.fromEntries(
      Object.entries(half.state()).map(([k, v]) => [
        k,
        tensor(v.data() as never, { shape: v.shape, dtype: v.dtype } as never),
      ]),
    );
    const resumed = new Net();
    resumed.loadState(saved as never);
    assert.notEqual(hash(resumed.state()), hash(whole.state()));
    run(resumed, 3, 6);
    assert.equal(hash(resumed.state()), hash(whole.state()));
  });

  it("train() and eval() reach every module", () => {
    const net = new Net();
    assert.notEqual(hash(net.forward(map())), hash(net.forward(map())), "dropout draws anew");
    net.eval();
    assert.ok(!net.body.layers[1]!.training);
    const before = hash(net.state());
    assert.equal(hash(net.forward(map())), hash(net.forward(map())));
    assert.equal(hash(net.state()), before, "evaluation changes no buffer");
    assert.ok(net.train().body.layers[3]!.training);
  });

  it("loadState refuses what does not fit and then changes nothing", () => {
    const net = new Net();
    const before = hash(net.state());
    const state = { ...net.state() };
    const { "heads.0.bias": bias, ...missing } = state;
    const changed = { ...state, "body.layers.0.weight": zeros([6, 3, 3, 4]) };
    const dead = scope(() => [() => made, 0] as const);
    let made!: Tensor;
    scope(() => void (made = zeros([3]).add(1)));
    assert.throws(() => net.loadState(missing), /missing: \[heads\.0\.bias\]/);
    assert.throws(() => net.loadState({ ...state, extra: bias! }), /unknown: \[extra\]/);
    assert.throws(() => net.loadState({ ...changed, "heads.0.bias": zeros([4]) }), ShapeError);
    assert.throws(() => net.loadState({ ...changed, "heads.0.bias": zeros([3], { dtype: "float64" }) }), DtypeError);
    assert.throws(() => net.loadState({ ...changed, "heads.0.bias": dead[0]() }), ScopeEndedError);
    assert.equal(hash(net.state()), before);
  });

  it("dispose() hands the memory back at once; `using` does it by itself", () => {
    const before = memoryStats().resident;
    const net = new Net();
    assert.ok(memoryStats().resident > before);
    net.dispose();
    assert.equal(memoryStats().resident, before);
    assert.throws(() => net.forward(map()), ScopeEndedError);
    net.dispose();
    {
      using other = new Net();
      assert.ok(other.training && memoryStats().resident > before);
    }
    assert.equal(memoryStats().resident, before);
  });

  it("every layer does what its function does", () => {
    const x = map();
    const rows = filledWith([3, 4], 2, "float32") as Tensor<"float32">;
    const pairs: [Tensor, Tensor][] = [
      [new nn.Softmax().forward(rows), F.softmax(rows)],
      [new nn.LogSoftmax(0).forward(rows), F.logSoftmax(rows, 0)],
      [new nn.Upsample({ scale: 2, mode: "bilinear" }).forward(x), F.upsample(x, { scale: 2, mode: "bilinear" })],
      [new nn.L2Normalize({ eps: 2 }).forward(rows), F.l2Normalize(rows, { eps: 2 })],
      [new nn.BilinearPooling({ vectorize: false }).forward(x), F.bilinearPooling(x, { vectorize: false })],
      [new nn.LayerNorm(4).forward(x), F.layerNorm(x)],
      [new nn.GroupNorm(2, 4, { affine: false, eps: 0.1 }).forward(x), F.groupNorm(x, 2, null, null, { eps: 0.1 })],
      [new nn.BatchNorm(4, { affine: false }).forward(x), F.batchNorm(x, null, null, { training: true })],
      [new nn.Dropout(0.25, { seed: 9 }).forward(x), F.dropout(x, 0.25, { seed: 9 })],
      [new nn.AvgPool2d(2, { stride: 1 }).forward(x), F.avgPool2d(x, 2, { stride: 1 })],
      [new nn.MaxPool2d(2).forward(x), F.maxPool2d(x, 2)],
      [new nn.GlobalAvgPool().forward(x), x.mean([1, 2])],
      [new nn.Flatten().forward(x), x.reshape(3, -1)],
      [new nn.LeakyReLU(0.2).forward(x), F.leakyRelu(x, 0.2)],
      [new nn.ELU(0.5).forward(x), F.elu(x, 0.5)],
      [new nn.SignSqrt(0).forward(x), F.signSqrt(x, 0)],
      [new nn.GELU().forward(x), F.gelu(x)],
      [new nn.SiLU().forward(x), F.silu(x)],
      [new nn.Sigmoid().forward(x), F.sigmoid(x)],
      [new nn.Tanh().forward(x), F.tanh(x)],
      [new nn.Softplus().forward(x), F.softplus(x)],
      [new nn.ReLU().forward(x), F.relu(x)],
      [new nn.MSELoss({ reduction: "sum" }).forward(rows, rows.add(1)), F.mse(rows, rows.add(1), { reduction: "sum" })],
      [new nn.HuberLoss({ delta: 0.1 }).forward(rows, rows.add(1)), F.huber(rows, rows.add(1), { delta: 0.1 })],
      [new nn.BCEWithLogitsLoss().forward(rows, rows.abs()), F.bceWithLogits(rows, rows.abs())],
    ];
    pairs.forEach(([layer, f], i) => assertSameBits(layer, f, `pair ${i}`));
    const labels = tensor(Int32Array.from([0, 3, 1]));
    assertSameBits(new nn.CrossEntropyLoss().forward(rows, labels), F.crossEntropy(rows, labels));
    const transposed = new nn.ConvTranspose2d(4, 6, 3, { stride: 2, groups: 2, seed: 1 });
    assert.deepEqual(transposed.weight.shape, [4, 3, 3, 3]);
    assert.deepEqual(transposed.forward(x).shape, [3, 13, 11, 6]);
    assert.deepEqual(new nn.Conv1d(4, 6, 3, { seed: 1 }).forward(x.reshape(3, 30, 4)).shape, [3, 28, 6]);
  });
});

describe("BatchNorm", () => {
  it("moves the running statistics towards the batch's, by the unbiased variance", () => {
    const layer = new nn.BatchNorm(1, { momentum: 0.25, dtype: "float64", eps: 0 });
    const x = tensor([[1], [3], [8]], { dtype: "float64" });
    layer.forward(x);
    assert.deepEqual(layer.runningMean.toArray(), [1]);
    assert.deepEqual(layer.runningVar.toArray(), [0.75 + 0.25 * 13]);
    assert.deepEqual(layer.eval().forward(x).toArray(), [[0], [1], [3.5]]);
  });

  it("needs two positions per channel in training, one in evaluation", () => {
    const layer = new nn.BatchNorm(3);
    assert.throws(() => layer.forward(ones([1, 3])), /at least two positions per channel, got \[1, 3\]/);
    assert.deepEqual(layer.runningMean.toArray(), [0, 0, 0]);
    assert.deepEqual(layer.eval().forward(ones([1, 3])).shape, [1, 3]);
    assert.throws(() => layer.forward(ones([2, 4])), /runningMean must be \[4\]|weight must be \[4\]/);
  });

  it("refuses running statistics that cannot be updated, and evaluation without them", () => {
    const x = ones([2, 3]);
    assert.throws(() => F.batchNorm(x, null, null, { training: true, runningMean: zeros([3]) }), /must be buffers/);
    assert.throws(() => F.batchNorm(x), /needs runningMean and runningVar/);
    assert.throws(() => F.batchNorm(x, null, null, { training: true, momentum: 2 }), ArgumentError);
  });

  it("works outside any scope and inside one", () => {
    const [a, b] = [new nn.BatchNorm(4), new nn.BatchNorm(4)];
    assertSameBits(
      a.forward(map()),
      scope(() => b.forward(map())),
    );
    assert.equal(hash(a.state()), hash(b.state()));
  });
});

describe("Dropout", () => {
  it("zeroes about p, scales the rest, and draws other masks for other seeds, blocks and calls", () => {
    const x = ones([10000]);
    const y = F.dropout(x, 0.3, { seed: 5 });
    const values = [...y.data()];
    assert.deepEqual([...new Set(values)].sort(), [0, Math.fround(1 / 0.7)]);
    const share = values.filter((v) => v === 0).length / 10000;
    assert.ok(Math.abs(share - 0.3) < 0.02, `${share}`);
    assert.notEqual(hash(y), hash(F.dropout(x, 0.3, { seed: 6 })));
    assert.notEqual(hash(y), hash(F.dropout(x, 0.3, { seed: 5, block: 1 })));
    assertSameBits(F.dropout(x, 0.3, { seed: 5, block: 2 }).slice("0:4"), y.slice("8:12"), "blocks of four");
    const far = 2 ** 33 + 5;
    assert.notEqual(hash(F.dropout(x, 0.3, { seed: 5, block: far })), hash(F.dropout(x, 0.3, { seed: 5, block: 5 })));
  });

  it("the layer goes on in its sequence, a call of n elements taking ⌈n/4⌉ blocks", () => {
    const layer = new nn.Dropout(0.5, { seed: 7 });
    const [a, b] = [layer.forward(ones([10])), layer.forward(ones([3]))];
    assertSameBits(a, F.dropout(ones([10]), 0.5, { seed: 7 }));
    assertSameBits(b, F.dropout(ones([3]), 0.5, { seed: 7, block: 3 }));
    assert.deepEqual(layer.generator.toArray(), [7, 4]);
    layer.eval();
    const x = ones([5]);
    assert.equal(layer.forward(x), x);
    assert.deepEqual(layer.generator.toArray(), [7, 4]);
  });

  it("p = 0 is the identity and draws nothing, p = 1 leaves nothing", () => {
    const layer = new nn.Dropout(0, { seed: 1 });
    const x = filledWith([7], 1, "float32");
    assert.equal(layer.forward(x), x);
    assert.deepEqual(layer.generator.toArray(), [1, 0]);
    assert.deepEqual(F.dropout(x, 1, { seed: 1 }).toArray(), [0, 0, 0, 0, 0, 0, 0]);
    for (const p of [-0.1, 1.1, NaN]) assert.throws(() => new nn.Dropout(p), ArgumentError);
    assert.throws(() => new nn.Dropout(0.5, { seed: -1 }), /seed must be an integer/);
  });

  it("the gradient passes exactly where the value passed", () => {
    const x = ones([101], { dtype: "float64" });
    const layer = new nn.Dropout(0.4, { seed: 3 });
    const { grads, aux } = valueAndGrad(
      (v: Tensor) => {
        const y = layer.forward(v);
        return [y.sum(), y] as const;
      },
      { hasAux: true },
    )(x);
    assertSameBits(grads[0] as Tensor, aux);
  });
});
