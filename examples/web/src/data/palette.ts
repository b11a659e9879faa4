/** Colours of segments, told apart also by those who confuse red and green (Okabe, Ito 2008). */
export const PALETTE = [
  { name: "orange", rgb: [230, 159, 0] },
  { name: "blue", rgb: [0, 114, 178] },
  { name: "green", rgb: [0, 158, 115] },
  { name: "yellow", rgb: [240, 228, 66] },
  { name: "sky blue", rgb: [86, 180, 233] },
  { name: "vermilion", rgb: [213, 94, 0] },
  { name: "pink", rgb: [204, 121, 167] },
  { name: "white", rgb: [255, 255, 255] },
] as const;

/** Of CSS. */
export function cssColour(colour: number): string {
  return `rgb(${PALETTE[colour]!.rgb.join(" ")})`;
}

/** Black or white, whichever can be read on a colour: by its relative luminance, roughly. */
export function inkOn(colour: number): string {
  const [red, green, blue] = PALETTE[colour]!.rgb;
  return 0.21 * red + 0.72 * green + 0.07 * blue < 100 ? "#ffffff" : "#101418";
}
