import type { CommandSpec } from "./help.js";

/** A command of the program: its page of help and what it does with the arguments after its name. */
export interface Command {
  readonly spec: CommandSpec;
  /** Commands of its own, named after it; then it does nothing without one of them. */
  readonly subcommands?: readonly Command[];
  /** Runs the command and returns the exit code. */
  run(argv: readonly string[]): Promise<number>;
}
