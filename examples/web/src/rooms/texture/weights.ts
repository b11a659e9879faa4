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
  const pooling = poolingOf(bytes);
  const { classes } = await learners[pooling].ask("import", bytes);
  return `Imported a ${pooling}-order network for ${classes.join(", ")}: test a picture.`;
}

/** What the header of the file says: eight bytes of length, then JSON. */
function poolingOf(bytes: Uint8Array<ArrayBuffer>): Pooling {
  try {
    const length = new DataView(bytes.buffer).getUint32(0, true);
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as {
      readonly __metadata__: Readonly<Record<string, string>>;
    };
    const { pooling } = JSON.parse(header.__metadata__["matprop.web"]!) as { readonly pooling: string };
    return pooling === "first" ? "first" : "second";
  } catch {
    throw new Error("these weights were not exported by this app");
  }
}
