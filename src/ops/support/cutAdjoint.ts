/**
 * The pass over the pixels that ends the adjoint of the normalized cuts loss. With q = ⟨F·S, F⟩ by rows, l the columns of
 * a pixel and s = 1 for the target `"degree"`, D^{-1/2} for `"indicator"`:
 *
 *   g_deg = q/deg² + Σ_l shares_l (+ ⟨table_l, F⟩·deg^{-3/2} for `"indicator"`), 0 where the degree was lifted
 *   gF = −2(D⁻¹F·S + s·Σ_l table_l) + g_deg·cᵀ + 1·(Λ Fᵀg_deg)ᵀ,  gΛ = gΛ(M) + sym((Fᵀg_deg)(Fᵀ1)ᵀ),  c = ΛFᵀ1
 */
import type { FloatDType } from "../../tensor/dtype.js";
import { currentScope } from "../../tensor/scope.js";
import { address, allocate, elementsOf, fromArray, viewOf, type Tensor } from "../../tensor/tensor.js";
import { wasm } from "../../wasm/runtime.js";
import { metricOf, type Doubles } from "./affinity.js";
import { largestOf, powerOfTwo } from "./magnitude.js";
import type { CutTarget } from "./cutLoss.js";
import type { Partition } from "./partition.js";
import { astype } from "../astype.js";

type Float = Tensor<FloatDType>;

/** What the forward pass leaves, image after image. */
export interface SavedCuts {
  /** images × m. */
  readonly degrees: Doubles;
  /** Degrees at the floor get no gradient: images. */
  readonly floors: Doubles;
  /** Fᵀ1: images × d. */
  readonly totals: Doubles;
  /** images × d × d, as gLambda; see {@link Cut}. */
  readonly S: Doubles;
  readonly gLambda: Doubles;
  /** All columns × d. */
  readonly table: Doubles;
  /** All columns. */
  readonly shares: Doubles;
}

export const SAVED = ["degrees", "floors", "totals", "S", "gLambda", "table", "shares"] as const;

export interface CutContext {
  readonly parts: readonly Partition[];
  readonly target: CutTarget;
  readonly saved: SavedCuts;
  readonly needs: readonly boolean[];
}

/** Cotangents of F [images, m, d] and Λ. */
export function cutAdjoint(
  op: string,
  g: number,
  [F, Lambda]: readonly [Float, Float],
  { parts, target, saved, needs }: CutContext,
): [Float | null, Float | null] {
  const [images, m, d] = F.shape as [number, number, number];
  const metric = metricOf(Lambda).data();
  const gF = allocate(F.shape, F.dtype);
  const gLambda = new Float64Array(d * d);
  const scale = g / images;
  let column = 0;
  for (let n = 0; n < images; n++) {
    const part = parts[n]!;
    const [x, out] = [viewOf(F, [m, d], n * m * d), viewOf(gF, [m, d], n * m * d)];
    times(op, x, saved.S.subarray(n * d * d, (n + 1) * d * d), out);
    const image: Image = {
      ...{ m, d, part, target, scale },
      degrees: saved.degrees.subarray(n * m, (n + 1) * m),
      floor: saved.floors[n]!,
      table: byCell(part, saved.table.subarray(column * d, (column + part.columns) * d), d),
      shares: byCell(part, saved.shares.subarray(column, column + part.columns), 1),
    };
    const total = saved.totals.subarray(n * d, (n + 1) * d);
    const gDegrees = degreeAdjoint(image, elementsOf(op, x), elementsOf(op, out));
    const pulled = transposedTimes(elementsOf(op, x), gDegrees, d);
    if (needs[0]) finish(image, elementsOf(op, out), gDegrees, apply(metric, total), apply(metric, pulled));
    for (let i = 0; i < d; i++) {
      for (let j = 0; j < d; j++) {
        const throughDegrees = 0.5 * (pulled[i]! * total[j]! + pulled[j]! * total[i]!);
        gLambda[i * d + j]! += scale * (saved.gLambda[n * d * d + i * d + j]! + throughDegrees);
      }
    }
    column += part.columns;
  }
  return [needs[0] ? gF : null, needs[1] ? metricAdjoint(gLambda, Lambda) : null];
}

/** One image in {@link cutAdjoint}; rows of the table and shares are sums over the columns of each cell. */
interface Image {
  readonly m: number;
  readonly d: number;
  readonly part: Partition;
  readonly target: CutTarget;
  readonly scale: number;
  readonly degrees: Doubles;
  readonly floor: number;
  readonly table: Doubles;
  readonly shares: Doubles;
}

/** The sum of the rows, `width` long, of the columns of each cell. */
function byCell({ annotators, cells, columnsOf }: Partition, rows: Doubles, width: number): Doubles {
  const sums = new Float64Array(cells * width);
  columnsOf.forEach((l, at) => {
    const to = Math.floor(at / annotators) * width;
    for (let j = 0; j < width; j++) sums[to + j]! += rows[l * width + j]!;
  });
  return sums;
}

/** out ← F·S in the dtype of F. */
function times(op: string, F: Float, S: Doubles, out: Float): void {
  const [m, d] = F.shape as [number, number];
  const table = wasm[F.dtype];
  const matrix = astype(fromArray(S, [d, d], "float64"), F.dtype);
  const [pf, ps, po] = [F, matrix, out].map((x) => address(op, x)) as [number, number, number];
  const work = currentScope()!.scratch(table.gemm_work(0, 0, m, d, d) >>> 0);
  table.gemm(0, 0, m, d, d, 1, pf, d, ps, d, 0, po, d, work);
}

/** The gradient of each degree, from the rows of F and of F·S. */
function degreeAdjoint(
  { m, d, part, target, degrees, floor, table, shares }: Image,
  f: ArrayLike<number>,
  FS: ArrayLike<number>,
): Doubles {
  const gDegrees = new Float64Array(m);
  // Degrees in units of a power of two, because their squares leave the range of numbers.
  const unit = powerOfTwo(largestOf(degrees));
  for (let i = 0; i < m; i++) {
    const degree = degrees[i]!;
    if (!(degree > floor)) continue;
    const cell = part.cellOf[i]!;
    let q = 0;
    for (let j = 0, at = i * d; j < d; j++, at++) q += f[at]! * FS[at]!;
    const inUnits = degree / unit;
    let sum = q / unit / (inUnits * inUnits) / unit + shares[cell]!;
    if (target === "indicator") {
      let along = 0;
      for (let j = 0, at = i * d, from = cell * d; j < d; j++, at++, from++) along += f[at]! * table[from]!;
      sum += along / (inUnits * Math.sqrt(degree)) / unit;
    }
    gDegrees[i] = sum;
  }
  return gDegrees;
}

/** Turns F·S, where it lies, into the gradient of F. */
function finish(
  { m, d, part, target, scale, degrees, table }: Image,
  out: Float32Array | Float64Array,
  gDegrees: Doubles,
  c: Doubles,
  everywhere: Doubles,
): void {
  for (let i = 0, at = 0; i < m; i++) {
    const degree = degrees[i]!;
    const own = (-2 * scale) / degree;
    const shared = -2 * scale * (target === "degree" ? 1 : 1 / Math.sqrt(degree));
    const through = scale * gDegrees[i]!;
    for (let j = 0, from = part.cellOf[i]! * d; j < d; j++, at++, from++) {
      out[at] = own * out[at]! + shared * table[from]! + through * c[j]! + scale * everywhere[j]!;
    }
  }
}

/** Fᵀg. */
function transposedTimes(f: ArrayLike<number>, g: Doubles, d: number): Doubles {
  const sums = new Float64Array(d);
  for (let i = 0, at = 0; i < g.length; i++) {
    const weight = g[i]!;
    for (let j = 0; j < d; j++, at++) sums[j]! += weight * f[at]!;
  }
  return sums;
}

/** A·x for a d×d matrix. */
function apply(A: ArrayLike<number>, x: Doubles): Doubles {
  const d = x.length;
  return x.map((_, i) => {
    let sum = 0;
    for (let j = 0; j < d; j++) sum += A[i * d + j]! * x[j]!;
    return sum;
  });
}

/** gΛ in the shape and dtype of Λ: of a diagonal only the diagonal. */
function metricAdjoint(gLambda: Doubles, Lambda: Float): Float {
  const d = Lambda.shape[0]!;
  const values = Lambda.rank === 2 ? gLambda : Float64Array.from({ length: d }, (_, i) => gLambda[i * (d + 1)]!);
  return astype(fromArray(values, Lambda.shape, "float64"), Lambda.dtype);
}
