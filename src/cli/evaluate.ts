import type { Command } from "./command.js";
import { parseOptions, required, type OptionTable } from "./args.js";
import { describeSource, openSource } from "./dataset.js";
import { hash, init } from "./library.js";
import { checkFits, loadModel } from "./modelfile.js";
import { MODEL_OPTION, OUTPUT_OPTIONS } from "./options.js";
import { percent, openTerminal } from "./terminal.js";
import { evaluateOn } from "./training.js";

const OPTIONS = {
  model: MODEL_OPTION,
  data: {
    kind: "text",
    value: "DIR|FILE",
    help: "Data set whose test part is classified.",
    fallback: "the one the model was trained on",
  },
  ...OUTPUT_OPTIONS,
} as const satisfies OptionTable;

/** `matprop evaluate`. */
export const evaluateCommand: Command = {
  spec: {
    name: "evaluate",
    summary: "measure a trained model on a test set",
    about: [
      "Classifies the test part of a data set with a saved model and prints the share of right answers. On the data " +
        "it was trained on, that is exactly the test accuracy the training printed.",
    ],
    options: OPTIONS,
    examples: [
      ["matprop evaluate --model runs/o2p-mnist-seed1/model.safetensors", "The model on its own test set."],
      ["matprop evaluate --model model.safetensors --data photos --json", "On a folder of pictures by class."],
    ],
  },

  async run(argv) {
    const { values } = parseOptions(OPTIONS, argv);
    const terminal = openTerminal({ quiet: values.quiet });
    await init();
    const { model, info } = await loadModel(required("--model FILE", values.model));
    const source = await openSource(values.data ?? info.settings.data, terminal.warn);
    checkFits(info, source.test, source.spec);
    terminal.note(`${source.spec}: ${describeSource(source)}`);
    const { accuracy, loss } = await evaluateOn(model, source.test, info);
    const result = {
      testAccuracy: accuracy,
      testLoss: loss,
      images: source.test.labels.length,
      seconds: process.uptime(),
      weightsSha256: hash(model.state()),
      model: info.settings.model,
      data: source.spec,
    };
    terminal.out(values.json ? JSON.stringify(result) : `test accuracy ${percent(accuracy)} (loss ${loss.toFixed(4)})`);
    return 0;
  },
};
