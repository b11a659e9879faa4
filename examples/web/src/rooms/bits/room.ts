/** *Same bits*: the fingerprint of this browser beside the one that the tests of the library pin. */
import pinned from "../../../../../test/determinism/fingerprint.json";
import type { Room } from "../../main.ts";
import { button, element, table } from "../../ui/dom.ts";
import type { Answer } from "../../worker/fingerprint.ts";

const PINNED: Readonly<Record<string, string>> = pinned;

export function open(): Room {
  let worker: Worker | undefined;
  const status = element("p", { role: "status", id: "bits-status" }, "Nothing has been computed yet.");
  const result = element("div");
  const run = (): void => {
    start.disabled = true;
    status.textContent = "Computing in a worker …";
    result.replaceChildren();
    worker = new Worker(new URL("../../worker/fingerprint.ts", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<Answer>) => done(() => show(data));
    worker.onerror = ({ message }) =>
      done(() => (status.textContent = `This browser cannot run it: ${message || "the worker did not load"}`));
  };
  const done = (act: () => void): void => {
    worker?.terminate();
    start.disabled = false;
    act();
  };
  const show = (answer: Answer): void => {
    const { names, different } = compare(answer.parts);
    status.textContent =
      different.size === 0
        ? `The same bits: all ${names.length} parts are equal, after ${answer.seconds.toFixed(1)} s.`
        : `${different.size} of ${names.length} parts differ. Please report the first of them with your browser's name.`;
    status.dataset.equal = String(different.size === 0);
    const whole = element("p", {}, "Fingerprint of seed 1: ", element("code", { id: "sha256" }, answer.sha256));
    result.replaceChildren(whole, details(answer.parts, names, different));
  };
  const start = button("Compute the fingerprint", run, { class: "primary" });
  const view = element(
    "section",
    {},
    element("h2", {}, "Same bits"),
    element(
      "p",
      {},
      "Every kernel runs on fixed inputs, every family of layers forward and backward, and a small network is trained. " +
        "What comes out is hashed with SHA-256. The hashes are those of Node, Chromium, Firefox and WebKit, " +
        "or something is wrong with this browser or with us.",
    ),
    start,
    status,
    result,
  );
  return { view, leave: () => worker?.terminate() };
}

/** The names on either side, those that differ first. */
function compare(parts: Readonly<Record<string, string>>): { names: string[]; different: Set<string> } {
  const all = [...new Set([...Object.keys(PINNED), ...Object.keys(parts)])];
  const different = new Set(all.filter((name) => parts[name] !== PINNED[name]));
  return { names: [...different, ...all.filter((name) => !different.has(name))], different };
}

function details(parts: Readonly<Record<string, string>>, names: string[], different: Set<string>): HTMLElement {
  const short = (hash: string | undefined): HTMLElement =>
    element("code", { title: hash ?? "" }, hash?.slice(0, 8) ?? "none");
  const rows = names.map((name) => [
    name,
    short(parts[name]),
    short(PINNED[name]),
    different.has(name) ? "differs" : "equal",
  ]);
  const content = table("The first 8 digits of the hash of each part", ["part", "here", "pinned", ""], rows);
  return element("div", { class: "scroll", tabIndex: 0, role: "region", "aria-label": "Hashes by part" }, content);
}
