import { UsageError } from "../args.js";
import type { Command } from "../command.js";
import { segmentEvaluateCommand } from "./evaluate.js";
import { segmentPredictCommand } from "./predict.js";
import { segmentTrainCommand } from "./train.js";

const SUBCOMMANDS: readonly Command[] = [segmentTrainCommand, segmentPredictCommand, segmentEvaluateCommand];

/** `matprop segment`: the commands around segmentation by normalized cuts. */
export const segmentCommand: Command = {
  spec: {
    name: "segment",
    summary: "segment images by normalized cuts of learned features",
    about: [
      "Learns features whose normalized cuts agree with human segmentations, segments images with them, and measures how " +
        "well. Each of the commands below has a page of its own.",
    ],
    options: {},
    examples: [
      ["matprop segment train", "Learn built-in textured scenes, in a minute or so."],
      ["matprop segment evaluate --data bsds500 --split val --raw", "Colour and position alone, without a network."],
    ],
  },
  subcommands: SUBCOMMANDS,

  run() {
    const names = SUBCOMMANDS.map(({ spec }) => spec.name.slice("segment ".length));
    return Promise.reject(new UsageError(`needs one of the commands ${names.join(", ")}`));
  },
};
