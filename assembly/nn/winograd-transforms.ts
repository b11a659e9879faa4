/**
 * The transforms of winograd.ts. Number ξ = 4·i + j of the sixteen of a tile or a kernel stands `plane`·ξ bytes after the
 * first. The only factors are halves, which are exact.
 *   input      V = Bᵀ d B of a 4×4 patch     Bᵀ = [1 0 −1 0; 0 1 1 0; 0 −1 1 0; 0 1 0 −1]
 *   output     y = Aᵀ M A, 2×2 pixels        Aᵀ = [1 1 1 0; 0 1 −1 −1]
 *   cotangent  A g Aᵀ of 2×2 pixels;         the sign of the last row and column is left out here and in `gather`
 *   spread     U = G g Gᵀ of a 3×3 kernel, one axis a call, G = [1 0 0; ½ ½ ½; ½ −½ ½; 0 0 1];  gather  Gᵀ S G
 * `vectors` vectors of channels a call. Loads stay few between stores: V8 hoists loads to the top of their block and would
 * spill. One loop serves sums and differences: x − y is x + (y with its sign bit turned), exactly.
 */

/** Bytes of one row of a panel (winograd.ts): four vectors. */
export const PANEL: usize = 64;

/** A mask that turns signs, or leaves them. */
// @ts-ignore: decorator
@inline
function signs<T>(turn: bool): v128 {
  return turn ? v128.splat<T>(<T>-0.0) : i64x2.splat(0);
}

/** Row of V: row `a` of the patch plus (minus) row `b`, then the columns. */
function inputRow<T>(minus: bool, vectors: i32, a: usize, b: usize, pixel: usize, out: usize, plane: usize): void {
  const sign = signs<T>(minus);
  const two: usize = 2 * pixel;
  const three: usize = 3 * pixel;
  for (; vectors > 0; vectors--, a += 16, b += 16, out += 16) {
    const t0 = v128.add<T>(v128.load(a), v128.xor(sign, v128.load(b)));
    const t1 = v128.add<T>(v128.load(a + pixel), v128.xor(sign, v128.load(b + pixel)));
    const t2 = v128.add<T>(v128.load(a + two), v128.xor(sign, v128.load(b + two)));
    const t3 = v128.add<T>(v128.load(a + three), v128.xor(sign, v128.load(b + three)));
    v128.store(out, v128.sub<T>(t0, t2));
    v128.store(out + plane, v128.add<T>(t1, t2));
    v128.store(out + 2 * plane, v128.sub<T>(t2, t1));
    v128.store(out + 3 * plane, v128.sub<T>(t1, t3));
  }
}

/** V of the patch at `src`, its rows `row` and its pixels `pixel` bytes apart. */
export function inputTile<T>(vectors: i32, src: usize, row: usize, pixel: usize, out: usize, plane: usize): void {
  const r1 = src + row;
  const r2 = r1 + row;
  inputRow<T>(true, vectors, src, r2, pixel, out, plane);
  inputRow<T>(false, vectors, r1, r2, pixel, out + 4 * plane, plane);
  inputRow<T>(true, vectors, r2, r1, pixel, out + 8 * plane, plane);
  inputRow<T>(true, vectors, r1, r2 + row, pixel, out + 12 * plane, plane);
}

// @ts-ignore: decorator
@inline
function three<T>(m: usize, row: usize, sign: v128): v128 {
  const sum = v128.add<T>(v128.load(m), v128.xor(sign, v128.load(m + row)));
  return v128.add<T>(sum, v128.xor(sign, v128.load(m + 2 * row)));
}

/**
 * Two pixels of a tile: rows 0, 1, 2 of M at `m` added, or (`lower`) row 1 less rows 2 and 3, then the columns. Panels of
 * M lie `panel` bytes apart; `bias` 0 or a vector for each.
 */
export function outputRow<T>(
  lower: bool,
  vectors: i32,
  m: usize,
  plane: usize,
  panel: usize,
  bias: usize,
  relu: bool,
  left: usize,
  right: usize,
): void {
  const sign = signs<T>(lower);
  const row: usize = 4 * plane;
  const zero = v128.splat<T>(0);
  if (lower) m += row;
  for (let v = 0; v < vectors; v++, left += 16, right += 16) {
    const at = m + <usize>(v >> 2) * panel + (<usize>(v & 3) << 4);
    const s0 = three<T>(at, row, sign);
    const s1 = three<T>(at + plane, row, sign);
    const s2 = three<T>(at + 2 * plane, row, sign);
    const s3 = three<T>(at + 3 * plane, row, sign);
    let y0 = v128.add<T>(v128.add<T>(s0, s1), s2);
    let y1 = v128.sub<T>(v128.sub<T>(s1, s2), s3);
    if (bias) {
      const b = v128.load(bias + (<usize>v << 4));
      y0 = v128.add<T>(y0, b);
      y1 = v128.add<T>(y1, b);
    }
    // pmax(x, 0) is x < 0 ? 0 : x, which keeps NaN.
    if (relu) {
      y0 = v128.pmax<T>(y0, zero);
      y1 = v128.pmax<T>(y1, zero);
    }
    v128.store(left, y0);
    v128.store(right, y1);
  }
}

// @ts-ignore: decorator
@inline
function cotangentRow<T>(a: v128, b: v128, out: usize, plane: usize): void {
  v128.store(out, a);
  v128.store(out + plane, v128.add<T>(a, b));
  v128.store(out + 2 * plane, v128.sub<T>(a, b));
  v128.store(out + 3 * plane, b);
}

/** A g Aᵀ of the four pixels of a tile, into panels `panel` bytes apart. */
export function cotangentTile<T>(
  vectors: i32,
  g00: usize,
  g01: usize,
  g10: usize,
  g11: usize,
  out: usize,
  plane: usize,
  panel: usize,
): void {
  for (let v = 0, o: usize = 0; v < vectors; v++, o += 16) {
    const at = out + <usize>(v >> 2) * panel + (<usize>(v & 3) << 4);
    const a = v128.load(g00 + o);
    const b = v128.load(g01 + o);
    const c = v128.load(g10 + o);
    const d = v128.load(g11 + o);
    cotangentRow<T>(a, b, at, plane);
    cotangentRow<T>(v128.add<T>(a, c), v128.add<T>(b, d), at + 4 * plane, plane);
    cotangentRow<T>(v128.sub<T>(a, c), v128.sub<T>(b, d), at + 8 * plane, plane);
    cotangentRow<T>(c, d, at + 12 * plane, plane);
  }
}

/** Along one axis of kernels: of three numbers `step` bytes apart, the four of G g, `toStep` bytes apart. */
export function spread<T>(bytes: usize, from: usize, step: usize, to: usize, toStep: usize): void {
  const half = v128.splat<T>(<T>0.5);
  for (const end = from + bytes; from != end; from += 16, to += 16) {
    const a = v128.load(from);
    const c = v128.load(from + 2 * step);
    const middle = v128.mul<T>(half, v128.load(from + step));
    const ends = v128.mul<T>(half, v128.add<T>(a, c));
    v128.store(to, a);
    v128.store(to + toStep, v128.add<T>(ends, middle));
    v128.store(to + 2 * toStep, v128.sub<T>(ends, middle));
    v128.store(to + 3 * toStep, c);
  }
}

/** The adjoint: of four numbers the three of Gᵀ s; `to` may be `from` with the same step. */
export function gather<T>(bytes: usize, from: usize, step: usize, to: usize, toStep: usize): void {
  const half = v128.splat<T>(<T>0.5);
  for (const end = from + bytes; from != end; from += 16, to += 16) {
    const a = v128.load(from);
    const b = v128.mul<T>(half, v128.load(from + step));
    const c = v128.mul<T>(half, v128.load(from + 2 * step));
    const d = v128.load(from + 3 * step);
    const sum = v128.add<T>(b, c);
    v128.store(to, v128.add<T>(a, sum));
    v128.store(to + toStep, v128.sub<T>(b, c));
    v128.store(to + 2 * toStep, v128.sub<T>(sum, d));
  }
}
