import { ArgumentError } from "../errors.js";
import { eye, full } from "../tensor/create.js";
import type { FloatDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { matmul } from "../ops/matmul.js";
import { normalizedCutsLoss, type NormalizedCutsLossOptions } from "../ops/normalizedCutsLoss.js";
import { softplus } from "../ops/softplus.js";
import type { ImagePartition } from "../ops/support/partition.js";
import { transpose } from "../ops/transpose.js";
import { where } from "../ops/where.js";
import { checkSizes } from "./layers.js";
import { Module, parameter } from "./module.js";

export interface NormalizedCutsOptions extends NormalizedCutsLossOptions {
  /** Λ as its diagonal [d] (default) or in full [d, d], of which the symmetric part counts. */
  readonly form?: "diagonal" | "full";
  /**
   * `"none"` (default): Λ is the parameter. `"nonNegative"`: Λ = softplus(V), entry by entry, so that non-negative features
   * have non-negative degrees. `"semidefinite"`: Λ = RRᵀ (for a diagonal: softplus(V)).
   */
  readonly constraint?: "none" | "nonNegative" | "semidefinite";
  /** Element type of the parameter (default float32). */
  readonly dtype?: FloatDType;
}

/** softplus⁻¹(1). */
const ONE = 0.5413248546129181;
/** Where softplus is small, 0.0025, and not yet flat. */
const NEARLY_ZERO = -6;

/**
 * {@link normalizedCutsLoss} as a layer that learns the metric Λ, which starts as the identity (with softplus in full:
 * 0.0025 off the diagonal). `forward(F, E)` is the loss; the parameter is `Lambda`, `R` or `V` by the constraint.
 *
 * @throws {ArgumentError} if d is no positive integer or an option is none of the above.
 * @example
 * import { init, nn, random, tensor } from "matprop";
 * await init();
 * const cuts = new nn.NormalizedCuts(4, { rank: 2 });
 * const F = random.uniform([6, 4], { seed: 1 });
 * cuts.forward(F, tensor(new Int32Array([0, 0, 0, 1, 1, 1]))).shape; // []: J
 */
export class NormalizedCuts extends Module {
  private readonly Lambda?: Tensor;
  private readonly R?: Tensor;
  private readonly V?: Tensor;

  constructor(
    d: number,
    private readonly options: NormalizedCutsOptions = {},
  ) {
    super();
    checkSizes("NormalizedCuts", { d });
    const { form = "diagonal", constraint = "none", dtype = "float32" } = options;
    if (form !== "diagonal" && form !== "full") {
      throw new ArgumentError("NormalizedCuts", `form must be "diagonal" or "full", got ${String(form)}`);
    }
    const identity = form === "full" ? eye(d, { dtype }) : full([d], 1, { dtype });
    if (constraint === "none") this.Lambda = parameter(identity);
    else if (constraint === "semidefinite" && form === "full") this.R = parameter(identity);
    else if (constraint === "nonNegative" || constraint === "semidefinite") {
      const [high, low] = [ONE, NEARLY_ZERO].map((value) => full([], value, { dtype })) as [Tensor, Tensor];
      this.V = parameter(where(identity.astype("bool"), high, low));
    } else {
      const got = String(constraint);
      throw new ArgumentError(
        "NormalizedCuts",
        `constraint must be "none", "nonNegative" or "semidefinite", got ${got}`,
      );
    }
  }

  /** Λ as it is now: [d] or [d, d]. */
  metric(): Tensor {
    if (this.Lambda) return this.Lambda;
    return this.R ? (matmul(this.R, transpose(this.R)) as Tensor) : softplus(this.V!);
  }

  forward(F: Tensor, E: ImagePartition): Tensor {
    return normalizedCutsLoss(F, this.metric(), E, this.options);
  }
}
