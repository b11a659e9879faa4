import { ShapeError } from "../errors.js";

/** Symmetric matrices of one size with their classes, such as covariance descriptors. Plain data, never changed. */
export interface LabelledMatrices {
  /** Entries, row-major [N, n, n]. */
  readonly matrices: Float64Array;
  /** Class of each matrix, an index into `classes`, or −1 where it is not known. Its length is N. */
  readonly labels: Int32Array;
  /** [n, n]. */
  readonly shape: readonly [rows: number, columns: number];
  /** Name of each class. */
  readonly classes: readonly string[];
  /** What each matrix was measured on, where several are of one object: `split` keeps those together. */
  readonly groups?: Int32Array;
}

/** Throws unless the parts of a data set fit together. Constant time: every public function may call it. */
export function checkMatrices(op: string, { matrices, labels, shape, groups }: LabelledMatrices): void {
  const [n, columns] = shape;
  if (shape.length !== 2 || n !== columns || !Number.isInteger(n) || n < 1) {
    throw new ShapeError(op, `matrices are square, [n, n] with a positive n, got [${shape.join(", ")}]`);
  }
  const expected = labels.length * n * n;
  if (matrices.length !== expected) {
    const whole = `[${[labels.length, ...shape].join(", ")}]`;
    throw new ShapeError(op, `expected ${expected} entries for ${whole}, got ${matrices.length}`);
  }
  if (groups !== undefined && groups.length !== labels.length) {
    throw new ShapeError(op, `expected a group for each of ${labels.length} matrices, got ${groups.length}`);
  }
}
