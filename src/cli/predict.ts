import type { Command } from "./command.js";
import { parseOptions, required, UsageError, type OptionTable, type Positionals } from "./args.js";
import { init, readImages } from "./library.js";
import { loadModel } from "./modelfile.js";
import { MODEL_OPTION } from "./options.js";
import { percent, openTerminal } from "./terminal.js";
import { probabilitiesOf } from "./training.js";

const OPTIONS = {
  model: MODEL_OPTION,
  top: { kind: "integer", min: 1, max: 1000, help: "How many classes to show for each picture.", fallback: "3" },
  json: { kind: "flag", help: "Print one line of JSON with all probabilities." },
} as const satisfies OptionTable;

const POSITIONALS: Positionals = { usage: "FILE…", min: 1, max: Infinity };

/** `matprop predict`. */
export const predictCommand: Command = {
  spec: {
    name: "predict",
    summary: "classify pictures with a trained model",
    about: [
      "Classifies PNG and JPEG files. Each picture is brought to the size and the number of channels the model was " +
        "trained on. Digits for a model trained on MNIST are white on black.",
    ],
    options: OPTIONS,
    positionals: POSITIONALS,
    examples: [
      ["matprop predict digit.png --model runs/o2p-mnist-seed1/model.safetensors", "The three likeliest classes."],
      ["matprop predict *.jpg --model model.safetensors --json", "All probabilities of many pictures, for a program."],
    ],
  },

  async run(argv) {
    const { values, rest } = parseOptions(OPTIONS, argv, POSITIONALS);
    const terminal = openTerminal();
    await init();
    const { model, info } = await loadModel(required("--model FILE", values.model));
    const [height, width, channels] = info.shape;
    if (channels === undefined) throw new UsageError("the model was trained on matrices: it cannot classify pictures");
    if (channels !== 1 && channels !== 3) throw new UsageError(`pictures have 1 or 3 channels, the model ${channels}`);
    const pictures = await readImages(rest, { size: [height, width], channels });
    const probabilities = probabilitiesOf(model, pictures, info);
    const n = info.classes.length;
    const answers = rest.map((file, i) => {
      const row = probabilities.subarray(i * n, (i + 1) * n);
      // Equal probabilities in order of the classes: sort is stable.
      const order = Array.from(row.keys()).sort((a, b) => row[b]! - row[a]!);
      return { file, order, row };
    });
    if (values.json) {
      const predictions = answers.map(({ file, order, row }) => ({
        file,
        class: info.classes[order[0]!]!,
        probabilities: Object.fromEntries(info.classes.map((name, j) => [name, row[j]!])),
      }));
      terminal.out(JSON.stringify({ predictions }));
      return 0;
    }
    for (const { file, order, row } of answers) {
      const shown = order.slice(0, values.top ?? 3).map((j) => `${info.classes[j]!} ${percent(row[j]!)}`);
      terminal.out(`${file}: ${shown.join(", ")}`);
    }
    return 0;
  },
};
