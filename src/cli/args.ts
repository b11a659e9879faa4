import { parseArgs } from "node:util";
import { nearest } from "./suggest.js";

/** A mistake in how the command was called: reported in one line, exit code 2. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** One option of a command. The table of options is all that parsing and help know. */
export interface OptionSpec {
  readonly kind: "flag" | "text" | "choice" | "integer" | "number" | "list";
  readonly help: string;
  /** What stands for the value in the help, for example `DIR`. */
  readonly value?: string;
  readonly choices?: readonly string[];
  /** Smallest and largest number allowed, both included. */
  readonly min?: number;
  readonly max?: number;
  /** How the help tells what happens without the option. */
  readonly fallback?: string;
  /** A flag that also has a `--no-…` form; without either its value is undefined. */
  readonly negatable?: boolean;
  readonly short?: string;
}

export type OptionTable = Readonly<Record<string, OptionSpec>>;

type ValueOf<S extends OptionSpec> = S["kind"] extends "flag"
  ? S extends { readonly negatable: true }
    ? boolean | undefined
    : boolean
  : S["kind"] extends "integer" | "number"
    ? number | undefined
    : S["kind"] extends "list"
      ? string[] | undefined
      : S extends { readonly choices: readonly (infer C)[] }
        ? C | undefined
        : string | undefined;

/** The parsed options of a table. An option that was not given is undefined (a plain flag: false). */
export type Values<O extends OptionTable> = { readonly [K in keyof O]: ValueOf<O[K]> };

/** What may follow the options on the command line. */
export interface Positionals {
  /** As the usage line writes them, for example `FILE…`. */
  readonly usage: string;
  readonly min: number;
  readonly max: number;
}

/** The options and positional arguments of `argv`, checked against the table. Throws {@link UsageError}. */
export function parseOptions<O extends OptionTable>(
  table: O,
  argv: readonly string[],
  positionals: Positionals = { usage: "", min: 0, max: 0 },
): { values: Values<O>; rest: string[] } {
  const { tokens } = parseArgs({
    args: [...argv],
    options: declarations(table),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values: Record<string, unknown> = {};
  for (const [name, spec] of Object.entries(table)) {
    values[name] = spec.kind === "flag" && !spec.negatable ? false : undefined;
  }
  const rest: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") rest.push(token.value);
    else if (token.kind === "option") assignOption(table, token, values);
  }
  checkCount(rest, positionals);
  return { values: values as Values<O>, rest };
}

function declarations(table: OptionTable): Record<string, { type: "boolean" | "string"; short?: string }> {
  const found: Record<string, { type: "boolean" | "string"; short?: string }> = {};
  for (const [name, { kind, short, negatable }] of Object.entries(table)) {
    found[name] = { type: kind === "flag" ? "boolean" : "string", ...(short ? { short } : {}) };
    if (negatable) found[`no-${name}`] = { type: "boolean" };
  }
  return found;
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value?: string;
  readonly inlineValue?: boolean;
}

function assignOption(table: OptionTable, token: OptionToken, values: Record<string, unknown>): void {
  const { rawName } = token;
  const negated = token.name.startsWith("no-") && table[token.name.slice(3)]?.negatable === true;
  const name = negated ? token.name.slice(3) : token.name;
  const spec = Object.hasOwn(table, name) ? table[name] : undefined;
  if (!spec) {
    const names = Object.entries(table).flatMap(([key, { negatable }]) => (negatable ? [key, `no-${key}`] : [key]));
    const guess = nearest(token.name, names);
    throw new UsageError(`unknown option ${rawName}${guess ? `; did you mean --${guess}?` : ""}`);
  }
  if (spec.kind === "flag") {
    if (token.value !== undefined) throw new UsageError(`${rawName} takes no value, got "${token.value}"`);
    values[name] = !negated;
    return;
  }
  const { value } = token;
  // "--out --quiet" forgot the value; "--lr -1" did not, its number is judged below.
  const forgotten = value === undefined || (!token.inlineValue && /^-[^\d.]/.test(value));
  if (forgotten) throw new UsageError(`${rawName} needs a value: ${rawName} ${placeholder(spec)}`);
  values[name] = converted(rawName, spec, value);
}

function converted(rawName: string, spec: OptionSpec, value: string): unknown {
  switch (spec.kind) {
    case "integer":
    case "number":
      return numberWithin(rawName, spec, value);
    case "list":
      return value.split(",").map((item) => chosen(rawName, spec, item.trim()));
    default:
      if (value === "") throw new UsageError(`${rawName} needs a value: ${rawName} ${placeholder(spec)}`);
      return chosen(rawName, spec, value);
  }
}

function chosen(rawName: string, { choices }: OptionSpec, value: string): string {
  if (choices && !choices.includes(value)) {
    const guess = nearest(value, choices);
    throw new UsageError(
      `${rawName} must be one of ${choices.join(", ")}; got "${value}"${guess ? `, did you mean ${guess}?` : ""}`,
    );
  }
  return value;
}

function numberWithin(rawName: string, { kind, min, max }: OptionSpec, text: string): number {
  const value = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  const whole = kind === "integer";
  const fits = whole ? Number.isSafeInteger(value) : Number.isFinite(value);
  if (!fits || value < (min ?? -Infinity) || value > (max ?? Infinity)) {
    const kindName = whole ? "a whole number" : "a number";
    const range = min === undefined ? "" : max === undefined ? ` of at least ${min}` : ` from ${min} to ${max}`;
    throw new UsageError(`${rawName} must be ${kindName}${range}; got "${text}"`);
  }
  return value;
}

function checkCount(rest: readonly string[], { usage, min, max }: Positionals): void {
  if (rest.length > max) {
    const what = max === 0 ? "takes no arguments beside options" : `takes at most ${max} arguments`;
    throw new UsageError(`${what}, got "${rest[max]}"`);
  }
  if (rest.length < min) throw new UsageError(`needs ${usage}`);
}

/** What stands for an option's value in usage lines. */
export function placeholder(spec: OptionSpec): string {
  if (spec.value) return spec.value;
  if (spec.kind === "list") return "A,B,…";
  return spec.choices ? spec.choices.join("|") : spec.kind === "text" ? "TEXT" : "N";
}

/** The value of an option that has no default. */
export function required<T>(usage: string, value: T | undefined): T {
  if (value === undefined) throw new UsageError(`needs ${usage}`);
  return value;
}
