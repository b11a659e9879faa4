import { randomUUID } from "node:crypto";
import { open, readFile, realpath, rename, stat, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { FormatError } from "../../errors.js";
import { naming, withCause } from "../naming.js";

const unzip = promisify(gunzip);

/** What a compressed file may grow to: the largest typed array every supported engine makes. */
const MAX_UNZIPPED_BYTES = 0x7fffffff;

/**
 * Replaces a file as a whole: writes a temporary file in the same folder, flushes it to the disk and renames it. After
 * a crash at any moment the path holds either all of the old contents or all of the new ones. An existing file keeps
 * its permissions; a symbolic link stays one, and its target is replaced.
 *
 * @throws the system's error (`ENOENT`, `EACCES`, `ENOSPC`, …); then the old file is intact and no temporary one is left.
 * @example
 * import { writeFileAtomic } from "matprop/node";
 * await writeFileAtomic("notes.txt", new TextEncoder().encode("kept as a whole"));
 */
export async function writeFileAtomic(path: string, bytes: Uint8Array): Promise<void> {
  const target = await realpath(path).catch(() => path);
  const mode = await stat(target).then(
    (existing) => existing.mode & 0o777,
    () => undefined,
  );
  const folder = dirname(target);
  const temporary = join(folder, `.${basename(target)}.${randomUUID()}.tmp`);
  try {
    const file = await open(temporary, "wx");
    try {
      await file.writeFile(bytes);
      if (mode !== undefined) await file.chmod(mode);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
  await syncFolder(folder);
}

/** Makes the rename itself durable. Not every system can open a folder; there the rename is as durable as it gets. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch {
    // Windows and some network file systems.
  }
}

/**
 * The contents of a file, decompressed when its name ends in `.gz`.
 *
 * @throws {FormatError} if the compressed data are damaged or exceed 2 GiB; else the system's error.
 */
export async function readBytes(op: string, path: string): Promise<Uint8Array> {
  const bytes = await readFile(path);
  if (!/\.gz$/i.test(path)) return bytes;
  try {
    return await unzip(bytes, { maxOutputLength: MAX_UNZIPPED_BYTES });
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    const reason = code === "ERR_BUFFER_TOO_LARGE" ? "it holds more than 2 GiB" : message;
    throw withCause(new FormatError(op, `${path}: cannot decompress: ${reason}`), error);
  }
}

/** Runs a parser over the contents of a file, so that what it finds wrong names the file. */
export async function parseFile<T>(op: string, path: string, parse: (bytes: Uint8Array) => T): Promise<T> {
  const bytes = await readBytes(op, path);
  return naming(op, path, () => parse(bytes));
}
