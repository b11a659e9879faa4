import { appendFileSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";

/**
 * The file `runs.jsonl` of a comparison: every finished piece of work, one line each, under a key that holds all it
 * depends on. What is in it is not done again; a line that a kill cut short counts for nothing.
 */
export class Journal {
  private readonly done = new Map<string, unknown>();
  private readonly torn: boolean;

  constructor(private readonly path: string) {
    let text = "";
    try {
      text = readFileSync(path, "utf8");
    } catch {
      mkdirSync(dirname(path), { recursive: true });
    }
    this.torn = text !== "" && !text.endsWith("\n");
    for (const line of text.split("\n")) {
      try {
        const { key, value } = JSON.parse(line) as { key: unknown; value: unknown };
        this.done.set(JSON.stringify(key), value);
      } catch {
        // A torn line, or the empty one at the end.
      }
    }
    if (this.torn) appendFileSync(path, "\n");
  }

  has(key: unknown): boolean {
    return this.done.has(JSON.stringify(key));
  }

  /** The value under `key`, which `work` finds if it is not there yet. */
  async once<T>(key: unknown, work: () => Promise<T>): Promise<T> {
    const text = JSON.stringify(key);
    if (!this.done.has(text)) {
      const value = await work();
      this.done.set(text, value);
      appendFileSync(this.path, `${JSON.stringify({ key, value })}\n`);
    }
    return this.done.get(text) as T;
  }
}
