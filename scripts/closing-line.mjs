/** Prints "N passed, N failed, N skipped" from what mocha printed into the file given. */
import { readFileSync } from "node:fs";

const text = readFileSync(process.argv[2], "utf8");
const count = (word) => Number(text.match(new RegExp(`^\\s+(\\d+) ${word}\\b`, "m"))?.[1] ?? 0);
const [passed, failed, skipped] = ["passing", "failing", "pending"].map(count);
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = passed > 0 && failed === 0 ? 0 : 1;
