/** Resolves in a later turn of the event loop: timers, input and painting come first, unlike after a microtask. */
export function macrotask(): Promise<void> {
  // Node's own; where it is missing, a message to oneself, which unlike a timer browsers do not hold back for 4 ms.
  const immediate = (globalThis as { setImmediate?: (run: () => void) => unknown }).setImmediate;
  return new Promise((resolve) => {
    if (immediate !== undefined) immediate(resolve);
    else if (typeof MessageChannel === "function") viaMessage(resolve);
    else setTimeout(resolve, 0);
  });
}

function viaMessage(run: () => void): void {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    run();
  };
  port2.postMessage(null);
}
