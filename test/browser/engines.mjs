/**
 * The browser engines: Chromium and Firefox through puppeteer-core (the DevTools protocol and WebDriver BiDi), WebKitGTK
 * through selenium-webdriver and its own driver. Nothing is installed here; what is missing is said.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { ISOLATED, serve, textOf } from "./server.mjs";

/** Chromium refuses its sandbox to root, and without these asks the network for this and that. */
const CHROMIUM_FLAGS = [
  "--disable-gpu",
  "--disable-quic",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
  ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
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

/**
 * By the name that `--require` takes. `programs` finds what must be there: its values are the paths, or undefined.
 * `open(programs)` starts the browser: `{ version, goto(url), evaluate(expression), close() }`.
 */
const ENGINES = {
  chromium: {
    title: "Chromium",
    install: "chromium",
    programs: () => ({ chromium: onPath("chromium", "chromium-browser", "google-chrome") }),
    open: ({ chromium }) =>
      openByPuppeteer("Chromium", { browser: "chrome", executablePath: chromium, args: CHROMIUM_FLAGS }),
  },
  firefox: {
    title: "Firefox",
    install: "firefox-esr",
    programs: () => ({ firefox: onPath("firefox-esr", "firefox") }),
    open: ({ firefox }) =>
      openByPuppeteer("Firefox", { browser: "firefox", executablePath: firefox, extraPrefsFirefox: FIREFOX_PREFS }),
  },
  webkit: {
    title: "WebKitGTK",
    install: "webkit2gtk-driver xvfb",
    programs: () => ({
      WebKitWebDriver: onPath("WebKitWebDriver"),
      MiniBrowser: miniBrowser(),
      "xvfb-run": onPath("xvfb-run"),
    }),
    open: openWebKit,
  },
};

/** The names of all engines. */
export const ENGINE_NAMES = Object.keys(ENGINES);

/** Of the engines named, those that are installed; says in a line what is not. `skipped` says what does not happen. */
export function installedEngines(skipped, names = ENGINE_NAMES) {
  return names.flatMap((name) => {
    const { title, install, programs, open } = ENGINES[name];
    const found = programs();
    const missing = Object.keys(found).filter((program) => found[program] === undefined);
    if (missing.length === 0) return [{ name, title, open: () => open(found) }];
    console.log(
      `skipped: ${skipped} in ${title} (${missing.join(", ")} not found; Debian: apt-get install ${install})`,
    );
    return [];
  });
}

/**
 * Runs a script in an engine until it calls `report(value)`. Resolves to the version of the engine and the value
 * (anything JSON can say). The page is isolated, which makes its clock finer.
 */
export async function runInEngine(engine, script, seconds = 180) {
  const page = `<!doctype html><meta charset="utf-8"><title>matprop</title><body><script>
    const report = (value) => fetch("/report", { method: "POST", body: JSON.stringify(value) });
    addEventListener("error", ({ message }) => report({ error: message }));
    addEventListener("unhandledrejection", ({ reason }) => report({ error: String(reason) }));
  </script><script>${script.replaceAll("</script", "<\\/script")}</script></body>`;
  const found = await reportOf(engine, (path) => (path === "/" ? { body: page } : undefined), { seconds });
  if (found.value?.error !== undefined) throw new Error(`in the page: ${found.value.error}`);
  return found;
}

/**
 * Opens the page that `answer` (as of {@link serve}) gives for "/" and waits until it posts JSON to `/report`. Resolves to
 * the version of the engine and the value.
 */
export async function reportOf(engine, answer, { headers = ISOLATED, seconds = 180 } = {}) {
  let timer;
  let settle;
  const reported = new Promise((resolve, reject) => {
    settle = resolve;
    timer = setTimeout(() => reject(new Error(`${engine.title} said nothing for ${seconds} s`)), seconds * 1e3);
  });
  const server = await serve(async (path, request) => {
    if (path !== "/report") return answer(path);
    settle(JSON.parse(await textOf(request)));
    return { body: "" };
  }, headers);
  let browser;
  try {
    browser = await engine.open();
    await browser.goto(server.url);
    return { version: browser.version, value: await reported };
  } finally {
    clearTimeout(timer);
    await browser?.close();
    server.close();
  }
}

async function openByPuppeteer(title, options) {
  const { default: puppeteer } = await import("puppeteer-core");
  const browser = await puppeteer.launch({ headless: true, protocolTimeout: 0, timeout: 120_000, ...options });
  const page = await browser.newPage();
  return {
    version: `${title} ${(await browser.version()).split("/")[1]}`,
    /** Puppeteer's own, for what tests of one engine need. */
    page,
    goto: (url) => page.goto(url),
    evaluate: (expression) => page.evaluate(expression),
    close: () => browser.close(),
  };
}

async function openWebKit({ WebKitWebDriver, MiniBrowser, "xvfb-run": display }) {
  const { Builder, Capabilities } = await import("selenium-webdriver");
  const port = await freePort();
  // A group of its own: the display, the driver and the browser are many processes, and all of them have to end.
  const child = spawn(display, ["-a", WebKitWebDriver, `--port=${port}`], { stdio: "ignore", detached: true });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const end = async () => {
    if (child.exitCode === null) process.kill(-child.pid, "SIGTERM");
    await ended;
  };
  try {
    await listening(port);
    const capabilities = new Capabilities({
      browserName: "MiniBrowser",
      "webkitgtk:browserOptions": { binary: MiniBrowser, args: ["--automation"] },
    });
    const driver = await new Builder().usingServer(`http://127.0.0.1:${port}/`).withCapabilities(capabilities).build();
    return {
      version: `WebKitGTK ${(await driver.getCapabilities()).getBrowserVersion()}`,
      goto: (url) => driver.get(url),
      evaluate: (expression) => driver.executeScript(`return (${expression});`),
      close: () => driver.quit().finally(end),
    };
  } catch (error) {
    await end();
    throw error;
  }
}

/** A port that was free a moment ago. */
function freePort() {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Waits until a driver answers, at most half a minute. */
async function listening(port) {
  const end = performance.now() + 30_000;
  for (;;) {
    const answered = await fetch(`http://127.0.0.1:${port}/status`).then(
      () => true,
      () => false,
    );
    if (answered) return;
    if (performance.now() > end) throw new Error("WebKitWebDriver does not answer");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** The path of the first of the programs that is there. */
function onPath(...names) {
  for (const name of names) {
    const { status, stdout } = spawnSync("sh", ["-c", 'command -v "$0"', name], { encoding: "utf8" });
    if (status === 0) return stdout.trim();
  }
  return undefined;
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
