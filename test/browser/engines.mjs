/**
 * Runs a script in the browser engines that are installed. A page on a loopback server carries the script; what the
 * script passes to `report` is posted back. That needs no driver: Debian has one for each of Chromium and WebKitGTK, and
 * none for Firefox ESR.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";

const CHROMIUM_FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

/** Nothing of Firefox may talk to the network, ask, or wait for the user. */
const FIREFOX_PREFS = {
  "browser.shell.checkDefaultBrowser": false,
  "browser.startup.homepage_override.mstone": "ignore",
  "datareporting.policy.dataSubmissionEnabled": false,
  "toolkit.telemetry.reportingpolicy.firstRun": false,
  "app.update.enabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "services.settings.server": "",
  "dom.max_script_run_time": 0,
};

const ENGINES = [
  {
    name: "Chromium",
    install: "chromium",
    find: () => onPath(["chromium", "chromium-browser", "google-chrome"]),
    command: (program, profile, url) => [program, ...CHROMIUM_FLAGS, `--user-data-dir=${profile}`, url],
  },
  {
    name: "Firefox",
    install: "firefox-esr",
    find: () => onPath(["firefox-esr", "firefox"]),
    command: (program, profile, url) => {
      const prefs = Object.entries(FIREFOX_PREFS).map(
        ([key, value]) => `user_pref("${key}", ${JSON.stringify(value)});\n`,
      );
      writeFileSync(join(profile, "user.js"), prefs.join(""));
      return [program, "--headless", "--no-remote", "--profile", profile, url];
    },
  },
  {
    name: "WebKitGTK",
    install: "webkit2gtk-driver xvfb",
    find: () => (onPath(["xvfb-run"]) ? miniBrowser() : undefined),
    command: (program, profile, url) => ["xvfb-run", "-a", program, "--private", url],
  },
];

/** The installed ones, each with its version; names what is not in a line each. `skipped` says what does not happen. */
export function installedEngines(skipped) {
  return ENGINES.flatMap((engine) => {
    const program = engine.find();
    if (program === undefined) {
      console.log(`skipped: ${skipped} in ${engine.name} (not here; Debian: apt-get install ${engine.install})`);
      return [];
    }
    const display = engine.name === "WebKitGTK" ? ["xvfb-run", "-a"] : [];
    const [command, ...args] = [...display, program, "--version"];
    const { stdout } = spawnSync(command, args, { encoding: "utf8" });
    return [{ ...engine, program, version: stdout.trim().split(" built on ")[0] }];
  });
}

/** Bundles TypeScript (relative to the root of the repository) into one classic script for a page. */
export async function bundleForPage(contents, options = {}) {
  const result = await build({
    stdin: { contents, resolveDir: process.cwd(), loader: "ts" },
    bundle: true,
    write: false,
    format: "iife",
    // `sideEffects` in package.json speaks of the compiled files, not of these.
    ignoreAnnotations: true,
    target: "es2022",
    ...options,
  });
  return result.outputFiles[0].text;
}

/** Runs a script in an engine until it calls `report(value)`, and returns the value (anything JSON can say). */
export async function runInEngine(engine, script, seconds = 180) {
  const profile = mkdtempSync(join(tmpdir(), "matprop-page-"));
  const { server, url, reported } = await serve(script);
  const [command, ...args] = engine.command(engine.program, profile, url);
  // A group of its own: browsers are many processes, and all of them have to end.
  const child = spawn(command, args, { stdio: "ignore", detached: true, env: { ...process.env, HOME: profile } });
  let timer;
  try {
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`${engine.name} said nothing for ${seconds} s`)), seconds * 1e3);
      child.once("error", reject);
    });
    return await Promise.race([reported, late]);
  } finally {
    clearTimeout(timer);
    server.close();
    server.closeAllConnections();
    await ended(child);
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function serve(script) {
  const page = `<!doctype html><meta charset="utf-8"><title>matprop</title><body><script>
    const report = (value) => fetch("/report", { method: "POST", body: JSON.stringify(value) });
    addEventListener("error", ({ message }) => report({ error: message }));
    addEventListener("unhandledrejection", ({ reason }) => report({ error: String(reason) }));
  </script><script>${script.replaceAll("</script", "<\\/script")}</script></body>`;
  let answer;
  const reported = new Promise((resolve, reject) => {
    answer = (text) => {
      const value = JSON.parse(text);
      if (value?.error === undefined) resolve(value);
      else reject(new Error(`in the page: ${value.error}`));
    };
  });
  const server = createServer((request, response) => {
    if (request.method === "POST") {
      let text = "";
      request.on("data", (chunk) => (text += chunk)).on("end", () => (response.end(), answer(text)));
    } else if (request.url === "/") response.writeHead(200, { "content-type": "text/html" }).end(page);
    else response.writeHead(404).end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, reported, url: `http://127.0.0.1:${server.address().port}/` };
}

/** Ends the group of processes that a child leads. */
function ended(child) {
  if (child.pid === undefined || child.exitCode !== null) return undefined;
  return new Promise((resolve) => {
    child.once("exit", resolve);
    process.kill(-child.pid, "SIGKILL");
  });
}

function onPath(names) {
  return names.find((name) => spawnSync("sh", ["-c", 'command -v "$0"', name]).status === 0);
}

/** WebKitGTK's own small browser lies beside the library, in a folder that carries its version. */
function miniBrowser() {
  const libraries = ["/usr/libexec", "/usr/lib", ...entries("/usr/lib").map((folder) => `/usr/lib/${folder}`)];
  return libraries
    .flatMap((folder) => entries(folder).map((name) => join(folder, name, "MiniBrowser")))
    .find((path) => path.includes("webkit") && existsSync(path));
}

function entries(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
