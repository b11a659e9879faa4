import { cpus } from "node:os";
import { version } from "./version.js";

/** How a result came about, as names and values: program, machine, command line, settings and what `more` adds. */
export function manifestOf(
  settings: object,
  more: Readonly<Record<string, string>>,
): (readonly [name: string, value: string])[] {
  const shown = Object.entries(settings).map(
    ([name, value]) =>
      [name, value === null ? "–" : typeof value === "object" ? JSON.stringify(value) : String(value)] as const,
  );
  return [
    ["matprop", version()],
    ["Node", `${process.version} (V8 ${process.versions.v8}), ${process.platform} ${process.arch}`],
    ["processor", `${cpus().length} × ${cpus()[0]?.model.trim() ?? "unknown"}`],
    ["command", ["matprop", ...process.argv.slice(2)].join(" ")],
    ["finished", new Date().toISOString()],
    ...shown,
    ...Object.entries(more),
  ];
}
