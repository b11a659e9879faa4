/** Trains one network in a worker and answers questions about it. */
import { data, init, io, optim, train } from "matprop";
import { serveTraining } from "matprop/worker";
import { SIDE, type Picture, type TextureClass } from "../data/picture.ts";
import type { Answer, Connect, Pooling, Question, Questions, Settings, Summary, Topic } from "./messages.ts";
import { TextureNet } from "./network.ts";
import { cutClasses, cutPicture } from "./patches.ts";

const SEED = 1;
const BATCH = 32;
const RATE = 3e-3;

type Statistics = ReturnType<typeof data.statistics>;

/** What a file of weights says about itself. */
interface Head extends Statistics {
  readonly pooling: Pooling;
  readonly classes: readonly string[];
}

let pooling: Pooling = "second";
/** The network that questions are about: the one of the last run, or an imported one. */
let current: { readonly model: TextureNet; readonly head: Head } | undefined;

function served({ training, questions }: Connect): void {
  serveTraining<Settings, Summary, TextureNet, data.Batch>(
    (settings, { send }) => {
      ({ pooling } = settings);
      const sets = cutClasses(settings.classes);
      const statistics = data.statistics(sets.training);
      const names = settings.classes.map(({ name }) => name);
      const model = new TextureNet(pooling, names.length);
      current = { model, head: { pooling, classes: names, ...statistics } };
      const optimizer = optim.adamw(model.parameters(), { lr: RATE });
      const batches = (epoch: number, start: number): data.Batches =>
        data.batches(sets.training, { batchSize: BATCH, shuffle: SEED, epoch, start, ...statistics });
      const { epochs } = settings;
      const schedule = optim.schedules.cosine({ lr: RATE, steps: epochs * batches(0, 0).length });
      const onEpoch = async ({ epoch }: { readonly epoch: number }): Promise<void> =>
        send(await summarize(model, sets.heldOut, statistics, epoch + 1));
      return { model, data: batches, optimizer, schedule, epochs, seed: SEED, callbacks: { onEpoch } };
    },
    { port: training },
  );
  questions.onmessage = async ({ data: question }: MessageEvent<Question>) => {
    const { id, topic, value } = question;
    try {
      await init();
      const answer = answers[topic](value as never);
      questions.postMessage({ id, value: answer } satisfies Answer);
    } catch (error) {
      questions.postMessage({ id, error: String(error instanceof Error ? error.message : error) } satisfies Answer);
    }
  };
}

async function summarize(
  model: TextureNet,
  heldOut: ReturnType<typeof data.fromArrays>,
  statistics: Statistics,
  epoch: number,
): Promise<Summary> {
  const { accuracy, confusion } = await train.evaluate(
    model,
    data.batches(heldOut, { batchSize: 2 * BATCH, ...statistics }),
  );
  const byClass = heldOut.classes.map((_, label) => {
    const members = [...heldOut.labels.keys()].filter((i) => heldOut.labels[i] === label);
    return model.logGram(whole(data.subset(heldOut, members), statistics));
  });
  return {
    epoch,
    accuracy,
    classes: heldOut.classes,
    confusion,
    logGrams: byClass.map(({ matrix }) => matrix),
    spectra: byClass.map(({ spectrum }) => spectrum),
  };
}

/** A set as one batch. */
function whole(set: ReturnType<typeof data.fromArrays>, { mean, std }: Statistics): data.Batch["images"] {
  const [batch] = data.batches(set, { batchSize: set.labels.length, mean, std });
  return batch!.images;
}

function trained(): NonNullable<typeof current> {
  if (current === undefined) throw new Error("there is no network yet: train one, or import its weights");
  return current;
}

const answers: { [T in Topic]: (value: Questions[T]["ask"]) => Questions[T]["answer"] } = {
  samples({ seed, perClass }) {
    const { images, labels, classes } = data.synthetic({ seed, size: SIDE, perClass });
    return classes.map((name, label): TextureClass => {
      const members = [...labels.keys()].filter((i) => labels[i] === label);
      return {
        name,
        pictures: members.map((i) => greyPicture(images.subarray(i * SIDE * SIDE, (i + 1) * SIDE * SIDE))),
      };
    });
  },
  predict(picture) {
    const { model, head } = trained();
    return { classes: head.classes, probabilities: model.probabilities(whole(cutPicture(picture), head)) };
  },
  export() {
    const { model, head } = trained();
    return io.encodeSafetensors(model.state(), { "matprop.web": JSON.stringify(head) });
  },
  import(bytes) {
    const { tensors, metadata } = io.decodeSafetensors(bytes);
    const text = metadata["matprop.web"];
    if (text === undefined) throw new Error("these weights were not exported by this app");
    const head = JSON.parse(text) as Head;
    const model = new TextureNet(head.pooling, head.classes.length);
    model.loadState(tensors);
    model.eval();
    current = { model, head };
    return { classes: head.classes };
  },
};

function greyPicture(pixels: Uint8Array): Picture {
  const rgba = new Uint8ClampedArray(4 * pixels.length);
  pixels.forEach((value, i) => rgba.set([value, value, value, 255], 4 * i));
  return { width: SIDE, height: SIDE, data: rgba };
}

addEventListener("message", ({ data: connect }: MessageEvent<Connect>) => served(connect));
