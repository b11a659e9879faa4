import { RECORD } from "./layout";

/**
 * `count` ≥ 1 rotations of neighbouring rows of one panel, `vectors` ≤ 4 wide: (x, y) ← (c·x + s·y, c·y − s·x), x the
 * row carried from `row` by `step` bytes a turn and multiplied by `sign` at the end; pairs (c, s) descend from `rot`.
 */
// @ts-ignore: decorator
@inline
function rotatePanel<T>(vectors: i32, row: usize, step: usize, rot: usize, count: i32, sign: T): void {
  let x0 = v128.load(row);
  let x1 = x0;
  let x2 = x0;
  let x3 = x0;
  if (vectors > 1) x1 = v128.load(row, 16);
  if (vectors > 2) {
    x2 = v128.load(row, 32);
    x3 = v128.load(row, 48);
  }
  const end = rot - <usize>count * RECORD;
  do {
    const next = row + step;
    const c = v128.load_splat<T>(rot);
    const s = v128.load_splat<T>(rot, 16);
    const y0 = v128.load(next);
    v128.store(row, v128.add<T>(v128.mul<T>(c, x0), v128.mul<T>(s, y0)));
    x0 = v128.sub<T>(v128.mul<T>(c, y0), v128.mul<T>(s, x0));
    if (vectors > 1) {
      const y1 = v128.load(next, 16);
      v128.store(row, v128.add<T>(v128.mul<T>(c, x1), v128.mul<T>(s, y1)), 16);
      x1 = v128.sub<T>(v128.mul<T>(c, y1), v128.mul<T>(s, x1));
    }
    if (vectors > 2) {
      const y2 = v128.load(next, 32);
      const y3 = v128.load(next, 48);
      v128.store(row, v128.add<T>(v128.mul<T>(c, x2), v128.mul<T>(s, y2)), 32);
      v128.store(row, v128.add<T>(v128.mul<T>(c, x3), v128.mul<T>(s, y3)), 48);
      x2 = v128.sub<T>(v128.mul<T>(c, y2), v128.mul<T>(s, x2));
      x3 = v128.sub<T>(v128.mul<T>(c, y3), v128.mul<T>(s, x3));
    }
    row = next;
    rot -= RECORD;
  } while (rot != end);
  const final = v128.splat<T>(sign);
  v128.store(row, v128.mul<T>(final, x0));
  if (vectors > 1) v128.store(row, v128.mul<T>(final, x1), 16);
  if (vectors > 2) {
    v128.store(row, v128.mul<T>(final, x2), 32);
    v128.store(row, v128.mul<T>(final, x3), 48);
  }
}

/** All panels of rows `columns` vectors wide. */
export function rotate<T>(columns: i32, row: usize, step: usize, rot: usize, count: i32, sign: T): void {
  for (; columns >= 4; columns -= 4) {
    rotatePanel<T>(4, row, step, rot, count, sign);
    row += 64;
  }
  if (columns >= 2) {
    rotatePanel<T>(2, row, step, rot, count, sign);
    row += 32;
  }
  if (columns & 1) rotatePanel<T>(1, row, step, rot, count, sign);
}
