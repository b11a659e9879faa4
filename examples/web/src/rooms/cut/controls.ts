/** The buttons and choices of the room. */
import { PALETTE } from "../../data/palette.ts";
import { button, element } from "../../ui/dom.ts";
import type { CutterState } from "./cutter.ts";

/** What the buttons do. */
export interface Actions {
  undo(): void;
  redo(): void;
  clear(): void;
  start(): void;
  pause(): void;
  resume(): void;
  stop(): void;
  afresh(): void;
  /** Another number of segments is wanted. */
  segmentsChanged(): void;
  overlaid(visible: boolean): void;
}

/** What decides which buttons can be pressed. */
export interface Situation {
  readonly state: CutterState;
  readonly undoable: boolean;
  readonly redoable: boolean;
  readonly painted: boolean;
  readonly trainable: boolean;
}

export class Controls {
  readonly history: HTMLElement;
  readonly training: HTMLElement;
  readonly segmentation: HTMLElement;
  private readonly buttons: Readonly<Record<Exclude<keyof Actions, "segmentsChanged" | "overlaid">, HTMLButtonElement>>;
  private readonly count: HTMLSelectElement;
  private readonly length = element(
    "select",
    { id: "steps" },
    ...[30, 60, 120, 240].map((n) => element("option", { value: String(n), selected: n === 60 }, String(n))),
  );
  private readonly following = element("input", { type: "checkbox", checked: true, id: "following" });

  constructor(actions: Actions) {
    this.buttons = {
      undo: button("Undo", () => actions.undo(), { id: "undo", title: "Ctrl+Z" }),
      redo: button("Redo", () => actions.redo(), { id: "redo", title: "Ctrl+Shift+Z" }),
      clear: button("Clear", () => actions.clear(), { id: "clear" }),
      start: button("Train", () => actions.start(), { class: "primary", id: "train" }),
      pause: button("Pause", () => actions.pause(), { id: "pause" }),
      resume: button("Resume", () => actions.resume(), { id: "resume" }),
      stop: button("Stop", () => actions.stop(), { id: "stop" }),
      afresh: button("Forget", () => actions.afresh(), { id: "afresh", title: "Start again from random weights" }),
    };
    const { undo, redo, clear, start, pause, resume, stop, afresh } = this.buttons;
    this.count = element(
      "select",
      { id: "segments", onchange: () => actions.segmentsChanged() },
      element("option", { value: "0" }, "as colours"),
      ...PALETTE.slice(1).map((_, i) => element("option", { value: String(i + 2) }, String(i + 2))),
    );
    const visible = element("input", { type: "checkbox", checked: true, id: "overlaid" });
    visible.onchange = () => actions.overlaid(visible.checked);
    this.history = element("div", { class: "row" }, undo, redo, clear);
    this.segmentation = element(
      "div",
      { class: "row" },
      element("label", { class: "row" }, "Segments ", this.count),
      element("label", { class: "row" }, visible, "Show them"),
    );
    this.training = element(
      "div",
      { class: "row" },
      element("label", { class: "row" }, "Steps ", this.length),
      start,
      pause,
      resume,
      stop,
      afresh,
      element("label", { class: "row" }, this.following, "Train after every stroke"),
    );
  }

  /** How many segments are wanted; 0 for as many as colours. */
  get segments(): number {
    return Number(this.count.value);
  }

  set segments(count: number) {
    this.count.value = String(count);
  }

  get steps(): number {
    return Number(this.length.value);
  }

  /** Whether a stroke starts a run. */
  get follows(): boolean {
    return this.following.checked;
  }

  allow({ state, undoable, redoable, painted, trainable }: Situation): void {
    const active = state === "running" || state === "paused";
    const allowed = {
      undo: undoable,
      redo: redoable,
      clear: painted,
      start: trainable && !active,
      pause: state === "running",
      resume: state === "paused",
      stop: active,
      afresh: state === "done",
    };
    for (const [name, one] of Object.entries(this.buttons)) one.disabled = !allowed[name as keyof typeof allowed];
  }
}
