/** Segments in the colours of the scribbles that lie in them. */
import { PALETTE } from "../data/palette.ts";
import type { Size } from "../data/photo.ts";

/** How much of the image shows through a segment, and through a border: alpha. */
const INSIDE = 115;
const BORDER = 255;

/**
 * A colour for each segment: pairs of a segment and a colour are joined by falling number of painted pixels they share, each
 * once, and segments that are left take the first colours that are.
 */
export function coloursOfSegments(labels: Int32Array, painted: Int8Array): Int32Array {
  const segments = labels.reduce((most, label) => Math.max(most, label), 0) + 1;
  const votes = new Int32Array(segments * PALETTE.length);
  painted.forEach((colour, i) => {
    if (colour >= 0) votes[labels[i]! * PALETTE.length + colour]!++;
  });
  const pairs = [...votes.keys()].filter((pair) => votes[pair]! > 0).sort((a, b) => votes[b]! - votes[a]! || a - b);
  const colours = new Int32Array(segments).fill(-1);
  const used = new Set<number>();
  const join = (segment: number, colour: number): void => {
    if (colours[segment]! >= 0 || used.has(colour)) return;
    colours[segment] = colour;
    used.add(colour);
  };
  for (const pair of pairs) join(Math.floor(pair / PALETTE.length), pair % PALETTE.length);
  for (let segment = 0; segment < segments; segment++) {
    for (let colour = 0; colour < PALETTE.length; colour++) join(segment, colour);
  }
  return colours;
}

/** Segments over an image, RGBA; `colours` has one a pixel. */
export function overlayOf(colours: Int32Array, { width, height }: Size): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(4 * colours.length);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const colour = colours[i]!;
      const border = (x + 1 < width && colours[i + 1] !== colour) || (y + 1 < height && colours[i + width] !== colour);
      const [red, green, blue] = PALETTE[colour]!.rgb;
      pixels[4 * i] = red;
      pixels[4 * i + 1] = green;
      pixels[4 * i + 2] = blue;
      pixels[4 * i + 3] = border ? BORDER : INSIDE;
    }
  }
  return pixels;
}

/** Share of the painted pixels that have the colour of their segment. */
export function agreementOf(colours: Int32Array, painted: Int8Array): number {
  let [all, equal] = [0, 0];
  painted.forEach((colour, i) => {
    if (colour < 0) return;
    all++;
    if (colour === colours[i]) equal++;
  });
  return equal / all;
}
