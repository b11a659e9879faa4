import { ArgumentError } from "../errors.js";
import type { ImageShape } from "./images.js";
import { checkSeed, PhiloxStream, Purpose } from "./philox.js";
import { checkSize, type Size } from "./resize.js";

/** Random changes of the images while training. What happens to an image depends on (seed, epoch, its index) alone. */
export interface Augment {
  /** A non-negative integer (default: the seed of `shuffle`, else 0). */
  readonly seed?: number;
  /** Mirror left–right with probability ½; `"both"`: top–bottom as well, independently (default false). */
  readonly flip?: boolean | "both";
  /** Move by up to this many pixels each way: both axes, or [rows, columns] (default 0). */
  readonly shift?: number | readonly [rows: number, columns: number];
  /** Cut out a window of this size at a random place; it becomes the image size of the batches. */
  readonly crop?: Size;
  /** What a shifted image shows beyond its edge: black, or its mirror image (default `"zero"`). */
  readonly border?: "zero" | "reflect";
}

/** Where the pixels of an augmented image come from. */
export interface Window {
  /** For each output row, the input row, or −1 for black. */
  readonly rows: Int32Array;
  /** For each output column, the input column, or −1 for black. */
  readonly columns: Int32Array;
}

/** Draws the windows of one epoch. */
export class Augmenter {
  /** Size of the images that come out. */
  readonly height: number;
  readonly width: number;
  private readonly seed: number;
  private readonly shift: readonly [number, number];
  private readonly flip: boolean | "both";
  private readonly reflect: boolean;
  private readonly window: Window;

  constructor(
    op: string,
    private readonly shape: ImageShape,
    options: Augment,
    defaultSeed: number,
  ) {
    const { seed = defaultSeed, flip = false, shift = 0, crop, border = "zero" } = options;
    checkSeed(op, seed);
    if (typeof flip !== "boolean" && flip !== "both") {
      throw new ArgumentError(op, `augment.flip must be true, false or "both", got ${String(flip)}`);
    }
    if (border !== "zero" && border !== "reflect") {
      throw new ArgumentError(op, `augment.border must be "zero" or "reflect", got ${String(border)}`);
    }
    const [height, width] = shape;
    [this.height, this.width] = crop === undefined ? [height, width] : checkSize(op, "augment.crop", crop);
    if (this.height > height || this.width > width) {
      throw new ArgumentError(
        op,
        `augment.crop ${this.height} × ${this.width} exceeds the images, ${height} × ${width}`,
      );
    }
    this.shift = typeof shift === "number" ? [shift, shift] : shift;
    if (
      this.shift.length !== 2 ||
      !this.shift.every((by, axis) => Number.isInteger(by) && by >= 0 && by < shape[axis]!)
    ) {
      throw new ArgumentError(
        op,
        `augment.shift must be integers from 0 to less than the image size, got ${String(shift)}`,
      );
    }
    this.seed = seed;
    this.flip = flip;
    this.reflect = border === "reflect";
    this.window = { rows: new Int32Array(this.height), columns: new Int32Array(this.width) };
  }

  /** The window of one image; overwritten by the next call. */
  draw(index: number, epoch: number): Window {
    const stream = new PhiloxStream(this.seed, Purpose.augment, index, epoch);
    // Drawn whatever the options, so that switching one of them on or off leaves the others as they were.
    const word = stream.next();
    const top = stream.below(2 * this.shift[0] + 1) - this.shift[0] + stream.below(this.shape[0] - this.height + 1);
    const left = stream.below(2 * this.shift[1] + 1) - this.shift[1] + stream.below(this.shape[1] - this.width + 1);
    this.fill(this.window.rows, top, this.shape[0], this.flip === "both" && (word & 2) !== 0);
    this.fill(this.window.columns, left, this.shape[1], this.flip !== false && (word & 1) !== 0);
    return this.window;
  }

  private fill(out: Int32Array, start: number, size: number, mirrored: boolean): void {
    const last = out.length - 1;
    for (let i = 0; i <= last; i++) {
      let at = start + (mirrored ? last - i : i);
      if (at < 0) at = this.reflect ? -at : -1;
      else if (at >= size) at = this.reflect ? 2 * (size - 1) - at : -1;
      out[i] = at;
    }
  }
}
