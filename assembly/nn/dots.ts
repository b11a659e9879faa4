/**
 * Indirect product with fewer columns than a vector has lanes, for the input gradient of a first layer in float32:
 *   C[i, j] = Σ_t A(i, t) · B[j, t],   A(i, t) = *(a + rows[i] + steps[t]),   C[i, j] at c + outs[i] + j
 * with the tables of igemm.ts, whose steps here come in runs of two vectors or more, so that vectors run along t. B holds its
 * rows one after another. C is overwritten and aliases nothing. No work space.
 * Order: vectors of steps go to two accumulators by turns, ascending from zero; their sum's lanes are added as
 * (l0 + l2) + (l1 + l3).
 */
import { lanes } from "../simd";
import { entry } from "./igemm-tiles";

/** Lanes of two vectors added: of f64 the two sums, of f32 two halves of each. */
// @ts-ignore: decorator
@inline
function fold<T>(a: v128, b: v128): v128 {
  return v128.add<T>(v128.shuffle<i64>(a, b, 0, 2), v128.shuffle<i64>(a, b, 1, 3));
}

// @ts-ignore: decorator
@inline
function keep<T>(c: usize, outs: usize, i: i32, count: i32, sum: T): void {
  if (i < count) store<T>(c + load<u32>(outs + (<usize>i << 2)), sum);
}

export function fewColumns<T>(m: i32, n: i32, k: i32, a: usize, rows: usize, steps: usize, b: usize, c: usize, outs: usize): void {
  for (; m > 0; m -= 4, rows += 16, outs += 16) {
    const a0 = a + load<u32>(rows);
    const a1 = entry(a, rows, 1, m);
    const a2 = entry(a, rows, 2, m);
    const a3 = entry(a, rows, 3, m);
    let p = b;
    for (let j = 0; j < n; j++) {
      let s0 = v128.splat<T>(0),
        s1 = s0,
        s2 = s0,
        s3 = s0,
        r0 = s0,
        r1 = s0,
        r2 = s0,
        r3 = s0;
      let step = steps;
      const end = p + <usize>k * sizeof<T>();
      while (p != end) {
        const offset = <usize>load<u32>(step);
        const q0 = a0 + offset;
        const q1 = a1 + offset;
        const q2 = a2 + offset;
        const q3 = a3 + offset;
        let w = v128.load(p);
        s0 = v128.add<T>(s0, v128.mul<T>(w, v128.load(q0)));
        s1 = v128.add<T>(s1, v128.mul<T>(w, v128.load(q1)));
        s2 = v128.add<T>(s2, v128.mul<T>(w, v128.load(q2)));
        s3 = v128.add<T>(s3, v128.mul<T>(w, v128.load(q3)));
        p += 16;
        // Never so: it parts two blocks, each of which fits the registers (ukernel.ts).
        if (p == end) break;
        w = v128.load(p);
        r0 = v128.add<T>(r0, v128.mul<T>(w, v128.load(q0, 16)));
        r1 = v128.add<T>(r1, v128.mul<T>(w, v128.load(q1, 16)));
        r2 = v128.add<T>(r2, v128.mul<T>(w, v128.load(q2, 16)));
        r3 = v128.add<T>(r3, v128.mul<T>(w, v128.load(q3, 16)));
        p += 16;
        step += <usize>(8 * lanes<T>());
      }
      let low = fold<T>(v128.add<T>(s0, r0), v128.add<T>(s1, r1));
      let high = fold<T>(v128.add<T>(s2, r2), v128.add<T>(s3, r3));
      if (sizeof<T>() == 4) {
        const even = v128.shuffle<i32>(low, high, 0, 2, 4, 6);
        low = v128.add<T>(even, v128.shuffle<i32>(low, high, 1, 3, 5, 7));
        high = v128.shuffle<i64>(low, low, 1, 1);
      }
      const to = c + <usize>j * sizeof<T>();
      keep<T>(to, outs, 0, m, v128.extract_lane<T>(low, 0));
      keep<T>(to, outs, 1, m, v128.extract_lane<T>(low, 1));
      keep<T>(to, outs, 2, m, v128.extract_lane<T>(high, 0));
      keep<T>(to, outs, 3, m, v128.extract_lane<T>(high, 1));
    }
  }
}
