import { UsageError } from "./args.js";
import { unitOf } from "./dataset.js";
import { nn, type LabelledSamples, type Tensor } from "./library.js";
import { MATRIX_MODELS, matrixParts, type MatrixModelName } from "./matrixModels.js";

/** The networks that take images, by the name they have on the command line. */
const IMAGE_MODELS = {
  o2p: "second-order pooling log(FᵀF + εI), trained end to end",
  mpn: "covariance pooling with the matrix square root (MPN-COV)",
  isqrt: "covariance pooling with five Newton–Schulz steps towards the square root (iSQRT-COV)",
  bilinear: "bilinear pooling FᵀF with signed square root and length 1",
  "first-order": "average pooling: the same network without a matrix layer",
  mlp: "two dense layers: no convolution at all",
} as const;

/** All networks. */
export const MODELS = { ...IMAGE_MODELS, ...MATRIX_MODELS } as const;

export type ModelName = keyof typeof MODELS;

export const MODEL_NAMES = Object.keys(MODELS) as ModelName[];

function takesMatrices(model: ModelName): model is MatrixModelName {
  return Object.hasOwn(MATRIX_MODELS, model);
}

/** The networks that take samples like those of `set`, the one to try first in front. */
export function modelsFor({ shape }: Pick<LabelledSamples, "shape">): ModelName[] {
  const matrices = shape.length === 2;
  return MODEL_NAMES.filter((model) => takesMatrices(model) === matrices);
}

/** Throws a {@link UsageError} that names `option` unless the network takes samples like those of `set`. */
export function checkTakes(option: string, model: ModelName, set: Pick<LabelledSamples, "shape">): void {
  const names = modelsFor(set);
  if (names.includes(model)) return;
  throw new UsageError(`${option}: "${model}" does not take ${unitOf(set)}; these do: ${names.join(", ")}`);
}

/** What a network depends on. Equal values build equal networks, initial weights included. */
export interface ModelSpec {
  readonly model: ModelName;
  /** Height, width and channels of the images, or rows and columns of the matrices. */
  readonly shape: LabelledSamples["shape"];
  readonly classes: number;
  readonly seed: number;
  /** What every layer's number of channels is multiplied by. */
  readonly width: number;
  /** Of the decompositions inside a float32 network; a network on matrices is wholly in it. */
  readonly precision: "float32" | "float64";
  /** The ε of log(FᵀF/m + εI). */
  readonly eps: number;
}

/** The convolutions by the longer side of the image: channels of 3 × 3 layers (/stride), and where maps are halved. */
const TRUNKS: readonly (readonly [side: number, layers: string])[] = [
  [20, "16 pool 32 32"],
  [40, "16 pool 32 pool 32"],
  [Infinity, "16/2 pool 32 32"],
];

/** ε of log(FᵀF/m + εI): a thousandth of what a normalized channel has on the diagonal. */
export const DEFAULT_EPS = 1e-3;

/** What mpn adds to the covariance: the square root has no gradient at 0, where channels that are off everywhere lie. */
const MPN_EPS = 1e-5;

/** A classifier in three parts; the last one is what `--frozen` still trains. */
export class Classifier extends nn.Module {
  constructor(
    private readonly features: nn.Module,
    private readonly pooling: nn.Module,
    private readonly classifier: nn.Module,
    /** Of its input. */
    readonly dtype: "float32" | "float64" = "float32",
  ) {
    super();
  }

  forward(x: Tensor): Tensor {
    return this.classifier.forward(this.pooling.forward(this.features.forward(x)));
  }

  /** The parameters that are trained. */
  trainable(frozen: boolean): Record<string, Tensor> {
    const all = Object.entries(this.parameters());
    return Object.fromEntries(frozen ? all.filter(([path]) => path.startsWith("classifier.")) : all);
  }
}

/** How many numbers a whole network has to learn, frozen ones included. */
export function countParameters(model: nn.Module): number {
  return Object.values(model.parameters()).reduce((sum, { size }) => sum + size, 0);
}

/** Builds the network of a spec. */
export function buildModel(spec: ModelSpec): Classifier {
  const seeds = seedsOf(spec.seed);
  const { model, shape, classes, width, precision } = spec;
  if (takesMatrices(model)) {
    const parts = matrixParts(model, shape[0], classes, { dtype: precision, width, seeds });
    return new Classifier(...parts, precision);
  }
  if (model === "mlp") return multilayer(spec, seeds);
  const { layers, channels } = trunk(spec, seeds);
  const { pooling, size } = poolingOf(spec, channels);
  const dense = new nn.Linear(size, classes, { seed: seeds() });
  return new Classifier(new nn.Sequential(layers), pooling, new nn.Sequential([new nn.BatchNorm(size), dense]));
}

function trunk({ shape, width }: ModelSpec, seeds: () => number): { layers: nn.Module[]; channels: number } {
  const [height, breadth] = shape;
  const [, words] = TRUNKS.find(([side]) => Math.max(height, breadth) <= side)!;
  const layers: nn.Module[] = [];
  let channels = shape[2] ?? 1;
  for (const word of words.split(" ")) {
    if (word === "pool") {
      layers.push(new nn.MaxPool2d(2));
      continue;
    }
    const [wide, stride = "1"] = word.split("/");
    const out = Math.round(Number(wide) * width);
    layers.push(new nn.Conv2d(channels, out, 3, { stride: Number(stride), padding: 1, bias: false, seed: seeds() }));
    layers.push(new nn.BatchNorm(out), new nn.ReLU());
    channels = out;
  }
  return { layers, channels };
}

function poolingOf({ model, precision, eps }: ModelSpec, channels: number): { pooling: nn.Module; size: number } {
  const size = (channels * (channels + 1)) / 2;
  switch (model) {
    case "o2p":
      return { pooling: new nn.SecondOrderPooling({ f: "log", eps, precision }), size };
    case "mpn":
      return { pooling: new nn.MatrixPowerPooling({ eps: MPN_EPS, precision }), size };
    case "isqrt":
      return { pooling: new nn.ISqrtCovPooling({ precision }), size };
    case "bilinear":
      return {
        pooling: new nn.Sequential([new nn.BilinearPooling(), new nn.SignSqrt(), new nn.L2Normalize()]),
        size: channels * channels,
      };
    default:
      return { pooling: new nn.GlobalAvgPool(), size: channels };
  }
}

function multilayer({ shape, classes, width }: ModelSpec, seeds: () => number): Classifier {
  const inputs = shape.reduce((product, size) => product * size, 1);
  const hidden = Math.round(256 * width);
  const features = new nn.Sequential([new nn.Flatten(), new nn.Linear(inputs, hidden, { seed: seeds() })]);
  const pooling = new nn.Sequential([new nn.BatchNorm(hidden), new nn.ReLU()]);
  return new Classifier(features, pooling, new nn.Sequential([new nn.Linear(hidden, classes, { seed: seeds() })]));
}

/** A seed of its own for every layer. */
function seedsOf(seed: number): () => number {
  let layer = 0;
  return () => seed * 256 + layer++;
}
