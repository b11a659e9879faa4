/**
 * The elementary functions over arrays: y_i = f(x_i), n elements; y may be x, but not overlap it otherwise. Every
 * element on its own; a tail goes through the same vector code, so the bits do not depend on n, place or alignment.
 * Formula, special values and accuracy: in the file of each function.
 */
import { at, lanes, loadPartial, storePartial } from "../simd";
import {
  erfDouble, erfSingle, expDouble, expm1Double, expm1Single, log1pDouble, log1pSingle, logDouble,
  logSingle, sigmoidDouble, sigmoidSingle, tanhDouble, tanhSingle,
  trigDouble, trigSingle,
} from "./calls";
import { vexp } from "./exp";
import { vpow } from "./pow";

const EXP = 0;
const EXPM1 = 1;
const TANH = 2;
const SIGMOID = 3;
const LOG = 4;
const LOG1P = 5;
const ERF = 6;
const SIN = 7;
const COS = 8;
const DOUBLE = 16;

/** The function `op` of four floats, or with DOUBLE of two doubles. */
// @ts-ignore: decorator
@inline
function apply(op: i32, x: v128): v128 {
  switch (op) {
    case EXP + DOUBLE:
      return expDouble(x);
    case EXPM1:
      return expm1Single(x);
    case EXPM1 + DOUBLE:
      return expm1Double(x);
    case TANH:
      return tanhSingle(x);
    case TANH + DOUBLE:
      return tanhDouble(x);
    case SIGMOID:
      return sigmoidSingle(x);
    case SIGMOID + DOUBLE:
      return sigmoidDouble(x);
    case LOG:
      return logSingle(x);
    case LOG + DOUBLE:
      return logDouble(x);
    case LOG1P:
      return log1pSingle(x);
    case LOG1P + DOUBLE:
      return log1pDouble(x);
    case ERF:
      return erfSingle(x);
    case ERF + DOUBLE:
      return erfDouble(x);
    case SIN:
      return trigSingle(x, 0);
    case SIN + DOUBLE:
      return trigDouble(x, 0);
    case COS:
      return trigSingle(x, 1);
    default:
      return trigDouble(x, 1);
  }
}

/** The loop under all of them; the tail, read ahead and filled up with ones, takes one turn more. */
function map(op: i32, ones: v128, bytes: usize, x: usize, y: usize): void {
  const shift = y - x;
  const end = x + (bytes & ~15);
  const rest = bytes & 15;
  let v = ones;
  if (rest > 0) v = v128.load32_lane(end, v, 0);
  if (rest > 4) v = v128.load32_lane(end, v, 1, 4);
  if (rest > 8) v = v128.load32_lane(end, v, 2, 8);
  const tail = v;
  for (;;) {
    v = tail;
    if (x != end) v = v128.load(x);
    v = apply(op, v);
    if (x == end) break;
    v128.store(x + shift, v);
    x += 16;
  }
  x += shift;
  if (rest > 0) v128.store32_lane(x, v, 0);
  if (rest > 4) v128.store32_lane(x, v, 1, 4);
  if (rest > 8) v128.store32_lane(x, v, 2, 8);
}

function singles(op: i32, n: i32, x: usize, y: usize): void {
  map(op, v128.splat<f32>(1), <usize>n << 2, x, y);
}

function doubles(op: i32, n: i32, x: usize, y: usize): void {
  map(op | DOUBLE, v128.splat<f64>(1), <usize>n << 3, x, y);
}

/** Elements of n that fill whole vectors. */
// @ts-ignore: decorator
@inline
function whole<T>(n: i32): i32 {
  return n & -lanes<T>();
}

/**
 * The tail is read ahead; the only branches in the loop are around one load and the way out, which is what keeps it fast (a
 * partial load and store inside cost 30 %).
 */
function pow<T>(n: i32, x: usize, y: usize, z: usize): void {
  const rest = n - whole<T>(n);
  const end = at<T>(x, n - rest);
  const toY = y - x;
  const toZ = z - x;
  const tail = loadPartial<T>(end, rest, <T>1);
  const exponents = loadPartial<T>(end + toY, rest, <T>1);
  for (;;) {
    let v = tail;
    let e = exponents;
    if (x != end) {
      v = v128.load(x);
      e = v128.load(x + toY);
    }
    const result = vpow<T>(v, e);
    if (x == end) {
      storePartial<T>(x + toZ, result, rest);
      return;
    }
    v128.store(x + toZ, result);
    x += 16;
  }
}

/** Inlined: short as it is, the call would be a third of its time, and softmax spends its time here. */
export function sexp(n: i32, x: usize, y: usize): void {
  const rest = n & 3;
  const end = at<f32>(x, n - rest);
  const tail = loadPartial<f32>(end, rest, 1);
  const shift = y - x;
  for (;;) {
    let v = tail;
    if (x != end) v = v128.load(x);
    v = vexp<f32>(v);
    if (x == end) {
      storePartial<f32>(x + shift, v, rest);
      return;
    }
    v128.store(x + shift, v);
    x += 16;
  }
}

export function dexp(n: i32, x: usize, y: usize): void {
  doubles(EXP, n, x, y);
}

export function sexpm1(n: i32, x: usize, y: usize): void {
  singles(EXPM1, n, x, y);
}

export function dexpm1(n: i32, x: usize, y: usize): void {
  doubles(EXPM1, n, x, y);
}

export function stanh(n: i32, x: usize, y: usize): void {
  singles(TANH, n, x, y);
}

export function dtanh(n: i32, x: usize, y: usize): void {
  doubles(TANH, n, x, y);
}

export function ssigmoid(n: i32, x: usize, y: usize): void {
  singles(SIGMOID, n, x, y);
}

export function dsigmoid(n: i32, x: usize, y: usize): void {
  doubles(SIGMOID, n, x, y);
}

export function slog(n: i32, x: usize, y: usize): void {
  singles(LOG, n, x, y);
}

export function dlog(n: i32, x: usize, y: usize): void {
  doubles(LOG, n, x, y);
}

export function slog1p(n: i32, x: usize, y: usize): void {
  singles(LOG1P, n, x, y);
}

export function dlog1p(n: i32, x: usize, y: usize): void {
  doubles(LOG1P, n, x, y);
}

export function serf(n: i32, x: usize, y: usize): void {
  singles(ERF, n, x, y);
}

export function derf(n: i32, x: usize, y: usize): void {
  doubles(ERF, n, x, y);
}

export function ssin(n: i32, x: usize, y: usize): void {
  singles(SIN, n, x, y);
}

export function dsin(n: i32, x: usize, y: usize): void {
  doubles(SIN, n, x, y);
}

export function scos(n: i32, x: usize, y: usize): void {
  singles(COS, n, x, y);
}

export function dcos(n: i32, x: usize, y: usize): void {
  doubles(COS, n, x, y);
}

/** z_i = x_i ^ y_i; z may be x or y. */
export function spow(n: i32, x: usize, y: usize, z: usize): void {
  pow<f32>(n, x, y, z);
}

/** z_i = x_i ^ y_i; z may be x or y. */
export function dpow(n: i32, x: usize, y: usize, z: usize): void {
  pow<f64>(n, x, y, z);
}
