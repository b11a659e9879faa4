/** Shapes, naive products and a runner with guard bands for the convolution tests. */
import assert from "node:assert/strict";
import { type Dtype, kernels } from "./nn-support.js";

type Floats = Float32Array | Float64Array;

/** The fields of the descriptor, in its order. */
const fields = "n h w c o kh kw sh sw pt pb pl pr dh dw groups oh ow".split(" ") as (keyof Shape)[];
export interface Shape {
  n: number;
  h: number;
  w: number;
  c: number;
  o: number;
  kh: number;
  kw: number;
  sh: number;
  sw: number;
  pt: number;
  pb: number;
  pl: number;
  pr: number;
  dh: number;
  dw: number;
  groups: number;
  oh: number;
  ow: number;
}

export function shape(given: Partial<Shape>): Shape {
  const s = {
    n: 1,
    h: 5,
    w: 5,
    c: 1,
    o: 1,
    kh: 3,
    kw: 3,
    sh: 1,
    sw: 1,
    pt: 0,
    pb: 0,
    pl: 0,
    pr: 0,
    dh: 1,
    dw: 1,
    groups: 1,
    oh: 0,
    ow: 0,
    ...given,
  };
  s.oh = Math.floor((s.h + s.pt + s.pb - (s.kh - 1) * s.dh - 1) / s.sh) + 1;
  s.ow = Math.floor((s.w + s.pl + s.pr - (s.kw - 1) * s.dw - 1) / s.sw) + 1;
  return s;
}

export const sizes = (s: Shape) => ({
  x: s.n * s.h * s.w * s.c,
  w: (s.o * s.kh * s.kw * s.c) / s.groups,
  y: s.n * s.oh * s.ow * s.o,
});

/** Visits every product of the convolution: (index in y, in x, in w). */
export function products(s: Shape, visit: (y: number, x: number, w: number) => void): void {
  const cg = s.c / s.groups;
  const og = s.o / s.groups;
  for (let n = 0; n < s.n; n++)
    for (let p = 0; p < s.oh; p++)
      for (let q = 0; q < s.ow; q++)
        for (let o = 0; o < s.o; o++)
          for (let i = 0; i < s.kh; i++)
            for (let j = 0; j < s.kw; j++) {
              const h = p * s.sh + i * s.dh - s.pt;
              const w = q * s.sw + j * s.dw - s.pl;
              if (h < 0 || h >= s.h || w < 0 || w >= s.w) continue;
              for (let c = 0; c < cg; c++) {
                const at = ((n * s.h + h) * s.w + w) * s.c + Math.floor(o / og) * cg + c;
                visit(((n * s.oh + p) * s.ow + q) * s.o + o, at, ((o * s.kh + i) * s.kw + j) * cg + c);
              }
            }
}

const GUARD = 64;
const CANARY = 12345;

/** Runs the kernels on one shape, with guard bands round outputs and work space. */
export class Bench {
  readonly bytes: number;
  readonly dtype: Dtype;
  readonly s: Shape;
  constructor(dtype: Dtype, s: Shape, base = 0) {
    kernels.reset();
    kernels.alloc(base);
    this.dtype = dtype;
    this.s = s;
    this.bytes = dtype === "s" ? 4 : 8;
  }
  view(ptr: number, n: number): Floats {
    return this.dtype === "s" ? kernels.f32(ptr, n) : kernels.f64(ptr, n);
  }
  put(values: ArrayLike<number>): number {
    const ptr = kernels.alloc(values.length * this.bytes, this.bytes);
    this.view(ptr, values.length).set(values);
    return ptr;
  }
  run(n: number, kind: number, call: (desc: number, out: number, work: number) => void): Float64Array {
    const desc = kernels.alloc(72);
    kernels.i32(desc, 18).set(fields.map((name) => this.s[name]));
    const out = kernels.alloc((n + 2 * GUARD) * this.bytes);
    this.view(out, n + 2 * GUARD).fill(CANARY);
    const workBytes = kernels.k[`${this.dtype}conv2d_work`](desc, kind) >>> 0;
    const work = kernels.alloc(workBytes + 256);
    new Uint8Array(kernels.memory.buffer, work, workBytes + 256).fill(0xa5);
    call(desc, out + GUARD * this.bytes, work);
    const all = this.view(out, n + 2 * GUARD);
    for (let i = 0; i < GUARD; i++) assert.ok(all[i] === CANARY && all[n + GUARD + i] === CANARY, "wrote outside");
    const tail = new Uint8Array(kernels.memory.buffer, work + workBytes, 256);
    assert.ok(
      tail.every((byte) => byte === 0xa5),
      "wrote outside the work space",
    );
    return Float64Array.from(all.subarray(GUARD, GUARD + n));
  }
  forward(x: ArrayLike<number>, w: ArrayLike<number>, bias?: ArrayLike<number>, relu = 0): Float64Array {
    const [px, pw, pb] = [this.put(x), this.put(w), bias ? this.put(bias) : 0];
    return this.run(sizes(this.s).y, 0, (d, y, work) => kernels.k[`${this.dtype}conv2d`](d, px, pw, pb, relu, y, work));
  }
  wgrad(x: ArrayLike<number>, dy: ArrayLike<number>): { dw: Float64Array; dbias: Float64Array } {
    const [px, pdy] = [this.put(x), this.put(dy)];
    const pb = kernels.alloc(this.s.o * this.bytes);
    const dw = this.run(sizes(this.s).w, 1, (d, out, work) =>
      kernels.k[`${this.dtype}conv2d_wgrad`](d, px, pdy, out, pb, work),
    );
    return { dw, dbias: Float64Array.from(this.view(pb, this.s.o)) };
  }
  igrad(dy: ArrayLike<number>, w: ArrayLike<number>): Float64Array {
    const [pdy, pw] = [this.put(dy), this.put(w)];
    return this.run(sizes(this.s).x, 2, (d, dx, work) => kernels.k[`${this.dtype}conv2d_igrad`](d, pdy, pw, dx, work));
  }
}
