import { ArgumentError } from "../../errors.js";
import type { StepReport } from "../types.js";
import { errorOf, listen, type Command, type Endpoint, type Message, type TrainingEnd } from "./messages.js";

/** Options of {@link RemoteTraining.start}. */
export interface StartOptions {
  /** Where to go on: the bytes of an earlier {@link RemoteTraining.checkpoint}. They are copied. */
  readonly checkpoint?: Uint8Array<ArrayBuffer>;
  /** Buffers in the settings that are moved instead of copied. */
  readonly transfer?: Transferable[];
}

/** Options of {@link remoteTraining}. */
export interface RemoteOptions<V = unknown> {
  /** Called with every value that the worker sends besides its reports. */
  readonly onValue?: (value: V) => void;
}

interface Waiting<T> {
  resolve(value: T): void;
  reject(error: Error): void;
}

interface Ending extends Waiting<TrainingEnd> {
  readonly promise: Promise<TrainingEnd>;
}

/** Reports on their way to one `for await`. */
class Stream {
  private readonly reports: StepReport[] = [];
  private over: { readonly error?: Error } | undefined;
  private wake: () => void = () => undefined;

  constructor(readonly run: number) {}

  push(reports: readonly StepReport[]): void {
    this.reports.push(...reports);
    this.wake();
  }

  close(error?: Error): void {
    this.over = error ? { error } : {};
    this.wake();
  }

  async *read(left: (stream: Stream) => void): AsyncGenerator<StepReport, void, void> {
    try {
      for (;;) {
        yield* this.reports.splice(0);
        if (this.reports.length > 0) continue;
        if (this.over?.error) throw this.over.error;
        if (this.over) return;
        await new Promise<void>((resolve) => (this.wake = resolve));
      }
    } finally {
      left(this);
    }
  }
}

/** A training run in a worker, as the page sees it. Made by {@link remoteTraining}. */
export class RemoteTraining<S = unknown, V = unknown> implements AsyncIterable<StepReport> {
  private readonly streams = new Set<Stream>();
  private readonly checkpoints = new Map<number, Waiting<Uint8Array<ArrayBuffer>>>();
  /** By the number of the run: those that have not ended. */
  private readonly ends = new Map<number, Ending>();
  private runs = 0;
  private asked = 0;

  /** @internal */
  constructor(
    private readonly worker: Endpoint,
    private readonly onValue: ((value: V) => void) | undefined,
  ) {
    listen<Message<V>>(worker, (message) => this.receive(message));
    const broken = (reason: unknown): void => this.break(reason instanceof Error ? reason : new Error(String(reason)));
    if (worker.addEventListener) {
      worker.addEventListener("error", (event) => broken((event as ErrorEvent).message ?? "the worker failed to load"));
    } else {
      worker.on!("error", broken);
      worker.on!("exit", (code: number) => broken(`the worker ended with code ${code}`));
    }
  }

  /**
   * Starts a run; one that is going on is stopped first. Resolves at its end, rejects if it fails.
   *
   * @param settings handed to the function of `serveTraining`: whatever the structured clone algorithm can copy.
   */
  start(settings: S, { checkpoint, transfer = [] }: StartOptions = {}): Promise<TrainingEnd> {
    const run = ++this.runs;
    let waiting!: Waiting<TrainingEnd>;
    const promise = new Promise<TrainingEnd>((resolve, reject) => (waiting = { resolve, reject }));
    this.ends.set(run, { ...waiting, promise });
    this.post({ type: "start", run, settings, ...(checkpoint && { checkpoint }) }, transfer);
    return promise;
  }

  /** Holds the run between two steps. */
  pause(): void {
    this.post({ type: "pause" });
  }

  /** Lets a paused run go on. */
  resume(): void {
    this.post({ type: "resume" });
  }

  /** Ends the run after the step that is being done; {@link start} resolves with `stopped: true`. */
  stop(): void {
    this.post({ type: "stop" });
  }

  /**
   * Model, optimizer and progress after the last step, as the bytes of `train.checkpoint`, also of a run that is paused or
   * has ended. The bytes are moved, not copied, between the threads.
   *
   * @throws {ArgumentError} before the first start.
   */
  checkpoint(): Promise<Uint8Array<ArrayBuffer>> {
    const id = this.asked++;
    return new Promise((resolve, reject) => {
      this.checkpoints.set(id, { resolve, reject });
      this.post({ type: "checkpoint", id });
    });
  }

  /**
   * The reports of the steps from now to the end of the run, every one, in order; before the first start those of the
   * first run, after the end none. Throws what the run failed with.
   */
  [Symbol.asyncIterator](): AsyncGenerator<StepReport, void, void> {
    const stream = new Stream(Math.max(1, this.runs));
    if (this.runs > 0 && !this.ends.has(this.runs)) stream.close();
    else this.streams.add(stream);
    return stream.read((over) => this.streams.delete(over));
  }

  private post(command: Command<S>, transfer: Transferable[] = []): void {
    this.worker.postMessage(command, transfer);
  }

  private receive(message: Message<V>): void {
    if (message.type === "steps") this.of(message.run).forEach((stream) => stream.push(message.reports));
    else if (message.type === "value") this.onValue?.(message.value);
    else if (message.type === "failed") this.fail(message.run, errorOf(message.error));
    else if (message.type === "end") {
      const { run, step, stopped } = message;
      this.ends.get(run)?.resolve({ step, stopped });
      this.close(run);
    } else {
      const waiting = this.checkpoints.get(message.id);
      this.checkpoints.delete(message.id);
      if (message.type === "checkpoint") waiting?.resolve(message.bytes);
      else waiting?.reject(errorOf(message.error));
    }
  }

  private of(run: number): Stream[] {
    return [...this.streams].filter((stream) => stream.run === run);
  }

  /** The worker is gone, and with it everything that was asked of it. */
  private break(error: Error): void {
    for (const { reject } of this.checkpoints.values()) reject(error);
    this.checkpoints.clear();
    for (const run of [...this.ends.keys()]) this.fail(run, error);
  }

  private fail(run: number, error: Error): void {
    const ending = this.ends.get(run);
    // Whoever reads the reports hears of it there, and need not watch the promise too.
    if (this.of(run).length > 0) ending?.promise.catch(() => undefined);
    ending?.reject(error);
    this.close(run, error);
  }

  private close(run: number, error?: Error): void {
    this.ends.delete(run);
    for (const stream of this.of(run)) {
      stream.close(error);
      this.streams.delete(stream);
    }
  }
}

/**
 * The page's side of a training run in a worker whose file calls `serveTraining`: five lines, and the page stays smooth.
 *
 * @param worker a `Worker`, of the browser or of Node's `worker_threads`, or a `MessagePort`; it remains yours to end.
 * @throws {ArgumentError} if it is none of these.
 * @example
 * import { remoteTraining } from "matprop/worker";
 * const { port1: worker } = new MessageChannel();
 * // in a page: worker = new Worker(new URL("./program.js", import.meta.url), { type: "module" })
 * const run = remoteTraining(worker);
 * run.start({ epochs: 3 });
 * worker.close(); // or: for await (const { step, loss } of run) console.log(step, loss);
 */
export function remoteTraining<S = unknown, V = unknown>(
  worker: Endpoint,
  options: RemoteOptions<V> = {},
): RemoteTraining<S, V> {
  if (typeof worker?.postMessage !== "function") {
    throw new ArgumentError("remoteTraining", `expected a Worker or a MessagePort, got ${typeof worker}`);
  }
  return new RemoteTraining(worker, options.onValue);
}
