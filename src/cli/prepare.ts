import { join } from "node:path";
import { UsageError, type Values } from "./args.js";
import { readCheckpoint } from "./checkpoint.js";
import type { runOptions } from "./options.js";
import { FILES } from "./rundir.js";
import type { Terminal } from "./terminal.js";
import type { RunOptions } from "./trainingRun.js";

/** What a command makes of its options. */
export interface Choices<Source, Settings> {
  /** Opens what `--data` names. */
  open(data: string | undefined): Source | Promise<Source>;
  /** What was asked for, then what `base` says, then the defaults. */
  settings(source: Source, base?: Settings): Settings;
  /** The folder where none is given. */
  folder(settings: Settings, source: Source): string;
  /** Steps between two checkpoints where nothing is given. */
  readonly checkpointEvery: number;
}

type Given = Values<ReturnType<typeof runOptions>> & { readonly data: string | undefined };

/** Finds out what is to be done: a new run, or the rest of an old one. */
export async function prepareRun<Source, Settings extends { readonly data: string }>(
  given: Given,
  choices: Choices<Source, Settings>,
  terminal: Terminal,
): Promise<RunOptions<Source, Settings>> {
  const { quiet, json } = given;
  const common = { checkpointEvery: given["checkpoint-every"] ?? choices.checkpointEvery, quiet, json };
  if (given.resume) {
    const resumed = await resume(given, choices, terminal);
    if (resumed) return { ...common, ...resumed };
  }
  const source = await choices.open(given.data);
  const settings = choices.settings(source);
  const out = given.out ?? choices.folder(settings, source);
  return { ...common, source, settings, out };
}

/** The run of the checkpoint in `--out`, or undefined when there is none yet. */
async function resume<Source, Settings extends { readonly data: string }>(
  given: Given,
  choices: Choices<Source, Settings>,
  terminal: Terminal,
): Promise<Pick<RunOptions<Source, Settings>, "source" | "settings" | "out" | "checkpoint"> | undefined> {
  // Without --out the folder follows from data and settings, as it did for the first run.
  let source = given.out === undefined ? await choices.open(given.data) : undefined;
  const out = given.out ?? choices.folder(choices.settings(source!), source!);
  const checkpoint = await readCheckpoint<Settings>(join(out, FILES.checkpoint));
  if (!checkpoint) {
    terminal.note(`No checkpoint in ${out} yet: starting from the beginning.`);
    return undefined;
  }
  const { settings } = checkpoint;
  source ??= await choices.open(given.data ?? settings.data);
  refuseOtherSettings(choices.settings(source, settings), settings, out);
  return { source, settings, out, checkpoint };
}

function refuseOtherSettings<Settings extends object>(wanted: Settings, settings: Settings, out: string): void {
  for (const key of Object.keys(settings) as (keyof Settings & string)[]) {
    const [now, then] = [JSON.stringify(wanted[key]), JSON.stringify(settings[key])];
    if (now !== then) {
      throw new UsageError(`the run in ${out} has ${key} ${then}, not ${now}; leave the option out to resume it`);
    }
  }
}
