/**
 * The elementary functions over arrays: y_i = f(x_i), n elements; y may be x, but not overlap it otherwise. Every
 * element on its own; a tail goes through the same vector code, so the bits do not depend on n, place or alignment.
 * Formula, special values and accuracy: in the file of each function.
 */
import { at, lanes, loadPartial, storePartial } from "../simd";
import { verf } from "./erf";
import { vexp } from "./exp";
import { vexpm1 } from "./expm1";
import { vlog } from "./log";
import { vlog1p } from "./log1p";
import { vpow } from "./pow";
import { vsigmoid } from "./sigmoid";
import { vtanh } from "./tanh";
import { vtrig } from "./trig-core";

const EXP = 0;
const EXPM1 = 1;
const TANH = 2;
const SIGMOID = 3;
const LOG = 4;
const LOG1P = 5;
const ERF = 6;
const TRIG = 7;

/** `op` is a literal; `selector` chooses sin (0) or cos (1) at run time: one loop for both. */
// @ts-ignore: decorator
@inline
function apply<T>(op: i32, x: v128, selector: i32): v128 {
  if (op == EXP) return vexp<T>(x);
  if (op == EXPM1) return vexpm1<T>(x);
  if (op == TANH) return vtanh<T>(x);
  if (op == SIGMOID) return vsigmoid<T>(x);
  if (op == LOG) return vlog<T>(x);
  if (op == LOG1P) return vlog1p<T>(x);
  if (op == ERF) return verf<T>(x);
  return vtrig<T>(x, selector);
}

/** Elements of n that fill whole vectors. */
// @ts-ignore: decorator
@inline
function whole<T>(n: i32): i32 {
  return n & -lanes<T>();
}

/**
 * One copy of the function serves whole vectors and the tail, which is read ahead; the only branches in the loop are
 * around one load and the way out, which is what keeps it fast (a partial load and store inside cost 30 %).
 */
// @ts-ignore: decorator
@inline
function map<T>(op: i32, n: i32, x: usize, y: usize, selector: i32 = 0): void {
  const rest = n - whole<T>(n);
  const end = at<T>(x, n - rest);
  const tail = loadPartial<T>(end, rest, <T>1);
  const shift = y - x;
  for (;;) {
    let v = tail;
    if (x != end) v = v128.load(x);
    const result = apply<T>(op, v, selector);
    if (x == end) {
      storePartial<T>(x + shift, result, rest);
      return;
    }
    v128.store(x + shift, result);
    x += 16;
  }
}

function trig<T>(n: i32, x: usize, y: usize, selector: i32): void {
  map<T>(TRIG, n, x, y, selector);
}

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

export function sexp(n: i32, x: usize, y: usize): void {
  map<f32>(EXP, n, x, y);
}

export function dexp(n: i32, x: usize, y: usize): void {
  map<f64>(EXP, n, x, y);
}

export function sexpm1(n: i32, x: usize, y: usize): void {
  map<f32>(EXPM1, n, x, y);
}

export function dexpm1(n: i32, x: usize, y: usize): void {
  map<f64>(EXPM1, n, x, y);
}

export function stanh(n: i32, x: usize, y: usize): void {
  map<f32>(TANH, n, x, y);
}

export function dtanh(n: i32, x: usize, y: usize): void {
  map<f64>(TANH, n, x, y);
}

export function ssigmoid(n: i32, x: usize, y: usize): void {
  map<f32>(SIGMOID, n, x, y);
}

export function dsigmoid(n: i32, x: usize, y: usize): void {
  map<f64>(SIGMOID, n, x, y);
}

export function slog(n: i32, x: usize, y: usize): void {
  map<f32>(LOG, n, x, y);
}

export function dlog(n: i32, x: usize, y: usize): void {
  map<f64>(LOG, n, x, y);
}

export function slog1p(n: i32, x: usize, y: usize): void {
  map<f32>(LOG1P, n, x, y);
}

export function dlog1p(n: i32, x: usize, y: usize): void {
  map<f64>(LOG1P, n, x, y);
}

export function serf(n: i32, x: usize, y: usize): void {
  map<f32>(ERF, n, x, y);
}

export function derf(n: i32, x: usize, y: usize): void {
  map<f64>(ERF, n, x, y);
}

export function ssin(n: i32, x: usize, y: usize): void {
  trig<f32>(n, x, y, 0);
}

export function dsin(n: i32, x: usize, y: usize): void {
  trig<f64>(n, x, y, 0);
}

export function scos(n: i32, x: usize, y: usize): void {
  trig<f32>(n, x, y, 1);
}

export function dcos(n: i32, x: usize, y: usize): void {
  trig<f64>(n, x, y, 1);
}

/** z_i = x_i ^ y_i; z may be x or y. */
export function spow(n: i32, x: usize, y: usize, z: usize): void {
  pow<f32>(n, x, y, z);
}

/** z_i = x_i ^ y_i; z may be x or y. */
export function dpow(n: i32, x: usize, y: usize, z: usize): void {
  pow<f64>(n, x, y, z);
}
