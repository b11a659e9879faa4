/** Pictures cut into the patches that a network sees. */
import { data } from "matprop";
import { SIDE, type Picture, type TextureClass } from "../data/picture.ts";

const PATCH = 32;
const STRIDE = 16;
/** Right of here lies what is held out, left of it what is trained on: no patch reaches across. */
const BORDER = SIDE - PATCH;

type Images = ReturnType<typeof data.fromArrays>;

/** The patches to train on and those held out. */
export function cutClasses(classes: readonly TextureClass[]): { readonly training: Images; readonly heldOut: Images } {
  const names = classes.map(({ name }) => name);
  const pictures = classes.flatMap((one) => one.pictures);
  const labels = classes.flatMap((one, label) => one.pictures.map(() => label));
  return {
    training: cut(pictures, labels, names, [0, BORDER - PATCH]),
    heldOut: cut(pictures, labels, names, [BORDER, BORDER]),
  };
}

/** All patches of one picture. */
export function cutPicture(picture: Picture): Images {
  return cut([picture], [-1], [], [0, SIDE - PATCH]);
}

/** Patches whose left edge lies between two columns, both included. */
function cut(
  pictures: readonly Picture[],
  labels: readonly number[],
  classes: readonly string[],
  [first, last]: readonly [number, number],
): Images {
  const corners: [x: number, y: number][] = [];
  for (let y = 0; y + PATCH <= SIDE; y += STRIDE) for (let x = first; x <= last; x += STRIDE) corners.push([x, y]);
  const patches = new Uint8Array(pictures.length * corners.length * PATCH * PATCH);
  let at = 0;
  for (const picture of pictures) {
    for (const [x, y] of corners) {
      for (let row = y; row < y + PATCH; row++, at += PATCH) {
        const from = row * SIDE + x;
        patches.set(picture.subarray(from, from + PATCH), at);
      }
    }
  }
  const each = labels.flatMap((label) => corners.map(() => label));
  return data.fromArrays({ images: patches, labels: each, shape: [PATCH, PATCH], classes });
}
