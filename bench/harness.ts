/**
 * The one layer between the workloads of this folder and the package `benchmark`. A workload is data: what to run, how to
 * tell that the result is right, how much work it is. Every workload is checked before it is timed; contenders of a group
 * take turns in rounds, so that noise of the machine hits all of them alike; figures are medians over the rounds.
 */
import Benchmark from "benchmark";

/** Something of ours to time in this process. */
export interface Workload {
  readonly name: string;
  /** Throws if the result is wrong. Runs once, before {@link run} is timed. */
  check(): void;
  /** The work to time. */
  run(): void;
  /** First digits of the `hash` of the output, asked for right after {@link check}. */
  checksum(): string;
  /** How much work one run is; the first of these that is given decides the unit of the rate. */
  readonly flops?: number;
  readonly bytes?: number;
  readonly images?: number;
  readonly matrices?: number;
  readonly ops?: number;
  /** The row whose time is taken off in each round, to tell what remains. */
  readonly less?: string;
}

/** Something that times itself elsewhere: a child process. It does the work of the group's first row. */
export interface Peer {
  readonly name: string;
  /** Seconds one run takes, measured for about `budget` seconds. */
  seconds(budget: number): Promise<number>;
  readonly checksum?: () => string;
}

/** A figure that is no time: bytes. */
export interface Figure {
  readonly name: string;
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

export const THOROUGH: Effort = { rounds: 11, budget: 0.06, warmup: 0.25 };
export const QUICK: Effort = { rounds: 3, budget: 0.015, warmup: 0.1 };

/** One line of a result table. */
export interface Row {
  readonly suite: string;
  readonly group: string;
  readonly name: string;
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
  const checksums = new Map(contenders.map((c) => [c, prepare(c, effort)]));
  const timed = contenders.filter((c): c is Workload | Peer => !isFigure(c));
  const times = new Map<Contender, number[]>(timed.map((c) => [c, []]));
  for (let round = 0; round < effort.rounds; round++) {
    const order = round % 2 === 0 ? timed : timed.toReversed();
    const own = timeOwn(order.filter(isWorkload), effort);
    for (const [c, seconds] of own) times.get(c)!.push(seconds);
    for (const peer of order.filter(isPeer)) times.get(peer)!.push(await peer.seconds(effort.budget));
  }
  for (const c of timed) {
    const other = isWorkload(c) && c.less !== undefined ? timed.find(({ name }) => name === c.less) : undefined;
    if (other)
      times.set(
        c,
        times.get(c)!.map((t, i) => t - times.get(other)![i]),
      );
  }
  return contenders.map((c) => rowOf(suite, group.title, c, contenders[0], times, checksums.get(c)!));
}

/** Checks a workload and runs it until it is hot; returns its checksum. */
function prepare(c: Contender, { warmup }: Effort): string {
  if (!isWorkload(c)) return c.checksum?.() ?? "";
  c.check();
  const checksum = c.checksum();
  const end = performance.now() + warmup * 1e3;
  do c.run();
  while (performance.now() < end);
  return checksum;
}

/** One round of our own workloads: the median period that `benchmark` finds for each. */
function timeOwn(workloads: readonly Workload[], { budget }: Effort): Map<Workload, number> {
  const suite = new Benchmark.Suite();
  const found = new Map<Workload, number>();
  for (const workload of workloads) {
    suite.add(workload.name, () => workload.run(), {
      minTime: budget / 4,
      maxTime: budget,
      minSamples: 1,
      onError: (event: Benchmark.Event) => {
        throw (event.target as unknown as Benchmark).error;
      },
      onComplete: (event: Benchmark.Event) => {
        found.set(workload, median((event.target as unknown as Benchmark).stats.sample));
      },
    });
  }
  suite.run({ async: false });
  for (const { name } of workloads.filter((w) => !found.has(w))) throw new Error(`${name} was not timed`);
  return found;
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
  const base = { suite, group, name: c.name, checksum };
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
