/**
 * Runs the suite in the browser engines that are installed, two at a time:
 *
 *   npm run test:browsers [-- --require chromium,firefox,webkit] [--only ENGINE,…] [FILE …]
 *
 * A line an engine: `ENGINE VERSION: N passed, M failed, K skipped (reasons), fingerprint SHA`. A test that the list of
 * `nodeOnly.mjs` does not excuse has to run. `--require` makes a failure of an engine that is missing, and of a test that
 * skips itself. That the fingerprint is the pinned one is one of the tests.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { bundleForPage } from "./bundle.mjs";
import { ENGINE_NAMES, installedEngines } from "./engines.mjs";
import { reasonOf } from "./nodeOnly.mjs";
import { fileUnder, ISOLATED, serve, textOf } from "./server.mjs";

const AT_ONCE = 2;
/** The longest silence of a page. */
const SILENCE_S = 300;
const SHARED = existsSync("../shared/golden/index.json");

const { values, positionals: chosen } = parseArgs({
  allowPositionals: true,
  options: { require: { type: "string" }, only: { type: "string" } },
});
const required = names("require", values.require ?? "");
const wanted = values.only === undefined ? ENGINE_NAMES : names("only", values.only);

const engines = installedEngines("the suite", wanted);
let failed = false;
for (const name of required.filter((name) => !engines.some((engine) => engine.name === name))) {
  fail(`${name} is required and not here`);
}
if (engines.length > 0) await runAll();
process.exitCode = failed ? 1 : 0;

function fail(text) {
  console.error(text);
  failed = true;
}

function names(option, text) {
  const list = text.split(",").filter(Boolean);
  const unknown = list.filter((name) => !ENGINE_NAMES.includes(name));
  if (unknown.length > 0)
    throw new Error(`--${option}: there is no engine ${unknown.join(", ")}; there are ${ENGINE_NAMES}`);
  return list;
}

async function runAll() {
  const tests = testsInNode().filter(({ file }) => chosen.length === 0 || chosen.includes(file));
  const expected = tests.filter(({ file }) => !reasonOf.has(file));
  const files = [...new Set(expected.map(({ file }) => file))];
  const script = await bundleForPage(
    `import { run } from "./test/browser/page.ts";\n${files.map((file) => `import "./${file}";\n`).join("")}run();`,
  );
  const left = counted(tests.flatMap(({ file }) => reasonOf.get(file) ?? []));
  const waiting = [...engines];
  const lane = async () => {
    for (let engine = waiting.shift(); engine !== undefined; engine = waiting.shift()) {
      judge(engine, await inEngine(engine, script), { expected, left });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

/** Every test of the suite in Node, without running it. */
function testsInNode() {
  const folder = mkdtempSync(join(tmpdir(), "matprop-suite-"));
  try {
    const output = join(folder, "tests.json");
    const options = ["--dry-run", "--reporter", "json", "--reporter-option", `output=${output}`, "test/**/*.test.ts"];
    execFileSync(process.execPath, ["node_modules/mocha/bin/mocha.js", ...options], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    const { tests } = JSON.parse(readFileSync(output, "utf8"));
    return tests.map(({ fullTitle, file }) => ({
      title: fullTitle,
      file: relative(resolve(), file).replaceAll("\\", "/"),
    }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Outcomes of the suite in one engine, and what ended it early if something did. */
async function inEngine(engine, script) {
  const started = performance.now();
  const found = { version: engine.title, outcomes: [], end: undefined, errors: [] };
  let finish;
  const finished = new Promise((done) => (finish = done));
  let timer;
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      found.errors.push(`said nothing for ${SILENCE_S} s`);
      finish();
    }, SILENCE_S * 1e3);
  };
  const page = `<!doctype html><meta charset="utf-8"><title>matprop</title><body><div id="mocha"></div>
    <script src="/mocha.js"></script><script src="/suite.js"></script></body>`;
  const server = await serve(async (path, request) => {
    if (path === "/") return { body: page };
    if (path === "/mocha.js") return { body: readFileSync("node_modules/mocha/mocha.js") };
    if (path === "/suite.js") return { body: script };
    if (path.startsWith("/alone/")) return { body: await alone(path.slice("/alone/".length)), type: "text/javascript" };
    if (path.startsWith("/worker/"))
      return { body: await bundled(path.slice("/worker/".length)), type: "text/javascript" };
    if (path.startsWith("/files/")) return fileUnder(".", path.slice("/files/".length).replace(/^beside\//, "../"));
    if (path !== "/report") return undefined;
    const { outcomes, end, error } = JSON.parse(await textOf(request));
    found.outcomes.push(...outcomes);
    if (error !== undefined) found.errors.push(`an error outside the tests: ${error}`);
    if (end !== undefined) finish((found.end = end));
    alive();
    return { body: "" };
  }, ISOLATED);
  let browser;
  try {
    alive();
    browser = await engine.open();
    found.version = browser.version;
    await browser.goto(server.url);
    await finished;
  } catch (error) {
    found.errors.push(String(error?.stack ?? error));
  } finally {
    clearTimeout(timer);
    await browser?.close();
    server.close();
  }
  return { ...found, seconds: (performance.now() - started) / 1e3 };
}

/** A file as a module for a worker. */
function bundled(path) {
  return bundleForPage(`import "./${path}";`, { format: "esm" });
}

/** The same, whose lines of output become messages. */
function alone(path) {
  return bundleForPage(`console.log = (line) => postMessage(line);\nawait import("./${path}");`, { format: "esm" });
}

/** Prints the line of an engine, and everything that is wrong with its run. */
function judge(engine, { version, outcomes, end, errors, seconds }, { expected, left }) {
  const titles = (state) => outcomes.filter((one) => one.state === state).map(({ title }) => title);
  const [passed, pending] = [titles("passed"), titles("pending")];
  const broken = outcomes.filter(({ state }) => state === "failed");
  const reasons = new Map([...left, ...(pending.length > 0 ? [["skipped by themselves", pending.length]] : [])]);
  const skipped = [...reasons.values()].reduce((a, b) => a + b, 0);
  const why = [...reasons].map(([reason, count]) => `${reason} ${count}`).join(", ");
  console.log(
    `${version}: ${passed.length} passed, ${broken.length} failed, ${skipped} skipped (${why}), ` +
      `fingerprint ${end?.fingerprint ?? "none"}`,
  );
  for (const { title, error } of broken) fail(`${engine.title}: ${title}\n${error}`);
  for (const error of errors) fail(`${engine.title}: ${error}`);
  const ran = counted(outcomes.map(({ title }) => title));
  for (const [title, count] of counted(expected.map(({ title }) => title))) {
    const times = ran.get(title) ?? 0;
    if (times !== count) fail(`${engine.title}: ran ${times} times instead of ${count}: ${title}`);
    ran.delete(title);
  }
  for (const title of ran.keys()) fail(`${engine.title}: ran, and is no test in Node: ${title}`);
  // Without the golden values beside the repository their tests skip themselves in Node too.
  if (required.includes(engine.name) && SHARED) {
    for (const title of pending)
      fail(`${engine.title}: skipped itself, and test/browser/nodeOnly.mjs has no reason: ${title}`);
  }
  if (process.env.CI === undefined) console.error(`(${engine.title}: ${seconds.toFixed(0)} s)`);
}

/** How often each value occurs. */
function counted(list) {
  const counts = new Map();
  for (const value of list) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
