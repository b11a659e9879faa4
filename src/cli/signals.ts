import type { Terminal } from "./terminal.js";

/** Exit code of a run that was asked to stop and did so in good order. */
export const INTERRUPTED = 130;

/** npm and the terminal both pass Ctrl-C on: what arrives this soon after the first (in ms) is the same key press. */
const SAME_PRESS = 500;

export interface Interruption {
  /** Aborted by the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** Takes the handlers away again. */
  release(): void;
}

/** Turns Ctrl-C and SIGTERM into an abort signal. A second Ctrl-C ends the process at once. */
export function onInterrupt(terminal: Pick<Terminal, "warn">, stopping: string): Interruption {
  const controller = new AbortController();
  let first = 0;
  const handler = (): void => {
    if (!controller.signal.aborted) {
      first = performance.now();
      terminal.warn(`\n${stopping} (Ctrl-C again to quit at once)`);
      controller.abort();
    } else if (performance.now() - first > SAME_PRESS) {
      process.exit(INTERRUPTED);
    }
  };
  process.on("SIGINT", handler);
  process.on("SIGTERM", handler);
  return {
    signal: controller.signal,
    release() {
      process.off("SIGINT", handler);
      process.off("SIGTERM", handler);
    },
  };
}
