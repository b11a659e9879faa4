/**
 * Tests the web app end to end in Chromium, and that it trains to the same in Firefox and WebKitGTK, where they are installed:
 *
 *   npm ci --prefix examples/web && npm run test:web [-- --screenshots FOLDER]
 *
 * The library has to be built, and Chromium to be installed; what is missing is said. `--screenshots` leaves pictures of
 * the rooms at desktop and phone width, light and dark.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { installedEngines } from "../browser/engines.mjs";
import { testBits } from "./bits.mjs";
import { testCut } from "./cut.mjs";
import { watchWasm } from "./mainThread.mjs";
import { testAnywhere } from "./others.mjs";
import { serveApp } from "./site.mjs";
import { testTexture } from "./texture.mjs";

const APP = "examples/web";

const { values } = parseArgs({ options: { screenshots: { type: "string" } } });
const missing = [
  [`${APP}/node_modules/vite`, `npm ci --prefix ${APP}`],
  ["build/src/index.js", "npm run build"],
].filter(([path]) => !existsSync(path));
for (const [path, command] of missing) console.error(`${path} is missing: ${command}`);
const [chromium, ...others] = installedEngines("the web app");
if (missing.length > 0 || chromium?.name !== "chromium") process.exit(1);

execFileSync(process.execPath, ["node_modules/vite/bin/vite.js", "build", "--logLevel", "warn"], {
  cwd: APP,
  stdio: "inherit",
});
const site = await serveApp(`${APP}/dist`);
try {
  await inEngine(chromium, async (browser) => {
    console.log(browser.version);
    const { page } = browser;
    const errors = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
    await watchWasm(page);
    const context = { page, site, errors, screenshots: values.screenshots };
    for (const test of [testTexture, testCut, testBits]) await test(context);
  });
  const trained = new Set();
  for (const engine of [chromium, ...others]) {
    await inEngine(engine, async (browser) => trained.add(await testAnywhere(browser, site.url)));
  }
  assert.equal(trained.size, 1, "the engines train to different networks");
} finally {
  site.close();
}

async function inEngine(engine, act) {
  const browser = await engine.open();
  try {
    await act(browser);
  } finally {
    await browser.close();
  }
}
