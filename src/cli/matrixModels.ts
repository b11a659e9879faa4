import { linalg, nn, type Tensor } from "./library.js";

/** The networks that take symmetric positive definite matrices, by the name they have on the command line. */
export const MATRIX_MODELS = {
  log: "of SPD matrices, the upper triangle of the logarithm",
  raw: "the triangle of the matrix as it is",
  sqrt: "the triangle of the square root",
  "newton-schulz": "the triangle after five Newton–Schulz steps towards the square root",
  spdnet: "the triangle of the logarithm after two layers BiMap, ReEig (SPDNet)",
} as const;

export type MatrixModelName = keyof typeof MATRIX_MODELS;

/** Orders of the matrices behind the BiMap layers, as shares of that of the input. */
const REDUCTIONS = [11 / 12, 5 / 6];

/** Below this, ReEig lifts eigenvalues: an order of magnitude above the smallest of image covariances. */
const RECTIFY_EPS = 1e-5;

/** The entries of a covariance may vary by less than the usual 1e-5: the variance that normalization adds must be small. */
const NORMALIZE_EPS = 1e-14;

/** A matrix function, as the upper triangle of its values. */
class Triangle extends nn.Module {
  constructor(private readonly f: (X: Tensor) => Tensor) {
    super();
  }

  forward(X: Tensor): Tensor {
    return nn.functional.triuPack(this.f(X));
  }
}

const FUNCTIONS: Readonly<Record<MatrixModelName, (X: Tensor) => Tensor>> = {
  log: linalg.logm,
  raw: (X) => X,
  sqrt: linalg.sqrtm,
  "newton-schulz": (X) => linalg.sqrtmNewtonSchulz(X),
  spdnet: linalg.logm,
};

/**
 * The parts of a network on matrices of order n, all in `dtype`: SPDNet's trained layers or nothing, the triangle of a
 * matrix function, a linear classifier of its normalized entries.
 */
export function matrixParts(
  model: MatrixModelName,
  n: number,
  classes: number,
  { dtype, width, seeds }: { dtype: "float32" | "float64"; width: number; seeds: () => number },
): [features: nn.Module, pooling: nn.Module, classifier: nn.Module] {
  const layers: nn.Module[] = [];
  let order = n;
  for (const share of model === "spdnet" ? REDUCTIONS : []) {
    const next = Math.min(order, Math.max(1, Math.round(n * share * width)));
    layers.push(
      new nn.BiMap(order, next, { dtype, seed: seeds() }),
      new nn.ReEig({ eps: RECTIFY_EPS, precision: dtype }),
    );
    order = next;
  }
  const size = (order * (order + 1)) / 2;
  const dense = new nn.Linear(size, classes, { dtype, seed: seeds() });
  const normalize = new nn.BatchNorm(size, { dtype, eps: NORMALIZE_EPS });
  return [new nn.Sequential(layers), new Triangle(FUNCTIONS[model]), new nn.Sequential([normalize, dense])];
}
