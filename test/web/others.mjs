/** Firefox and WebKitGTK, where they are installed: all networks train to what Chromium has, and the bits are the same. */
import assert from "node:assert/strict";

const captions = `[...document.querySelectorAll("caption")].map(({ textContent }) => textContent).join("; ")`;

const eigenvalues = `[...document.querySelectorAll(".vectors figcaption")].map(({ textContent }) => textContent).join("; ")`;

/** Paints from the keyboard two lines in two colours over the sample of *Cut an image*, which trains by itself then. */
const PAINT = [
  " ",
  ...Array(10).fill("ArrowRight"),
  " ",
  ...Array(8).fill("Shift+ArrowLeft"),
  "2",
  " ",
  "ArrowUp",
  "ArrowUp",
  " ",
];
const press = (keys) => `(${JSON.stringify(keys)}.forEach((name) => {
  const [key, shift] = name.split("+").reverse();
  const shiftKey = shift === "Shift";
  document.querySelector("#easel").dispatchEvent(new KeyboardEvent("keydown", { key, shiftKey, bubbles: true }));
}), true)`;

/** Trains in an open browser with the samples and the steps that a first visit finds; returns what the page says. */
export async function testAnywhere(browser, url) {
  await browser.goto(url);
  await until(browser, `document.querySelector("#train:not(:disabled)") !== null`);
  await browser.evaluate(`(document.querySelector("#train").click(), true)`);
  await until(browser, `document.querySelector("#training-status").dataset.state === "done"`);
  const textures = await browser.evaluate(captions);
  await browser.evaluate(`(location.hash = "#cut", true)`);
  await until(browser, `document.querySelector("#easel") !== null`);
  await browser.evaluate(press(PAINT));
  await until(browser, `document.querySelector("#training-status").dataset.state === "done"`);
  const trained = `${textures}; ${await browser.evaluate(eigenvalues)}`;
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
