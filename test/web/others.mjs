/** Firefox and WebKitGTK, where they are installed: both networks train to what Chromium has, and the bits are the same. */
import assert from "node:assert/strict";

const captions = `[...document.querySelectorAll("caption")].map(({ textContent }) => textContent).join("; ")`;

/** Trains in an open browser with the samples and the epochs that a first visit finds; returns what the page says. */
export async function testAnywhere(browser, url) {
  await browser.goto(url);
  await until(browser, `document.querySelector("#train:not(:disabled)") !== null`);
  await browser.evaluate(`(document.querySelector("#train").click(), true)`);
  await until(browser, `document.querySelector("#training-status").dataset.state === "done"`);
  const trained = await browser.evaluate(captions);
  await browser.evaluate(`(location.hash = "#bits", true)`);
  await until(browser, `document.querySelector("#bits-status") !== null`);
  await browser.evaluate(`(document.querySelector("section button").click(), true)`);
  await until(browser, `!/^(Nothing|Computing)/.test(document.querySelector("#bits-status").textContent)`);
  assert.match(await browser.evaluate(`document.querySelector("#bits-status").textContent`), /^The same bits/);
  console.log(`${browser.version}: ${trained}; the same bits`);
  return trained;
}

async function until(browser, condition) {
  const end = performance.now() + 60_000;
  while (!(await browser.evaluate(condition))) {
    if (performance.now() > end) {
      throw new Error(`${browser.version}: never ${condition}: ${await browser.evaluate("document.body.innerText")}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
