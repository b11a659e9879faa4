import { Words } from "./inputs.js";
import { hash, linalg, nn, scope, tensor, valueAndGrad, type Tensor } from "./library.js";

/** Something to run forward and backward: a function of float inputs, and the layer whose parameters take part. */
interface Probe {
  readonly inputs: readonly Tensor[];
  readonly f: (...inputs: Tensor[]) => Tensor;
  readonly module?: nn.Module<unknown>;
}

type Make = (draw: Draw, seed: number) => Probe;

/** Draws inputs: any sign, or whole numbers below a bound. */
interface Draw {
  (...shape: number[]): Tensor;
  labels(n: number, classes: number): Tensor<"int32">;
}

/** A layer on one input. */
const layer =
  (make: (seed: number) => nn.Module, ...shape: number[]): Make =>
  (draw, seed) => {
    const module = make(seed);
    return { module, inputs: [draw(...shape)], f: (x) => module.forward(x!) };
  };

/** A layer that returns a record, by what a loss may see of it. */
const decomposition =
  <R>(make: () => nn.Module<R>, seen: (factors: R) => Tensor, ...shape: number[]): Make =>
  (draw) => {
    const module = make();
    return { module, inputs: [draw(...shape)], f: (x) => seen(module.forward(x!)) };
  };

/** A loss of two inputs of one shape. */
const pair =
  (make: () => nn.Module): Make =>
  (draw) => {
    const module = make();
    return { module, inputs: [draw(4, 9), draw(4, 9)], f: (x, y) => module.forward(x!, y!) };
  };

const MAPS = [2, 7, 6, 5] as const;

/** Normalized cuts of maps that are not negative, two annotators to an image. */
const cuts =
  (options: nn.NormalizedCutsOptions): Make =>
  (draw) => {
    const module = new nn.NormalizedCuts(5, options);
    const labels = [0, 1].map(() => draw.labels(84, 3).reshape(2, 7, 6));
    return { module, inputs: [draw(...MAPS)], f: (x) => module.forward(x!.mul(x!), labels) };
  };

/** Every family of layers; a test fails when `nn` has a layer that none of them covers. */
export const LAYERS: Readonly<Record<string, Make>> = {
  Linear: layer((seed) => new nn.Linear(5, 4, { seed }), 3, 5),
  Conv1d: layer((seed) => new nn.Conv1d(3, 4, 3, { padding: 1, seed }), 2, 9, 3),
  Conv2d: layer((seed) => new nn.Conv2d(5, 4, 3, { stride: 2, padding: 1, seed }), ...MAPS),
  ConvTranspose2d: layer((seed) => new nn.ConvTranspose2d(5, 4, 3, { stride: 2, seed }), ...MAPS),
  MaxPool2d: layer(() => new nn.MaxPool2d(2), ...MAPS),
  AvgPool2d: layer(() => new nn.AvgPool2d(2), ...MAPS),
  GlobalAvgPool: layer(() => new nn.GlobalAvgPool(), ...MAPS),
  Flatten: layer(() => new nn.Flatten(), ...MAPS),
  Upsample: layer(() => new nn.Upsample({ size: [9, 11], mode: "bilinear" }), ...MAPS),
  BatchNorm: layer(() => new nn.BatchNorm(5), ...MAPS),
  "BatchNorm, evaluation": layer(() => new nn.BatchNorm(5).eval(), ...MAPS),
  LayerNorm: layer(() => new nn.LayerNorm(9), 4, 9),
  GroupNorm: layer(() => new nn.GroupNorm(2, 4), 2, 3, 3, 4),
  L2Normalize: layer(() => new nn.L2Normalize(), 4, 9),
  Dropout: layer((seed) => new nn.Dropout(0.3, { seed }), 4, 9),
  ReLU: layer(() => new nn.ReLU(), 4, 9),
  LeakyReLU: layer(() => new nn.LeakyReLU(), 4, 9),
  ELU: layer(() => new nn.ELU(), 4, 9),
  SiLU: layer(() => new nn.SiLU(), 4, 9),
  GELU: layer(() => new nn.GELU(), 4, 9),
  Sigmoid: layer(() => new nn.Sigmoid(), 4, 9),
  Tanh: layer(() => new nn.Tanh(), 4, 9),
  Softplus: layer(() => new nn.Softplus(), 4, 9),
  SignSqrt: layer(() => new nn.SignSqrt(), 4, 9),
  SecondOrderPooling: layer(() => new nn.SecondOrderPooling(), ...MAPS),
  "SecondOrderPooling, fewer positions than channels": layer(() => new nn.SecondOrderPooling(), 2, 2, 2, 6),
  "SecondOrderPooling, float32": layer(() => new nn.SecondOrderPooling({ precision: "float32" }), ...MAPS),
  "SecondOrderPooling, square root of the covariance": layer(
    () => new nn.SecondOrderPooling({ f: "sqrt", center: true }),
    ...MAPS,
  ),
  MatrixPowerPooling: layer(() => new nn.MatrixPowerPooling({ eps: 1e-3, normalize: "fro" }), ...MAPS),
  ISqrtCovPooling: layer(() => new nn.ISqrtCovPooling(), ...MAPS),
  "ISqrtCovPooling, mpa": layer(() => new nn.ISqrtCovPooling({ method: "mpa" }), ...MAPS),
  "ISqrtCovPooling, mtp": layer(() => new nn.ISqrtCovPooling({ method: "mtp", backward: "exact" }), ...MAPS),
  BiMap: layer((seed) => new nn.BiMap(7, 4, { seed }), 2, 7, 7),
  ReEig: layer(() => new nn.ReEig({ eps: 0.5 }), 2, 7, 7),
  LogEig: (draw) => {
    const module = new nn.LogEig();
    return { module, inputs: [draw(2, 9, 5)], f: (x) => module.forward(linalg.gram(x!, { eps: 0.5 })) };
  },
  SPDBatchNorm: (draw) => {
    const module = new nn.SPDBatchNorm(4);
    return { module, inputs: [draw(6, 9, 4)], f: (x) => module.forward(linalg.gram(x!, { eps: 0.5 })) };
  },
  MinimumDistanceToMean: (draw) => {
    const labels = tensor(Int32Array.of(0, 1, 0, 1));
    const module = new nn.MinimumDistanceToMean(4, 2).fit(linalg.gram(draw(4, 9, 4), { eps: 0.5 }), labels);
    return { module, inputs: [draw(3, 9, 4)], f: (x) => module.forward(linalg.gram(x!, { eps: 0.5 })) };
  },
  SVD: decomposition(
    () => new nn.SVD(),
    ({ U, S, Vh }) => U.mul(S.square().unsqueeze(-2)).matmul(Vh),
    ...[2, 7, 5],
  ),
  Eigh: decomposition(
    () => new nn.Eigh(),
    ({ eigenvalues, eigenvectors }) => eigenvectors.square().mul(eigenvalues.unsqueeze(-2)),
    ...[2, 5, 5],
  ),
  ExpEig: layer(() => new nn.ExpEig(), 2, 5, 5),
  BilinearPooling: layer(() => new nn.BilinearPooling(), ...MAPS),
  Softmax: layer(() => new nn.Softmax(), 4, 9),
  LogSoftmax: layer(() => new nn.LogSoftmax(), 4, 9),
  CrossEntropyLoss: (draw) => {
    const labels = draw.labels(6, 5);
    const module = new nn.CrossEntropyLoss();
    return { module, inputs: [draw(6, 5)], f: (x) => module.forward(x!, labels) };
  },
  BCEWithLogitsLoss: pair(() => new nn.BCEWithLogitsLoss()),
  MSELoss: pair(() => new nn.MSELoss()),
  HuberLoss: pair(() => new nn.HuberLoss()),
  NormalizedCuts: cuts({}),
  "NormalizedCuts, leading eigenvectors": cuts({ rank: 3, form: "full", constraint: "semidefinite" }),
};

/** Hash of the output of a family and of the gradients of a weighted sum of it. */
export function runLayer(name: string, seed: number): string {
  const words = new Words(seed, name);
  const draw = Object.assign(
    (...shape: number[]) => {
      const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
      return tensor(
        values.map(() => 4 * words.unit() - 2),
        { shape },
      ) as Tensor;
    },
    {
      labels: (n: number, classes: number) => tensor(new Int32Array(n).map(() => words.next() % classes)),
    },
  );
  const { inputs, f, module } = LAYERS[name]!(draw, seed);
  const parameters = module?.parameters() ?? {};
  const weigh = (y: Tensor): Tensor => y.mul(draw(...y.shape)).sum();
  const found = scope(() => {
    const wrt = { ...Object.fromEntries(inputs.map((x, i) => [`input${i}`, x])), ...parameters };
    const g = valueAndGrad(
      () => {
        const y = f(...inputs);
        return [weigh(y), y] as const;
      },
      { wrt, hasAux: true },
    )();
    return { ...g.grads, output: g.aux };
  });
  const answer = hash({ ...found, ...prefixed(module?.state() ?? {}) });
  module?.dispose();
  return answer;
}

/** Buffers after the pass, such as running statistics, beside the gradients of the same paths. */
function prefixed(state: Readonly<nn.TensorRecord>): nn.TensorRecord {
  return Object.fromEntries(Object.entries(state).map(([path, value]) => [`state.${path}`, value]));
}
