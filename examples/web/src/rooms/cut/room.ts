/** *Cut an image*: what the user paints trains the features by which normalized cuts segment an image. */
import { gridOf, readPhoto, type Photo } from "../../data/photo.ts";
import { changed, coloursOf, EMPTY, redone, undone, type History, type Strokes } from "../../data/scribbles.ts";
import { load } from "../../data/store.ts";
import type { Room } from "../../main.ts";
import { Chart } from "../../ui/chart.ts";
import { button, element, heading } from "../../ui/dom.ts";
import { filePicker, saveFile } from "../../ui/files.ts";
import { Notices } from "../../ui/notices.ts";
import type { Cut } from "../../worker/cutMessages.ts";
import { Brush } from "./brush.ts";
import { Controls } from "./controls.ts";
import { Cutter, type CutterState } from "./cutter.ts";
import { Easel } from "./easel.ts";
import { labelPng } from "./labelPng.ts";
import { Stopwatch } from "./stopwatch.ts";
import { Vectors } from "./vectors.ts";
import "./room.css";

const PHOTO_KEY = "cut photo";
/** What changes with every stroke and step is saved apart from the image. */
const WORK_KEY = "cut work";
/** The scene that a first visit finds: two pairs of regions that differ more in texture than in colour. */
const FIRST_SAMPLE = 2;

/** The work on an image, as it is saved. */
interface Work {
  readonly history: History;
  readonly losses: readonly number[];
  /** Of the network, if it has been trained. */
  readonly weights: Uint8Array<ArrayBuffer> | null;
  readonly segments: number;
}

const FRESH: Work = { history: EMPTY, losses: [], weights: null, segments: 0 };

const STATES: Readonly<Record<CutterState, string>> = {
  idle: "Not trained yet: the segments are those of features that have learned nothing.",
  running: "Training in a worker …",
  paused: "Paused.",
  done: "Trained.",
};

class CutRoom implements Room {
  readonly view: HTMLElement;
  private readonly notices = new Notices();
  private readonly brush = new Brush();
  private readonly easel = new Easel(this.brush, (stroke) => this.paint([...this.work.history.present, stroke]));
  private readonly vectors = new Vectors();
  private readonly losses = new Chart({
    title: "Loss of each step",
    xLabel: "step",
    curves: [{ label: "loss", colour: "--second" }],
  });
  private readonly stopwatch = new Stopwatch();
  private readonly cutter = new Cutter({
    stateChanged: (state) => this.become(state),
    ended: () => this.notices.report(this.change({})),
    stepped: (loss) => this.stepped(loss),
    cut: (cut, learned) => this.showCut(cut, learned),
    failed: this.notices.failed,
  });
  private readonly controls = new Controls({
    undo: () => this.take(undone(this.work.history)),
    redo: () => this.take(redone(this.work.history)),
    clear: () => this.paint([]),
    start: () => this.cutter.start(this.controls.steps),
    pause: () => this.cutter.pause(),
    resume: () => this.cutter.resume(),
    stop: () => this.cutter.stop(),
    afresh: () => this.notices.report(this.open(this.photo!, { ...this.work, losses: [], weights: null })),
    segmentsChanged: () => this.notices.report(this.change({ segments: this.controls.segments })),
    overlaid: (visible) => (this.easel.overlaid = visible),
  });
  private readonly agreement = element("p", { id: "agreement", class: "quiet" });
  private photo: Photo | undefined;
  private work: Work = FRESH;
  private state: CutterState = "idle";
  private colours = 0;
  private sample = FIRST_SAMPLE;

  constructor() {
    const { notices, controls } = this;
    const inProgress = (work: () => Promise<string | void>) => () => notices.report(work());
    this.view = element(
      "section",
      { onkeydown: (event: KeyboardEvent) => this.key(event) },
      element("h2", {}, "Cut an image"),
      element(
        "p",
        {},
        "Paint a few strokes in each thing you want apart. A small network learns features of which the normalized cut agrees " +
          "with your strokes, by the gradient through the eigenvectors. Everything stays in this browser.",
      ),
      element(
        "div",
        { class: "row" },
        filePicker("Open an image", "Image to cut", ([file]) => file && notices.report(this.read(file))),
        button(
          "Another sample",
          inProgress(() => this.openSample(this.sample + 1)),
          { id: "sample" },
        ),
      ),
      notices.alert,
      notices.storage,
      element(
        "div",
        { class: "studio" },
        element(
          "div",
          {},
          this.brush.view,
          this.easel.view,
          element("div", { class: "row" }, controls.history, controls.segmentation),
          element(
            "p",
            { id: "easel-keys", class: "quiet" },
            "By keyboard: arrows move the brush (with Shift farther), Space puts it down and lifts it, 1 to 8 choose a colour, " +
              "E the eraser, [ and ] the size.",
          ),
        ),
        element(
          "div",
          {},
          heading("Training", "Two colours at least. New strokes count from the next step.", "training"),
          controls.training,
          notices.status,
          this.agreement,
          this.stopwatch.view,
          this.losses.view,
        ),
      ),
      heading(
        "Eigenvectors",
        "The leading ones of the normalized affinity FΛFᵀ: blue below 0, red above. As many are used as there are segments.",
      ),
      this.vectors.view,
      heading("Take it with you", "The grey level of a pixel of the label map is the number of its colour."),
      element(
        "div",
        { class: "row" },
        button(
          "Label map (PNG)",
          inProgress(() => this.saveLabels()),
          { id: "labels" },
        ),
        button("Weights (safetensors)", () => this.saveWeights(), { id: "weights" }),
      ),
    );
  }

  leave(): void {
    this.cutter.close();
    this.losses.close();
  }

  /** Finds what the last visit left; the first finds a sample. */
  async enter(): Promise<void> {
    const saved = Promise.all([load<Photo>(PHOTO_KEY), load<Work>(WORK_KEY)]);
    const [photo, work] = await saved.catch((reason: unknown) => {
      this.notices.notKept(reason);
      return [];
    });
    if (photo) await this.open(photo, work ?? FRESH);
    else await this.openSample(FIRST_SAMPLE);
  }

  private async read(file: File): Promise<void> {
    const photo = await readPhoto(file);
    this.notices.keep(PHOTO_KEY, photo);
    await this.open(photo, FRESH);
  }

  private async openSample(seed: number): Promise<void> {
    this.sample = seed;
    const photo = await this.cutter.sample(seed);
    this.notices.keep(PHOTO_KEY, photo);
    await this.open(photo, FRESH);
  }

  private async open(photo: Photo, work: Work): Promise<void> {
    this.notices.failed("");
    this.photo = photo;
    this.work = work;
    this.easel.open(photo);
    this.stopwatch.clear();
    this.controls.segments = work.segments;
    this.losses.show([work.losses]);
    // Not one after the other: a stroke may come at any time.
    await Promise.all([this.cutter.open(photo, work.weights), this.change({})]);
  }

  private paint(strokes: Strokes): void {
    this.take(changed(this.work.history, strokes));
  }

  /** Strokes that the last change to the history has left: shown, cut by, and learned from if that is wanted. */
  private take(history: History): void {
    this.stopwatch.start();
    const cut = this.change({ history });
    const learn = async (): Promise<void> => {
      await cut;
      if (this.work.history !== history) return;
      if (this.colours < 2) this.cutter.stop();
      else if (this.controls.follows) this.cutter.start(this.controls.steps);
      // What is trained later on is no answer to this stroke.
      if (this.colours < 2 || this.state !== "running") this.stopwatch.stop();
    };
    this.notices.report(learn());
  }

  /** Takes over a part of the work, and cuts anew. */
  private async change(part: Partial<Work>): Promise<void> {
    this.work = { ...this.work, ...part };
    const { history, segments } = this.work;
    this.colours = coloursOf(history.present, gridOf(this.photo!));
    this.easel.show(history.present);
    this.allow();
    await this.cutter.cut({ strokes: history.present, segments });
  }

  private stepped(loss: number): void {
    this.work = { ...this.work, losses: [...this.work.losses, loss] };
    this.losses.show([this.work.losses]);
  }

  private showCut(cut: Cut, learned: boolean): void {
    this.easel.overlay(cut.overlay, cut.width);
    this.vectors.show(cut);
    this.stopwatch.segmented(learned);
    this.agreement.textContent = Number.isNaN(cut.agreement)
      ? "Nothing is painted yet."
      : `${(100 * cut.agreement).toFixed(1)} % of the painted pixels lie in a segment of their colour.`;
    this.work = { ...this.work, weights: cut.weights };
    this.notices.keep(WORK_KEY, this.work);
  }

  private become(state: CutterState): void {
    this.state = state;
    this.notices.state(state, STATES[state]);
    this.allow();
  }

  private allow(): void {
    const { past, present, future } = this.work.history;
    this.controls.allow({
      state: this.state,
      undoable: past.length > 0,
      redoable: future.length > 0,
      painted: present.length > 0,
      trainable: this.colours >= 2,
    });
  }

  private key(event: KeyboardEvent): void {
    const key = event.key.toLowerCase();
    if (!(event.ctrlKey || event.metaKey) || (key !== "z" && key !== "y")) return;
    event.preventDefault();
    const { history } = this.work;
    this.take(key === "y" || event.shiftKey ? redone(history) : undone(history));
  }

  private async saveLabels(): Promise<string> {
    const { photo } = this;
    saveFile("labels.png", await labelPng(await this.cutter.labels(), photo!));
    return `Saved labels.png, ${photo!.width} × ${photo!.height} pixels.`;
  }

  private saveWeights(): void {
    const { weights } = this.work;
    if (weights === null) return this.notices.failed("there are no weights yet: train first");
    saveFile("cut.safetensors", new Blob([weights], { type: "application/octet-stream" }));
  }
}

export async function open(): Promise<Room> {
  const room = new CutRoom();
  await room.enter();
  return room;
}
