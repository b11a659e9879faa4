/**
 * c = a ⋚ b with NumPy broadcasting, f32, f64 and i32 in, uint8 (0 or 1) out: eq, ne, lt, le, gt, ge.
 *
 * Forms: `seq(ndim, dims, strideA, strideB, a, b, c)` broadcasts (see `broadcast.ts`); `seqs(n, a, s, c)` compares with a
 * scalar on the right. c does not overlap an operand. No work space. NaN is unequal to everything, −0 equals 0.
 */
import { walk } from "./broadcast";
import { wholeBytes } from "./tail";

const EQ = 0;
const NE = 1;
const LT = 2;
const LE = 3;

// @ts-ignore: decorator
@inline
function apply<T>(op: i32, a: v128, b: v128): v128 {
  if (op == EQ) return v128.eq<T>(a, b);
  if (op == NE) return v128.ne<T>(a, b);
  if (op == LT) return v128.lt<T>(a, b);
  return v128.le<T>(a, b);
}

/** The low byte of each lane's mask as 0 or 1, gathered in the lowest bytes. */
// @ts-ignore: decorator
@inline
function toBytes<T>(mask: v128): v128 {
  const bytes =
    sizeof<T>() == 4
      ? v128.shuffle<i8>(mask, mask, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12)
      : v128.shuffle<i8>(mask, mask, 0, 8, 0, 8, 0, 8, 0, 8, 0, 8, 0, 8, 0, 8, 0, 8);
  return v128.and(bytes, v128.splat<i8>(1));
}

/** As `row` of `rows.ts`; one loop serves the three contiguous cases: a comparison is cheap beside its narrowing. */
// @ts-ignore: decorator
@inline
function row<T>(op: i32, n: i32, sa: i32, sb: i32, a: usize, b: usize, va: v128, vb: v128, c: usize): void {
  const end = c + n;
  if (<u32>sa <= 1 && <u32>sb <= 1) {
    const endVectors = c + wholeBytes<T>(n) / sizeof<T>();
    while (c != endVectors) {
      if (sa) va = v128.load(a);
      if (sb) vb = v128.load(b);
      const bytes = toBytes<T>(apply<T>(op, va, vb));
      if (sizeof<T>() == 4) v128.store32_lane(c, bytes, 0);
      else v128.store16_lane(c, bytes, 0);
      a += (<usize>sa) << 4;
      b += (<usize>sb) << 4;
      c += 16 / sizeof<T>();
    }
  }
  while (c != end) {
    if (sa) va = v128.load_splat<T>(a);
    if (sb) vb = v128.load_splat<T>(b);
    v128.store8_lane(c, toBytes<T>(apply<T>(op, va, vb)), 0);
    a += <usize>sa * sizeof<T>();
    b += <usize>sb * sizeof<T>();
    c++;
  }
}

function seqRow(n: i32, sa: i32, sb: i32, a: usize, b: usize, va: v128, vb: v128, c: usize): void {
  row<f32>(EQ, n, sa, sb, a, b, va, vb, c);
}

function deqRow(n: i32, sa: i32, sb: i32, a: usize, b: usize, va: v128, vb: v128, c: usize): void {
  row<f64>(EQ, n, sa, sb, a, b, va, vb, c);
}

function ieqRow(n: i32, sa: i32, sb: i32, a: usize, b: usize, va: v128, vb: v128, c: usize): void {
  row<i32>(EQ, n, sa, sb, a, b, va, vb, c);
}

function sneRow(n: i32, sa: i32, sb: i32, a: usize, b: usize, va: v128, vb: v128, c: usize): void {
  row<f32>(NE, n, sa, sb, a, b, va, vb, c);
}

function dneRow(n: i32, sa: i32, sb: i32, a: usize, b: usize, va: v128, vb: v128, c: usize): void {
  row<f64>(NE, n, sa, sb, a, b, va, vb, c);
}

function ineRow(n: i32, sa: i32, sb: i32, a: usize, b: usize, va: v128, vb: v128, c: usize): void {
  row<i32>(NE, n, sa, sb, a, b, va, vb, c);
}

function sltRow(n: i32, sa: i32, sb: i32, a: usize, b: usize, va: v128, vb: v128, c: usize): void {
  row<f32>(LT, n, sa, sb, a, b, va, vb, c);
}

function dltRow(n: i32, sa: i32, sb: i32, a: usize, b: usize, va: v128, vb: v128, c: usize): void {
  row<f64>(LT, n, sa, sb, a, b, va, vb, c);
}

function iltRow(n: i32, sa: i32, sb: i32, a: usize, b: usize, va: v128, vb: v128, c: usize): void {
  row<i32>(LT, n, sa, sb, a, b, va, vb, c);
}

function sleRow(n: i32, sa: i32, sb: i32, a: usize, b: usize, va: v128, vb: v128, c: usize): void {
  row<f32>(LE, n, sa, sb, a, b, va, vb, c);
}

function dleRow(n: i32, sa: i32, sb: i32, a: usize, b: usize, va: v128, vb: v128, c: usize): void {
  row<f64>(LE, n, sa, sb, a, b, va, vb, c);
}

function ileRow(n: i32, sa: i32, sb: i32, a: usize, b: usize, va: v128, vb: v128, c: usize): void {
  row<i32>(LE, n, sa, sb, a, b, va, vb, c);
}

// a > b and a ≥ b are b < a and b ≤ a.

export function seq(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(seqRow, 4, 1, ndim, dims, strideA, strideB, a, b, c);
}
export function seqs(n: i32, a: usize, s: f32, c: usize): void {
  seqRow(n, 1, 0, a, 0, v128.splat<f32>(s), v128.splat<f32>(s), c);
}

export function deq(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(deqRow, 8, 1, ndim, dims, strideA, strideB, a, b, c);
}
export function deqs(n: i32, a: usize, s: f64, c: usize): void {
  deqRow(n, 1, 0, a, 0, v128.splat<f64>(s), v128.splat<f64>(s), c);
}

export function ieq(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(ieqRow, 4, 1, ndim, dims, strideA, strideB, a, b, c);
}
export function ieqs(n: i32, a: usize, s: i32, c: usize): void {
  ieqRow(n, 1, 0, a, 0, v128.splat<i32>(s), v128.splat<i32>(s), c);
}

export function sne(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(sneRow, 4, 1, ndim, dims, strideA, strideB, a, b, c);
}
export function snes(n: i32, a: usize, s: f32, c: usize): void {
  sneRow(n, 1, 0, a, 0, v128.splat<f32>(s), v128.splat<f32>(s), c);
}

export function dne(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(dneRow, 8, 1, ndim, dims, strideA, strideB, a, b, c);
}
export function dnes(n: i32, a: usize, s: f64, c: usize): void {
  dneRow(n, 1, 0, a, 0, v128.splat<f64>(s), v128.splat<f64>(s), c);
}

export function ine(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(ineRow, 4, 1, ndim, dims, strideA, strideB, a, b, c);
}
export function ines(n: i32, a: usize, s: i32, c: usize): void {
  ineRow(n, 1, 0, a, 0, v128.splat<i32>(s), v128.splat<i32>(s), c);
}

export function slt(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(sltRow, 4, 1, ndim, dims, strideA, strideB, a, b, c);
}
export function slts(n: i32, a: usize, s: f32, c: usize): void {
  sltRow(n, 1, 0, a, 0, v128.splat<f32>(s), v128.splat<f32>(s), c);
}

export function dlt(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(dltRow, 8, 1, ndim, dims, strideA, strideB, a, b, c);
}
export function dlts(n: i32, a: usize, s: f64, c: usize): void {
  dltRow(n, 1, 0, a, 0, v128.splat<f64>(s), v128.splat<f64>(s), c);
}

export function ilt(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(iltRow, 4, 1, ndim, dims, strideA, strideB, a, b, c);
}
export function ilts(n: i32, a: usize, s: i32, c: usize): void {
  iltRow(n, 1, 0, a, 0, v128.splat<i32>(s), v128.splat<i32>(s), c);
}

export function sle(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(sleRow, 4, 1, ndim, dims, strideA, strideB, a, b, c);
}
export function sles(n: i32, a: usize, s: f32, c: usize): void {
  sleRow(n, 1, 0, a, 0, v128.splat<f32>(s), v128.splat<f32>(s), c);
}

export function dle(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(dleRow, 8, 1, ndim, dims, strideA, strideB, a, b, c);
}
export function dles(n: i32, a: usize, s: f64, c: usize): void {
  dleRow(n, 1, 0, a, 0, v128.splat<f64>(s), v128.splat<f64>(s), c);
}

export function ile(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(ileRow, 4, 1, ndim, dims, strideA, strideB, a, b, c);
}
export function iles(n: i32, a: usize, s: i32, c: usize): void {
  ileRow(n, 1, 0, a, 0, v128.splat<i32>(s), v128.splat<i32>(s), c);
}

export function sgt(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(sltRow, 4, 1, ndim, dims, strideB, strideA, b, a, c);
}
export function sgts(n: i32, a: usize, s: f32, c: usize): void {
  sltRow(n, 0, 1, 0, a, v128.splat<f32>(s), v128.splat<f32>(s), c);
}

export function dgt(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(dltRow, 8, 1, ndim, dims, strideB, strideA, b, a, c);
}
export function dgts(n: i32, a: usize, s: f64, c: usize): void {
  dltRow(n, 0, 1, 0, a, v128.splat<f64>(s), v128.splat<f64>(s), c);
}

export function igt(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(iltRow, 4, 1, ndim, dims, strideB, strideA, b, a, c);
}
export function igts(n: i32, a: usize, s: i32, c: usize): void {
  iltRow(n, 0, 1, 0, a, v128.splat<i32>(s), v128.splat<i32>(s), c);
}

export function sge(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(sleRow, 4, 1, ndim, dims, strideB, strideA, b, a, c);
}
export function sges(n: i32, a: usize, s: f32, c: usize): void {
  sleRow(n, 0, 1, 0, a, v128.splat<f32>(s), v128.splat<f32>(s), c);
}

export function dge(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(dleRow, 8, 1, ndim, dims, strideB, strideA, b, a, c);
}
export function dges(n: i32, a: usize, s: f64, c: usize): void {
  dleRow(n, 0, 1, 0, a, v128.splat<f64>(s), v128.splat<f64>(s), c);
}

export function ige(ndim: i32, dims: usize, strideA: usize, strideB: usize, a: usize, b: usize, c: usize): void {
  walk(ileRow, 4, 1, ndim, dims, strideB, strideA, b, a, c);
}
export function iges(n: i32, a: usize, s: i32, c: usize): void {
  ileRow(n, 0, 1, 0, a, v128.splat<i32>(s), v128.splat<i32>(s), c);
}
