/** Runs every `@example` of the API and every js block of the README and `docs/interop.md`, and compares the values they promise. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import ts from "typescript";
import { runChild } from "./support/child.js";

const root = fileURLToPath(new URL("..", import.meta.url));
/** Needs files or a terminal. */
const NOT_HERE = /^src\/(cli|data\/node|io\/node|node\.ts|workerd\.ts|wasm\/generated)/;

interface Example {
  readonly where: string;
  readonly code: string;
}

interface Outcome {
  readonly where: string;
  readonly error?: string;
  /** Values compared with the comment behind them. */
  readonly compared: number;
}

/** The code of each `@example` tag: the lines up to the next tag or the end of the comment. */
function examplesOf(path: string): Example[] {
  const found: Example[] = [];
  const source = readFileSync(`${root}${path}`, "utf8");
  for (const comment of source.matchAll(/\/\*\*[^]*?\*\//g)) {
    const lines = comment[0].split("\n").map((line) => line.replace(/^\s*(\*\/|\* ?)/, "").replace(/\s*\*\/$/, ""));
    const first = source.slice(0, comment.index).split("\n").length;
    lines.forEach((line, i) => {
      if (!line.startsWith("@example")) return;
      const end = lines.findIndex((other, k) => k > i && other.startsWith("@"));
      const code = lines.slice(i + 1, end < 0 ? undefined : end).filter((text) => !text.startsWith("```"));
      found.push({ where: `${path}:${first + i}`, code: code.join("\n") });
    });
  }
  return found;
}

function blocksOf(path: string): Example[] {
  const blocks = readFileSync(`${root}${path}`, "utf8").matchAll(/```(?:js|ts)\n([^]*?)```/g);
  return [...blocks].map((block, i) => ({ where: `${path}, block ${i + 1}`, code: block[1] }));
}

/** Imports from the source, and a call of `__check` behind every statement that promises a value in a comment. */
function instrument({ code }: Example, entry: string): string {
  const file = ts.createSourceFile("example.ts", code, ts.ScriptTarget.Latest, true);
  let out = "";
  let at = 0;
  for (const statement of file.statements) {
    const comment = /^[^\S\n]*\/\/ (.+)/.exec(code.slice(statement.end))?.[1];
    out += code.slice(at, statement.getStart(file));
    let text = statement.getText(file);
    if (comment !== undefined) {
      const promised = JSON.stringify(comment);
      if (ts.isExpressionStatement(statement)) {
        const { expression } = statement;
        const call = ts.isCallExpression(expression) && expression.expression.getText(file) === "console.log";
        text = call
          ? `__check(${promised}, ${expression.arguments.map((argument) => argument.getText(file)).join(", ")});`
          : `__check(${promised}, ${expression.getText(file)});`;
      } else if (ts.isVariableStatement(statement) && ts.isIdentifier(statement.declarationList.declarations[0].name)) {
        text += ` __check(${promised}, ${statement.declarationList.declarations[0].name.text});`;
      }
    }
    out += text;
    at = statement.end;
  }
  const from = (name: string): string => `from ${JSON.stringify(entry.replace("index.ts", `${name}.ts`))}`;
  return (out + code.slice(at))
    .replaceAll('from "matprop"', from("index"))
    .replaceAll('from "matprop/worker"', from("worker"));
}

/** Imports the examples one after the other; what `__check` is given is compared as console.log prints it. */
const DRIVER = `
import { inspect } from "node:util";
const outcomes = [];
let compared = 0;
const shown = (value) => (typeof value === "string" ? value : inspect(value, { depth: 9, breakLength: Infinity, compact: true }));
const flat = (text) => text.replace(/\\s+/g, " ").replace(/(\\[|\\{) /g, "$1").replace(/ (\\]|\\})/g, "$1").replace(/'/g, '"').replace(/\\w+Array\\(\\d+\\) /g, "");
const numbers = (text) => (text.match(/-?\\d+(\\.\\d+)?(e[-+]?\\d+)?/g) ?? []).map(Number);
// "0.1, 0.05 and 0", "5 and about [0.6, 0.8]": the same numbers, to six digits.
const sameNumbers = (wanted, actual) => {
  const [w, a] = [numbers(wanted), numbers(actual)];
  return w.length > 0 && w.length === a.length && w.every((value, i) => Math.abs(value - a[i]) <= 1e-6 * Math.abs(value));
};
globalThis.__check = (promised, ...values) => {
  if (!/^([-\\d.[{"]|true|false|null|Tensor)/.test(promised)) return;
  const actual = flat(values.map(shown).join(" "));
  const wanted = flat(promised).replace(/^"([^"]*)"/, "$1");
  if (actual.startsWith("Tensor") && !wanted.startsWith("Tensor")) return;
  const [start, cut] = wanted.split("…");
  const ends = [";", ",", ":", " "].some((end) => wanted.startsWith(actual + end));
  const same = cut !== undefined ? actual.startsWith(start) : wanted === actual || ends || sameNumbers(wanted, actual);
  if (!same) throw new Error(\`promises \${wanted} and gives \${actual}\`);
  compared++;
};
const print = console.log;
console.log = () => undefined;
for (const { where, path } of JSON.parse(process.argv[2])) {
  compared = 0;
  try {
    await import(path);
    outcomes.push({ where, compared });
  } catch (error) {
    outcomes.push({ where, compared, error: String(error?.message ?? error) });
  }
}
print(JSON.stringify(outcomes));
`;

/** What a program of `examples/` prints, line by line, when it takes the library from the source. */
function printedBy(name: string): string[] {
  mkdirSync(`${root}build`, { recursive: true });
  const folder = mkdtempSync(`${root}build/examples-`);
  try {
    const entry = pathToFileURL(`${root}src/index.ts`).href;
    const code = readFileSync(`${root}examples/${name}`, "utf8").replace(
      /from "matprop"/g,
      `from ${JSON.stringify(entry)}`,
    );
    writeFileSync(`${folder}/program.mjs`, code);
    const lines = "const lines = []; const print = console.log; console.log = (...x) => lines.push(x.join(' '));";
    writeFileSync(`${folder}/driver.mjs`, `${lines} await import("./program.mjs"); print(JSON.stringify(lines));`);
    return runChild(pathToFileURL(`${folder}/driver.mjs`));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe("examples", () => {
  const paths = readdirSync(`${root}src`, { recursive: true, encoding: "utf8" })
    .map((path) => `src/${path.replaceAll("\\", "/")}`)
    .filter((path) => path.endsWith(".ts") && !NOT_HERE.test(path))
    .sort();
  const examples = [...paths.flatMap(examplesOf), ...["README.md", "docs/interop.md"].flatMap(blocksOf)];
  let outcomes: Outcome[] = [];

  before(function () {
    this.timeout(120000);
    // Inside the project, so that imports resolve as they do for its own files.
    mkdirSync(`${root}build`, { recursive: true });
    const folder = mkdtempSync(`${root}build/examples-`);
    try {
      const entry = pathToFileURL(`${root}src/index.ts`).href;
      const jobs = examples.map((example, i) => {
        writeFileSync(`${folder}/example${i}.ts`, `export {};\n${instrument(example, entry)}`);
        return { where: example.where, path: `./example${i}.ts` };
      });
      writeFileSync(`${folder}/driver.mjs`, DRIVER);
      outcomes = runChild(pathToFileURL(`${folder}/driver.mjs`), [], [JSON.stringify(jobs)]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("of the API, the README and the page on other libraries run, and give what their comments promise", () => {
    assert.equal(outcomes.length, examples.length);
    assert.ok(examples.length > 80, `only ${examples.length} examples were found`);
    const failed = outcomes.filter(({ error }) => error !== undefined).map(({ where, error }) => `${where}: ${error}`);
    assert.deepEqual(failed, []);
    const compared = outcomes.reduce((sum, outcome) => sum + outcome.compared, 0);
    assert.ok(compared > 60, `only ${compared} values were compared`);
    console.log(`      ${examples.length} examples, ${compared} values compared`);
  });

  it("deepCoral.mjs: both alignments carry the classifier over to the target", function () {
    this.timeout(60000);
    const accuracies = printedBy("deepCoral.mjs").map((line) => line.match(/[\d.]+(?= %)/g)!.map(Number));
    assert.equal(accuracies.length, 3);
    const [alone, coral, logCoral] = accuracies as [number[], number[], number[]];
    for (const [own] of accuracies) assert.ok(own! > 95, `${own} % on the source`);
    assert.ok(alone[1]! < 60, `without alignment ${alone[1]} % on the target`);
    for (const [, other] of [coral, logCoral]) assert.ok(other! > 85, `with alignment ${other} % on the target`);
  });
});
