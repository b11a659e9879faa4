/** What the main thread of a page does while workers train. */
import assert from "node:assert/strict";

/** Notes in every page from now on, not in its workers, whether anything there asks for WebAssembly. */
export async function watchWasm(page) {
  await page.evaluateOnNewDocument(() => {
    const { WebAssembly } = window;
    window.usedWasm = false;
    Object.defineProperty(window, "WebAssembly", {
      get() {
        window.usedWasm = true;
        return WebAssembly;
      },
    });
  });
}

/** Starts to note tasks of the main thread and the time between frames. */
export async function watchTasks(page) {
  await page.evaluate(() => {
    const seen = { longest: 0, gap: 0 };
    window.seen = seen;
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) seen.longest = Math.max(seen.longest, duration);
    }).observe({ type: "longtask" });
    let last = performance.now();
    const frame = (now) => {
      seen.gap = Math.max(seen.gap, now - last);
      last = now;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
}

/** What has been noted, in words; fails if anything was trained there. */
export async function tasksOf(page) {
  const { longest, gap } = await page.evaluate(() => window.seen);
  assert.equal(await page.evaluate(() => window.usedWasm), false, "nothing was trained on the main thread");
  const task = longest === 0 ? "below 50 ms" : `${longest.toFixed(0)} ms`;
  return `longest task of the main thread ${task}, longest gap between frames ${gap.toFixed(0)} ms`;
}
