/** Executes the cells of `examples/notebook` in their order, and compares what they show with what the file holds. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import ts from "typescript";
import { runChild } from "./support/child.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const NOTEBOOK = `${root}examples/notebook/logCovariance.ipynb`;

interface Output {
  readonly output_type: "stream" | "execute_result";
  readonly [key: string]: unknown;
}

interface Cell {
  readonly cell_type: "markdown" | "code";
  readonly source: readonly string[];
  execution_count?: number;
  outputs?: Output[];
}

/** What a cell prints, and what its last expression displays, by MIME type. */
interface Shown {
  printed: string;
  displayed?: Record<string, string>;
}

/** Takes the place of Deno's kernel: collects what is printed, and what `Deno.jupyter` makes of a value. */
const KERNEL = `
const shown = [];
console.log = (...values) => void (shown.at(-1).printed += values.join(" ") + "\\n");
const DISPLAY = Symbol.for("Jupyter.display");
globalThis.Deno = { jupyter: { svg: (...text) => ({ [DISPLAY]: () => ({ "image/svg+xml": String.raw(...text) }) }) } };
globalThis.__begin = () => void shown.push({ printed: "" });
globalThis.__show = (value) => void (value?.[DISPLAY] && (shown.at(-1).displayed = value[DISPLAY]()));
await import("./cells.ts");
process.stdout.write(JSON.stringify(shown));
`;

/** A cell whose last statement, if it is an expression, is shown. */
function instrument(code: string): string {
  const file = ts.createSourceFile("cell.ts", code, ts.ScriptTarget.Latest, true);
  const last = file.statements.at(-1)!;
  if (!ts.isExpressionStatement(last)) return `__begin();\n${code}\n`;
  return `__begin();\n${code.slice(0, last.getStart(file))}__show(${last.expression.getText(file)});\n`;
}

function execute(cells: readonly Cell[]): Shown[] {
  // Inside the project, so that imports resolve as they do for its own files.
  mkdirSync(`${root}build`, { recursive: true });
  const folder = mkdtempSync(`${root}build/notebook-`);
  try {
    const entry = pathToFileURL(`${root}src/index.ts`).href;
    const code = cells.map(({ source }) => instrument(source.join(""))).join("");
    writeFileSync(`${folder}/cells.ts`, code.replace('from "matprop"', `from ${JSON.stringify(entry)}`));
    writeFileSync(`${folder}/kernel.mjs`, KERNEL);
    return runChild(pathToFileURL(`${folder}/kernel.mjs`));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Text as notebooks keep it: lines with their ends. */
const lines = (text: string): string[] => text.split(/(?<=\n)/);

function outputsOf({ printed, displayed }: Shown, count: number): Output[] {
  const outputs: Output[] = [];
  if (printed !== "") outputs.push({ output_type: "stream", name: "stdout", text: lines(printed) });
  if (displayed) {
    const data = Object.fromEntries(Object.entries(displayed).map(([type, text]) => [type, lines(text)]));
    outputs.push({ output_type: "execute_result", execution_count: count, data, metadata: {} });
  }
  return outputs;
}

describe("the notebook", function () {
  this.timeout(120_000);

  it("shows what it did when it was stored, bit for bit", () => {
    const notebook = JSON.parse(readFileSync(NOTEBOOK, "utf8")) as { readonly cells: readonly Cell[] };
    const cells = notebook.cells.filter((cell) => cell.cell_type === "code");
    const found = execute(cells).map((shown, i) => outputsOf(shown, i + 1));
    assert.equal(found.length, cells.length);
    if (process.env.UPDATE_PINS === "1") {
      cells.forEach((cell, i) => Object.assign(cell, { execution_count: i + 1, outputs: found[i] }));
      writeFileSync(NOTEBOOK, `${JSON.stringify(notebook, null, 1)}\n`);
    }
    const stored = cells.map(({ outputs }) => outputs);
    assert.deepEqual(found, stored);
    assert.ok(found.flat().some(({ output_type }) => output_type === "execute_result"));
  });

  it("learns through the logarithm what it does not without", () => {
    const text = readFileSync(NOTEBOOK, "utf8");
    const [, , without, through] = [...text.matchAll(/: ([\d.]+) % of the test images/g)].map(([, share]) =>
      Number(share),
    );
    assert.ok(through! > without! + 10, `${through} % and ${without} %`);
  });
});
