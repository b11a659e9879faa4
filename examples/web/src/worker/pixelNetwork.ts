/** The network behind *Cut an image*: features of every pixel, and the metric that makes affinities of them. */
import { concat, DegenerateError, gather, linalg, nn, reshape, type Tensor } from "matprop";

/** Colour and place of a pixel: red, green, blue, x, y. */
export const PLANES = 5;
/** Channels at full, half, quarter and eighth size. */
const WIDTHS = [12, 16, 24, 24] as const;
const FEATURES = 16;

export class PixelNetwork extends nn.Module {
  private readonly scales: nn.Sequential[];
  private readonly last: nn.Linear;
  private readonly cuts: nn.NormalizedCuts;

  constructor() {
    super();
    this.scales = WIDTHS.map((width, i) => {
      const convolution = new nn.Conv2d(i === 0 ? PLANES : WIDTHS[i - 1]!, width, 3, { padding: 1, seed: 21 + i });
      return new nn.Sequential([convolution, new nn.GroupNorm(width / 4, width), new nn.ReLU()]);
    });
    const columns = WIDTHS.reduce((sum, width) => sum + width, PLANES);
    this.last = new nn.Linear(columns, FEATURES, { seed: 31 });
    this.cuts = new nn.NormalizedCuts(FEATURES, { constraint: "nonNegative" });
  }

  /** Planes [1, H, W, 5] → soft memberships of all pixels, or of those at `index`, in 16 groups: [pixels, 16]. */
  override forward(planes: Tensor, index?: Tensor<"int32">): Tensor {
    const [, height, width] = planes.shape as [number, number, number, number];
    const maps = [planes];
    let map = planes;
    this.scales.forEach((layers, i) => {
      map = layers.forward(i === 0 ? map : nn.functional.avgPool2d(map, 2));
      maps.push(i === 0 ? map : nn.functional.upsample(map, { size: [height, width], mode: "bilinear" }));
    });
    const columns = maps.map((one) => {
      const rows = reshape(one, [height * width, one.shape[3]!]);
      return index ? gather(rows, index) : rows;
    });
    return nn.functional.softmax(this.last.forward(concat(columns, 1)));
  }

  /** How far the normalized cut of the pixels at `index` alone, as many leading eigenvectors as colours, is from their colours. */
  loss(planes: Tensor, index: Tensor<"int32">, colours: Tensor<"int32">, rank: number): Tensor {
    const F = this.forward(planes, index);
    const Lambda = this.cuts.metric();
    try {
      return nn.functional.normalizedCutsLoss(F, Lambda, colours, { rank });
    } catch (error) {
      // As many leading eigenvectors need not exist, as where the scribbles look alike to the network; the range always does.
      if (!(error instanceof DegenerateError)) throw error;
      return nn.functional.normalizedCutsLoss(F, Lambda, colours);
    }
  }

  /** The k leading eigenvectors of the normalized affinity of all pixels, [pixels, k], and their eigenvalues. */
  embedding(planes: Tensor, k: number) {
    return linalg.normalizedCutsEmbedding(this.forward(planes), this.cuts.metric(), { k, eigenvalues: true });
  }
}
