import { UsageError } from "./args.js";
import type { Command } from "./command.js";
import { compareCommand } from "./compare.js";
import { evaluateCommand } from "./evaluate.js";
import { fingerprintCommand } from "./fingerprintCommand.js";
import { commandHelp, overview } from "./help.js";
import { ArgumentError, MatpropError } from "./library.js";
import { predictCommand } from "./predict.js";
import { nearest } from "./suggest.js";
import { openTerminal, type Terminal } from "./terminal.js";
import { trainCommand } from "./train.js";
import { version } from "./version.js";

const COMMANDS: readonly Command[] = [
  trainCommand,
  evaluateCommand,
  predictCommand,
  compareCommand,
  fingerprintCommand,
];

/** Exit codes: 0 done, 1 failed, 2 called wrongly, 130 interrupted. */
async function main(argv: readonly string[]): Promise<number> {
  const terminal = openTerminal();
  const [name, ...rest] = argv;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    return help(terminal, name === "help" ? rest[0] : undefined);
  }
  if (name === "--version" || name === "-v") {
    terminal.out(version());
    return 0;
  }
  const command = COMMANDS.find(({ spec }) => spec.name === name);
  if (!command) return unknownCommand(terminal, name);
  const options = rest.includes("--") ? rest.slice(0, rest.indexOf("--")) : rest;
  if (options.includes("--help") || options.includes("-h")) return help(terminal, name);
  try {
    return await command.run(rest);
  } catch (error) {
    return failure(terminal, name, error);
  }
}

function help(terminal: Terminal, name: string | undefined): number {
  if (name === undefined) {
    const specs = COMMANDS.map(({ spec }) => spec);
    terminal.out(overview(specs, version(), terminal.style));
    return 0;
  }
  const command = COMMANDS.find(({ spec }) => spec.name === name);
  if (!command) return unknownCommand(terminal, name);
  terminal.out(commandHelp(command.spec, terminal.style));
  return 0;
}

function unknownCommand(terminal: Terminal, name: string): number {
  const names = COMMANDS.map(({ spec }) => spec.name);
  const guess = nearest(name, names);
  const advice = guess ? `did you mean "matprop ${guess}"?` : `the commands are ${names.join(", ")}.`;
  terminal.warn(`matprop: unknown ${name.startsWith("-") ? "option" : "command"} "${name}"; ${advice}`);
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
