/** What is painted with: a colour or the eraser, and a size. */
import { cssColour, inkOn, PALETTE } from "../../data/palette.ts";
import { element } from "../../ui/dom.ts";

const LARGEST = 12;
const NAMES = [...PALETTE.map(({ name }) => name), "eraser"];
/** What is pressed for each. */
const KEYS = [...PALETTE.map((_, i) => String(i + 1)), "e"];

export class Brush {
  readonly view: HTMLElement;
  private readonly choices: readonly HTMLInputElement[];
  private readonly size = element("input", { type: "range", min: "1", max: String(LARGEST), value: "3" });

  constructor() {
    this.choices = NAMES.map((_, i) => element("input", { type: "radio", name: "colour", checked: i === 0 }));
    const swatches = NAMES.map((name, i) => {
      const key = KEYS[i]!.toUpperCase();
      const swatch = element("span", { class: "swatch", "aria-hidden": "true" }, key);
      if (i < PALETTE.length) Object.assign(swatch.style, { background: cssColour(i), color: inkOn(i) });
      const choice = this.choices[i]!;
      choice.ariaLabel = name;
      return element("label", { class: "colour", title: `${name} (${key})` }, choice, swatch);
    });
    this.view = element(
      "div",
      { class: "row" },
      element("fieldset", { class: "colours" }, element("legend", { class: "unseen" }, "Colour"), ...swatches),
      element("label", { class: "row" }, "Size ", this.size),
    );
  }

  /** Of the palette, or null for the eraser. */
  get colour(): number | null {
    const chosen = this.choices.findIndex(({ checked }) => checked);
    return chosen < PALETTE.length ? chosen : null;
  }

  get radius(): number {
    return Number(this.size.value);
  }

  /** Does what a key stands for; returns whether it stands for anything. */
  key(key: string): boolean {
    const choice = this.choices[KEYS.indexOf(key.toLowerCase())];
    if (choice) choice.checked = true;
    else if (key === "[" || key === "]") this.size.value = String(this.radius + (key === "[" ? -1 : 1));
    else return false;
    return true;
  }
}
