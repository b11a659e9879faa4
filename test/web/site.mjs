/** Serves the built app from memory of this machine and counts what a page takes from it. */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { fileUnder, serve } from "../browser/server.mjs";

/** `{ url, bytes(), served(), forget(), close() }`: of what was asked for since `forget`, the paths and their size by gzip. */
export async function serveApp(folder) {
  let files = new Map();
  const { url, close } = await serve((path) => {
    const name = path === "/" ? "/index.html" : path;
    const found = fileUnder(folder, name);
    files.set(name, found === undefined ? 0 : gzipSync(found.body, { level: 9 }).length);
    return found === undefined ? undefined : { ...found, ...(path === "/" && { type: "text/html; charset=utf-8" }) };
  });
  return {
    url,
    close,
    served: () => [...files.keys()],
    bytes: () => [...files.values()].reduce((sum, size) => sum + size, 0),
    forget: () => (files = new Map()),
  };
}

/** Of everything that a page takes until it can train, the library and its kernels included. */
const FIRST_LOAD_KB = 300;

/** Prints what a page has taken since `forget`, and fails if it is too much. */
export function checkFirstLoad(site, room) {
  const kb = site.bytes() / 1024;
  console.log(`first load of "${room}": ${kb.toFixed(1)} KB by gzip -9 in ${site.served().length} files`);
  assert.ok(kb <= FIRST_LOAD_KB, `the first load of "${room}" is over ${FIRST_LOAD_KB} KB`);
}
