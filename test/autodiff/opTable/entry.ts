/** What the table says of one op. */
import type { DType } from "../../../src/tensor/dtype.js";
import type { Tensor } from "../../../src/index.js";
import type { Domain, Float, ShapeClass } from "./inputs.js";

export interface Entry {
  /** The export that this checks, and after a comma what of it. */
  readonly name: string;
  readonly f: (...xs: any[]) => Tensor<DType> | readonly Tensor<DType>[];
  readonly at: Domain;
  /** The classes that the op refuses with a named error. */
  readonly refuses: readonly ShapeClass[];
  /** The classes where the value is NaN, as NumPy has it: a mean of nothing. */
  readonly undefinedAt: readonly ShapeClass[];
  /** Whether the derivative is 0 everywhere. */
  readonly flat: boolean;
  /** The op that a second derivative names as not differentiable; null where it exists. */
  readonly secondRefusedBy: string | null;
}

export type Options = Partial<Pick<Entry, "refuses" | "undefinedAt" | "flat" | "secondRefusedBy">>;

export const entry = (name: string, f: Entry["f"], at: Domain, options: Options = {}): Entry => ({
  ...{ name, f, at, refuses: [], undefinedAt: [], flat: false, secondRefusedBy: null },
  ...options,
});

/** The export that an entry covers. */
export const covers = ({ name }: Entry): string => name.split(",")[0];

/** Columns and other orthonormal factors without the signs that nothing determines. */
export const unsigned = (x: Tensor<DType>): Float => (x as Float).square() as Float;
