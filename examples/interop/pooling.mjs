/** A layer of matprop as an operation of TensorFlow.js: only typed arrays and shapes go over the border, either way. */
import * as tf from "@tensorflow/tfjs";
import { grad, nn, tensor } from "matprop";

const toMatprop = (x) => tensor(x.dataSync(), { shape: x.shape });
const toTf = (x) => tf.tensor(x.data(), x.shape);

/**
 * `layer`, a function of one matprop tensor, for networks of tfjs, which can be trained through it. What comes back from the
 * loss as dy goes through the adjoint of the layer, by the gradient of ⟨layer(x), dy⟩.
 */
export function asTfOperation(layer) {
  return tf.customGrad((x, save) => {
    save([x]);
    return {
      value: toTf(layer(toMatprop(x))),
      gradFunc(dy, [x]) {
        const weights = toMatprop(dy);
        return toTf(grad((F) => layer(F).mul(weights).sum())(toMatprop(x)));
      },
    };
  });
}

/** log(FᵀF/m + εI) of feature maps [N, h, w, C], as [N, C(C + 1)/2]. */
export const secondOrderPooling = (F) => nn.functional.secondOrderPooling(F, { eps: 1e-3 });
