/**
 * Runs the fingerprint in headless Chromium and compares it with Node's. One page, one inlined script, no server.
 * Prints one line and skips when there is no Chromium (Debian: apt-get install chromium).
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];
const browser = ["chromium", "chromium-browser", "google-chrome"].find(
  (name) => spawnSync(name, ["--version"]).status === 0,
);

if (browser === undefined) {
  console.log("skipped: the fingerprint in Chromium (no chromium here; Debian: apt-get install chromium)");
} else {
  const here = execFileSync(process.execPath, ["build/cli/matprop.js", "fingerprint"], { encoding: "utf8" });
  const expected = here.trim().split("\n").at(-1);
  const folder = mkdtempSync(join(tmpdir(), "matprop-page-"));
  try {
    const found = fingerprintIn(folder, await pageScript());
    const version = execFileSync(browser, ["--version"], { encoding: "utf8" }).trim();
    console.log(`${version}: fingerprint ${found}`);
    if (found !== expected) throw new Error(`Node's fingerprint is ${expected}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The fingerprint and the library in one classic script that writes its result into the page. */
async function pageScript() {
  const contents = `
    import { initSync } from "./src/index.ts";
    import { fingerprint } from "./src/cli/fingerprint/fingerprint.ts";
    initSync();
    fingerprint(1).then(({ sha256 }) => (document.body.textContent = "fingerprint " + sha256));`;
  const result = await build({
    stdin: { contents, resolveDir: process.cwd(), loader: "ts" },
    bundle: true,
    write: false,
    format: "iife",
    // `sideEffects` in package.json speaks of the compiled files, not of these.
    ignoreAnnotations: true,
    target: "es2022",
  });
  return result.outputFiles[0].text;
}

function fingerprintIn(folder, script) {
  const page = join(folder, "fingerprint.html");
  const inline = script.replaceAll("</script", "<\\/script");
  writeFileSync(page, `<!doctype html><meta charset="utf-8"><title></title><body><script>${inline}</script></body>`);
  const dom = execFileSync(
    browser,
    [
      ...FLAGS,
      `--user-data-dir=${join(folder, "profile")}`,
      "--virtual-time-budget=600000",
      "--dump-dom",
      pathToFileURL(page).href,
    ],
    { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], timeout: 120_000, maxBuffer: 1 << 28 },
  );
  return dom.match(/<body>fingerprint ([0-9a-f]{64})/)?.[1];
}
