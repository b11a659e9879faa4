import type { HelpStyle } from "./help.js";

/** Where a command writes: progress and notices to stderr, results to stdout. */
export interface Terminal {
  /** A result for the user or the next program in the pipe. */
  out(line: string): void;
  /** Something the user should know but a pipe should not get. Silent with `--quiet`. */
  note(line: string): void;
  /** Something the user must know even with `--quiet`. */
  warn(line: string): void;
  /** Whether stderr can redraw a line. */
  readonly live: boolean;
  readonly style: HelpStyle & { dim(text: string): string; red(text: string): string };
}

interface Stream {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

/** The terminal of this process, or a stand-in for tests. Colours follow https://no-color.org and FORCE_COLOR. */
export function openTerminal(
  options: { quiet?: boolean } = {},
  { stdout, stderr, env }: { stdout: Stream; stderr: Stream; env: Record<string, string | undefined> } = process,
): Terminal {
  const colour = env.NO_COLOR ? false : env.FORCE_COLOR ? env.FORCE_COLOR !== "0" : Boolean(stderr.isTTY);
  const paint = (open: number, close: number) => (text: string) =>
    colour ? `\u001b[${open}m${text}\u001b[${close}m` : text;
  return {
    out: (line) => void stdout.write(`${line}\n`),
    note: (line) => void (options.quiet || stderr.write(`${line}\n`)),
    warn: (line) => void stderr.write(`${line}\n`),
    live: Boolean(stderr.isTTY) && !env.CI && env.TERM !== "dumb",
    style: {
      width: Math.max(60, Math.min(stdout.columns ?? 80, 100)),
      bold: paint(1, 22),
      dim: paint(2, 22),
      red: paint(31, 39),
    },
  };
}

/** Seconds as a person reads them: `8.1 s`, `2 min 05 s`, `1 h 02 min`. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "?";
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const two = (n: number): string => String(n).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  const minutes = Math.floor(whole / 60);
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}

/** A fraction as a percentage with two decimals. */
export function percent(fraction: number): string {
  return `${(fraction * 100).toFixed(2)} %`;
}

/** A whole number with thin groups: 12 345. */
export function grouped(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+(?!\d))/g, " ");
}
