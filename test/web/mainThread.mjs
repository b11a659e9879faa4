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
    const seen = { gap: 0 };
    window.seen = seen;
    let last = performance.now();
    const frame = (now) => {
      seen.gap = Math.max(seen.gap, now - last);
      last = now;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
  await page.tracing.start({ categories: ["toplevel"] });
}

/**
 * What has been noted, in words; fails if anything was trained there. The clock goes on while a task waits for a core,
 * as it does where there are fewer of them than workers and other programs: what it computes is said beside it.
 */
export async function tasksOf(page) {
  const { traceEvents } = JSON.parse(Buffer.from(await page.tracing.stop()).toString());
  const { gap } = await page.evaluate(() => window.seen);
  assert.equal(await page.evaluate(() => window.usedWasm), false, "nothing was trained on the main thread");
  const tasks = tasksOfPages(traceEvents);
  assert.ok(tasks.length > 0, "the trace has no task of a page");
  const longest = (field) => (tasks.reduce((most, task) => Math.max(most, task[field] ?? 0), 0) / 1000).toFixed(0);
  return (
    `longest task of the main thread ${longest("dur")} ms by the clock, ${longest("tdur")} ms by its use of a core; ` +
    `longest gap between frames ${gap.toFixed(0)} ms`
  );
}

/** The tasks in a trace that ran on the main thread of a page; `dur` and `tdur` are µs by the clock and on a core. */
function tasksOfPages(events) {
  const threads = events.filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain");
  const main = new Set(threads.map(({ pid, tid }) => `${pid} ${tid}`));
  return events.filter(
    ({ name, ph, pid, tid }) => name === "ThreadControllerImpl::RunTask" && ph === "X" && main.has(`${pid} ${tid}`),
  );
}
