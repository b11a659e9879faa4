import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseOptions, required, UsageError, type OptionTable, type Positionals } from "../args.js";
import type { Command } from "../command.js";
import { init, openPictures, writeFileAtomic, writeLabelMap, type data } from "../library.js";
import { MODEL_OPTION, OUTPUT_OPTIONS } from "../options.js";
import { encodePng } from "../report/png.js";
import { openTerminal } from "../terminal.js";
import { eigenvectorPicture, overlayOf } from "./pictures.js";
import { segmenterOf } from "./segmenters.js";
import { segmentImage, type Segmenter } from "./segmentImage.js";
import { sourceOf, SPLITS } from "./source.js";

const OPTIONS = {
  model: MODEL_OPTION,
  out: { kind: "text", value: "DIR", help: "Folder for the results. Required." },
  data: { kind: "text", value: "DIR", help: "Segment the images of a data set instead of single files." },
  split: { kind: "choice", choices: SPLITS, help: "Which of its images.", fallback: "val" },
  quiet: OUTPUT_OPTIONS.quiet,
  json: { kind: "flag", help: "Print one line of JSON with the files and the number of segments of each." },
} as const satisfies OptionTable;

const POSITIONALS: Positionals = { usage: "IMAGE…", min: 0, max: Infinity };

/** What was written of one image. */
interface Prediction {
  readonly id: string;
  readonly labels: string;
  readonly segments: number;
}

/** `matprop segment predict`. */
export const segmentPredictCommand: Command = {
  spec: {
    name: "segment predict",
    summary: "segment pictures with a trained model",
    about: [
      "Segments PNG and JPEG files. For each IMAGE, --out receives NAME.npy (uint16 label map of the size of the image), " +
        "NAME-overlay.png (segments and their borders over the image) and NAME-eigenvectors.png (the leading eigenvectors, " +
        "side by side). With --data, ID.npy for every image of a split, and nothing else; label maps are not read.",
    ],
    options: OPTIONS,
    positionals: POSITIONALS,
    examples: [
      ["matprop segment predict beach.jpg --model model.safetensors --out found", "One picture."],
      ["matprop segment predict --data bsds500 --split test --model model.safetensors --out found", "A whole split."],
    ],
  },

  async run(argv) {
    const { values, rest } = parseOptions(OPTIONS, argv, POSITIONALS);
    const terminal = openTerminal({ quiet: values.quiet });
    const path = required("--model FILE", values.model);
    const out = required("--out DIR", values.out);
    if (rest.length > 0 === (values.data !== undefined)) throw new UsageError("needs either IMAGE… or --data DIR");
    if (values.split !== undefined && values.data === undefined) throw new UsageError("--split needs --data DIR");
    await init();
    const segmenter = await segmenterOf(path);
    const split = values.split ?? "val";
    const set =
      values.data === undefined ? await openPictures(rest) : await sourceOf(values.data).open(split, { truths: false });
    mkdirSync(out, { recursive: true });
    const predictions: Prediction[] = [];
    for (let i = 0; i < set.ids.length; i++) {
      const found = await predict(await set.read(i), segmenter, out, values.data === undefined);
      predictions.push(found);
      terminal.note(`${i + 1}/${set.ids.length} ${found.id}: ${found.segments} segments`);
    }
    terminal.out(values.json ? JSON.stringify({ predictions }) : `${predictions.length} label maps in ${out}`);
    return 0;
  },
};

async function predict(
  image: data.SegmentedImage,
  segmenter: Segmenter,
  out: string,
  pictures: boolean,
): Promise<Prediction> {
  const { id, pixels, height, width } = image;
  const found = segmentImage(image, segmenter);
  const map = found.cut({ threshold: segmenter.rule.threshold });
  const labels = join(out, `${id}.npy`);
  await writeLabelMap(labels, map);
  if (pictures) {
    const overlay = overlayOf({ pixels, height, width }, map);
    await writeFileAtomic(join(out, `${id}-overlay.png`), encodePng(overlay, height, width, 3));
    const { image: small } = found.sample;
    const vectors = eigenvectorPicture(found.regions.embedding, small.height, small.width);
    const png = encodePng(vectors.pixels, small.height, vectors.width, 1);
    await writeFileAtomic(join(out, `${id}-eigenvectors.png`), png);
  }
  return { id, labels, segments: map.count };
}
