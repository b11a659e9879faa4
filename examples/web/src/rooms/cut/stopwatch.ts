/** How long it takes from the end of a stroke until there are segments, and until they come from features that have learned from it. */
import { element } from "../../ui/dom.ts";

export class Stopwatch {
  readonly view = element("p", { id: "latency", class: "quiet" });
  private began: number | undefined;
  private segments: number | undefined;

  start(): void {
    this.began = performance.now();
    this.segments = undefined;
  }

  /** There are segments; `learned` if after a step with the stroke. */
  segmented(learned: boolean): void {
    if (this.began === undefined) return;
    const passed = Math.round(performance.now() - this.began);
    if (this.segments !== undefined && !learned) return;
    this.segments ??= passed;
    const more = learned ? `, ${passed} ms by features that have learned from it` : "";
    this.view.textContent = `Segments ${this.segments} ms after the stroke${more}.`;
    if (learned) this.began = undefined;
  }

  /** Nothing learns from the stroke. */
  stop(): void {
    this.began = undefined;
  }

  clear(): void {
    this.stop();
    this.view.textContent = "";
  }
}
