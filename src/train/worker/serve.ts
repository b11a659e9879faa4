import { ArgumentError } from "../../errors.js";
import type { Module } from "../../nn/module.js";
import { init, type InitOptions } from "../../wasm/load.js";
import { checkpoint, restore, type Trainee } from "../checkpoint.js";
import { fit, type FitOptions } from "../fit.js";
import { macrotask } from "../../wasm/macrotask.js";
import type { Batch, EpochData, StepReport } from "../types.js";
import { listen, messageOf, type Command, type Endpoint, type Message } from "./messages.js";

/** The longest that finished steps wait for the next message: about one frame, whatever the number of steps in it. */
const FRAME_MS = 16;

/** What ends a run between two steps, thrown where the next batch is asked for. */
const STOPPED = new Error("stopped");

/** What a worker trains: a model and its data, with the options of {@link fit}. */
export interface TrainingProgram<M extends Module = Module, B extends Batch = Batch> extends Omit<
  FitOptions<M, B>,
  "signal" | "startStep"
> {
  readonly model: M;
  readonly data: EpochData<B>;
  /** Seed that checkpoints carry (default 0). */
  readonly seed?: number;
}

/** What the function given to {@link serveTraining} can do besides training. */
export interface WorkerContext<V = unknown> {
  /** Sends a value of your own to the page, such as a confusion matrix after an epoch; `transfer` moves its buffers. */
  send(value: V, transfer?: Transferable[]): void;
}

/** Options of {@link serveTraining}. */
export interface ServeOptions extends InitOptions {
  /** Where commands come from (default: the worker's own page, or its parent in Node). */
  readonly port?: Endpoint;
}

/**
 * The worker's side of a training run: waits for `start`, loads the library, makes what `make` returns, and trains it
 * with {@link fit} until its end or `stop`, one run after the other. Commands are obeyed between steps. The same file
 * runs in a web worker and in Node's `worker_threads`.
 *
 * @param make called with the settings of each `start`; what it returns is trained.
 * @throws {ArgumentError} outside a worker, unless `port` is given. Errors of a run go to the page.
 * @example
 * import { data, nn, optim } from "matprop";
 * import { serveTraining } from "matprop/worker";
 * const { port1: port } = new MessageChannel(); // in a worker of its own: leave the option out
 * serveTraining(
 *   ({ epochs }) => {
 *     const set = data.synthetic({ seed: 1, size: 8, classes: 4, perClass: 16 });
 *     const model = new nn.Sequential([new nn.Flatten(), new nn.Linear(64, 4, { seed: 1 })]);
 *     const batches = (epoch, skip) => data.batches(set, { batchSize: 16, shuffle: 1, epoch, start: skip });
 *     return { model, data: batches, optimizer: optim.adam(model.parameters()), epochs };
 *   },
 *   { port },
 * );
 * port.close();
 */
export function serveTraining<S = unknown, V = unknown, M extends Module = Module, B extends Batch = Batch>(
  make: (settings: S, context: WorkerContext<V>) => TrainingProgram<M, B> | Promise<TrainingProgram<M, B>>,
  options: ServeOptions = {},
): void {
  const port = options.port ?? ownPort();
  const post = (message: Message<V>, transfer: Transferable[] = []): void => port.postMessage(message, transfer);
  const context: WorkerContext<V> = { send: (value, transfer) => post({ type: "value", value }, transfer) };
  let run: Run<V> | undefined;
  const start = ({ run: number, settings, checkpoint }: Command<S> & { readonly type: "start" }): void => {
    const previous = run;
    previous?.stop();
    const begin = async (): Promise<TrainingProgram<M, B>> => {
      await previous?.ended;
      await init(options);
      return make(settings, context);
    };
    run = new Run(number, post);
    run.ended = run.train(begin, checkpoint);
  };
  listen<Command<S>>(port, (command) => {
    if (command.type === "start") start(command);
    else if (command.type !== "checkpoint") run?.[command.type]();
    else if (run) void run.checkpoint(command.id);
    else post({ type: "refused", id: command.id, error: messageOf(notStarted()) });
  });
}

function notStarted(): ArgumentError {
  return new ArgumentError("checkpoint", "nothing has been trained yet; call start() first");
}

/** One run, from `start` to its end; afterwards it still gives checkpoints. */
class Run<V> {
  ended: Promise<void> = Promise.resolve();
  private stopped = false;
  private begun: () => void = () => undefined;
  /** When the trainee has been made, or could not be. */
  private readonly ready = new Promise<void>((resolve) => (this.begun = resolve));
  private trainee: (Trainee & { readonly seed?: number }) | undefined;
  /** Steps done, and the epoch of the next. */
  private step = 0;
  private epoch = 0;
  private reports: StepReport[] = [];
  private sent = 0;
  /** Where the loop waits while the run is paused. */
  private paused: Promise<void> | undefined;
  private release: () => void = () => undefined;

  constructor(
    private readonly number: number,
    private readonly post: (message: Message<V>, transfer?: Transferable[]) => void,
  ) {}

  async train<M extends Module, B extends Batch>(
    begin: () => Promise<TrainingProgram<M, B>>,
    from: Uint8Array<ArrayBuffer> | undefined,
  ): Promise<void> {
    try {
      const { model, data, seed, ...options } = await begin();
      // A command sent together with the start is obeyed before the first step.
      await macrotask();
      const { optimizer, ema } = options;
      const trainee = { model, optimizer, ...(ema && { ema }), ...(seed !== undefined && { seed }) };
      if (from !== undefined) ({ step: this.step, epoch: this.epoch } = restore(from, trainee));
      this.trainee = trainee;
      this.begun();
      // What `fit` asks of the data by itself, since the gate has no length.
      const { stepsPerEpoch = (data(0, 0) as { readonly length?: number }).length } = options;
      const plan = { ...options, startStep: this.step, ...(stepsPerEpoch !== undefined && { stepsPerEpoch }) };
      for await (const report of fit(model, this.gate(data), plan)) {
        this.step = report.step;
        this.epoch = report.epoch + Number(report.epochEnd);
        this.reports.push(report);
        if (performance.now() - this.sent >= FRAME_MS) this.flush();
      }
      this.end(false);
    } catch (error) {
      this.begun();
      if (error === STOPPED) return this.end(true);
      this.flush();
      this.post({ type: "failed", run: this.number, error: messageOf(error) });
    }
  }

  pause(): void {
    this.flush();
    this.paused ??= new Promise((resolve) => (this.release = resolve));
  }

  resume(): void {
    this.release();
    this.paused = undefined;
  }

  stop(): void {
    this.stopped = true;
    this.resume();
  }

  async checkpoint(id: number): Promise<void> {
    await this.ready;
    try {
      if (this.trainee === undefined) throw notStarted();
      const { step, epoch } = this;
      const bytes = checkpoint(this.trainee, { step, epoch, seed: this.trainee.seed ?? 0 });
      this.flush();
      this.post({ type: "checkpoint", id, bytes }, [bytes.buffer]);
    } catch (error) {
      this.post({ type: "refused", id, error: messageOf(error) });
    }
  }

  /** The data, held back while the run is paused: right before a step, so that nothing comes after a command. */
  private gate<B extends Batch>(data: EpochData<B>): EpochData<B> {
    const wait = async (): Promise<void> => {
      await this.paused;
      if (this.stopped) throw STOPPED;
    };
    return async function* (epoch, skip) {
      for await (const batch of data(epoch, skip)) {
        await wait();
        yield batch;
      }
    };
  }

  private end(stopped: boolean): void {
    this.flush();
    this.post({ type: "end", run: this.number, step: this.step, stopped });
  }

  private flush(): void {
    const { reports } = this;
    this.sent = performance.now();
    if (reports.length === 0) return;
    this.reports = [];
    this.post({ type: "steps", run: this.number, reports });
  }
}

/** The port to whoever made this worker: its global scope, or in Node the parent's port. */
function ownPort(): Endpoint {
  const scope = globalThis as unknown as Endpoint & {
    readonly WorkerGlobalScope?: unknown;
    readonly process?: { getBuiltinModule?(name: string): { readonly parentPort?: Endpoint | null } };
  };
  if (scope.WorkerGlobalScope !== undefined) return scope;
  const parent = scope.process?.getBuiltinModule?.("node:worker_threads").parentPort;
  if (!parent) throw new ArgumentError("serveTraining", "must run in a worker, or be given the option port");
  return parent;
}
