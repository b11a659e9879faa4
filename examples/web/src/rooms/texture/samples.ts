/** Textures to begin with, from the library's own generator. */
import type { TextureClass } from "../../data/picture.ts";
import type { Learner } from "./learner.ts";

/** Of the ten textures: those that are not told apart by the direction of an edge alone. */
const SHOWN = [4, 10] as const;

/** Classes with pictures; equal seeds give equal pictures. */
export async function sampleClasses(learner: Learner, seed: number, perClass: number): Promise<TextureClass[]> {
  return (await learner.ask("samples", { seed, perClass })).slice(...SHOWN);
}
