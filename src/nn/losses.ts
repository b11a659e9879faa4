/** The losses as modules; `forward(predictions, targets)`. */
import type { Tensor } from "../tensor/tensor.js";
import { bceWithLogits } from "../ops/bceWithLogits.js";
import { crossEntropy, type CrossEntropyOptions } from "../ops/crossEntropy.js";
import { huber, type HuberOptions } from "../ops/huber.js";
import { mse } from "../ops/mse.js";
import type { LossOptions } from "../ops/support/losses.js";
import { Module } from "./module.js";

/**
 * Softmax cross-entropy of logits [.., C] with int32 labels [..]: see `functional.crossEntropy`.
 *
 * @example
 * import { init, nn, tensor, zeros } from "matprop";
 * await init();
 * new nn.CrossEntropyLoss().forward(zeros([2, 3]), tensor(new Int32Array([0, 2]))).item(); // 1.098…
 */
export class CrossEntropyLoss extends Module {
  constructor(private readonly options: CrossEntropyOptions = {}) {
    super();
  }
  forward(logits: Tensor, labels: Tensor<"int32">): Tensor {
    return crossEntropy(logits, labels, this.options);
  }
}

/**
 * Binary cross-entropy of logits with targets in [0, 1]: see `functional.bceWithLogits`.
 *
 * @example
 * import { init, nn, tensor } from "matprop";
 * await init();
 * new nn.BCEWithLogitsLoss().forward(tensor([0, 0]), tensor([0, 1])).item(); // 0.693…
 */
export class BCEWithLogitsLoss extends Module {
  constructor(private readonly options: LossOptions = {}) {
    super();
  }
  forward(logits: Tensor, targets: Tensor): Tensor {
    return bceWithLogits(logits, targets as Tensor, this.options);
  }
}

/**
 * Squared error: see `functional.mse`.
 *
 * @example
 * import { init, nn, tensor } from "matprop";
 * await init();
 * new nn.MSELoss().forward(tensor([1, 2]), tensor([1, 4])).item(); // 2
 */
export class MSELoss extends Module {
  constructor(private readonly options: LossOptions = {}) {
    super();
  }
  forward(predictions: Tensor, targets: Tensor): Tensor {
    return mse(predictions as Tensor, targets as Tensor, this.options);
  }
}

/**
 * Huber's loss: see `functional.huber`.
 *
 * @example
 * import { init, nn, tensor } from "matprop";
 * await init();
 * new nn.HuberLoss().forward(tensor([0, 3]), tensor([1, 0])).item(); // 1.5
 */
export class HuberLoss extends Module {
  constructor(private readonly options: HuberOptions = {}) {
    super();
  }
  forward(predictions: Tensor, targets: Tensor): Tensor {
    return huber(predictions as Tensor, targets as Tensor, this.options);
  }
}
