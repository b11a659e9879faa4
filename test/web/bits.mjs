/** Room *Same bits*. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { shoot } from "./screenshots.mjs";

const PINNED = JSON.parse(readFileSync("test/determinism/fingerprint.json", "utf8"));

export async function testBits({ page, site, errors, screenshots }) {
  await page.goto(`${site.url}#bits`);
  await page.waitForSelector("section button");
  // By the keyboard alone: past the link to the content and the links of the rooms.
  await page.keyboard.press("Tab");
  for (let i = 0; i < 5; i++) {
    if (await page.evaluate(() => document.activeElement?.tagName === "BUTTON")) break;
    await page.keyboard.press("Tab");
  }
  await page.keyboard.press("Enter");
  const status = await page.waitForFunction(() => {
    const { textContent } = document.querySelector("#bits-status");
    return !/^(Nothing|Computing)/.test(textContent) && textContent;
  });
  const text = await status.jsonValue();
  assert.match(text, /^The same bits/);
  const rows = await page.$$eval("tbody tr", (all) => all.length);
  assert.equal(rows, Object.keys(PINNED).length);
  assert.deepEqual(errors, []);
  console.log(`room "Same bits": ${text}`);
  if (screenshots) await shoot(page, screenshots, { room: "bits", from: "header" });
}
