import { at, lanes, VECTOR_BYTES } from "../../simd";
import { powerOfTwo, safeMin, unitRoundoff } from "../scalar";
import { laneAt, RECORD } from "./layout";
import { rotate } from "./rotate";

const DIAGONAL: usize = 32;
const COUPLING: usize = 48;
const SIGN: usize = 64;

/** Scratch: each lane's first and last index, integers as wide as T. */
const FIRST: usize = 0;
const LAST: usize = 16;
const SCRATCH: usize = 32;

/** i in every lane, an integer as wide as T. */
// @ts-ignore: decorator
@inline
function splatIndex<T>(i: i32): v128 {
  return sizeof<T>() == 4 ? i32x4.splat(i) : i64x2.splat(<i64>i);
}

// @ts-ignore: decorator
@inline
function sameIndex<T>(a: v128, b: v128): v128 {
  return sizeof<T>() == 4 ? i32x4.eq(a, b) : i64x2.eq(a, b);
}

// @ts-ignore: decorator
@inline
function higherIndex<T>(a: v128, b: v128): v128 {
  return sizeof<T>() == 4 ? i32x4.gt_s(a, b) : i64x2.gt_s(a, b);
}

// @ts-ignore: decorator
@inline
function allTrue<T>(mask: v128): bool {
  return sizeof<T>() == 4 ? v128.all_true<i32>(mask) : v128.all_true<i64>(mask);
}

// @ts-ignore: decorator
@inline
function firstOf<T>(scratch: usize, j: i32): i32 {
  return load<i32>(at<T>(scratch + FIRST, j));
}

// @ts-ignore: decorator
@inline
function lastOf<T>(scratch: usize, j: i32): i32 {
  return load<i32>(at<T>(scratch + LAST, j));
}

export function steqlWork(n: i32): usize {
  return SCRATCH + <usize>n * RECORD;
}

/**
 * The first unreduced block l … m of each lane to `scratch` (l = n: none), and negligible couplings to 0; nothing below
 * index `low` is looked at.
 */
function findBlocks<T>(n: i32, low: i32, d: usize, ee: usize, scratch: usize): void {
  const limit = v128.splat<T>(unitRoundoff<T>() * unitRoundoff<T>());
  const least = v128.splat<T>(safeMin<T>());
  let first = splatIndex<T>(n);
  let last = first;
  let above = i32x4.splat(-1); // the coupling before this one was negligible
  let next = v128.load(d + <usize>(n - 1) * VECTOR_BYTES);
  for (let i = n - 2; i >= low; i--) {
    const place = <usize>i * VECTOR_BYTES;
    const here = v128.load(d + place);
    const square = v128.load(ee + place);
    const size = v128.abs<T>(v128.mul<T>(here, next));
    const negligible = v128.le<T>(square, v128.add<T>(v128.mul<T>(limit, size), least));
    v128.store(ee + place, v128.andnot(square, negligible));
    last = v128.bitselect(splatIndex<T>(i + 1), last, v128.andnot(above, negligible));
    first = v128.bitselect(first, splatIndex<T>(i), negligible);
    above = negligible;
    next = here;
  }
  v128.store(scratch + FIRST, first);
  v128.store(scratch + LAST, last);
}

/** In each lane the element of its first index. */
// @ts-ignore: decorator
@inline
function gather<T>(base: usize, scratch: usize): v128 {
  let v = v128.load_splat<T>(laneAt<T>(base, firstOf<T>(scratch, 0), 0));
  v = v128.replace_lane<T>(v, 1, load<T>(laneAt<T>(base, firstOf<T>(scratch, 1), 1)));
  if (lanes<T>() == 4) {
    v = v128.replace_lane<T>(v, 2, load<T>(laneAt<T>(base, firstOf<T>(scratch, 2), 2)));
    v = v128.replace_lane<T>(v, 3, load<T>(laneAt<T>(base, firstOf<T>(scratch, 3), 3)));
  }
  return v;
}

/** Wilkinson's shift of each lane's block: d_l − e²/(δ ± √(δ² + e²)), δ = ½(d_{l+1} − d_l). */
// @ts-ignore: decorator
@inline
function shifts<T>(alone: bool, d: usize, ee: usize, scratch: usize): v128 {
  let dl: v128;
  let dn: v128;
  let square: v128;
  if (alone) {
    const place = <usize>firstOf<T>(scratch, 0) * VECTOR_BYTES;
    dl = v128.load(d + place);
    dn = v128.load(d + place, 16);
    square = v128.load(ee + place);
  } else {
    dl = gather<T>(d, scratch);
    dn = gather<T>(d + VECTOR_BYTES, scratch);
    square = gather<T>(ee, scratch);
  }
  const delta = v128.mul<T>(v128.splat<T>(0.5), v128.sub<T>(dn, dl));
  const root = v128.sqrt<T>(v128.add<T>(v128.mul<T>(delta, delta), square));
  const signed = v128.bitselect(delta, root, v128.splat<T>(-0.0));
  return v128.sub<T>(dl, v128.div<T>(square, v128.add<T>(delta, signed)));
}

/** The highest index below i where a lane starts or has ended; at least low − 1. */
function nextEvent<T>(i: i32, low: i32, scratch: usize): i32 {
  let next = low - 1;
  for (let j = 0; j < lanes<T>(); j++) {
    const start = lastOf<T>(scratch, j) - 1;
    const end = firstOf<T>(scratch, j) - 1;
    if (start < i) next = max<i32>(next, start);
    if (end < i) next = max<i32>(next, end);
  }
  return next;
}

/**
 * One implicit QL sweep in every lane, from its last index to its first, in step: below and above its block a lane
 * keeps its d and ee (`alone`: all lanes are the same). Record i of `records` holds the rotation of rows i+1 and i.
 *
 * The recurrence is Pal, Walker and Kahan's (LAPACK's dsterf): C = p/r, S = e²/r, r = p + e², γ ← C·(α − σ) − S·γ,
 * p ← γ²/C. Here t = (α − σ) − (e²/p)·γ, γ ← C·t, p ← γ·t: both divisions start at once, and one, two products and two
 * sums are the critical path. Where C is 0 or next to it, the first form of γ, and p ← (C before)·e². The rotations
 * follow beside it: c = ±√C, s = √S, where c has the sign of γ·(c before).
 */
function sweep<T>(vectors: bool, alone: bool, low: i32, top: i32, d: usize, ee: usize, scratch: usize, records: usize): void {
  const first = v128.load(scratch + FIRST);
  const last = v128.load(scratch + LAST);
  const shift = shifts<T>(alone, d, ee, scratch);
  const one = v128.splat<T>(1);
  const signBit = v128.splat<T>(-0.0);
  const smallest = v128.splat<T>(sizeof<T>() == 4 ? powerOfTwo<T>(-100) : powerOfTwo<T>(-900));
  let gamma = one;
  let p = one;
  let c = one;
  let s = one;
  let sign = one;
  let cosine = one;
  for (let i = top - 1; i >= low; ) {
    const start = sameIndex<T>(last, splatIndex<T>(i + 1));
    const active = v128.andnot(higherIndex<T>(last, splatIndex<T>(i)), higherIndex<T>(first, splatIndex<T>(i)));
    let place = <usize>i * VECTOR_BYTES;
    let kept = v128.load(d + place, 16);
    let keptSquare = v128.load(ee + place, 16);
    const begin = v128.sub<T>(kept, shift);
    gamma = v128.bitselect(begin, gamma, start);
    sign = v128.bitselect(begin, sign, start);
    p = v128.bitselect(v128.mul<T>(begin, begin), p, start);
    c = v128.bitselect(one, c, start);
    cosine = v128.bitselect(one, cosine, start);
    s = v128.andnot(s, start);
    const end = alone ? low - 1 : nextEvent<T>(i, low, scratch);
    let record = records + <usize>i * RECORD;
    for (; i > end; i--) {
      const square = v128.load(ee + place);
      const alpha = v128.load(d + place);
      const r = v128.add<T>(p, square);
      v128.store(ee + place, v128.bitselect(v128.mul<T>(s, r), keptSquare, active), 16);
      const scale = v128.div<T>(one, r);
      const before = c;
      c = v128.mul<T>(p, scale);
      s = v128.mul<T>(square, scale);
      const old = gamma;
      const away = v128.sub<T>(alpha, shift);
      const t = v128.sub<T>(away, v128.mul<T>(v128.div<T>(square, p), old));
      gamma = v128.mul<T>(c, t);
      p = v128.mul<T>(gamma, t);
      const regular = v128.gt<T>(c, smallest);
      const odd = !allTrue<T>(regular);
      if (odd) {
        gamma = v128.bitselect(gamma, v128.sub<T>(v128.mul<T>(c, away), v128.mul<T>(s, old)), regular);
        p = v128.bitselect(p, v128.mul<T>(before, square), regular);
      }
      if (vectors) {
        const turned = v128.neg<T>(cosine);
        cosine = v128.bitselect(sign, v128.sqrt<T>(c), signBit);
        sign = v128.mul<T>(gamma, cosine);
        if (odd) sign = v128.bitselect(sign, turned, regular);
        v128.store(record, cosine);
        v128.store(record, v128.sqrt<T>(s), 16);
        v128.store(record, sign, SIGN);
      }
      v128.store(d + place, v128.bitselect(v128.add<T>(old, v128.sub<T>(alpha, gamma)), kept, active), 16);
      v128.store(record, v128.add<T>(shift, gamma), DIAGONAL);
      v128.store(record, v128.mul<T>(s, p), COUPLING);
      kept = alpha;
      keptSquare = square;
      place -= VECTOR_BYTES;
      record -= RECORD;
    }
  }
}

/**
 * Eigenvalues of one symmetric tridiagonal matrix a lane, left unsorted in d (n + 2 vectors); ee (n + 1 vectors) holds
 * the squares of the couplings and is destroyed. For lane j < used, rows[j], 16 bytes, holds the address of the row of
 * Zᵀ (0: no vectors) that belongs to index 0 and the bytes from there to that of index 1: the rotations are applied to
 * these rows, `columns` vectors wide. used = 1: one matrix, the same in every lane.
 *
 * Each turn finds every lane's first unreduced block and runs one sweep with its shift; a lane without such a block
 * rests. At most `cap`·n sweeps a lane. Returns 1 if some lane still has couplings (they are not 0 in ee then). Nothing
 * in a lane depends on its neighbours. Work: steqlWork.
 */
export function steql<T>(
  n: i32,
  d: usize,
  ee: usize,
  used: i32,
  rows: usize,
  columns: i32,
  cap: i32,
  work: usize,
): i32 {
  const records = work + SCRATCH;
  const alone = used == 1;
  const count = alone ? 1 : lanes<T>();
  let low = 0;
  let budget = cap * n;
  while (true) {
    findBlocks<T>(n, low, d, ee, work);
    low = n;
    let top = 0;
    for (let j = 0; j < count; j++) {
      const first = firstOf<T>(work, j);
      low = min<i32>(low, first);
      if (first < n) top = max<i32>(top, lastOf<T>(work, j));
    }
    if (low == n) return 0;
    if (budget-- == 0) return 1;
    sweep<T>(load<usize>(rows) != 0, alone, low, top, d, ee, work, records);
    for (let j = 0; j < count; j++) {
      const first = firstOf<T>(work, j);
      if (first == n) continue;
      const record = records + <usize>first * RECORD + <usize>j * sizeof<T>();
      if (alone) {
        v128.store(d + <usize>first * VECTOR_BYTES, v128.load(record, DIAGONAL));
        v128.store(ee + <usize>first * VECTOR_BYTES, v128.load(record, COUPLING));
      } else {
        store<T>(laneAt<T>(d, first, j), load<T>(record, DIAGONAL));
        store<T>(laneAt<T>(ee, first, j), load<T>(record, COUPLING));
      }
      const row = j < used ? load<usize>(rows + <usize>j * 16) : 0;
      if (row == 0) continue;
      const last = lastOf<T>(work, j);
      const step = load<usize>(rows + <usize>j * 16, 8);
      const rot = records + <usize>(last - 1) * RECORD + <usize>j * sizeof<T>();
      const sign = copysign<T>(1, load<T>(record, SIGN));
      rotate<T>(columns, row + <usize>last * step, <usize>0 - step, rot, last - first, sign);
    }
  }
}
