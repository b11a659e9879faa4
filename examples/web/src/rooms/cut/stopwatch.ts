/** How long it takes from the end of a stroke until there are segments, and until they come from features trained on it. */
import { element } from "../../ui/dom.ts";

export class Stopwatch {
  readonly view = element("p", { id: "latency", class: "quiet" });
  private began: number | undefined;
  private segments: number | undefined;

  start(): void {
    this.began = performance.now();
    this.segments = undefined;
  }

  /** There are segments; `trained` if by a step with the stroke. */
  segmented(trained: boolean): void {
    if (this.began === undefined) return;
    const passed = Math.round(performance.now() - this.began);
    if (this.segments !== undefined && !trained) return;
    this.segments ??= passed;
    const learned = trained ? `, ${passed} ms by features that have learned from it` : "";
    this.view.textContent = `Segments ${this.segments} ms after the stroke${learned}.`;
    if (trained) this.began = undefined;
  }
}
