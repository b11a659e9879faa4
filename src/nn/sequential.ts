import type { Tensor } from "../tensor/tensor.js";
import { Module } from "./module.js";

/**
 * Layers one after the other. Parameter paths begin with the index of the layer: `layers.0.weight`.
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
    return this.layers.reduce((value, layer) => layer.forward(value), x);
  }
}
