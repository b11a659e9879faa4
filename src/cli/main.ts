import { UsageError } from "./args.js";
import type { Command } from "./command.js";
import { compareCommand } from "./compare.js";
import { evaluateCommand } from "./evaluate.js";
import { fingerprintCommand } from "./fingerprintCommand.js";
import { commandHelp, overview } from "./help.js";
import { ArgumentError, MatpropError } from "./library.js";
import { predictCommand } from "./predict.js";
import { segmentCommand } from "./segment/command.js";
import { nearest } from "./suggest.js";
import { openTerminal, type Terminal } from "./terminal.js";
import { trainCommand } from "./train.js";
import { version } from "./version.js";

const COMMANDS: readonly Command[] = [
  trainCommand,
  evaluateCommand,
  predictCommand,
  compareCommand,
  segmentCommand,
  fingerprintCommand,
];

/** Exit codes: 0 done, 1 failed, 2 called wrongly, 130 interrupted. */
async function main(argv: readonly string[]): Promise<number> {
  const terminal = openTerminal();
  const [name, ...rest] = argv;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    return help(terminal, name === "help" ? rest : []);
  }
  if (name === "--version" || name === "-v") {
    terminal.out(version());
    return 0;
  }
  const { command, unknown, args } = find(argv);
  if (!command || unknown !== undefined) return unknownCommand(terminal, unknown ?? name, command);
  const options = rest.includes("--") ? rest.slice(0, rest.indexOf("--")) : rest;
  if (options.includes("--help") || options.includes("-h")) return help(terminal, argv);
  try {
    return await command.run(args);
  } catch (error) {
    return failure(terminal, command.spec.name, error);
  }
}

/** The command that the first words name, as far as they are commands, and what follows them. */
function find(words: readonly string[]): { command?: Command; unknown?: string; args: readonly string[] } {
  const [name, ...rest] = words;
  const command = COMMANDS.find(({ spec }) => spec.name === name);
  if (!command?.subcommands) return { ...(command ? { command } : {}), args: rest };
  const [inner] = rest;
  if (inner === undefined || inner.startsWith("-")) return { command, args: rest };
  const subcommand = command.subcommands.find(({ spec }) => spec.name === `${name} ${inner}`);
  return subcommand ? { command: subcommand, args: rest.slice(1) } : { command, unknown: inner, args: rest };
}

function help(terminal: Terminal, words: readonly string[]): number {
  if (words.length === 0) {
    const specs = COMMANDS.map(({ spec }) => spec);
    terminal.out(overview(specs, version(), terminal.style));
    return 0;
  }
  const { command, unknown } = find(words);
  if (!command || unknown !== undefined) return unknownCommand(terminal, unknown ?? words[0]!, command);
  terminal.out(commandHelp(command.spec, terminal.style, command.subcommands));
  return 0;
}

function unknownCommand(terminal: Terminal, name: string, group?: Command): number {
  const prefix = group ? `${group.spec.name} ` : "";
  const names = (group?.subcommands ?? COMMANDS).map(({ spec }) => spec.name.slice(prefix.length));
  const guess = nearest(name, names);
  const advice = guess ? `did you mean "matprop ${prefix}${guess}"?` : `the commands are ${names.join(", ")}.`;
  terminal.warn(
    `matprop${prefix === "" ? "" : ` ${group!.spec.name}`}: unknown ${name.startsWith("-") ? "option" : "command"} "${name}"; ${advice}`,
  );
  return 2;
}

/** One line for what a user can mend; a stack only for what is our fault. */
function failure(terminal: Terminal, name: string, error: unknown): number {
  const { red } = terminal.style;
  if (error instanceof UsageError) {
    terminal.warn(`${red(`matprop ${name}:`)} ${error.message}\nTry "matprop ${name} --help".`);
    return 2;
  }
  if (error instanceof MatpropError) {
    terminal.warn(`${red(`matprop ${name}:`)} ${error.message}`);
    return error instanceof ArgumentError ? 2 : 1;
  }
  if (error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === "string") {
    terminal.warn(`${red(`matprop ${name}:`)} ${error.message}`);
    return 1;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  terminal.warn(`${red(`matprop ${name}:`)} this is a bug in matprop ${version()}, please report it:\n${text}`);
  return 1;
}

/** Makes `matprop … | head` end quietly. */
function ignoreClosedPipe(stream: NodeJS.WriteStream): void {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
}

ignoreClosedPipe(process.stdout);
ignoreClosedPipe(process.stderr);
process.exitCode = await main(process.argv.slice(2));
