import cliProgress from "cli-progress";
import { duration, grouped, percent, type Terminal } from "./terminal.js";

/** What a progress display shows of one step. */
export interface ProgressStep {
  readonly epoch: number;
  readonly epochs: number;
  /** Steps done and to do, over all epochs. */
  readonly step: number;
  readonly steps: number;
  /** Loss and accuracy of late, smoothed; null where there is none. */
  readonly loss: number | null;
  readonly accuracy: number | null;
  readonly imagesPerSecond: number;
  readonly secondsLeft: number;
}

export interface Progress {
  step(now: ProgressStep): void;
  /** A line that stays: an epoch has ended, a file was written. */
  line(text: string): void;
  stop(): void;
}

/** Seconds between two lines where no bar can be drawn. */
const LINE_INTERVAL = 10;

/** A bar on a live terminal, a line now and then elsewhere, nothing with `quiet`. */
export function openProgress(terminal: Terminal, quiet: boolean, first: number, unit: string): Progress {
  if (quiet) return { step: () => {}, line: () => {}, stop: () => {} };
  return terminal.live ? bar(terminal, first, unit) : lines(terminal, unit);
}

function describe(now: ProgressStep, unit: string): string {
  const { epoch, epochs, loss, accuracy, imagesPerSecond, secondsLeft } = now;
  const pace = imagesPerSecond < 10 ? imagesPerSecond.toFixed(1) : grouped(Math.round(imagesPerSecond));
  const speed = `${pace} ${unit}/s`;
  const trained = loss === null ? [] : [`epoch ${epoch}/${epochs}`, `loss ${loss.toFixed(4)}`];
  const parts = [...trained, ...(accuracy === null ? [] : [percent(accuracy)]), speed];
  return `${parts.join(" · ")} · ${duration(secondsLeft)} left`;
}

function bar({ style }: Terminal, first: number, unit: string): Progress {
  const display = new cliProgress.SingleBar({
    format: `{bar} {percentage}% ${style.dim("{text}")}`,
    stream: process.stderr,
    barsize: 20,
    barCompleteChar: "█",
    barIncompleteChar: "░",
    hideCursor: true,
    clearOnComplete: true,
    fps: 10,
    // The command's own handler must see Ctrl-C first: it saves before it leaves.
    gracefulExit: false,
    linewrap: false,
  });
  let started = false;
  let last: ProgressStep | undefined;
  const clear = (): void => {
    if (started) display.stop();
    started = false;
  };
  return {
    step(now) {
      last = now;
      if (!started) display.start(now.steps, Math.max(first, now.step), { text: describe(now, unit) });
      else display.update(now.step, { text: describe(now, unit) });
      started = true;
    },
    line(text) {
      clear();
      process.stderr.write(`${text}\n`);
      if (last && last.step < last.steps) this.step(last);
    },
    stop: clear,
  };
}

function lines(terminal: Terminal, unit: string): Progress {
  let next = 0;
  return {
    step(now) {
      const time = performance.now() / 1000;
      if (time < next && now.step < now.steps) return;
      next = time + LINE_INTERVAL;
      terminal.note(`step ${now.step}/${now.steps} · ${describe(now, unit)}`);
    },
    line: (text) => terminal.note(text),
    stop: () => {},
  };
}

/** Loss, accuracy where there is one, and speed of late: exponential averages over steps. */
export class Pace {
  private weight = 0;
  private loss = 0;
  private accuracy: number | null = null;
  private images = 0;
  private readonly begun = performance.now();
  private paused = 0;

  /** Takes in a step. */
  add(loss: number, accuracy: number | null, images: number): void {
    const keep = this.weight > 0 ? 0.95 : 0;
    this.weight = keep * this.weight + 1;
    this.loss = keep * this.loss + loss;
    if (accuracy !== null) this.accuracy = keep * (this.accuracy ?? 0) + accuracy;
    this.images += images;
  }

  /** Runs something whose time is not training time, such as an evaluation. */
  async outside<T>(work: () => T | Promise<T>): Promise<T> {
    const before = performance.now();
    try {
      return await work();
    } finally {
      this.paused += performance.now() - before;
    }
  }

  get seconds(): number {
    return (performance.now() - this.begun - this.paused) / 1000;
  }

  get imagesPerSecond(): number {
    return this.images / Math.max(this.seconds, 1e-9);
  }

  get recent(): { loss: number; accuracy: number | null } {
    return { loss: this.loss / this.weight, accuracy: this.accuracy === null ? null : this.accuracy / this.weight };
  }
}
