import type { Contender, Group, Suite } from "./harness.js";
import { pythonPeers } from "./python.js";
import { checksumOf, DTYPES, FLOATS, freshKernels, near, randomArray, sample, view } from "./support.js";
import type { Float, FloatArray } from "./support.js";

/** In the second-level cache, and in memory. */
const SIZES = [16384, 2 ** 22];

/** An elementwise kernel: how many arrays it reads and writes, and its function in double. */
interface Elementwise {
  readonly kernel: string;
  readonly arrays: 2 | 3;
  f(a: number, b: number): number;
}

const ELEMENTWISE: Readonly<Record<string, Elementwise>> = {
  add: { kernel: "add_same", arrays: 3, f: (a, b) => a + b },
  mul: { kernel: "mul_same", arrays: 3, f: (a, b) => a * b },
  relu: { kernel: "relu", arrays: 2, f: (a) => Math.max(a, 0) },
  exp: { kernel: "exp", arrays: 2, f: Math.exp },
  log: { kernel: "log", arrays: 2, f: Math.log },
  tanh: { kernel: "tanh", arrays: 2, f: Math.tanh },
  sin: { kernel: "sin", arrays: 2, f: Math.sin },
};

const REDUCTIONS: Readonly<Record<string, (values: FloatArray) => number>> = {
  sum: (values) => Array.from(values).reduce((sum, x) => sum + x, 0),
  max: (values) => Array.from(values).reduce((top, x) => Math.max(top, x), -Infinity),
};

/** Numbers in (0, 1), where every function here is defined. */
function operand(dtype: Float, n: number, seed: number): FloatArray {
  return randomArray(dtype, n, seed, 0.49).map((x) => x + 0.5);
}

function elementwise(name: string, dtype: Float, n: number): Contender {
  const raw = freshKernels();
  const { kernel, arrays, f } = ELEMENTWISE[name];
  const { letter, bytes, ulp } = DTYPES[dtype];
  const [av, bv] = [operand(dtype, n, 1), operand(dtype, n, 2)];
  const [a, b, c] = [raw.put(av), raw.put(bv), raw.alloc(n * bytes)];
  const call = raw.k[letter + kernel];
  const run = arrays === 3 ? (): void => void call(n, a, b, c) : (): void => void call(n, a, c);
  const out = (): FloatArray => view(raw, dtype, c, n);
  const check = (): void => {
    run();
    for (const i of sample(n, 1000)) near(`${name}[${i}]`, out()[i], f(av[i], bv[i]), 1, 4 * ulp);
  };
  return { name: "matprop", bytes: arrays * n * bytes, run, check, checksum: () => checksumOf(out()) };
}

function reduction(name: string, dtype: Float, n: number): Contender {
  const raw = freshKernels();
  const { letter, bytes, ulp } = DTYPES[dtype];
  const av = operand(dtype, n, 1);
  const [a, c] = [raw.put(av), raw.alloc(bytes)];
  const call = raw.k[letter + name];
  const run = (): void => void call(1, n, 1, a, c);
  const out = (): FloatArray => view(raw, dtype, c, 1);
  const expected = REDUCTIONS[name](av);
  const check = (): void => (run(), near(name, out()[0], expected, expected * 64, ulp));
  return { name: "matprop", bytes: n * bytes, run, check, checksum: () => checksumOf(out()) };
}

async function contenders(name: string, dtype: Float, n: number): Promise<Contender[]> {
  const own = name in ELEMENTWISE ? elementwise(name, dtype, n) : reduction(name, dtype, n);
  return [own, ...(await pythonPeers("torch", { workload: "torch.elementwise", op: name, dtype, n }))];
}

export default {
  name: "elementwise",
  about: "raw kernels beside PyTorch, bytes read and written; ratio: that row's time over ours",
  groups: FLOATS.flatMap((dtype) =>
    SIZES.flatMap((n) =>
      [...Object.keys(ELEMENTWISE), ...Object.keys(REDUCTIONS)].map((name): Group => {
        return { title: `elementwise ${dtype} ${name} n=${n}`, contenders: () => contenders(name, dtype, n) };
      }),
    ),
  ),
} satisfies Suite;
