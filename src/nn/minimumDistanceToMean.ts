import { ArgumentError, DtypeError, ShapeError } from "../errors.js";
import { assign } from "../tensor/assign.js";
import { eye, tensor } from "../tensor/create.js";
import type { DType, FloatDType } from "../tensor/dtype.js";
import { inScope, scope } from "../tensor/scoped.js";
import { sameShape, showShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { argmin } from "../ops/argExtrema.js";
import { astype } from "../ops/astype.js";
import { broadcastTo } from "../ops/broadcastTo.js";
import { stack } from "../ops/concat.js";
import { gather } from "../ops/gather.js";
import { neg } from "../ops/neg.js";
import { spdDistance } from "../ops/spdDistance.js";
import { checkMetric, type SpdMetric } from "../ops/spdMaps.js";
import { spdMean } from "../ops/spdMean.js";
import { unsqueeze } from "../ops/squeeze.js";
import { checkFloat, checkSameDtype, checkTensor } from "../ops/support/check.js";
import { checkSizes } from "./layers.js";
import { buffer, Module } from "./module.js";

export interface MinimumDistanceToMeanOptions {
  /** Of means and distances (default affineInvariant). */
  readonly metric?: SpdMetric;
  /** Element type of the means and of what is classified (default float32). */
  readonly dtype?: FloatDType;
  /** In what precision means and distances are computed (default float64). */
  readonly precision?: FloatDType;
}

/**
 * Classifies symmetric positive definite matrices [N, n, n] by the nearest of the means of `classes` classes, which
 * {@link fit} computes and keeps in the buffer `means` [classes, n, n] (Barachant, Bonnet, Congedo, Jutten 2012). `forward`
 * gives −d² [N, classes], which may serve as logits.
 *
 * @throws {ArgumentError} unless n and classes are positive integers and the metric is known.
 * @example
 * import { init, nn, tensor } from "matprop";
 * await init();
 * const X = tensor([[[1]], [[2]], [[50]], [[60]]]);
 * const classifier = new nn.MinimumDistanceToMean(1, 2).fit(X, tensor([0, 0, 1, 1], { dtype: "int32" }));
 * classifier.predict(tensor([[[3]], [[40]]])).toArray(); // [ 0, 1 ]
 */
export class MinimumDistanceToMean extends Module {
  readonly means: Tensor;
  private readonly metric: SpdMetric;
  private readonly precision: FloatDType;

  constructor(n: number, classes: number, options: MinimumDistanceToMeanOptions = {}) {
    super();
    checkSizes("MinimumDistanceToMean", { n, classes });
    const { metric = "affineInvariant", dtype = "float32", precision = "float64" } = options;
    checkMetric("MinimumDistanceToMean", metric);
    this.metric = metric;
    this.precision = precision;
    this.means = buffer(inScope(() => broadcastTo(eye(n, { dtype }), [classes, n, n])));
  }

  /**
   * Takes the mean of each class of X [N, n, n] by `labels` [N], integers below `classes`.
   *
   * @throws {ShapeError}, {@link DtypeError} if X or the labels do not fit; {@link ArgumentError} if a class has no
   * matrix; the errors of `linalg.spdMean`. Then the means are as they were.
   */
  fit(X: Tensor, labels: Tensor<DType>): this {
    const op = "MinimumDistanceToMean.fit";
    this.check(op, X);
    const classes = this.means.shape[0]!;
    const members = membersOf(op, labels, X.shape[0]!, classes);
    scope(() => {
      const wide = astype(X, this.precision);
      const means = members.map((rows) => spdMean(gather(wide, rows), { metric: this.metric }));
      assign(this.means, astype(stack(means), this.means.dtype));
    });
    return this;
  }

  /** The class of each matrix, [N, n, n] → int32 [N]: the lowest of equally near ones. */
  predict(X: Tensor): Tensor<"int32"> {
    return scope(() => argmin(this.squaredDistances("MinimumDistanceToMean.predict", X), 1));
  }

  forward(X: Tensor): Tensor {
    return scope(() => neg(this.squaredDistances("MinimumDistanceToMean", X)));
  }

  private squaredDistances(op: string, X: Tensor): Tensor {
    this.check(op, X);
    const [means, items] = [astype(this.means, this.precision), unsqueeze(astype(X, this.precision), 1)];
    return astype(spdDistance(means, items, { metric: this.metric, squared: true }), X.dtype);
  }

  private check(op: string, X: Tensor): void {
    checkFloat(op, X);
    checkSameDtype(op, X, this.means);
    const [, n] = this.means.shape as [number, number];
    if (X.rank !== 3 || X.shape[1] !== n || X.shape[2] !== n) {
      throw new ShapeError(op, `needs [N, ${n}, ${n}], got ${showShape(X.shape)}`);
    }
  }
}

/** The rows of each class, ascending. */
function membersOf(op: string, labels: Tensor<DType>, count: number, classes: number): Tensor<"int32">[] {
  checkTensor(op, labels);
  if (labels.dtype !== "int32") throw new DtypeError(op, `labels must be int32, got ${labels.dtype}`);
  if (!sameShape(labels.shape, [count])) {
    throw new ShapeError(op, `labels must be [${count}], got ${showShape(labels.shape)}`);
  }
  const rows = Array.from({ length: classes }, (): number[] => []);
  labels.data().forEach((label: number, i: number) => {
    if (!(label >= 0 && label < classes)) {
      throw new ArgumentError(op, `label ${label} at position ${i} is outside 0 … ${classes - 1}`);
    }
    rows[label]!.push(i);
  });
  const empty = rows.findIndex((own) => own.length === 0);
  if (empty >= 0) throw new ArgumentError(op, `class ${empty} has no matrix`);
  return rows.map((own) => tensor(Int32Array.from(own)));
}
