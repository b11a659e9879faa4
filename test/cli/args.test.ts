import assert from "node:assert/strict";
import { parseOptions, UsageError, type OptionTable } from "../../src/cli/args.js";
import { commandHelp, overview, wrap, type CommandSpec } from "../../src/cli/help.js";
import { editDistance, nearest } from "../../src/cli/suggest.js";

const TABLE = {
  data: { kind: "text", value: "DIR|FILE", help: "Where the images are." },
  epochs: { kind: "integer", min: 1, max: 1000, help: "Passes over the data.", fallback: "4" },
  lr: { kind: "number", min: 0, help: "Learning rate." },
  model: { kind: "choice", choices: ["o2p", "mpn"], help: "Which network." },
  models: { kind: "list", choices: ["o2p", "mpn"], help: "Several." },
  augment: { kind: "flag", negatable: true, help: "Change images at random." },
  quiet: { kind: "flag", short: "q", help: "Say little." },
} as const satisfies OptionTable;

const parse = (...argv: string[]): ReturnType<typeof parseOptions<typeof TABLE>> => parseOptions(TABLE, argv);

describe("command-line options", () => {
  it("reads every kind, in both spellings", () => {
    const { values } = parse(
      "--data=x y",
      "--epochs",
      "3",
      "--lr",
      ".5e-1",
      "--model",
      "mpn",
      "--models=o2p,mpn",
      "-q",
    );
    assert.deepEqual(values, {
      data: "x y",
      epochs: 3,
      lr: 0.05,
      model: "mpn",
      models: ["o2p", "mpn"],
      augment: undefined,
      quiet: true,
    });
  });

  it("leaves out what was not given, and takes the last of a repeated option", () => {
    assert.equal(parse().values.quiet, false);
    assert.equal(parse().values.epochs, undefined);
    assert.equal(parse("--epochs", "1", "--epochs", "2").values.epochs, 2);
  });

  it("knows --augment and --no-augment", () => {
    assert.equal(parse("--augment").values.augment, true);
    assert.equal(parse("--no-augment").values.augment, false);
    assert.throws(() => parse("--no-quiet"), /unknown option --no-quiet/);
  });

  const wrong: [string[], RegExp][] = [
    [["--epoch", "3"], /unknown option --epoch; did you mean --epochs\?/],
    [["--modle", "o2p"], /unknown option --modle; did you mean --model\?/],
    [["--frobnicate"], /^unknown option --frobnicate$/],
    [["-x"], /unknown option -x/],
    [["--constructor"], /unknown option --constructor/],
    [["--epochs"], /--epochs needs a value/],
    [["--data", "--quiet"], /--data needs a value: --data DIR\|FILE/],
    [["--data="], /--data needs a value/],
    [["--epochs", "2.5"], /--epochs must be a whole number from 1 to 1000; got "2.5"/],
    [["--epochs", "0"], /from 1 to 1000; got "0"/],
    [["--epochs", "0x10"], /must be a whole number/],
    [["--lr", "-1"], /--lr must be a number of at least 0; got "-1"/],
    [["--lr", "1e999"], /--lr must be a number/],
    [["--model", "o2"], /--model must be one of o2p, mpn; got "o2", did you mean o2p\?/],
    [["--models", "o2p,"], /--models must be one of/],
    [["--quiet=1"], /--quiet takes no value, got "1"/],
    [["stray"], /takes no arguments beside options, got "stray"/],
  ];
  for (const [argv, message] of wrong) {
    it(`refuses ${argv.join(" ")}`, () => {
      assert.throws(
        () => parse(...argv),
        (error: Error) => error instanceof UsageError && message.test(error.message),
      );
    });
  }

  it("counts positional arguments, and takes what follows -- as such", () => {
    const two = { usage: "FILE…", min: 1, max: 2 };
    assert.deepEqual(parseOptions(TABLE, ["a", "-q", "--", "--b"], two).rest, ["a", "--b"]);
    assert.throws(() => parseOptions(TABLE, [], two), /needs FILE…/);
    assert.throws(() => parseOptions(TABLE, ["a", "b", "c"], two), /at most 2 arguments, got "c"/);
  });
});

describe("suggestions", () => {
  it("measures edits, swaps of neighbours included", () => {
    assert.equal(editDistance("kitten", "sitting"), 3);
    assert.equal(editDistance("modle", "model"), 1);
    assert.equal(editDistance("", "abc"), 3);
  });

  it("offers only what is close", () => {
    assert.equal(nearest("evalute", ["train", "evaluate"]), "evaluate");
    assert.equal(nearest("tr", ["train", "evaluate"]), "train");
    assert.equal(nearest("zzz", ["train", "evaluate"]), undefined);
  });
});

describe("help", () => {
  const spec: CommandSpec = {
    name: "demo",
    summary: "show something",
    about: ["A paragraph that is long enough to be broken into more than one line when the page is narrow."],
    options: TABLE,
    positionals: { usage: "FILE…", min: 1, max: 2 },
    examples: [["matprop demo x.png", "shows x"]],
  };
  const style = { width: 60, bold: (text: string) => text };

  it("shows usage, every option with its default and choices, and the examples", () => {
    const text = commandHelp(spec, style);
    for (const part of [
      "Usage: matprop demo FILE… [options]",
      "--data DIR|FILE",
      "--[no-]augment",
      "-q, --quiet",
      "[default: 4]",
      "One of: o2p, mpn.",
      "-h, --help",
      "matprop demo x.png",
    ]) {
      assert.ok(text.includes(part), `missing "${part}" in:\n${text}`);
    }
    for (const name of Object.keys(TABLE)) assert.ok(text.includes(name));
  });

  it("keeps to the width", () => {
    for (const line of commandHelp(spec, style).split("\n")) assert.ok(line.length <= 60, line);
    assert.equal(wrap("a bb ccc", 6, 2), "  a bb\n  ccc");
  });

  it("lists the commands", () => {
    assert.match(overview([spec], "1.2.3", style), /matprop 1\.2\.3[^]*Commands:\n {2}demo {2}show something/);
  });
});
