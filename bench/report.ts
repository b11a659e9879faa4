/** How results are shown: text tables on a terminal, one JSON object for programs, and the machine they come from. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import type { Kind, Row } from "./harness.js";

export interface Machine {
  readonly date: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly node: string;
  readonly v8: string;
  /** One-minute load average at the start: other work that shared the machine. */
  readonly load: number;
  readonly kernels: string;
}

export function machine(): Machine {
  const info = readCpuinfo();
  return {
    date: new Date().toISOString().slice(0, 16) + "Z",
    cpu: info,
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    v8: process.versions.v8,
    load: Math.round(loadavg()[0] * 10) / 10,
    kernels: createHash("sha256").update(readFileSync("build/kernels.wasm")).digest("hex").slice(0, 8),
  };
}

/** "AMD EPYC (family 25, model 17)": the model name alone says little on virtual machines. */
function readCpuinfo(): string {
  const field = (text: string, name: string): string | undefined =>
    new RegExp(`^${name}\\s*:\\s*(.*)$`, "m").exec(text)?.[1];
  try {
    const text = readFileSync("/proc/cpuinfo", "utf8");
    return `${field(text, "model name")} (family ${field(text, "cpu family")}, model ${field(text, "model")})`;
  } catch {
    return cpus()[0]?.model ?? "unknown";
  }
}

export function machineLine(m: Machine): string {
  return `${m.date} · ${m.cpu}, ${m.cores} cores, ${m.memoryGiB} GiB · Node ${m.node} (V8 ${m.v8}) · load ${m.load} · kernels ${m.kernels}`;
}

const COLUMNS = ["", "median", "best", "rate", "ratio", "checksum"] as const;

/** A table of one group; columns without an entry are left out. */
export function table(title: string, rows: readonly Row[]): string {
  const all = rows.map((row) => [
    row.name,
    row.seconds === null ? "" : duration(row.seconds),
    row.best === null ? "" : duration(row.best),
    row.rate === null ? "" : `${rounded(row.rate)} ${row.unit}`,
    row.ratio === null ? "" : row.ratio.toFixed(2),
    row.checksum,
  ]);
  const filled = (column: number): boolean => all.some((line) => line[column] !== "");
  const only = (line: readonly string[]): string[] => line.filter((_, column) => filled(column));
  const [heads, cells] = [only(COLUMNS), all.map(only)];
  const widths = heads.map((head, i) => Math.max(head.length, ...cells.map((line) => line[i].length)));
  const line = (values: readonly string[]): string =>
    values.map((value, i) => (i === 0 ? value.padEnd(widths[i]) : value.padStart(widths[i]))).join("  ");
  return [`\n${title}`, line(heads), ...cells.map(line)].join("\n");
}

/** A line that says how far ahead we are of the fastest rival, if there are any. */
export function summary(rows: readonly Row[]): string {
  const fastest = fastestOf("rival", rows);
  return fastest === undefined
    ? ""
    : `\nours against the fastest rival, ${fastest.name}: ${fastest.ratio!.toFixed(2)}×`;
}

/** The row of this kind that is nearest to ours (ahead of it when its ratio is below 1). */
export function fastestOf(kind: Kind, rows: readonly Row[]): Row | undefined {
  const own = rows.filter((row) => row.kind === kind && row.ratio !== null);
  return own.toSorted((a, b) => a.ratio! - b.ratio!)[0];
}

/**
 * The rows of a suite as Markdown: a line a group, a column a contender, each cell the median rate (or time), and the
 * ratio in brackets. Groups whose contenders have other names begin another table.
 */
export function markdown(suite: string, rows: readonly Row[]): string {
  const groups = new Set(rows.map(({ group }) => group));
  const lines: string[] = [];
  let before = "";
  for (const group of groups) {
    const own = rows.filter((row) => row.group === group);
    const names = own.map(({ name }) => name).join(" | ");
    if (names !== before) {
      const units = [...new Set(own.map(({ unit }) => unit))].join(", ");
      lines.push("", `| ${units} | ${names} |`, `| --- ${"| ---: ".repeat(own.length)}|`);
    }
    before = names;
    const cells = own.map(({ rate, seconds, ratio }) => {
      const value = rate === null ? duration(seconds ?? NaN) : rounded(rate);
      return ratio === null ? value : `${value} (${ratio.toFixed(2)})`;
    });
    lines.push(`| ${group.slice(suite.length + 1)} | ${cells.join(" | ")} |`);
  }
  return lines.join("\n");
}

export function duration(seconds: number): string {
  const size = Math.abs(seconds);
  if (size >= 1) return `${seconds.toFixed(2)} s`;
  if (size >= 1e-3) return `${(seconds * 1e3).toFixed(2)} ms`;
  return `${(seconds * 1e6).toFixed(size >= 1e-4 ? 0 : 2)} µs`;
}

export function rounded(x: number): string {
  const size = Math.abs(x);
  if (size > 0 && size < 1e-3) return x.toExponential(1);
  return x.toFixed(size >= 1000 || Number.isInteger(x) ? 0 : size >= 10 ? 1 : 3);
}
