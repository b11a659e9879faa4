/** Trains one network in a worker and answers questions about it. */
import { data, init, io, optim, train } from "matprop";
import { serveTraining } from "matprop/worker";
import { SIDE, type TextureClass } from "../data/picture.ts";
import type { Connect } from "./connect.ts";
import type { Description, Questions, Settings, Summary } from "./messages.ts";
import { TextureNet } from "./network.ts";
import { cutClasses, cutPicture } from "./patches.ts";
import { answerQuestions, type Answers } from "./questions.ts";

const SEED = 1;
const BATCH = 32;
const RATE = 3e-3;
/** So many textures of the generator, the first ones, are told apart by the direction of an edge alone: no samples. */
const DIRECTIONS = 4;

type Statistics = ReturnType<typeof data.statistics>;

/** What a file of weights carries besides them. */
interface Head extends Statistics, Description {}

/** The network that questions are about: the one of the last run, or an imported one. */
let current: { readonly model: TextureNet; readonly head: Head } | undefined;

function served({ training, questions }: Connect): void {
  serveTraining<Settings, Summary, TextureNet, data.Batch>(
    (settings, { send }) => {
      const { pooling, epochs } = settings;
      const sets = cutClasses(settings.classes);
      const statistics = data.statistics(sets.training);
      const names = settings.classes.map(({ name }) => name);
      const model = new TextureNet(pooling, names.length);
      current = { model, head: { pooling, classes: names, ...statistics } };
      const optimizer = optim.adamw(model.parameters(), { lr: RATE });
      const batches = (epoch: number, start: number): data.Batches =>
        data.batches(sets.training, { batchSize: BATCH, shuffle: SEED, epoch, start, ...statistics });
      const schedule = optim.schedules.cosine({ lr: RATE, steps: epochs * batches(0, 0).length });
      const onEpoch = async ({ epoch }: { readonly epoch: number }): Promise<void> =>
        send(await summarize(model, sets.heldOut, statistics, epoch + 1));
      return { model, data: batches, optimizer, schedule, epochs, seed: SEED, callbacks: { onEpoch } };
    },
    { port: training },
  );
  answerQuestions(questions, answers, init);
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

const answers: Answers<Questions> = {
  samples({ seed, perClass }) {
    const { images, labels, classes } = data.synthetic({ seed, size: SIDE, perClass });
    const made = classes.map((name, label): TextureClass => {
      const members = [...labels.keys()].filter((i) => labels[i] === label);
      return { name, pictures: members.map((i) => images.slice(i * SIDE * SIDE, (i + 1) * SIDE * SIDE)) };
    });
    return made.slice(DIRECTIONS);
  },
  predict(picture) {
    const { model, head } = trained();
    return { classes: head.classes, probabilities: model.probabilities(whole(cutPicture(picture), head)) };
  },
  export() {
    const { model, head } = trained();
    return io.encodeSafetensors(model.state(), { "matprop.web": JSON.stringify(head) });
  },
  describe(bytes) {
    const { pooling, classes } = decoded(bytes).head;
    return { pooling, classes };
  },
  import(bytes) {
    const { tensors, head } = decoded(bytes);
    const model = new TextureNet(head.pooling, head.classes.length);
    model.loadState(tensors);
    model.eval();
    current = { model, head };
    return null;
  },
};

function decoded(bytes: Uint8Array) {
  const { tensors, metadata } = io.decodeSafetensors(bytes);
  const text = metadata["matprop.web"];
  if (text === undefined) throw new Error("these weights were not exported by this app");
  return { tensors, head: JSON.parse(text) as Head };
}

addEventListener("message", ({ data: connect }: MessageEvent<Connect>) => served(connect));
