/**
 * Installs the packed package into small projects, one a host, and trains three steps there:
 *
 *   npm run test:consumers [-- NAME …] [--fast] [--write]
 *
 * Names select projects by the beginning of their folder; `--fast` takes those that CI runs. Each is installed from the
 * tarball of `npm pack`, built, and run, by its own `start` or in the browsers that are installed. Weights after three
 * steps and the fingerprint have to be those of this build in Node. `--write` puts the table of all hosts into the README.
 */
import { execFile, execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs, promisify } from "node:util";
import { build } from "esbuild";
import { installedEngines, reportOf } from "../browser/engines.mjs";
import { fileUnder, ISOLATED } from "../browser/server.mjs";

const HERE = "test/consumers";
const MINUTES = 5;

const { values: flags, positionals: words } = parseArgs({
  allowPositionals: true,
  options: { fast: { type: "boolean" }, write: { type: "boolean" } },
});
const work = mkdtempSync(join(tmpdir(), "matprop-consumers-"));
/** What every project gets, unless it has a file of the same name. */
const common = join(work, "common");
const engines = installedEngines("projects");
const rows = [];
let failed = false;
try {
  await pack();
  const expected = await onThisBuild();
  for (const project of projects()) await consume(project, expected);
  print();
} finally {
  rmSync(work, { recursive: true, force: true, maxRetries: 3 });
}
process.exitCode = failed ? 1 : 0;

function fail(host, error) {
  failed = true;
  console.error(`${host}: ${error?.stack ?? error}`);
}

/** The tarball, and the fingerprint as a module that every host can import. */
async function pack() {
  const report = execFileSync("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", work], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [{ filename }] = JSON.parse(report.slice(report.indexOf("[")));
  cpSync(join(work, filename), join(work, "matprop.tgz"));
  cpSync(join(HERE, "common"), common, { recursive: true });
  await build({
    stdin: {
      contents: `import { init } from "./src/index.ts";
        import { fingerprint as whole } from "./src/cli/fingerprint/fingerprint.ts";
        export async function fingerprint(wasm) {
          await init(wasm && { wasm });
          return (await whole(1)).sha256;
        }`,
      resolveDir: resolve(),
      loader: "ts",
    },
    outfile: join(common, "fingerprint.mjs"),
    bundle: true,
    format: "esm",
    target: "es2022",
    ignoreAnnotations: true,
  });
}

/** What every host has to find. */
async function onThisBuild() {
  const { report } = await import(pathToFileURL(join(common, "report.mjs")).href);
  return report(await import(pathToFileURL(resolve("build/node/index.js")).href));
}

function projects() {
  const all = readdirSync(join(HERE, "projects"))
    .sort()
    .map((name) => ({
      name,
      manifest: JSON.parse(readFileSync(join(HERE, "projects", name, "package.json"), "utf8")),
    }));
  const chosen = all.filter(
    ({ name, manifest }) =>
      (words.length === 0 || words.some((word) => name.startsWith(word))) && (!flags.fast || manifest.consumer.fast),
  );
  if (chosen.length === 0) throw new Error(`there is no project ${words}; there are ${all.map(({ name }) => name)}`);
  return chosen;
}

async function consume({ name, manifest }, expected) {
  const folder = join(work, name);
  const {
    host,
    serve: served = "dist",
    engines: wanted = ["chromium"],
    policy,
    forbidden,
    installScripts,
  } = manifest.consumer;
  const started = performance.now();
  try {
    for (const from of [common, join(HERE, "projects", name)]) cpSync(from, folder, { recursive: true });
    const scripts = installScripts ? [] : ["--ignore-scripts"];
    await npm(folder, "install", ...scripts, "--no-audit", "--no-fund");
    await npm(folder, "run", "build", "--if-present");
    if (manifest.scripts?.start) {
      judge(host, JSON.parse((await npm(folder, "run", "--silent", "start")).trim().split("\n").at(-1)), expected);
    } else {
      for (const engine of engines.filter((one) => wanted.includes(one.name))) {
        const { version, value } = await inBrowser(engine, join(folder, served), policy);
        judge(wanted.length > 1 ? `${version}, ${host}` : `${host} in ${version}`, value, expected);
      }
      const chromium = engines.find((one) => one.name === "chromium");
      if (forbidden && chromium) await mustFail(chromium, join(folder, served), forbidden);
    }
  } catch (error) {
    fail(host, error);
    rows.push([host, "no", "", "", ""]);
  }
  console.log(`${name}: ${((performance.now() - started) / 1e3).toFixed(0)} s`);
}

async function npm(cwd, ...args) {
  const env = { ...process.env, NEXT_TELEMETRY_DISABLED: "1" };
  try {
    const options = { cwd, env, timeout: MINUTES * 60e3, maxBuffer: 1 << 26 };
    return (await promisify(execFile)("npm", args, options)).stdout;
  } catch (error) {
    const text = `npm ${args.join(" ")}: ${error.message}\n${error.stdout}\n${error.stderr}`;
    throw new Error(text, { cause: error });
  }
}

function judge(host, { weights, fingerprint, threads, error }, expected) {
  if (error !== undefined) throw new Error(error);
  const equal = fingerprint === expected.fingerprint;
  if (weights !== expected.weights) fail(host, `weights ${weights}, in Node ${expected.weights}`);
  if (!equal) fail(host, `fingerprint ${fingerprint}, in Node ${expected.fingerprint}`);
  rows.push([host, "yes", weights === expected.weights ? "yes" : "no", threads ? "yes" : "no", equal ? "yes" : "no"]);
}

/** What the page of a folder reports. */
function inBrowser(engine, folder, policy) {
  const headers = { ...ISOLATED, ...(policy && { "content-security-policy": policy }) };
  return reportOf(engine, (path) => fileUnder(folder, path === "/" ? "/index.html" : path), { headers });
}

/** A policy without 'wasm-unsafe-eval' has to refuse the kernels, or the test of the strict one tests nothing. */
async function mustFail(engine, folder, policy) {
  const { value } = await inBrowser(engine, folder, policy);
  if (!/CompileError/.test(value.error ?? "")) throw new Error(`the policy ${policy} did not forbid WebAssembly`);
}

function print() {
  const table = [
    "| host | loads | trains | threads available | fingerprint equal |",
    "|---|---|---|---|---|",
    ...rows.map((row) => `| ${row.join(" | ")} |`),
  ].join("\n");
  console.log(table);
  if (!flags.write) return;
  const readme = readFileSync("README.md", "utf8");
  const between = /(<!-- hosts: npm run test:consumers -- --write -->\n)[^]*?(<!-- end -->)/;
  if (!between.test(readme)) throw new Error("README.md has no place for the table of hosts");
  writeFileSync("README.md", readme.replace(between, `$1\n${table}\n\n$2`));
}
