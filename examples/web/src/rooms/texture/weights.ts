/** Weights as files. */
import { saveFile } from "../../ui/files.ts";
import type { Pooling } from "../../worker/messages.ts";
import type { Learner } from "./learner.ts";

/** Hands the weights of a network to the browser's downloads. */
export async function download(learner: Learner): Promise<string> {
  const bytes = await learner.questions.ask("export", null);
  const name = `texture-${learner.pooling}-order.safetensors`;
  saveFile(name, new Blob([bytes], { type: "application/octet-stream" }));
  return `Exported ${name}, ${(bytes.length / 1024).toFixed(0)} KB.`;
}

/** Gives an exported file to the network it came from. */
export async function importWeights(
  learners: Readonly<Record<Pooling, Learner>>,
  files: Iterable<File>,
): Promise<string | undefined> {
  const [file] = files;
  if (file === undefined) return undefined;
  const bytes = new Uint8Array(await file.arrayBuffer());
  const { pooling, classes } = await learners.second.questions.ask("describe", bytes);
  await learners[pooling].questions.ask("import", bytes);
  return `Imported a ${pooling}-order network for ${classes.join(", ")}: test a picture.`;
}
