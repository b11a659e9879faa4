/**
 * Symmetric eigensolver against LAPACK (NumPy's OpenBLAS, one thread; with AVX-512 and restricted to 128-bit SIMD), and
 * the stages of second-order pooling. Rounds alternate between the contenders, so that noise of the machine hits all of
 * them; the figure is the best of the rounds' medians.
 *
 *   node bench/eigh.mjs [kernels.wasm] [python]
 */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { instantiateSync } from "@assemblyscript/loader";

const [wasm = process.env.MATPROP_KERNELS ?? "build/kernels.wasm", python = "/usr/bin/python3"] = process.argv.slice(2);
const SIZES = [8, 16, 32, 64, 128, 256];
const ROUNDS = 5;

const memory = new WebAssembly.Memory({ initial: 512, maximum: 65536 });
const { exports: k } = instantiateSync(readFileSync(wasm), { env: { memory } });
let top = 65536;
const alloc = (bytes) => {
  const ptr = top;
  top = Math.ceil((top + bytes) / 64) * 64;
  return ptr;
};

const PYTHON = `
import sys, time, numpy as np
import scipy.linalg as la
for line in sys.stdin:
    dtype, n, budget = line.split()
    n = int(n); budget = float(budget)
    r = np.random.default_rng(n).standard_normal((n, n))
    a = np.asfortranarray((r + r.T).astype(dtype))
    def run(): la.eigh(a, driver="evd", check_finite=False)
    def run2(): np.linalg.eigh(a)
    best = []
    for f in (run, run2):
        f(); ts = []; end = time.perf_counter() + budget
        while len(ts) < 5 or time.perf_counter() < end:
            t = time.perf_counter(); f(); ts.append(time.perf_counter() - t)
        best.append(sorted(ts)[len(ts) // 2])
    print(min(best) * 1e6, flush=True)
`;

function lapack(coretype) {
  const env = { ...process.env, OPENBLAS_NUM_THREADS: "1", ...(coretype && { OPENBLAS_CORETYPE: coretype }) };
  const child = spawn(python, ["-c", PYTHON], { env, stdio: ["pipe", "pipe", "ignore"] });
  let answer = () => {};
  createInterface({ input: child.stdout }).on("line", (line) => answer(Number(line)));
  child.on("close", () => answer(NaN));
  return {
    time: (dtype, n, budget) =>
      new Promise((resolve) => {
        answer = resolve;
        child.stdin.write(`${dtype} ${n} ${budget}\n`);
      }),
    close: () => child.stdin.end(),
  };
}

function median(run, seconds) {
  run();
  const times = [];
  const end = performance.now() + seconds * 1e3;
  while (times.length < 5 || performance.now() < end) {
    const calls = times.length ? Math.max(1, Math.floor(50 / times[0])) : 1;
    const start = performance.now();
    for (let i = 0; i < calls; i++) run();
    times.push(((performance.now() - start) * 1e3) / calls);
  }
  return times.sort((x, y) => x - y)[times.length >> 1];
}

/** The runs measured at one size: eigenpairs, values alone, a batch item of log pooling forward and backward. */
function runs(t, n) {
  const size = t === "s" ? 4 : 8;
  const a = alloc(n * n * size);
  const [w, z, c, g] = [n, n * n, n * n, n * n].map((count) => alloc(count * size));
  const infos = alloc(64);
  const work = alloc(
    Math.max(k[`${t}syev_work`](1, n), k[`${t}spectral_batched_work`](n), k[`${t}spectral_vjp_batched_work`](n)),
  );
  const A = new (t === "s" ? Float32Array : Float64Array)(memory.buffer, a, n * n);
  const G = new A.constructor(memory.buffer, g, n * n).fill(0.5);
  let state = 1;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
      A[i * n + j] = A[j * n + i] = state / 0x7fffffff - 0.5 + (i === j ? n : 0);
      G[i * n + j] = state / 0x7fffffff;
    }
  }
  return {
    vectors: () => k[`${t}syev`](1, n, a, n, w, z, n, work),
    values: () => k[`${t}syev`](0, n, a, n, w, 0, n, work),
    forward: () => k[`${t}spectral_batched`](0, 0, n, 1, a, w, z, c, work, infos),
    backward: () => k[`${t}spectral_vjp_batched`](0, 0, n, 1, w, z, g, c, work),
  };
}

if (memory.buffer.byteLength < 2 ** 25) memory.grow(512);
const natives = { native: lapack(), nehalem: lapack("Nehalem") };
console.log("µs a matrix        vectors   values  log(A)  adjoint | LAPACK evd  (Nehalem) | ratio  (Nehalem)");
for (const t of ["d", "s"]) {
  for (const n of SIZES) {
    const ours = runs(t, n);
    const best = {};
    const note = (key, time) => (best[key] = Math.min(best[key] ?? Infinity, time));
    for (let round = 0; round < ROUNDS; round++) {
      for (const [key, run] of Object.entries(ours)) note(key, median(run, 0.05));
      for (const [key, peer] of Object.entries(natives)) {
        note(key, await peer.time(t === "d" ? "float64" : "float32", n, 0.05));
      }
    }
    const cell = (x, width) => (x < 1000 ? x.toFixed(1) : x.toFixed(0)).padStart(width);
    console.log(
      `${t === "d" ? "f64" : "f32"} n=${String(n).padEnd(4)}     ${cell(best.vectors, 9)} ${cell(best.values, 8)}` +
        `${cell(best.forward, 8)} ${cell(best.backward, 8)} | ${cell(best.native, 10)} ${cell(best.nehalem, 10)} | ` +
        `${(best.vectors / best.native).toFixed(2).padStart(5)} ${(best.vectors / best.nehalem).toFixed(2).padStart(9)}`,
    );
  }
}
for (const peer of Object.values(natives)) peer.close();
