/** The arguments that the ops on affinities share: features, metric, and the floor of the degrees. */
import { ArgumentError, ShapeError } from "../../errors.js";
import type { FloatDType } from "../../tensor/dtype.js";
import { showShape, sizeOf, type Shape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { reshape } from "../reshape.js";
import { checkFloat, checkSameDtype } from "./check.js";

type Float = Tensor<FloatDType>;

/** Default floor of the degrees, in units of their mean. */
export const RELATIVE_FLOOR = 1e-6;

export interface AffinityOptions {
  /** Degrees below this are lifted to it and get no gradient (default 10⁻⁶ of the image's mean degree). */
  readonly minDegree?: number;
  /** In what precision the d×d Gram matrix of float32 features is summed (default float64). */
  readonly precision?: FloatDType;
}

/** Features as a batch of images of pixels. */
export interface Images {
  /** [images, pixels, d]. */
  readonly features: Float;
  /** The axes of one image's pixels. */
  readonly spatial: Shape;
  /** Whether there is an axis of images. */
  readonly batched: boolean;
}

/** Throws unless the floor of the degrees is absent, or positive and finite. */
export function checkMinDegree(op: string, minDegree: number | undefined): void {
  if (minDegree === undefined || (minDegree > 0 && Number.isFinite(minDegree))) return;
  throw new ArgumentError(op, `minDegree must be positive and finite, got ${minDegree}`);
}

/** Checks F, [m, d], [H, W, d] or [N, H, W, d], and Λ, [d] or [d, d], and the options. */
export function affinityArguments(op: string, F: Float, Lambda: Float, options: AffinityOptions): Images {
  const { minDegree, precision = "float64" } = options;
  checkFloat(op, F);
  checkFloat(op, Lambda);
  checkSameDtype(op, F, Lambda);
  const { shape, rank } = F;
  if (rank < 2 || rank > 4 || F.size === 0) {
    throw new ShapeError(op, `needs features [m, d], [H, W, d] or [N, H, W, d], none empty, got ${showShape(shape)}`);
  }
  const d = shape[rank - 1]!;
  if (Lambda.rank < 1 || Lambda.rank > 2 || Lambda.shape.some((size) => size !== d)) {
    throw new ShapeError(op, `Lambda must be [${d}] or [${d}, ${d}], got ${showShape(Lambda.shape)}`);
  }
  if (precision !== "float64" && precision !== "float32") {
    throw new ArgumentError(op, `precision must be "float64" or "float32", got ${String(precision)}`);
  }
  if (F.dtype === "float64" && precision === "float32") {
    throw new ArgumentError(op, 'precision "float32" needs float32 features');
  }
  checkMinDegree(op, minDegree);
  const batched = rank === 4;
  const spatial = shape.slice(batched ? 1 : 0, -1);
  return { features: reshape(F, [batched ? shape[0]! : 1, sizeOf(spatial), d]), spatial, batched };
}
