import type { Contender, Group, Suite } from "./harness.js";
import { pythonPeers } from "./python.js";
import { rivals } from "./rivals/index.js";
import {
  checksumOf,
  DTYPES,
  FLOATS,
  freshKernels,
  near,
  randomArray,
  sample,
  view,
  type Float,
  type FloatArray,
} from "./support.js";

/** Batch, map size, channels in, channels out. */
interface Layer {
  readonly n: number;
  readonly h: number;
  readonly c: number;
  readonly o: number;
}

/** The four of ../shared/reference/peers.md §f. */
const LAYERS: readonly Layer[] = [
  { n: 64, h: 28, c: 1, o: 16 },
  { n: 64, h: 14, c: 16, o: 32 },
  { n: 1, h: 56, c: 64, o: 64 },
  { n: 1, h: 14, c: 128, o: 256 },
];
const PASSES = ["forward", "wgrad", "igrad"] as const;
type Pass = (typeof PASSES)[number];

const titleOf = ({ n, h, c, o }: Layer): string => `${n}×${h}×${h}×${c}→${o}`;

async function contenders(dtype: Float, layer: Layer, pass: Pass): Promise<Contender[]> {
  const raw = freshKernels();
  const { n, h, c, o } = layer;
  const { letter, bytes, ulp } = DTYPES[dtype];
  const sizes = { x: n * h * h * c, w: o * 9 * c, y: n * h * h * o };
  const [xv, wv, yv] = [sizes.x, sizes.w, sizes.y].map((size, i) => randomArray(dtype, size, i + 1));
  const [x, w, y] = [xv, wv, yv].map((values) => raw.put(values));
  const desc = raw.put(Int32Array.of(n, h, h, c, o, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, h, h));
  const outputs = { forward: sizes.y, wgrad: sizes.w, igrad: sizes.x }[pass];
  const [out, bias, gradBias] = [outputs, o, o].map((size) => raw.alloc(size * bytes));
  view(raw, dtype, bias, o).fill(0);
  const work = raw.alloc(raw.k[`${letter}conv2d_work`](desc, PASSES.indexOf(pass)));
  const run = {
    forward: (): void => void raw.k[`${letter}conv2d`](desc, x, w, bias, 0, out, work),
    wgrad: (): void => void raw.k[`${letter}conv2d_wgrad`](desc, x, y, out, gradBias, work),
    igrad: (): void => void raw.k[`${letter}conv2d_igrad`](desc, y, w, out, work),
  }[pass];
  /** One entry of the result as a plain sum. */
  const entry = { forward: forwardEntry, wgrad: weightEntry, igrad: inputEntry }[pass];
  const check = (): void => {
    run();
    const got = view(raw, dtype, out, outputs);
    for (const at of sample(outputs, 64)) {
      const [sum, size, terms] = entry(layer, at, { x: xv, w: wv, y: yv });
      near(`${pass}[${at}]`, got[at], sum, size, terms * ulp);
    }
  };
  const checksum = (): string => checksumOf(view(raw, dtype, out, outputs));
  const flops = 2 * sizes.y * 9 * c;
  const own = { name: "matprop", flops, run, check, checksum };
  if (dtype === "float64") return [own];
  const checkForward = (got: FloatArray): void =>
    sample(sizes.y, 64).forEach((at) => {
      const [sum, size, terms] = forwardEntry(layer, at, { x: xv, w: wv, y: yv });
      near(`forward[${at}]`, got[at], sum, size, terms * ulp);
    });
  const problem = { ...layer, x: xv as Float32Array, w: wv as Float32Array };
  const others = pass === "forward" ? await rivals("conv", problem, checkForward, { flops }) : [];
  return [own, ...others, ...(await pythonPeers("torch", { workload: "torch.conv", pass, ...layer }))];
}

type Values = Readonly<Record<"x" | "w" | "y", ArrayLike<number>>>;
type Terms = readonly [sum: number, size: number, terms: number];

function total(terms: Iterable<number>): Terms {
  let [sum, size, count] = [0, 0, 0];
  for (const term of terms) {
    sum += term;
    size += Math.abs(term);
    count++;
  }
  return [sum, size, count];
}

/** Index of x[b, p, q, ch], or −1 outside the map. */
function pixel({ h, c }: Layer, b: number, p: number, q: number, ch: number): number {
  return p < 0 || q < 0 || p >= h || q >= h ? -1 : ((b * h + p) * h + q) * c + ch;
}

function forwardEntry(layer: Layer, at: number, { x, w }: Values): Terms {
  const { h, c, o } = layer;
  const [k, q, p, b] = [at % o, Math.floor(at / o) % h, Math.floor(at / o / h) % h, Math.floor(at / o / h / h)];
  return total(
    (function* () {
      for (let i = 0; i < 9 * c; i++) {
        const [ch, dx, dy] = [i % c, Math.floor(i / c) % 3, Math.floor(i / c / 3)];
        const from = pixel(layer, b, p + dy - 1, q + dx - 1, ch);
        if (from >= 0) yield x[from] * w[k * 9 * c + i];
      }
    })(),
  );
}

function weightEntry(layer: Layer, at: number, { x, y }: Values): Terms {
  const { n, h, c, o } = layer;
  const [ch, dx, dy] = [at % c, Math.floor(at / c) % 3, Math.floor(at / c / 3) % 3];
  const k = Math.floor(at / c / 9);
  return total(
    (function* () {
      for (let i = 0; i < n * h * h; i++) {
        const [q, p, b] = [i % h, Math.floor(i / h) % h, Math.floor(i / h / h)];
        const from = pixel(layer, b, p + dy - 1, q + dx - 1, ch);
        if (from >= 0) yield x[from] * y[i * o + k];
      }
    })(),
  );
}

function inputEntry(layer: Layer, at: number, { w, y }: Values): Terms {
  const { h, c, o } = layer;
  const [ch, q, p, b] = [at % c, Math.floor(at / c) % h, Math.floor(at / c / h) % h, Math.floor(at / c / h / h)];
  return total(
    (function* () {
      for (let i = 0; i < 9; i++) {
        const [r, s] = [p + 1 - Math.floor(i / 3), q + 1 - (i % 3)];
        if (r < 0 || s < 0 || r >= h || s >= h) continue;
        for (let k = 0; k < o; k++) yield w[(k * 9 + i) * c + ch] * y[((b * h + r) * h + s) * o + k];
      }
    })(),
  );
}

export default {
  name: "conv",
  about:
    "3×3 convolutions with bias, NHWC, raw kernels, beside oneDNN (PyTorch, NCHW); ratio: that row's time over ours",
  groups: FLOATS.flatMap((dtype) =>
    LAYERS.flatMap((layer) =>
      PASSES.map((pass): Group => {
        return { title: `conv ${dtype} ${titleOf(layer)} ${pass}`, contenders: () => contenders(dtype, layer, pass) };
      }),
    ),
  ),
} satisfies Suite;
