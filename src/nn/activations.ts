import type { Tensor } from "../tensor/tensor.js";
import * as ops from "../ops/index.js";
import { logSoftmax, softmax } from "../ops/softmax.js";
import { Module } from "./module.js";

/**
 * max(x, 0).
 *
 * @example
 * import { init, nn, tensor } from "matprop";
 * await init();
 * new nn.ReLU().forward(tensor([-2, 2])).toArray(); // [ 0, 2 ]
 */
export class ReLU extends Module {
  forward(x: Tensor): Tensor {
    return ops.relu(x);
  }
}

/**
 * x where x > 0, else slope·x (default slope 0.01).
 *
 * @example
 * import { init, nn, tensor } from "matprop";
 * await init();
 * new nn.LeakyReLU(0.5).forward(tensor([-2, 2])).toArray(); // [ -1, 2 ]
 */
export class LeakyReLU extends Module {
  constructor(private readonly slope = 0.01) {
    super();
  }
  forward(x: Tensor): Tensor {
    return ops.leakyRelu(x, this.slope);
  }
}

/**
 * x where x > 0, else alpha·(eˣ − 1) (default alpha 1).
 *
 * @example
 * import { init, nn, tensor } from "matprop";
 * await init();
 * new nn.ELU().forward(tensor([-2, 2])).toArray(); // [ -0.864…, 2 ]
 */
export class ELU extends Module {
  constructor(private readonly alpha = 1) {
    super();
  }
  forward(x: Tensor): Tensor {
    return ops.elu(x, this.alpha);
  }
}

/**
 * x·σ(x).
 *
 * @example
 * import { init, nn, tensor } from "matprop";
 * await init();
 * new nn.SiLU().forward(tensor([-2, 2])).toArray(); // [ -0.238…, 1.761… ]
 */
export class SiLU extends Module {
  forward(x: Tensor): Tensor {
    return ops.silu(x);
  }
}

/**
 * ½x(1 + erf(x/√2)).
 *
 * @example
 * import { init, nn, tensor } from "matprop";
 * await init();
 * new nn.GELU().forward(tensor([-2, 2])).toArray(); // [ -0.045…, 1.954… ]
 */
export class GELU extends Module {
  forward(x: Tensor): Tensor {
    return ops.gelu(x);
  }
}

/**
 * 1/(1 + e⁻ˣ).
 *
 * @example
 * import { init, nn, tensor } from "matprop";
 * await init();
 * new nn.Sigmoid().forward(tensor([-2, 2])).toArray(); // [ 0.119…, 0.880… ]
 */
export class Sigmoid extends Module {
  forward(x: Tensor): Tensor {
    return ops.sigmoid(x);
  }
}

/**
 * tanh x.
 *
 * @example
 * import { init, nn, tensor } from "matprop";
 * await init();
 * new nn.Tanh().forward(tensor([-2, 2])).toArray(); // [ -0.964…, 0.964… ]
 */
export class Tanh extends Module {
  forward(x: Tensor): Tensor {
    return ops.tanh(x);
  }
}

/**
 * log(1 + eˣ).
 *
 * @example
 * import { init, nn, tensor } from "matprop";
 * await init();
 * new nn.Softplus().forward(tensor([-2, 2])).toArray(); // [ 0.126…, 2.126… ]
 */
export class Softplus extends Module {
  forward(x: Tensor): Tensor {
    return ops.softplus(x);
  }
}

/**
 * sign(x)·√|x|.
 *
 * @example
 * import { init, nn, tensor } from "matprop";
 * await init();
 * new nn.SignSqrt().forward(tensor([-2, 2])).toArray(); // [ -1.414…, 1.414… ]
 */
export class SignSqrt extends Module {
  constructor(private readonly eps = 1e-5) {
    super();
  }
  forward(x: Tensor): Tensor {
    return ops.signSqrt(x, this.eps);
  }
}

/**
 * exp(x)/Σ exp(x) along an axis (default the last).
 *
 * @example
 * import { init, nn, tensor } from "matprop";
 * await init();
 * new nn.Softmax().forward(tensor([-2, 2])).toArray(); // [ 0.017…, 0.982… ]
 */
export class Softmax extends Module {
  constructor(private readonly axis = -1) {
    super();
  }
  forward(x: Tensor): Tensor {
    return softmax(x, this.axis);
  }
}

/**
 * x − log Σ exp(x) along an axis (default the last).
 *
 * @example
 * import { init, nn, tensor } from "matprop";
 * await init();
 * new nn.LogSoftmax().forward(tensor([-2, 2])).toArray(); // [ -4.018…, -0.018… ]
 */
export class LogSoftmax extends Module {
  constructor(private readonly axis = -1) {
    super();
  }
  forward(x: Tensor): Tensor {
    return logSoftmax(x, this.axis);
  }
}
