import { ArgumentError, ShapeError } from "../errors.js";
import type { Rule } from "../autodiff/rule.js";
import { apply } from "../autodiff/tape.js";
import type { FloatDType } from "../tensor/dtype.js";
import { showShape } from "../tensor/shape.js";
import { address, allocate, type Tensor } from "../tensor/tensor.js";
import { wasm } from "../wasm/runtime.js";
import { checkFloat } from "./support/check.js";
import { mapSizes, pairOf, type Pair } from "./support/window.js";

type Float = Tensor<FloatDType>;

export interface UpsampleOptions {
  /** Height and width of the result; or give `scale`. */
  readonly size?: Pair;
  /** Factor of height and width, for both axes or each: the result has ⌊H·scale⌋ rows; or give `size`. */
  readonly scale?: Pair;
  /** `"nearest"` (default) or `"bilinear"`, as torch's `interpolate` with `align_corners=False`. */
  readonly mode?: "nearest" | "bilinear";
}

interface Params {
  readonly mode: "nearest" | "bilinear";
  readonly map: readonly [number, number, number, number];
  readonly out: readonly [number, number];
}

const OP = "upsample";
const KERNELS = { nearest: "upsample_nearest", bilinear: "upsample_bilinear" } as const;
const ADJOINTS = { nearest: "upsample_nearest_vjp", bilinear: "upsample_bilinear_vjp" } as const;

const rule: Rule<[Float], Params> = {
  name: OP,
  saves: "nothing",
  forward: ([x], { mode, map: [n, h, w, c], out: [oh, ow] }) => {
    const y = allocate([n, oh, ow, c], x.dtype);
    wasm[x.dtype][KERNELS[mode]](n, h, w, c, oh, ow, address(OP, x), address(OP, y));
    return y;
  },
  vjp: (g, { params }) => [apply(adjointRule, [g], params)],
  vjpDifferentiable: (g, { params }) => [apply(adjointRule, [g], params)],
};

/** Resampling is linear: the adjoint of its adjoint is resampling. */
const adjointRule: Rule<[Float], Params> = {
  name: OP,
  saves: "nothing",
  forward: ([g], { mode, map, out: [oh, ow] }) => {
    const gx = allocate(map, g.dtype);
    wasm[g.dtype][ADJOINTS[mode]](...map, oh, ow, address(OP, g), address(OP, gx));
    return gx;
  },
  vjp: (h, { params }) => [apply(rule, [h], params)],
  vjpDifferentiable: (h, { params }) => [apply(rule, [h], params)],
};

/**
 * Maps [N, H, W, C] resampled to another height and width: [N, H', W', C]. Row p of the result reads source row
 * ⌊p·H/H'⌋ (nearest), or interpolates at (p + ½)·H/H' − ½, clamped to the map (bilinear); columns likewise. Any factor,
 * also below 1 (without smoothing).
 *
 * Adjoint: each source collects g times its weight in every result.
 * @throws {ShapeError} if x is no map, or an empty one; {@link ArgumentError} unless exactly one of `size` and `scale` is
 * given and positive, or for an unknown mode.
 * @example
 * import { init, nn, ones } from "matprop";
 * await init();
 * nn.functional.upsample(ones([1, 4, 5, 2]), { scale: 2, mode: "bilinear" }).shape; // [ 1, 8, 10, 2 ]
 */
export function upsample<D extends FloatDType>(x: Tensor<D>, options: UpsampleOptions): Tensor<D> {
  checkFloat(OP, x);
  const map = mapSizes(OP, x);
  const { mode = "nearest" } = options;
  if (!Object.hasOwn(KERNELS, mode)) {
    throw new ArgumentError(OP, `mode must be "nearest" or "bilinear", got ${String(mode)}`);
  }
  const out = outputSize(map, options);
  if (map[1] * map[2] === 0) throw new ShapeError(OP, `cannot resample the empty map ${showShape(x.shape)}`);
  return apply(rule, [x], { mode, map, out }) as Tensor<D>;
}

function outputSize([, h, w]: readonly number[], { size, scale }: UpsampleOptions): readonly [number, number] {
  if ((size === undefined) === (scale === undefined)) {
    throw new ArgumentError(OP, "needs either size or scale");
  }
  if (size !== undefined) return pairOf(OP, "size", size, 1);
  const [v, u] = typeof scale === "number" ? [scale, scale] : scale!;
  const out = [Math.floor(h! * v), Math.floor(w! * u)] as const;
  if (!(v > 0 && u > 0) || !out.every((side) => side >= 1 && Number.isFinite(side))) {
    throw new ArgumentError(OP, `scale [${v}, ${u}] makes a ${h}×${w} map ${out[0]}×${out[1]}`);
  }
  return out;
}
