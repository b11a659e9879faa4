import { nn, type Tensor } from "../library.js";
import { FeatureNetwork } from "./network.js";
import { pixelLoss } from "./pixelLoss.js";
import { networkSpec, type SegmentSettings } from "./settings.js";

/** Features and the metric Λ that makes affinities W = FΛFᵀ of them. */
export interface Features {
  /** [N, H, W, d], not negative. */
  readonly F: Tensor;
  /** [d, d]. */
  readonly Lambda: Tensor;
}

/** The feature network with the normalized cuts layer behind it. */
export class SegmentModel extends nn.Module {
  private readonly network: FeatureNetwork;
  private readonly cuts: nn.NormalizedCuts;

  constructor(private readonly settings: SegmentSettings) {
    super();
    this.network = new FeatureNetwork(networkSpec(settings));
    this.cuts = new nn.NormalizedCuts(settings.features, {
      form: "full",
      constraint: "semidefinite",
      rank: settings.rank,
    });
  }

  /** The features of planes [N, H, W, 5]: a soft membership of each pixel in d groups. */
  forward(x: Tensor): Tensor {
    return nn.functional.softmax(this.network.forward(x));
  }

  features(x: Tensor): Features {
    return { F: this.forward(x), Lambda: this.cuts.metric() };
  }

  /** The mean over images of what is to be made small, for label maps [a, H, W] of each image. */
  loss(x: Tensor, truths: readonly Tensor<"int32">[], seed: number): Tensor {
    const F = this.forward(x);
    return this.settings.loss === "ncuts" ? this.cuts.forward(F, truths) : pixelLoss(F, truths, seed);
  }

  /** How many numbers the model has to learn. */
  get parameterCount(): number {
    return Object.values(this.parameters()).reduce((sum, { size }) => sum + size, 0);
  }
}
