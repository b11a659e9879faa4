import { parseOptions, type OptionTable } from "./args.js";
import type { Command } from "./command.js";
import { fingerprint } from "./fingerprint/fingerprint.js";
import { init } from "./library.js";
import { openTerminal } from "./terminal.js";

const OPTIONS = {
  seed: { kind: "integer", min: 0, max: 0xffffffff, help: "Seed of all inputs and weights.", fallback: "1" },
  list: { kind: "flag", help: "Print one hash for every kernel and every family of layers." },
  json: { kind: "flag", help: "Print the result as one line of JSON." },
} as const satisfies OptionTable;

/** `matprop fingerprint`. */
export const fingerprintCommand: Command = {
  spec: {
    name: "fingerprint",
    summary: "hash what this machine computes, to compare machines",
    about: [
      "Runs every kernel on fixed inputs, every family of layers forward and backward, and a short training, and prints " +
        "one SHA-256 of all results. It is the same on every machine and engine; where it is not, --list shows which " +
        "kernel differs.",
    ],
    options: OPTIONS,
    examples: [
      ["matprop fingerprint", "One hash."],
      ["matprop fingerprint --list > here.txt", "Every hash, to compare with the file of another machine."],
    ],
  },

  async run(argv) {
    const { values } = parseOptions(OPTIONS, argv);
    const terminal = openTerminal();
    await init();
    const seed = values.seed ?? 1;
    const found = await fingerprint(seed);
    if (values.json) {
      const { sha256, parts } = found;
      terminal.out(JSON.stringify({ seed, sha256, ...(values.list ? { parts } : {}) }));
      return 0;
    }
    if (values.list) for (const [name, hash] of Object.entries(found.parts)) terminal.out(`${hash}  ${name}`);
    terminal.out(values.list ? `${found.sha256}  fingerprint of seed ${seed}` : found.sha256);
    return 0;
  },
};
