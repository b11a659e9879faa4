/** The network that cuts an image, in a worker, as the room sees it. */
import type { RemoteTraining } from "matprop/worker";
import type { Photo } from "../../data/photo.ts";
import { connect } from "../../worker/connect.ts";
import type { Cut, CutQuestions, CutSettings, Wish } from "../../worker/cutMessages.ts";
import type { Questioner } from "../../worker/questions.ts";

export type CutterState = "idle" | "running" | "paused" | "done";

/** What the room is told. */
export interface CutWatcher {
  stateChanged(state: CutterState): void;
  stepped(loss: number): void;
  /** A run has ended, also between two cuts. */
  ended(): void;
  /** There is a new cut; `learned` if a step of training led to it. */
  cut(cut: Cut, learned: boolean): void;
  failed(message: string): void;
}

export class Cutter {
  private readonly worker = new Worker(new URL("../../worker/cut.ts", import.meta.url), { type: "module" });
  private readonly training: RemoteTraining<CutSettings, Cut>;
  private readonly questions: Questioner<CutQuestions>;
  private state: CutterState = "idle";
  private image = 0;
  private run = 0;
  private wish = 0;

  constructor(private readonly watcher: CutWatcher) {
    const shown = (cut: Cut): void => this.show(cut, true);
    const failed = (message: string): void => watcher.failed(message);
    ({ training: this.training, questions: this.questions } = connect(this.worker, shown, failed));
  }

  sample(seed: number): Promise<Photo> {
    return this.questions.ask("sample", { seed });
  }

  /** Goes over to an image, with weights of an earlier visit or new ones. */
  async open(photo: Photo, weights: Uint8Array<ArrayBuffer> | null): Promise<void> {
    this.stop();
    this.run++;
    await this.questions.ask("open", { image: ++this.image, photo, weights });
    this.become(weights === null ? "idle" : "done");
  }

  /** Cuts by the features as they are; a run that goes on learns from these strokes from its next step. */
  async cut(wish: Omit<Wish, "number">): Promise<void> {
    this.show(await this.questions.ask("cut", { ...wish, number: ++this.wish }), false);
  }

  /** The number of the colour of each pixel of the photo. */
  labels(): Promise<Uint8Array<ArrayBuffer>> {
    return this.questions.ask("labels", null);
  }

  start(steps: number): void {
    const run = ++this.run;
    const end = this.training.start({ steps });
    this.become("running");
    void this.follow(run, end);
  }

  pause(): void {
    this.training.pause();
    this.become("paused");
  }

  resume(): void {
    this.training.resume();
    this.become("running");
  }

  stop(): void {
    if (this.state === "running" || this.state === "paused") this.training.stop();
  }

  close(): void {
    this.worker.terminate();
  }

  private show(cut: Cut, learned: boolean): void {
    // What was on its way when something else was wished for would be shown for a moment only.
    if (cut.image === this.image && cut.wish === this.wish) this.watcher.cut(cut, learned);
  }

  private become(state: CutterState): void {
    this.state = state;
    this.watcher.stateChanged(state);
  }

  /** Tells of the steps of a run until it ends, or another takes its place. */
  private async follow(run: number, end: Promise<unknown>): Promise<void> {
    try {
      for await (const { loss } of this.training) if (run === this.run) this.watcher.stepped(loss);
      await end;
      if (run !== this.run) return;
      this.become("done");
      this.watcher.ended();
    } catch (error) {
      this.watcher.failed(error instanceof Error ? error.message : String(error));
      if (run === this.run) this.become("idle");
    }
  }
}
