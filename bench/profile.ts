/** Where the time of a step goes: every kernel call timed, the rest is JavaScript (tape, checks, memory). */
import { wasm } from "../src/wasm/runtime.js";
import { duration } from "./report.js";

const WARM_STEPS = 60;
const STEPS = 60;

type Table = Record<string, unknown>;
type Call = { readonly name: string; readonly seconds: number };

/**
 * Runs `step` with timers around the kernels in every second step, and returns a table in order of the calls. Figures are
 * lower quartiles over the steps: on a shared machine they are steadier than medians.
 */
export function profileSteps(title: string, step: () => unknown): string {
  const plain: number[] = [];
  const timed: { readonly seconds: number; readonly calls: readonly Call[] }[] = [];
  let calls: Call[] | null = null;
  const restore = wrapKernels((name, kernel) => (...args) => {
    if (calls === null) return kernel(...args);
    const start = performance.now();
    const result = kernel(...args);
    calls.push({ name, seconds: (performance.now() - start) / 1e3 });
    return result;
  });
  try {
    for (let i = 0; i < WARM_STEPS + STEPS; i++) {
      const seconds = secondsOf(step);
      const own: Call[] = (calls = []);
      const withTimers = secondsOf(step);
      calls = null;
      if (i < WARM_STEPS) continue;
      plain.push(seconds);
      timed.push({ seconds: withTimers, calls: own });
    }
  } finally {
    restore();
  }
  return format(title, lowerQuartile(plain), timed);
}

/** Puts a wrapper around every kernel the library calls; the returned function takes them off again. */
function wrapKernels(
  wrap: (name: string, kernel: (...args: number[]) => number) => (...args: number[]) => number,
): () => void {
  const tables = Object.entries({ s: wasm.float32, d: wasm.float64, "": wasm.kernels });
  const undo = tables.map(([letter, typed]) => {
    const table = typed as unknown as Table;
    const originals = { ...table };
    for (const [name, kernel] of Object.entries(originals)) {
      if (typeof kernel === "function") table[name] = wrap(letter + name, kernel as (...args: number[]) => number);
    }
    return () => void Object.assign(table, originals);
  });
  return () => undo.forEach((take) => take());
}

function secondsOf(step: () => unknown): number {
  const start = performance.now();
  step();
  return (performance.now() - start) / 1e3;
}

function lowerQuartile(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 2];
}

function format(
  title: string,
  total: number,
  runs: readonly { readonly seconds: number; readonly calls: readonly Call[] }[],
): string {
  const seen = new Map<string, number>();
  const share = (seconds: number): string => `${((100 * seconds) / total).toFixed(1)} %`.padStart(8);
  const line = (name: string, seconds: number): string =>
    name.padEnd(28) + duration(seconds).padStart(10) + share(seconds);
  const lines = runs[0].calls.map(({ name }, i) => {
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return line(`${name} #${count}`, lowerQuartile(runs.map(({ calls }) => calls[i].seconds)));
  });
  const inKernels = runs.map(({ calls }) => calls.reduce((sum, { seconds }) => sum + seconds, 0));
  return [
    `Profile of ${title}: ${duration(total)} a step, ${runs[0].calls.length} kernel calls; lower quartiles of ${STEPS} steps`,
    ...lines,
    line("kernels, together", lowerQuartile(inKernels)),
    line("JavaScript and calls", lowerQuartile(runs.map(({ seconds }, i) => seconds - inKernels[i]))),
  ].join("\n");
}
