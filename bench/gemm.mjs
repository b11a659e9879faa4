/**
 * GFLOP/s of the raw GEMM kernels against their own register-resident micro-kernel and against numpy held to SSE
 * (OpenBLAS Nehalem, one thread), interleaved in one run: medians over ROUNDS of the rates and of the ratios in a round.
 *
 *   node bench/gemm.mjs [kernels.wasm] [--no-numpy] [--sizes=16,64,256]
 */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const ROUNDS = 15;
const option = (name) => process.argv.find((arg) => arg.startsWith(`--${name}`));
const path = process.argv.slice(2).find((arg) => !arg.startsWith("--")) ?? "build/kernels.wasm";
const sizes = (option("sizes")?.split("=")[1] ?? "16,32,48,64,96,128,192,256,384,512,768,1024").split(",").map(Number);

const memory = new WebAssembly.Memory({ initial: 1024, maximum: 65536 });
const { exports: k } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(path)), { env: { memory } });

const median = (values) => [...values].sort((x, y) => x - y)[values.length >> 1];

/** Seconds a call takes, over at least 8 ms of calls. */
function seconds(call) {
  let count = 1;
  for (;;) {
    const start = performance.now();
    for (let i = 0; i < count; i++) call();
    const elapsed = performance.now() - start;
    if (elapsed > 8) return elapsed / count / 1000;
    count = Math.max(count + 1, Math.ceil(count * Math.min(50, 10 / Math.max(elapsed, 0.01))));
  }
}

const numpySource = `
import sys, time, numpy
store = {}
for line in sys.stdin:
    dtype, n = line.split()
    n = int(n)
    if (dtype, n) not in store:
        store[dtype, n] = [numpy.random.rand(n, n).astype(dtype) for _ in range(3)]
    a, b, c = store[dtype, n]
    count = 1
    while True:
        start = time.perf_counter()
        for _ in range(count): numpy.matmul(a, b, out=c)
        elapsed = time.perf_counter() - start
        if elapsed > 0.008: break
        count = max(count + 1, int(count * min(50, 0.010 / max(elapsed, 1e-5))))
    print(elapsed / count, flush=True)
`;

function numpy() {
  if (option("no-numpy")) return undefined;
  const env = { ...process.env, OPENBLAS_CORETYPE: "Nehalem", OPENBLAS_NUM_THREADS: "1" };
  const child = spawn("/usr/bin/python3", ["-c", numpySource], { env, stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async seconds(dtype, n) {
      child.stdin.write(`${dtype} ${n}\n`);
      return Number((await lines.next()).value);
    },
    end: () => child.stdin.end(),
  };
}

const peer = numpy();
for (const [letter, dtype, bytes] of [
  ["s", "float32", 4],
  ["d", "float64", 8],
]) {
  console.log(
    `\n${dtype}   GFLOP/s: gemm NN, TN, NT, TT | syrk (n²k) | micro-kernel | numpy Nehalem | NN/micro NN/numpy`,
  );
  for (const n of sizes) {
    const size = n * n * bytes;
    const [a, b, c, work] = [0, 1, 2, 3].map((i) => 65536 + i * (size + 4160));
    const need = work + 8 * 1024 * 1024 - memory.buffer.byteLength;
    if (need > 0) memory.grow(Math.ceil(need / 65536));
    const Float = bytes === 4 ? Float32Array : Float64Array;
    for (const p of [a, b])
      new Float(memory.buffer, p, n * n).forEach((_, i, x) => (x[i] = ((i * 7919) % 1000) / 1000));
    const gemm = (ta, tb) => () => k[`${letter}gemm`](ta, tb, n, n, n, 1, a, n, b, n, 0, c, n, work);
    const micro = k[`${letter}gemm_ukr_${bytes === 4 ? "2x16" : "2x8"}`];
    const flops = 2 * n ** 3;
    const rows = {
      NN: [flops, gemm(0, 0)],
      TN: [flops, gemm(1, 0)],
      NT: [flops, gemm(0, 1)],
      TT: [flops, gemm(1, 1)],
      syrk: [flops / 2, () => k[`${letter}syrk`](1, n, n, 1, a, n, 0, c, n, work)],
      micro: [2 * 2 * (64 / bytes) * 256, () => micro(256, work, 256 * bytes, work + 8192, work + 65536, 64)],
    };
    const rates = {};
    for (let round = 0; round < ROUNDS; round++) {
      for (const [name, [work, call]] of Object.entries(rows)) (rates[name] ??= []).push(work / seconds(call) / 1e9);
      if (peer) (rates.numpy ??= []).push(flops / (await peer.seconds(dtype, n)) / 1e9);
    }
    const cells = Object.values(rates).map((values) => median(values).toFixed(1).padStart(6));
    const ratios = ["micro", "numpy"].map((to) => median(rates.NN.map((x, i) => x / (rates[to]?.[i] ?? NaN))));
    console.log(String(n).padStart(5), ...cells, "|", ...ratios.map((x) => x.toFixed(2).padStart(6)));
  }
}
peer?.end();
