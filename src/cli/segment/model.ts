import { DegenerateError, nn, type Tensor } from "../library.js";
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

/** What a step makes small. */
export interface CropLoss {
  readonly loss: Tensor;
  /** Crops that have not as many leading eigenvectors as there are to be compared. */
  readonly unranked: number;
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
  loss(x: Tensor, truths: readonly Tensor<"int32">[], seed: number): CropLoss {
    const F = this.forward(x);
    if (this.settings.loss === "pixel") return { loss: pixelLoss(F, truths, seed), unranked: 0 };
    try {
      return { loss: this.cuts.forward(F, truths), unranked: 0 };
    } catch (error) {
      if (!(error instanceof DegenerateError)) throw error;
      return this.lossOneByOne(F, truths);
    }
  }

  /**
   * The same where the gap at the rank is closed for some images, as where all is of one colour. Their leading eigenvectors
   * span no subspace of that dimension; the range of their affinity is always one, and the target's equal if it is learned.
   */
  private lossOneByOne(F: Tensor, truths: readonly Tensor<"int32">[]): CropLoss {
    const { normalizedCutsLoss } = nn.functional;
    const Lambda = this.cuts.metric();
    let unranked = 0;
    const losses = truths.map((truth, n) => {
      const one = F.slice(String(n)) as Tensor;
      try {
        return normalizedCutsLoss(one, Lambda, truth, { rank: this.settings.rank });
      } catch (error) {
        if (!(error instanceof DegenerateError)) throw error;
        unranked++;
        return normalizedCutsLoss(one, Lambda, truth);
      }
    });
    const sum = losses.reduce((total, loss) => total.add(loss));
    return { loss: sum.div(losses.length), unranked };
  }
}
