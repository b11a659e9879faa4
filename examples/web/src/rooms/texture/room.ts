/** *Teach a texture*: two networks that differ in their pooling learn from a few pictures of each class. */
import type { TextureClass } from "../../data/picture.ts";
import { load } from "../../data/store.ts";
import type { Room } from "../../main.ts";
import { Chart } from "../../ui/chart.ts";
import { button, element, heading } from "../../ui/dom.ts";
import { filePicker } from "../../ui/files.ts";
import { Notices } from "../../ui/notices.ts";
import type { Pooling } from "../../worker/messages.ts";
import { ClassEditor } from "./classes.ts";
import { Results } from "./results.ts";
import { Run, type Progress, type RunState } from "./run.ts";
import { Tester } from "./tester.ts";
import { download, importWeights } from "./weights.ts";

const CLASSES_KEY = "texture classes";
/** The pictures of a run are saved apart from what changes with every epoch. */
const RUN_CLASSES_KEY = "texture run classes";
const RUN_KEY = "texture run";

const CURVES = [
  { label: "second order", colour: "--second" },
  { label: "first order", colour: "--first" },
] as const;

const STATES: Readonly<Record<RunState, string>> = {
  idle: "Not trained yet.",
  running: "Training in two workers …",
  paused: "Paused.",
  done: "Trained.",
};

export async function open(): Promise<Room> {
  const notices = new Notices();
  const { failed, notKept } = notices;
  const losses = new Chart({ title: "Loss of each step", xLabel: "step", curves: CURVES });
  const accuracies = new Chart({
    title: "Accuracy on held-out patches",
    xLabel: "epoch",
    curves: CURVES,
    range: [0, 1],
  });
  const results = new Results();
  const of = <T>(progress: Progress, pick: (one: Progress["of"][Pooling]) => T): T[] => [
    pick(progress.of.second),
    pick(progress.of.first),
  ];
  const run = new Run({
    stateChanged: (state) => showState(state),
    stepped: (progress) => {
      losses.show(of(progress, (one) => one.losses));
      accuracies.show(of(progress, (one) => one.accuracies));
    },
    summarized: (pooling, summary) => results.show(pooling, summary),
    checkpointed: (progress) => notices.keep(RUN_KEY, progress),
    failed,
  });
  let restored = false;
  const editor = new ClassEditor((classes) => {
    failed("");
    allowStart();
    if (restored) notices.keep(CLASSES_KEY, classes);
  }, failed);
  const samples = async (): Promise<void> => {
    editor.set(await run.learners.second.questions.ask("samples", { seed: 1, perClass: 3 }));
  };
  const epochs = element(
    "select",
    {},
    ...[4, 8, 16, 32].map((n) => element("option", { value: String(n), selected: n === 8 }, String(n))),
  );
  const start = button("Train", () => begin(), { class: "primary", id: "train", disabled: true });
  const pause = button("Pause", () => run.pause(), { id: "pause" });
  const resume = button("Resume", () => run.resume(), { id: "resume" });
  const stop = button("Stop", () => run.stop(), { id: "stop" });
  const begin = (): void => {
    failed("");
    results.hide();
    const classes = editor.value;
    run.start(classes, Number(epochs.value));
    // Copies of all pictures have just gone to the workers: another one is a task of its own.
    setTimeout(() => notices.keep(RUN_CLASSES_KEY, classes));
  };
  /** A run has to end before the next, so that no late result of the one is taken for one of the other. */
  const allowStart = (): void => {
    start.disabled = !trainable(editor.value) || !stop.disabled;
  };
  const showState = (state: RunState): void => {
    notices.state(state, STATES[state]);
    pause.disabled = state !== "running";
    resume.disabled = state !== "paused";
    stop.disabled = state !== "running" && state !== "paused";
    allowStart();
  };
  showState("idle");
  const view = element(
    "section",
    {},
    element("h2", {}, "Teach a texture"),
    element(
      "p",
      {},
      "Give each class a few pictures. Grey patches of 32 × 32 pixels are cut from them, and two networks learn to tell " +
        "the classes apart: equal but for how they pool their features F. Everything stays in this browser.",
    ),
    heading("Classes", "Two at least, each with a picture; a click on a picture removes it."),
    editor.view,
    element(
      "div",
      { class: "row" },
      editor.add,
      button("Sample textures", () => notices.report(samples()), { id: "samples" }),
    ),
    notices.alert,
    notices.storage,
    heading("Training", "The right fifth of every picture is held out: the networks never train on it.", "training"),
    element("div", { class: "row" }, element("label", {}, "Epochs ", epochs), start, pause, resume, stop),
    notices.status,
    element("div", { class: "pair" }, losses.view, accuracies.view),
    results.view,
    heading("Test", "A picture that neither network has seen."),
    new Tester(run.all, failed).view,
    heading("Weights", "A safetensors file, which Python reads too."),
    element(
      "div",
      { class: "row" },
      button("Export second order", () => notices.report(download(run.learners.second)), { id: "export" }),
      button("Export first order", () => notices.report(download(run.learners.first))),
      filePicker(
        "Import",
        "Weights to import",
        (files) => notices.report(importWeights(run.learners, files)),
        false,
        ".safetensors",
      ),
    ),
  );
  const saved = await lastVisit().catch(notKept);
  if (saved?.classes?.length) editor.set(saved.classes);
  else await samples();
  if (saved?.run && saved.runClasses) run.restore(saved.runClasses, saved.run);
  restored = true;
  const leave = (): void => {
    run.close();
    for (const one of [losses, accuracies, results]) one.close();
  };
  return { view, leave };
}

function trainable(classes: readonly TextureClass[]): boolean {
  return classes.length >= 2 && classes.every(({ pictures }) => pictures.length > 0);
}

/** What the last visit left; each is undefined where there is nothing. */
async function lastVisit() {
  const [classes, run, runClasses] = await Promise.all([
    load<readonly TextureClass[]>(CLASSES_KEY),
    load<Progress>(RUN_KEY),
    load<readonly TextureClass[]>(RUN_CLASSES_KEY),
  ]);
  return { classes, run, runClasses };
}
