import { discard } from "../autodiff/transients.js";
import type { Tensor } from "../tensor/tensor.js";
import { ReLU } from "./activations.js";
import { Conv2d } from "./layers.js";
import { Module } from "./module.js";
import { MaxPool2d } from "./pooling.js";

/**
 * Layers one after the other. Parameter paths begin with the index of the layer: `layers.0.weight`.
 *
 * A `ReLU` that stands before a `MaxPool2d` is applied to the maxima, which are fewer: the same bits, forward and backward.
 *
 * @example
 * import { init, nn, ones } from "matprop";
 * await init();
 * const net = new nn.Sequential([new nn.Linear(2, 8, { seed: 1 }), new nn.ReLU(), new nn.Linear(8, 1, { seed: 2 })]);
 * net.forward(ones([5, 2])).shape; // [ 5, 1 ]
 */
export class Sequential extends Module {
  constructor(readonly layers: readonly Module[]) {
    super();
  }

  forward(x: Tensor): Tensor {
    const { layers } = this;
    for (let i = 0; i < layers.length; i++) {
      const [layer, next] = [layers[i]!, layers[i + 1]];
      if (next === undefined || !isExactly(layer, ReLU) || !isExactly(next, MaxPool2d)) {
        x = layer.forward(x);
        continue;
      }
      const maxima = next.forward(x);
      // What a convolution has made is fresh, the largest map of a network as a rule, and nobody else has seen it.
      if (i > 0 && isExactly(layers[i - 1]!, Conv2d)) discard(x);
      x = layer.forward(maxima);
      i++;
    }
    return x;
  }
}

/** No derived class, which may do something else. */
function isExactly(layer: Module, type: typeof Conv2d | typeof ReLU | typeof MaxPool2d): boolean {
  return layer.constructor === type;
}
