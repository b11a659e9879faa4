import { macrotask } from "../wasm/macrotask.js";

/** How long a page may wait for us: about one frame. */
const FRAME_MS = 16;

/** Hands the thread back to the host now and then, so that a page stays responsive and signals arrive. */
export class Breather {
  private last = performance.now();

  /** Waits for one turn of the event loop if the last was more than a frame ago. */
  async breathe(): Promise<void> {
    if (performance.now() - this.last < FRAME_MS) return;
    await macrotask();
    this.last = performance.now();
  }
}
