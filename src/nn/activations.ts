import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import * as ops from "../ops/index.js";
import { Module } from "./module.js";

type Float = Tensor<FloatDType>;

/** max(x, 0). */
export class ReLU extends Module {
  forward(x: Tensor): Tensor {
    return ops.relu(x as Float);
  }
}

/** x where x > 0, else slope·x (default slope 0.01). */
export class LeakyReLU extends Module {
  constructor(private readonly slope = 0.01) {
    super();
  }
  forward(x: Tensor): Tensor {
    return ops.leakyRelu(x as Float, this.slope);
  }
}

/** x where x > 0, else alpha·(eˣ − 1) (default alpha 1). */
export class ELU extends Module {
  constructor(private readonly alpha = 1) {
    super();
  }
  forward(x: Tensor): Tensor {
    return ops.elu(x as Float, this.alpha);
  }
}

/** x·σ(x). */
export class SiLU extends Module {
  forward(x: Tensor): Tensor {
    return ops.silu(x as Float);
  }
}

/** ½x(1 + erf(x/√2)). */
export class GELU extends Module {
  forward(x: Tensor): Tensor {
    return ops.gelu(x as Float);
  }
}

/** 1/(1 + e⁻ˣ). */
export class Sigmoid extends Module {
  forward(x: Tensor): Tensor {
    return ops.sigmoid(x as Float);
  }
}

/** tanh x. */
export class Tanh extends Module {
  forward(x: Tensor): Tensor {
    return ops.tanh(x as Float);
  }
}

/** log(1 + eˣ). */
export class Softplus extends Module {
  forward(x: Tensor): Tensor {
    return ops.softplus(x as Float);
  }
}

/** sign(x)·√|x|. */
export class SignSqrt extends Module {
  constructor(private readonly eps = 1e-5) {
    super();
  }
  forward(x: Tensor): Tensor {
    return ops.signSqrt(x as Float, this.eps);
  }
}
