import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Peer, Suite } from "./harness.js";

/** What `import "matprop"` finds in Node. */
const LIBRARY = JSON.stringify(pathToFileURL("build/node/index.js").href);

/** The first product and its largest entry, 63/64 · (0 + … + 63)/64, exact in float32. */
const FIRST = `
  import { init, tensor } from ${LIBRARY};
  await init();
  const a = tensor(Float32Array.from({ length: 4096 }, (_, i) => (i % 64) / 64), { shape: [64, 64] });
  process.stdout.write(String(Math.max(...a.matmul(a).data())));
`;
const LARGEST = (63 * (63 * 32)) / 64 / 64;

/** A process from spawn to exit, as often as the budget allows, at least once; the median. */
function timed(name: string, script: string, expected = ""): Peer {
  let output = "";
  return {
    name,
    checksum: () => {
      output = execFileSync(process.execPath, [script], { encoding: "utf8" });
      if (output !== expected) throw new Error(`${name} printed ${JSON.stringify(output)}`);
      return output.slice(0, 8);
    },
    seconds: () => {
      const start = performance.now();
      execFileSync(process.execPath, [script]);
      return Promise.resolve((performance.now() - start) / 1e3);
    },
  };
}

function contenders(): Peer[] {
  const folder = mkdtempSync(join(tmpdir(), "matprop-bench-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const write = (name: string, text: string): string => (writeFileSync(join(folder, name), text), join(folder, name));
  return [
    timed("import, init, first product", write("first.mjs", FIRST), String(LARGEST)),
    { ...timed("the same over bare node", join(folder, "first.mjs"), String(LARGEST)), less: "bare node" },
    timed("import, init", write("init.mjs", `import { init } from ${LIBRARY};\nawait init();\n`)),
    timed("import", write("import.mjs", `import ${LIBRARY};\n`)),
    timed("bare node", write("bare.mjs", "")),
  ];
}

export default {
  name: "coldStart",
  about:
    "wall time of a process from spawn to exit, the library as the package has it for Node; ratio to the first row",
  groups: [{ title: "coldStart node", contenders }],
} satisfies Suite;
