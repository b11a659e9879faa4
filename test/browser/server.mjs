/** The loopback server behind the pages of the test bed. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const TYPES = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".json": "application/json",
  ".mjs": "text/javascript",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

/** Which pages have to send before they may share memory between threads. */
export const ISOLATED = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

/**
 * Serves what `answer(path, request)` gives: `{ body, type?, status?, headers? }`, a promise of it, or nothing (404).
 * Resolves to the address and a function that ends it.
 */
export async function serve(answer, headers = {}) {
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url, "http://page").pathname);
    try {
      const found = await answer(path, request);
      if (found === undefined) return void response.writeHead(404, headers).end();
      const type = found.type ?? TYPES[extname(path)] ?? TYPES[".html"];
      response.writeHead(found.status ?? 200, { "content-type": type, ...headers, ...found.headers });
      response.end(request.method === "HEAD" ? undefined : found.body);
    } catch (error) {
      console.error(error);
      response.writeHead(500, headers).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${server.address().port}/`, close };
}

/** The file under a folder that a path of the server names, if there is one. */
export function fileUnder(folder, path) {
  const file = join(folder, normalize(path));
  return existsSync(file) && statSync(file).isFile() ? { body: readFileSync(file) } : undefined;
}

/** The body of a request as text. */
export async function textOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}
