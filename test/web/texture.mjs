/** Room *Teach a texture*: uploads, trains, predicts, exports, imports, and finds its state after a reload. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { encode } from "fast-png";
import { downloaded, downloadTo } from "./downloads.mjs";
import { tasksOf, watchTasks } from "./mainThread.mjs";
import { shoot } from "./screenshots.mjs";
import { checkFirstLoad } from "./site.mjs";

export async function testTexture({ page, site, errors, screenshots }) {
  const folder = mkdtempSync(join(tmpdir(), "matprop-web-"));
  try {
    const session = await page.createCDPSession();
    await downloadTo(session, folder);
    await page.goto(site.url);
    await page.waitForSelector("#train:not(:disabled)");
    checkFirstLoad(site, "Teach a texture");
    await saysWhatIsNotKept(page, session, site);
    site.forget();

    await upload(page, folder);
    await train(page);
    await predict(page, folder);
    const [file, bytes] = await exported(page, folder);
    assert.deepEqual(site.served(), [], "nothing is asked of the network once the room is there");
    if (screenshots) await shoot(page, screenshots, { room: "texture", from: "#training", whole: true });
    await findsItsState(page);
    await pausesAndStops(page);
    await imports(page, file, bytes);
    assert.deepEqual(errors, []);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const cards = (page) =>
  page.$$eval(".classes .card", (all) => all.map((card) => card.querySelectorAll("canvas").length));

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function until(page, state) {
  await page.waitForSelector(`#training-status[data-state="${state}"]`, { timeout: 90_000 });
}

/** A class more with pictures of our own, one as a file that is none. */
async function upload(page, folder) {
  const before = await cards(page);
  await clickButton(page, "Add a class");
  const files = [1, 2].map((k) => join(folder, `rings-${k}.png`));
  files.forEach((file, k) => writeFileSync(file, rings(180 + 40 * k, 5 + k)));
  const input = await page.$(".card:last-of-type input[type=file]");
  await input.uploadFile(...files);
  await page.waitForFunction(() => document.querySelectorAll(".card:nth-of-type(7) canvas").length === 2);
  const wrong = join(folder, "no-picture.png");
  writeFileSync(wrong, "text");
  await (await page.$(".card:nth-of-type(7) input[type=file]")).uploadFile(wrong);
  await page.waitForFunction(() => /no-picture/.test(document.querySelector("[role=alert]").textContent));
  assert.deepEqual(await cards(page), [...before, 2]);
}

/** A picture that none of the sample textures resembles: rings around a corner. */
function rings(side, period) {
  const data = new Uint8Array(side * side);
  for (let y = 0, at = 0; y < side; y++) {
    for (let x = 0; x < side; x++) data[at++] = Math.sqrt(x * x + y * y) % period < period / 2 ? 60 : 190;
  }
  return encode({ width: side, height: side, data, channels: 1 });
}

/** Trains to the end and watches how long the main thread was ever busy. */
async function train(page) {
  await page.select("label select", "4");
  await watchTasks(page);
  const start = performance.now();
  await page.click("#train");
  await until(page, "done");
  const seconds = (performance.now() - start) / 1000;
  console.log(`training of two networks: ${seconds.toFixed(1)} s; ${await tasksOf(page)}`);
  const captions = await page.$$eval("caption", (all) => all.map(({ textContent }) => textContent));
  console.log(`room "Teach a texture": ${captions.join("; ")}`);
  const [second] = captions.map((text) => Number(/^[\d.]+/.exec(text)[0]));
  assert.ok(second > 60, `second-order pooling has learned nothing: ${second} %`);
}

async function predict(page, folder) {
  const picture = join(folder, "new.png");
  writeFileSync(picture, rings(240, 6.5));
  await (await page.$("input[aria-label='Picture to test']")).uploadFile(picture);
  await page.waitForFunction(() => document.querySelectorAll("#prediction meter").length === 14);
  const best = await page.$$eval("#prediction .best span:first-child", (all) => all.map((one) => one.textContent));
  assert.equal(best[0], "texture 7", "second-order pooling knows the texture of the pictures it was given");
}

async function exported(page, folder) {
  await page.click("#export");
  await page.waitForFunction(() => /Exported/.test(document.querySelector("#training-status").textContent));
  const name = "texture-second-order.safetensors";
  return [join(folder, name), await downloaded(folder, name)];
}

async function findsItsState(page) {
  const before = [await cards(page), await page.$$eval("td .count", (all) => all.map((one) => one.textContent))];
  await page.reload();
  await until(page, "done");
  const after = [await cards(page), await page.$$eval("td .count", (all) => all.map((one) => one.textContent))];
  assert.deepEqual(after, before, "classes and results are those from before the reload");
}

/** A run that is paused stands still, also over a reload, and goes on or is stopped. */
async function pausesAndStops(page) {
  await page.select("label select", "32");
  await page.click("#train");
  await until(page, "running");
  await page.waitForSelector("caption");
  await page.click("#pause");
  await until(page, "paused");
  await pause(500);
  await page.reload();
  await until(page, "paused");
  await page.click("#resume");
  await until(page, "running");
  await page.click("#stop");
  await until(page, "done");
}

/** The exported file is the network that it was, whatever has been trained since. */
async function imports(page, file, bytes) {
  await (await page.$("input[aria-label='Weights to import']")).uploadFile(file);
  await page.waitForFunction(() => /Imported/.test(document.querySelector("#training-status").textContent));
  rmSync(file);
  const [, again] = await exported(page, dirname(file));
  assert.ok(again.equals(bytes), "what was imported is exported with the same bytes");
}

/** Where there is no room left, the page says so. Before anything is saved: browsers remember for a while that there was room. */
async function saysWhatIsNotKept(page, session, site) {
  const { origin } = new URL(site.url);
  await session.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 1 });
  await clickButton(page, "Add a class");
  await page.waitForFunction(() => /keeps nothing.*Quota/.test(document.querySelector("#storage").textContent));
  await session.send("Storage.overrideQuotaForOrigin", { origin });
  await page.reload();
  await page.waitForSelector("#train:not(:disabled)");
  assert.equal(await page.$eval("#storage", ({ textContent }) => textContent), "");
}

async function clickButton(page, text) {
  await page.evaluate((wanted) => {
    [...document.querySelectorAll("button")].find(({ textContent }) => textContent === wanted).click();
  }, text);
}
