import assert from "node:assert/strict";
import { distance, golden, goldenAvailable, goldenSkipNote } from "../support/golden.js";
import { rawKernels } from "../support/kernels.js";

const raw = rawKernels();
const { k } = raw;
type Letter = "s" | "d";
const array = { s: Float32Array, d: Float64Array } as const;
const read = (t: Letter, ptr: number, n: number) => (t === "s" ? raw.f32(ptr, n) : raw.f64(ptr, n));

/** One step of an optimizer by its name in the golden cases; `t` counts from 1. */
type Step = (t: number, n: number, p: number, g: number, states: number[]) => void;
function stepper(l: Letter, name: string, o: Record<string, any>): Step {
  const decay = o.weight_decay ?? 0;
  if (name.includes("sgd")) {
    return (t, n, p, g, [b]) =>
      k[`${l}sgd`](n, o.lr, o.momentum ?? 0, 0, +!!o.nesterov, decay, p, g, o.momentum ? b : 0, +(t === 1));
  }
  if (name.includes("adagrad")) return (_, n, p, g, [v]) => k[`${l}adagrad`](n, o.lr, o.eps, decay, p, g, v);
  if (name.includes("rmsprop")) {
    return (_, n, p, g, [v]) => k[`${l}rmsprop`](n, o.lr, o.alpha, o.eps, decay, 0, p, g, v, 0);
  }
  const [b1, b2] = o.betas;
  const decoupled = +name.includes("adamw");
  return (t, n, p, g, [m, v]) =>
    k[`${l}adam`](n, o.lr, b1, b2, o.eps, decay, decoupled, 1 - b1 ** t, Math.sqrt(1 - b2 ** t), p, g, m, v);
}

describe("optim: golden", function () {
  if (!goldenAvailable) return void it(goldenSkipNote);
  for (const c of golden("nn").filter((one) => one.meta.op === "optim")) {
    for (const l of ["s", "d"] as Letter[]) {
      const type = l === "s" ? "f32" : "f64";
      it(`${c.name} ${type}`, () => {
        raw.reset();
        const n = c.tensors.p0.data.length;
        const p = raw.put(array[l].from(c.tensors.p0.data));
        const states = [raw.put(new array[l](n)), raw.put(new array[l](n))];
        const step = stepper(l, c.name, c.meta);
        const params: number[] = [];
        for (let t = 1; t <= c.tensors.grads.shape[0]; t++) {
          const g = raw.put(array[l].from(c.tensors.grads.data.slice((t - 1) * n, t * n)));
          step(t, n, p, g, states);
          params.push(...read(l, p, n));
        }
        assert.ok(distance(params, c.tensors.params.data) <= c.meta.tol.params[type]);
      });
    }
  }
});

const optimizers: [string, Record<string, any>][] = [
  ["sgd", { lr: 0.1 }],
  ["sgd-momentum", { lr: 0.1, momentum: 0.9, nesterov: true, weight_decay: 0.1 }],
  ["adam", { lr: 0.1, betas: [0.9, 0.999], eps: 1e-8, weight_decay: 0.1 }],
  ["adamw", { lr: 0.1, betas: [0.9, 0.999], eps: 1e-8, weight_decay: 0.1 }],
  ["rmsprop", { lr: 0.1, alpha: 0.9, eps: 1e-6, weight_decay: 0.1 }],
  ["adagrad", { lr: 0.1, eps: 1e-6 }],
];

describe("optim: every length", () => {
  for (const [name, options] of optimizers) {
    it(`${name}: an element's bits do not depend on the length, nothing is written behind the end`, () => {
      for (const l of ["s", "d"] as Letter[]) {
        const step = stepper(l, name, options);
        const run = (n: number) => {
          raw.reset();
          const make = (f: (i: number) => number) =>
            raw.put(array[l].from(Array.from({ length: n + 1 }, (_, i) => (i < n ? f(i) : 7))));
          const p = make((i) => Math.cos(i));
          const states = [make((i) => 0.1 * i), make((i) => 0.2 * i)];
          for (let t = 2; t < 5; t++)
            step(
              t,
              n,
              p,
              make((i) => Math.sin(i * t)),
              states,
            );
          return [p, ...states].map((ptr) => [...read(l, ptr, n + 1)]);
        };
        const whole = run(33);
        for (const n of [0, 1, 2, 3, 4, 5, 7, 8, 9, 17]) {
          run(n).forEach((values, a) => assert.deepEqual(values, [...whole[a].slice(0, n), 7], `n = ${n}`));
        }
      }
    });
  }
});

describe("optim: details", () => {
  it("sgd without momentum ignores the buffer; the first step does not read it; dampening", () => {
    for (const l of ["s", "d"] as Letter[]) {
      raw.reset();
      const p = raw.put(array[l].from([1, 2, 3]));
      const g = raw.put(array[l].from([1, 1, 1]));
      const b = raw.put(new array[l](3).fill(NaN));
      k[`${l}sgd`](3, 0.5, 0, 0, 0, 0, p, g, 0, 0);
      assert.deepEqual([...read(l, p, 3)], [0.5, 1.5, 2.5]);
      k[`${l}sgd`](3, 0.5, 0.5, 0.25, 0, 0, p, g, b, 1);
      assert.deepEqual([...read(l, p, 3)], [0, 1, 2]);
      assert.deepEqual([...read(l, b, 3)], [1, 1, 1]);
      k[`${l}sgd`](3, 0.5, 0.5, 0.25, 0, 0, p, g, b, 0);
      assert.deepEqual([...read(l, b, 3)], [1.25, 1.25, 1.25]);
      assert.deepEqual([...read(l, p, 3)], [-0.625, 0.375, 1.375]);
      assert.deepEqual([...read(l, g, 3)], [1, 1, 1]);
    }
  });
  it("rmsprop with momentum", () => {
    raw.reset();
    const [p, g, v, b] = [[1], [2], [0], [4]].map((x) => raw.put(Float64Array.from(x)));
    k.drmsprop(1, 0.1, 0.75, 1, 0, 0.5, p, g, v, b);
    assert.deepEqual([raw.f64(v, 1)[0], raw.f64(b, 1)[0], raw.f64(p, 1)[0]], [1, 3, 1 - 0.1 * 3]);
  });
  it("no weight decay leaves an infinite parameter infinite, NaN spreads from the gradient alone", () => {
    raw.reset();
    const p = raw.put(Float64Array.from([Infinity, 1]));
    const g = raw.put(Float64Array.from([0, NaN]));
    const s = [raw.put(new Float64Array(2)), raw.put(new Float64Array(2))];
    k.dadam(2, 0.1, 0.9, 0.999, 1e-8, 0, 0, 0.1, 0.03, p, g, s[0], s[1]);
    assert.deepEqual([...raw.f64(p, 2)], [Infinity, NaN]);
  });
  it("ema", () => {
    for (const l of ["s", "d"] as Letter[]) {
      for (const n of [0, 1, 2, 3, 4, 5, 9]) {
        raw.reset();
        const x = raw.put(new array[l](n).fill(3));
        const a = raw.put(new array[l](n + 1).fill(1));
        k[`${l}ema`](n, 0.75, x, a);
        assert.deepEqual([...read(l, a, n + 1)], [...Array(n).fill(1.5), 1]);
      }
    }
  });
});
