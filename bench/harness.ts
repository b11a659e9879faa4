/**
 * The one layer between the workloads of this folder and the package `benchmark`. A workload is data: what to run, how to
 * tell that the result is right, how much work it is. Every workload is checked before it is timed; contenders of a group
 * take turns in rounds, so that noise of the machine hits all of them alike; figures are medians over the rounds.
 */
import Benchmark from "benchmark";

/** Whose row it is: ours, another library in this process, or a native one at full width or limited to 128 bits. */
export type Kind = "own" | "rival" | "native" | "128-bit";

interface Named {
  readonly name: string;
  /** Ours if it is not said. */
  readonly kind?: Kind;
  /** The row whose time is taken off in each round, to tell what remains. */
  readonly less?: string;
}

/** Something to time in this process. */
export interface Workload extends Named {
  /** Throws if the result is wrong. Runs once, before {@link run} is timed. */
  check(): void | Promise<void>;
  /** The work to time. Where it returns a promise, its settling is timed too. */
  run(): void | Promise<void>;
  /** First digits of the `hash` of the output, asked for right after {@link check}. */
  checksum(): string;
  /** How much work one run is; the first of these that is given decides the unit of the rate. */
  readonly flops?: number;
  readonly bytes?: number;
  readonly images?: number;
  readonly matrices?: number;
  readonly ops?: number;
  /** Gives back what it holds, after the last round. */
  free?(): void;
}

/** Something that times itself elsewhere: a child process. It does the work of the group's first row. */
export interface Peer extends Named {
  /** Seconds one run takes, measured for about `budget` seconds. */
  seconds(budget: number): Promise<number>;
  checksum?(): string | Promise<string>;
}

/** A figure that is no time: bytes. */
export interface Figure extends Named {
  readonly unit: string;
  measure(): number;
  checksum(): string;
}

export type Contender = Workload | Peer | Figure;

export interface Group {
  readonly title: string;
  /** Makes the contenders; ratios are against the first. */
  contenders(): readonly Contender[] | Promise<readonly Contender[]>;
}

export interface Suite {
  readonly name: string;
  /** One line under the title: what is compared with what. */
  readonly about: string;
  readonly groups: readonly Group[];
  /** What `--profile` prints instead of timing. */
  profile?(): string | Promise<string>;
}

export interface Effort {
  readonly rounds: number;
  /** Seconds a contender is timed in a round. */
  readonly budget: number;
  /** Seconds a workload runs before the first round: V8 compiles hot WebAssembly anew meanwhile. */
  readonly warmup: number;
}

/** Who takes longer than this many seconds for one run leaves after {@link FEW} rounds. */
const LONG = 0.25;
const FEW = 3;

export const THOROUGH: Effort = { rounds: 11, budget: 0.06, warmup: 0.4 };
export const QUICK: Effort = { rounds: 3, budget: 0.015, warmup: 0.1 };

/** One line of a result table. */
export interface Row {
  readonly suite: string;
  readonly group: string;
  readonly name: string;
  readonly kind: Kind;
  /** Median and best seconds of one run (null for figures that are no times). */
  readonly seconds: number | null;
  readonly best: number | null;
  /** Median rate, and its unit. */
  readonly rate: number | null;
  readonly unit: string;
  /** How many times the first row's speed is this one's: above 1, the first is faster. */
  readonly ratio: number | null;
  readonly checksum: string;
}

const isFigure = (c: Contender): c is Figure => "measure" in c;
const isPeer = (c: Contender): c is Peer => "seconds" in c;
const isWorkload = (c: Contender): c is Workload => "run" in c;

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Checks, warms up and times the contenders of a group. */
export async function measure(suite: string, group: Group, effort: Effort): Promise<Row[]> {
  const contenders = await group.contenders();
  const checksums = new Map<Contender, string>();
  for (const c of contenders) checksums.set(c, await prepare(c, effort));
  const timed = contenders.filter((c): c is Workload | Peer => !isFigure(c));
  const times = new Map<Contender, number[]>(timed.map((c) => [c, []]));
  for (let round = 0; round < effort.rounds; round++) {
    const present = timed.filter((c) => round < FEW || !(times.get(c)![0] > LONG));
    for (const c of round % 2 === 0 ? present : present.toReversed()) {
      times.get(c)!.push(isWorkload(c) ? await timeOwn(c, effort) : await c.seconds(effort.budget));
    }
  }
  for (const c of timed) {
    const other = timed.find(({ name }) => name === c.less);
    if (other) times.set(c, differences(times.get(c)!, times.get(other)!));
  }
  for (const c of contenders) if (isWorkload(c)) c.free?.();
  return contenders.map((c) => rowOf(suite, group.title, c, contenders[0], times, checksums.get(c)!));
}

function differences(a: readonly number[], b: readonly number[]): number[] {
  return a.map((x, i) => x - b[i]);
}

/** Checks a workload and runs it until it is hot; returns its checksum. */
async function prepare(c: Contender, { warmup }: Effort): Promise<string> {
  if (!isWorkload(c)) return (await c.checksum?.()) ?? "";
  await c.check();
  const checksum = c.checksum();
  const end = performance.now() + warmup * 1e3;
  do await c.run();
  while (performance.now() < end);
  return checksum;
}

/** One round of a workload: the median period that `benchmark` finds. */
async function timeOwn(workload: Workload, { budget }: Effort): Promise<number> {
  const first = workload.run();
  await first;
  const defer = first instanceof Promise;
  return new Promise((resolve, reject) => {
    const run = (deferred: Benchmark.Deferred): void =>
      void (workload.run() as Promise<void>).then(() => deferred.resolve(), reject);
    new Benchmark(workload.name, defer ? run : () => void workload.run(), {
      defer,
      minTime: budget / 4,
      maxTime: budget,
      minSamples: 1,
      onError: (event: Benchmark.Event) => reject((event.target as unknown as Benchmark).error as unknown as Error),
      onComplete: (event: Benchmark.Event) => resolve(median((event.target as unknown as Benchmark).stats.sample)),
    }).run({ async: false });
  });
}

/** The amount of work of one run, in the unit of its rate. */
function amountOf(c: Contender): { amount: number; unit: string } | null {
  if (!isWorkload(c)) return null;
  if (c.flops !== undefined) return { amount: c.flops / 1e9, unit: "GFLOP/s" };
  if (c.bytes !== undefined) return { amount: c.bytes / 1e9, unit: "GB/s" };
  if (c.images !== undefined) return { amount: c.images, unit: "images/s" };
  if (c.matrices !== undefined) return { amount: c.matrices, unit: "µs/matrix" };
  if (c.ops !== undefined) return { amount: c.ops, unit: "µs/op" };
  return null;
}

function rowOf(
  suite: string,
  group: string,
  c: Contender,
  first: Contender,
  times: ReadonlyMap<Contender, readonly number[]>,
  checksum: string,
): Row {
  const base = { suite, group, name: c.name, kind: c.kind ?? "own", checksum };
  if (isFigure(c)) return { ...base, seconds: null, best: null, rate: c.measure(), unit: c.unit, ratio: null };
  const [own, reference] = [times.get(c)!, times.get(first)!];
  const work = amountOf(isPeer(c) ? first : c);
  const share = (work?.amount ?? 1) / (amountOf(first)?.amount ?? 1);
  const seconds = median(own);
  const rate =
    work === null ? null : work.unit.startsWith("µs") ? (seconds / work.amount) * 1e6 : work.amount / seconds;
  return {
    ...base,
    seconds,
    best: Math.min(...own),
    rate,
    unit: work?.unit ?? "",
    ratio: c === first ? null : median(own.map((t, i) => t / share / reference[i])),
  };
}
