/** Both networks side by side: started, paused, resumed and stopped together, with what is needed to go on later. */
import type { TextureClass } from "../../data/picture.ts";
import type { Pooling, Summary } from "../../worker/messages.ts";
import { Learner } from "./learner.ts";

/** What has been trained so far, without the pictures. Plain data, as it is saved. */
export interface Progress {
  readonly epochs: number;
  readonly of: Readonly<Record<Pooling, NetworkProgress>>;
}

/** Of one network: of each step the loss, of each epoch what was summarized. */
export interface NetworkProgress {
  losses: number[];
  accuracies: number[];
  summary?: Summary;
  checkpoint?: Uint8Array<ArrayBuffer>;
}

export type RunState = "idle" | "running" | "paused" | "done";

/** What a run tells its room. */
export interface Watcher {
  stateChanged(state: RunState): void;
  stepped(progress: Progress): void;
  summarized(pooling: Pooling, summary: Summary): void;
  /** The progress can be saved: its checkpoints fit its curves. */
  checkpointed(progress: Progress): void;
  failed(message: string): void;
}

const fresh = (): NetworkProgress => ({ losses: [], accuracies: [] });

export class Run {
  readonly learners: Readonly<Record<Pooling, Learner>>;
  private progress: Progress | undefined;
  private state: RunState = "idle";

  constructor(private readonly watcher: Watcher) {
    const learner = (pooling: Pooling): Learner =>
      new Learner(
        pooling,
        (summary) => this.summarized(pooling, summary),
        (message) => watcher.failed(message),
      );
    this.learners = { second: learner("second"), first: learner("first") };
  }

  get all(): readonly Learner[] {
    return [this.learners.second, this.learners.first];
  }

  start(classes: readonly TextureClass[], epochs: number): void {
    void this.train(classes, { epochs, of: { second: fresh(), first: fresh() } });
    this.become("running");
  }

  /** Goes back to where a saved run stood, and stands still there. */
  restore(classes: readonly TextureClass[], saved: Progress): void {
    void this.train(classes, saved);
    this.pause();
    this.watcher.stepped(saved);
    for (const { pooling } of this.all) {
      const { summary } = saved.of[pooling];
      if (summary) this.watcher.summarized(pooling, summary);
    }
  }

  pause(): void {
    for (const { training } of this.all) training.pause();
    this.become("paused");
    void this.keep();
  }

  resume(): void {
    for (const { training } of this.all) training.resume();
    this.become("running");
  }

  stop(): void {
    for (const { training } of this.all) training.stop();
  }

  close(): void {
    for (const learner of this.all) learner.close();
  }

  private become(state: RunState): void {
    this.state = state;
    this.watcher.stateChanged(state);
  }

  private async train(classes: readonly TextureClass[], progress: Progress): Promise<void> {
    this.progress = progress;
    const { epochs } = progress;
    try {
      await Promise.all(
        this.all.map(async ({ pooling, training }) => {
          const { checkpoint } = progress.of[pooling];
          const end = training.start({ pooling, classes, epochs }, checkpoint && { checkpoint });
          for await (const { loss, step } of training) {
            progress.of[pooling].losses[step - 1] = loss;
            this.watcher.stepped(progress);
          }
          await end;
        }),
      );
      await this.keep();
      if (this.progress === progress) this.become("done");
    } catch (error) {
      this.watcher.failed(error instanceof Error ? error.message : String(error));
      this.become("idle");
    }
  }

  private summarized(pooling: Pooling, summary: Summary): void {
    const of = this.progress!.of[pooling];
    of.accuracies[summary.epoch - 1] = summary.accuracy;
    of.summary = summary;
    this.watcher.summarized(pooling, summary);
    this.watcher.stepped(this.progress!);
    if (this.state === "running") void this.keep();
  }

  /** Takes checkpoints of both networks. */
  private async keep(): Promise<void> {
    const { progress } = this;
    if (progress === undefined) return;
    await Promise.all(
      this.all.map(async ({ pooling, training }) => {
        const bytes = await training.checkpoint().catch(() => undefined);
        if (bytes !== undefined) progress.of[pooling].checkpoint = bytes;
      }),
    );
    if (this.progress === progress) this.watcher.checkpointed(progress);
  }
}
