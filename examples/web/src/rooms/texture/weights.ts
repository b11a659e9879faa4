/** Weights as files. */
import { element } from "../../ui/dom.ts";
import type { Pooling } from "../../worker/messages.ts";
import type { Learner } from "./learner.ts";

/** Hands the weights of a network to the browser's downloads. */
export async function download(learner: Learner): Promise<string> {
  const bytes = await learner.ask("export", null);
  const href = URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }));
  const name = `texture-${learner.pooling}-order.safetensors`;
  element("a", { href, download: name }).click();
  URL.revokeObjectURL(href);
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
  const { pooling, classes } = await learners.second.ask("describe", bytes);
  await learners[pooling].ask("import", bytes);
  return `Imported a ${pooling}-order network for ${classes.join(", ")}: test a picture.`;
}
