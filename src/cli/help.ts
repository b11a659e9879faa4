import { placeholder, type OptionSpec, type OptionTable, type Positionals } from "./args.js";

/** A command as the help shows it. `run` receives the arguments after the command's name. */
export interface CommandSpec {
  readonly name: string;
  /** One line for the overview. */
  readonly summary: string;
  /** Paragraphs for the command's own page. */
  readonly about: readonly string[];
  readonly options: OptionTable;
  readonly positionals?: Positionals;
  /** Command lines and what they do. */
  readonly examples: readonly (readonly [command: string, meaning: string])[];
}

export interface HelpStyle {
  readonly width: number;
  bold(text: string): string;
}

/** The page of `matprop --help`. */
export function overview(commands: readonly CommandSpec[], version: string, style: HelpStyle): string {
  const rows = commands.map(({ name, summary }) => [name, summary] as const);
  return [
    `matprop ${version}`,
    wrap(
      "Trains classifiers with matrix layers (second-order pooling and relatives, functions of SPD matrices) by matrix " +
        "backpropagation, on the CPU, in WebAssembly. The same seed gives the same bits on every machine.",
      style.width,
    ),
    "",
    `${style.bold("Usage:")} matprop COMMAND [options]`,
    "",
    style.bold("Commands:"),
    columns(rows, style.width),
    "",
    style.bold("First steps:"),
    columns(
      [
        ["matprop train", "train on handwritten digits (or built-in textures) and write a report"],
        ["matprop train --help", "everything that can be changed"],
      ],
      style.width,
    ),
    "",
    'Every command explains itself: "matprop COMMAND --help". "matprop --version" prints the version.',
  ].join("\n");
}

/** The page of `matprop COMMAND --help`. */
export function commandHelp(
  command: CommandSpec,
  style: HelpStyle,
  subcommands: readonly { readonly spec: CommandSpec }[] = [],
): string {
  const { name, about, options, positionals, examples } = command;
  const usage = ["matprop", name, subcommands.length > 0 ? "COMMAND" : positionals?.usage, "[options]"]
    .filter(Boolean)
    .join(" ");
  const rows = Object.entries(options).map(([key, spec]) => [optionHead(key, spec), optionHelp(spec)] as const);
  rows.push(["-h, --help", "Show this page."]);
  const parts = [`${style.bold("Usage:")} ${usage}`, ""];
  for (const paragraph of about) parts.push(wrap(paragraph, style.width), "");
  if (subcommands.length > 0) {
    const inner = subcommands.map(({ spec }) => [spec.name.slice(name.length + 1), spec.summary] as const);
    parts.push(style.bold("Commands:"), columns(inner, style.width), "");
  }
  parts.push(style.bold("Options:"), columns(rows, style.width), "", style.bold("Examples:"));
  for (const [line, meaning] of examples) parts.push(`  ${line}`, wrap(meaning, style.width, 6));
  return parts.join("\n");
}

function optionHead(name: string, spec: OptionSpec): string {
  const long = spec.negatable ? `--[no-]${name}` : `--${name}`;
  const head = spec.short ? `-${spec.short}, ${long}` : long;
  if (spec.kind === "flag") return head;
  return `${head} ${spec.choices && !spec.value ? "NAME" : placeholder(spec)}`;
}

function optionHelp({ help, choices, value, fallback }: OptionSpec): string {
  // With a placeholder of its own, the text of the option names the choices.
  const list = choices && !value ? ` One of: ${choices.join(", ")}.` : "";
  return `${help}${list}${fallback ? ` [default: ${fallback}]` : ""}`;
}

/** Two columns; a head too long for its column stands on a line of its own. */
export function columns(rows: readonly (readonly [string, string])[], width: number): string {
  const left = Math.min(26, Math.max(...rows.map(([head]) => head.length + 4)));
  return rows
    .map(([head, text]) => {
      const body = wrap(text, width, left);
      return head.length + 4 > left ? `  ${head}\n${body}` : `  ${head}`.padEnd(left) + body.trimStart();
    })
    .join("\n");
}

/** `text` broken at spaces into lines of at most `width` characters, each indented. */
export function wrap(text: string, width: number, indent = 0): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && indent + line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  lines.push(line);
  return lines.map((item) => " ".repeat(indent) + item).join("\n");
}
