/** The leading eigenvectors, small. */
import { element } from "../../ui/dom.ts";
import { drawPixels } from "../../ui/heatmap.ts";
import type { Cut } from "../../worker/cutMessages.ts";

export class Vectors {
  readonly view = element("div", { class: "vectors" });
  private maps: { readonly canvas: HTMLCanvasElement; readonly caption: HTMLElement }[] = [];

  show({ eigenvectors, eigenvalues, width }: Cut): void {
    if (this.maps.length !== eigenvectors.length) {
      this.maps = eigenvectors.map((_, i) => ({
        canvas: element("canvas", { role: "img", ariaLabel: `Eigenvector ${i + 1}` }),
        caption: element("figcaption", {}),
      }));
      this.view.replaceChildren(...this.maps.map(({ canvas, caption }) => element("figure", {}, canvas, caption)));
    }
    this.maps.forEach(({ canvas, caption }, i) => {
      drawPixels(canvas, eigenvectors[i]!, width);
      caption.textContent = `λ${i + 1} = ${eigenvalues[i]!.toFixed(3)}`;
    });
  }
}
