/** The network: two convolutions, one of two poolings, and a linear classifier. */
import { linalg, mean, nn, scope, type Tensor } from "matprop";
import type { Pooling } from "./messages.ts";

const CHANNELS = 16;
const EPS = 1e-3;

export class TextureNet extends nn.Module {
  readonly features = new nn.Sequential([
    new nn.Conv2d(1, 12, 3, { padding: 1, seed: 11 }),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Conv2d(12, CHANNELS, 3, { padding: 1, seed: 12 }),
    new nn.ReLU(),
  ]);
  readonly pooling: nn.Module;
  readonly normalize: nn.BatchNorm;
  readonly classifier: nn.Linear;

  constructor(pooling: Pooling, classes: number) {
    super();
    const size = pooling === "second" ? (CHANNELS * (CHANNELS + 1)) / 2 : CHANNELS;
    this.pooling = pooling === "second" ? new nn.SecondOrderPooling({ eps: EPS }) : new nn.GlobalAvgPool();
    this.normalize = new nn.BatchNorm(size);
    this.classifier = new nn.Linear(size, classes, { seed: 13 });
  }

  override forward(x: Tensor): Tensor {
    return this.classifier.forward(this.normalize.forward(this.pooling.forward(this.features.forward(x))));
  }

  /** Mean probability of each class over the patches of one picture, between two steps of training or after them. */
  probabilities(patches: Tensor): number[] {
    const { training } = this;
    this.eval();
    try {
      return scope(() => [...mean(nn.functional.softmax(this.forward(patches), 1), 0).data()]);
    } finally {
      if (training) this.train();
    }
  }

  /** The mean log-Gram matrix of some patches, row-major, and its eigenvalues. */
  logGram(patches: Tensor): { readonly matrix: Float64Array; readonly spectrum: Float64Array } {
    return scope(() => {
      const pooled = nn.functional.secondOrderPooling(this.features.forward(patches), { eps: EPS, vectorize: false });
      const average = mean(pooled, 0);
      return {
        matrix: Float64Array.from(average.data()),
        spectrum: Float64Array.from(linalg.eigvalsh(average).data()),
      };
    });
  }
}
