import { concat, nn, type Tensor } from "../library.js";

/** What a network depends on. Equal values build equal networks, initial weights included. */
export interface NetworkSpec {
  /** Planes of the input. */
  readonly planes: number;
  /** Channels of the finest scale; the coarser ones have 2, 4 and 4 times as many. */
  readonly width: number;
  /** Features a pixel. */
  readonly features: number;
  readonly seed: number;
}

/** Channels of each scale, in widths; each scale has half the rows and columns of the one before. */
const SCALES = [1, 2, 4, 4] as const;

/** Channels that are normalized together. */
const GROUP = 8;

/**
 * The feature network: convolutions at four scales on the way down, on the way up the coarser maps interpolated and joined
 * with the finer ones (a small U-Net), so that each pixel's features know its surroundings from a few pixels to the whole
 * image. Group normalization: an image's features do not depend on its batch. The input planes reach the last layer, too.
 *
 * Source: Ronneberger, Fischer, Brox, "U-Net", MICCAI 2015; Wu, He, "Group normalization", ECCV 2018.
 */
export class FeatureNetwork extends nn.Module {
  private readonly down: nn.Sequential[];
  private readonly up: nn.Sequential[];
  private readonly last: nn.Conv2d;

  constructor({ planes, width, features, seed }: NetworkSpec) {
    super();
    let layer = 0;
    const seeds = (): number => seed * 256 + layer++;
    const widths = SCALES.map((scale) => scale * width);
    this.down = widths.map((out, i) => {
      const into = i === 0 ? planes : widths[i - 1]!;
      return new nn.Sequential([...block(into, out, seeds()), ...block(out, out, seeds())]);
    });
    const ups = [...widths.slice(1, -1).reverse(), 2 * width];
    let channels = widths[widths.length - 1]!;
    this.up = ups.map((out, i) => {
      const joined = channels + widths[widths.length - 2 - i]!;
      channels = out;
      return new nn.Sequential(block(joined, out, seeds()));
    });
    this.last = new nn.Conv2d(channels + planes, features, 1, { seed: seeds() });
  }

  /** [N, H, W, planes] → [N, H, W, features], any real numbers. H and W are 8 at least. */
  forward(x: Tensor): Tensor {
    const scales: Tensor[] = [];
    this.down.forEach((layers, i) => {
      scales.push(layers.forward(i === 0 ? x : nn.functional.maxPool2d(scales[i - 1]!, 2)));
    });
    let map = scales.pop()!;
    for (const layers of this.up) {
      const finer = scales.pop()!;
      const size: [number, number] = [finer.shape[1]!, finer.shape[2]!];
      map = layers.forward(concat([nn.functional.upsample(map, { size, mode: "bilinear" }), finer], 3));
    }
    return this.last.forward(concat([map, x], 3));
  }
}

function block(into: number, out: number, seed: number): nn.Module[] {
  return [
    new nn.Conv2d(into, out, 3, { padding: 1, bias: false, seed }),
    new nn.GroupNorm(Math.max(1, Math.floor(out / GROUP)), out),
    new nn.ReLU(),
  ];
}
