/** The rules of the house that no linter checks. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { relative } from "node:path";
import ts from "typescript";
import { needingNode } from "./browser/bundle.mjs";
import { reasonOf } from "./browser/nodeOnly.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const MAX_LINES = 300;

/** Files that are longer, and why. */
const LONG_FILES: Record<string, string> = {
  "assembly/index.ts": "the export table: one line a kernel, nothing else",
  "assembly/random.ts": "one generator: splitting it would part the sampler from its tables",
};

/** Kernels that src/ does not call, and why they are in the table. */
const NOT_CALLED: readonly (readonly [reason: string, names: string])[] = [
  ["integers in a range, by which the tests see the rejection under `permutation`", "irandint"],
  [
    "BLAS of level 1 to 3 that tests and benches measure and decompositions use within Wasm",
    "dgram_s dscal dswap drot dgemv dger sgemm_ukr_2x16 dgemm_ukr_2x8",
  ],
  [
    "the steps of the solvers by themselves, for their tests; src/ calls the whole",
    "dsecular dlowner dbdsdc_work dbdsdc",
  ],
];

function filesUnder(folder: string, skip: RegExp = /(^|\/)generated\//): string[] {
  return readdirSync(`${root}${folder}`, { recursive: true, encoding: "utf8" })
    .map((path) => `${folder}/${path.replaceAll("\\", "/")}`)
    .filter((path) => path.endsWith(".ts") && !skip.test(path))
    .sort();
}

const text = (path: string): string => readFileSync(`${root}${path}`, "utf8");
const sources = filesUnder("src");

function parse(path: string): ts.SourceFile {
  return ts.createSourceFile(path, text(path), ts.ScriptTarget.Latest, true);
}

function visit(node: ts.Node, act: (node: ts.Node) => void): void {
  act(node);
  node.forEachChild((child) => visit(child, act));
}

describe("house rules", () => {
  it(`files of src/ and assembly/ have at most ${MAX_LINES} lines`, () => {
    const long = [...sources, ...filesUnder("assembly")].filter(
      (path) => text(path).trimEnd().split("\n").length > MAX_LINES,
    );
    assert.deepEqual(
      long.filter((path) => !(path in LONG_FILES)),
      [],
    );
    assert.deepEqual(
      Object.keys(LONG_FILES).filter((path) => !long.includes(path)),
      [],
      "no longer an exception",
    );
  });

  it("`**` has only literals on both sides in src/: engines disagree on it", () => {
    const constant = (node: ts.Expression): boolean =>
      ts.isNumericLiteral(node) ||
      (ts.isPrefixUnaryExpression(node) && constant(node.operand)) ||
      (ts.isParenthesizedExpression(node) && constant(node.expression));
    const found: string[] = [];
    for (const path of sources) {
      const file = parse(path);
      visit(file, (node) => {
        const power = ts.isBinaryExpression(node) && /^\*\*=?$/.test(node.operatorToken.getText(file));
        if (power && !(constant(node.left) && constant(node.right))) {
          found.push(`${path}:${file.getLineAndCharacterOfPosition(node.pos).line + 1} ${node.getText(file)}`);
        }
      });
    }
    assert.deepEqual(found, []);
  });

  it("rooms import only from rooms nearer to the ground", () => {
    const rooms = [
      "errors",
      "wasm",
      "tensor",
      "autodiff",
      "ops",
      "linalg",
      "nn",
      "segmentation",
      "optim",
      "data",
      "io",
      "train",
      "cli",
    ];
    const rank = (path: string): number => rooms.indexOf(path.split("/")[1].replace(/\.ts$/, ""));
    const wrong: string[] = [];
    for (const path of sources.filter((source) => rank(source) >= 0)) {
      for (const { fileName } of ts.preProcessFile(text(path)).importedFiles) {
        if (!fileName.startsWith(".") || fileName.endsWith(".wasm")) continue;
        const target = relative(root, fileURLToPath(new URL(fileName, `file://${root}${path}`))).replaceAll("\\", "/");
        const level = rank(target.replace(/\.js$/, ".ts"));
        // data and io stand side by side: a reader of data sets may use a file format, not the other way round.
        const side = rooms[level] === "io" && rooms[rank(path)] === "data";
        // The command line is a program on top of the library, so it alone may use the entries.
        const entry = level < 0 && rooms[rank(path)] === "cli";
        if (!side && !entry && (level < 0 || level > rank(path))) wrong.push(`${path} imports ${target}`);
      }
    }
    assert.deepEqual(wrong, []);
  });

  it("nothing of Node is reachable from src/index.ts and src/worker.ts", () => {
    const seen = new Set<string>();
    const found: string[] = [];
    const walk = (path: string): void => {
      if (seen.has(path)) return;
      seen.add(path);
      const file = parse(path);
      for (const { fileName } of ts.preProcessFile(text(path)).importedFiles) {
        if (!fileName.startsWith(".")) found.push(`${path} imports ${fileName}`);
        else walk(relative(root, fileURLToPath(new URL(fileName, `file://${root}${path}`))).replace(/\.js$/, ".ts"));
      }
      visit(file, (node) => {
        const global =
          ts.isIdentifier(node) && ["process", "Buffer", "require", "__dirname", "console"].includes(node.text);
        const named =
          global &&
          (ts.isPropertyAccessExpression(node.parent)
            ? node.parent.expression === node
            : ts.isCallExpression(node.parent));
        if (named) found.push(`${path} uses ${node.getText(file)}`);
      });
    };
    walk("src/index.ts");
    walk("src/worker.ts");
    assert.deepEqual(found, []);
    assert.ok(seen.size > 80, `only ${seen.size} files were reached`);
  });

  it("tests that need Node are those of test/browser/nodeOnly.mjs, and no others", async () => {
    const tests = readdirSync(`${root}test`, { recursive: true, encoding: "utf8" })
      .map((path) => `test/${path.replaceAll("\\", "/")}`)
      .filter((path) => path.endsWith(".test.ts"))
      .sort();
    const needing = await needingNode(tests);
    const listed = [...reasonOf.keys()];
    const missing = needing.filter((path) => !listed.includes(path));
    const needless = listed.filter((path) => !needing.includes(path));
    assert.deepEqual({ missing, needless }, { missing: [], needless: [] });
  });

  it("every export of the ABI is called from src/, or listed here with a reason", () => {
    const words = new Set<string>();
    for (const path of sources.filter((source) => !source.startsWith("src/cli/"))) {
      visit(parse(path), (node) => {
        if (ts.isIdentifier(node) || ts.isStringLiteralLike(node)) words.add(node.text);
        // Names put together: `cast_${from}_${to}`, `s${name}`, `b${name}`.
        if (ts.isTemplateExpression(node)) words.add(`${node.head.text}*`);
      });
    }
    const abi = parse("src/wasm/generated/abi.ts");
    const names: string[] = [];
    visit(abi, (node) => {
      if (ts.isMethodSignature(node)) names.push(node.name.getText(abi));
    });
    assert.ok(names.length > 300);
    const comparisons = ["eq", "ne", "lt", "le", "gt", "ge", "and", "or", "xor"];
    const used = (name: string): boolean =>
      words.has(name) ||
      (words.has(name.slice(1)) && /^[sd]/.test(name)) ||
      (name.startsWith("cast_") && words.has("cast_*")) ||
      (comparisons.includes(name.slice(1)) && words.has(`${name[0]}*`));
    const unused = names.filter((name) => !used(name));
    const listed = NOT_CALLED.flatMap(([, list]) => list.split(" "));
    assert.deepEqual(
      unused.filter((name) => !listed.includes(name)),
      [],
    );
    assert.deepEqual(
      listed.filter((name) => !unused.includes(name)),
      [],
      "is used now, or gone",
    );
  });

  it("the binary is at most 180 KB, and 64 KB by gzip", () => {
    const binary = readFileSync(`${root}build/kernels.wasm`);
    const zipped = gzipSync(binary, { level: 9 }).length;
    assert.ok(binary.length <= 180 * 1024, `build/kernels.wasm has ${binary.length} bytes`);
    assert.ok(zipped <= 64 * 1024, `build/kernels.wasm has ${zipped} bytes by gzip`);
  });

  it("every public export has a TSDoc comment", function () {
    this.timeout(60000);
    const entries = ["index", "node", "worker"].map((name) => `${root}src/${name}.ts`);
    const config = ts.parseJsonConfigFileContent(
      ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile).config,
      ts.sys,
      root,
    );
    const program = ts.createProgram(entries, { ...config.options, noEmit: true });
    const checker = program.getTypeChecker();
    const bare: string[] = [];
    const seen = new Set<ts.Symbol>();
    const documented = (symbol: ts.Symbol): boolean =>
      symbol.getDocumentationComment(checker).length > 0 || symbol.getJsDocTags(checker).length > 0;
    const check = (symbol: ts.Symbol, name: string): void => {
      const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      if (seen.has(target)) return;
      seen.add(target);
      const [declaration] = target.declarations ?? [];
      if (declaration === undefined) return;
      if (ts.isSourceFile(declaration)) {
        for (const inner of checker.getExportsOfModule(target)) check(inner, `${name}.${inner.name}`);
        return;
      }
      if (!documented(target) && !documented(symbol) && !explained(declaration)) bare.push(name);
    };
    for (const path of entries) {
      for (const symbol of checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(path)!)!))
        check(symbol, symbol.name);
    }
    assert.ok(seen.size > 150);
    assert.deepEqual(bare, []);
  });

  it("the changelog has an Unreleased section, or one of the package's version", () => {
    const changelog = text("CHANGELOG.md");
    const { version } = JSON.parse(text("package.json")) as { version: string };
    assert.ok(changelog.includes("## [Unreleased]") || changelog.includes(`## [${version}]`));
  });

  it("dependencies are empty: what the command needs is bundled", () => {
    const manifest = JSON.parse(text("package.json")) as Record<string, Record<string, string>>;
    assert.deepEqual(Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }), []);
    for (const hook of ["preinstall", "install", "postinstall"]) assert.equal(hook in manifest.scripts, false);
  });
});

/** An option interface or a union type whose members explain themselves needs no sentence of its own. */
function explained(declaration: ts.Declaration): boolean {
  if (!ts.isInterfaceDeclaration(declaration)) return false;
  return declaration.members.every((member) => ts.getJSDocCommentsAndTags(member).length > 0);
}
