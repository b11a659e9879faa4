import { VECTOR_BYTES } from "../simd";

/** Bytes of one record: i32 first row, i32 count, i32 direction, f32 sign of the last row. */
export const SWEEP_BYTES: usize = 16;

/**
 * A chain of plane rotations on `count` neighbouring pairs of rows of one panel (`vectors` ≤ 4 vectors wide) that
 * starts at `row` and walks by `step` bytes (negative: upwards): (x, y) ← (c·x + s·y, c·y − s·x), x the row carried
 * along and at the end multiplied by `sign`. `rot` holds `count` ≥ 1 pairs (c, s). The carried row stays in registers,
 * so that a rotation costs one load and one store of the panel.
 */
// @ts-ignore: decorator
@inline
function rotatePanel<T>(vectors: i32, row: usize, step: usize, rot: usize, count: i32, sign: T): void {
  let x0 = v128.load(row);
  let x1 = x0;
  let x2 = x0;
  let x3 = x0;
  if (vectors > 1) x1 = v128.load(row, VECTOR_BYTES);
  if (vectors > 2) {
    x2 = v128.load(row, 2 * VECTOR_BYTES);
    x3 = v128.load(row, 3 * VECTOR_BYTES);
  }
  const end = rot + (<usize>count) * 2 * sizeof<T>();
  do {
    const next = row + step;
    const c = v128.load_splat<T>(rot);
    const s = v128.load_splat<T>(rot, sizeof<T>());
    const y0 = v128.load(next);
    const y1 = vectors > 1 ? v128.load(next, VECTOR_BYTES) : y0;
    const y2 = vectors > 2 ? v128.load(next, 2 * VECTOR_BYTES) : y0;
    const y3 = vectors > 2 ? v128.load(next, 3 * VECTOR_BYTES) : y0;
    v128.store(row, v128.add<T>(v128.mul<T>(c, x0), v128.mul<T>(s, y0)));
    x0 = v128.sub<T>(v128.mul<T>(c, y0), v128.mul<T>(s, x0));
    if (vectors > 1) {
      v128.store(row, v128.add<T>(v128.mul<T>(c, x1), v128.mul<T>(s, y1)), VECTOR_BYTES);
      x1 = v128.sub<T>(v128.mul<T>(c, y1), v128.mul<T>(s, x1));
    }
    if (vectors > 2) {
      v128.store(row, v128.add<T>(v128.mul<T>(c, x2), v128.mul<T>(s, y2)), 2 * VECTOR_BYTES);
      v128.store(row, v128.add<T>(v128.mul<T>(c, x3), v128.mul<T>(s, y3)), 3 * VECTOR_BYTES);
      x2 = v128.sub<T>(v128.mul<T>(c, y2), v128.mul<T>(s, x2));
      x3 = v128.sub<T>(v128.mul<T>(c, y3), v128.mul<T>(s, x3));
    }
    row = next;
    rot += 2 * sizeof<T>();
  } while (rot != end);
  const last = v128.splat<T>(sign);
  v128.store(row, v128.mul<T>(last, x0));
  if (vectors > 1) v128.store(row, v128.mul<T>(last, x1), VECTOR_BYTES);
  if (vectors > 2) {
    v128.store(row, v128.mul<T>(last, x2), 2 * VECTOR_BYTES);
    v128.store(row, v128.mul<T>(last, x3), 3 * VECTOR_BYTES);
  }
}

// @ts-ignore: decorator
@inline
function sweepPanel<T>(vectors: i32, z: usize, stride: usize, sweeps: usize, sweepCount: i32, rot: usize): void {
  for (let i = 0; i < sweepCount; i++) {
    const count = load<i32>(sweeps, 4);
    const step = load<i32>(sweeps, 8) > 0 ? <usize>0 - stride : stride;
    rotatePanel<T>(vectors, z + (<usize>load<i32>(sweeps)) * stride, step, rot, count, <T>load<f32>(sweeps, 12));
    rot += (<usize>count) * 2 * sizeof<T>();
    sweeps += SWEEP_BYTES;
  }
}

/**
 * Applies recorded sweeps, in order, to the rows of z (`columns` vectors wide, rows `stride` bytes apart), one panel of
 * 64 bytes after the other: a panel stays in the first-level cache while all its sweeps pass.
 */
export function applySweeps<T>(
  z: usize,
  stride: usize,
  columns: i32,
  sweeps: usize,
  sweepCount: i32,
  rot: usize,
): void {
  let j = 0;
  for (; j + 4 <= columns; j += 4) {
    sweepPanel<T>(4, z + (<usize>j) * VECTOR_BYTES, stride, sweeps, sweepCount, rot);
  }
  if (j + 2 <= columns) {
    sweepPanel<T>(2, z + (<usize>j) * VECTOR_BYTES, stride, sweeps, sweepCount, rot);
    j += 2;
  }
  if (j < columns) sweepPanel<T>(1, z + (<usize>j) * VECTOR_BYTES, stride, sweeps, sweepCount, rot);
}
