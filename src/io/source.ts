import { ArgumentError, ReadError } from "../errors.js";
import { asBytes, tagOf, type Bytes } from "./bytes.js";
import { withCause } from "./naming.js";

/**
 * Where a file may come from: bytes in memory, a `Blob` or `File`, a `Response` of `fetch`, a stream (of the web, or any
 * async iterable of bytes, as Node's streams are), or a promise of one of these.
 */
export type Source = Ready | PromiseLike<Ready>;

type Ready = Bytes | Blob | Response | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

/**
 * All bytes of a source, for every reader that takes bytes: `data.parseIdx`, `data.parseCifar10`, `train.restore`, …
 * What is in memory already is not copied.
 *
 * A compressed file goes through the platform: `response.body.pipeThrough(new DecompressionStream("gzip"))`.
 *
 * @throws {ReadError} if a response is not ok (with its `status` and `url`), or if the bytes stop coming before their end
 * (with the reason as `cause`); {@link ArgumentError} for what is no source or was read before. What an `AbortSignal` ends
 * rejects with its `AbortError`.
 * @example
 * import { data, io } from "matprop";
 * const file = new Blob([Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2), Uint8Array.of(7, 2)]); // or fetch("labels.idx")
 * console.log(data.parseIdx(await io.bytesFrom(file)).shape); // [ 2 ]
 */
export async function bytesFrom(source: Source): Promise<Uint8Array<ArrayBuffer>> {
  return (await readSource("io.bytesFrom", source)).bytes;
}

/** All bytes of a source, and what to call it where something is wrong with them; undefined if it has no name. */
export async function readSource(
  op: string,
  given: Source,
): Promise<{ readonly bytes: Uint8Array<ArrayBuffer>; readonly name: string | undefined }> {
  const source = await guarded(op, "", async () => given);
  if (isResponse(source)) return readResponse(op, source);
  if (isBlob(source)) {
    const name = "name" in source && typeof source.name === "string" ? source.name : undefined;
    const what = name === undefined ? "" : `${name}: `;
    return { bytes: new Uint8Array(await guarded(op, what, () => source.arrayBuffer())), name };
  }
  if (isStream(source) || isIterable(source)) {
    return { bytes: await joined(op, "the stream ", source), name: undefined };
  }
  if (ArrayBuffer.isView(source) || tagOf(source) === "ArrayBuffer") {
    return { bytes: asBytes(op, source), name: undefined };
  }
  throw new ArgumentError(op, `needs bytes, a Blob, a Response or a stream of bytes, got ${tagOf(source)}`);
}

async function readResponse(op: string, response: Response): ReturnType<typeof readSource> {
  const { status, url, headers, body } = response;
  const name = url || "the response";
  if (!response.ok) throw new ReadError(op, `${name} was answered with status ${status}`, status, url);
  if (response.bodyUsed) throw new ArgumentError(op, `${name} was read before`);
  // Not by arrayBuffer(), which makes an AbortError in Firefox of whatever ends a connection.
  const bytes = body === null ? new Uint8Array(0) : await joined(op, `${name} `, body, status, url);
  // A server of a single-page app answers with its page where a file is missing, and says that all is well.
  const page = headers.get("content-type")?.startsWith("text/html") ? " (served as text/html)" : "";
  return { bytes, name: url === "" && page === "" ? undefined : `${name}${page}` };
}

/** Runs what may fail while it waits. An abort is the caller's own doing and stays what it is. */
async function guarded<T>(
  op: string,
  what: string,
  wait: () => PromiseLike<T>,
  status?: number,
  url?: string,
): Promise<T> {
  try {
    return await wait();
  } catch (error) {
    const { name, message = String(error) } = (error ?? {}) as Partial<Error>;
    if (name === "AbortError") throw error;
    throw withCause(new ReadError(op, `${what}cannot be read: ${message}`, status, url), error);
  }
}

/** The chunks of a stream one after the other. Not every browser has them as an async iterable. */
async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  const reader = stream.getReader();
  let ended = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      ended = done;
      if (done) return;
      yield value;
    }
  } finally {
    if (!ended) await reader.cancel().catch(() => undefined);
    reader.releaseLock();
  }
}

async function joined(
  op: string,
  what: string,
  source: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>,
  status?: number,
  url?: string,
): Promise<Uint8Array<ArrayBuffer>> {
  if (isStream(source) && source.locked) {
    throw new ArgumentError(op, `${what}is being read elsewhere, or was read before`);
  }
  const iterator = isStream(source) ? chunksOf(source) : source[Symbol.asyncIterator]();
  const parts: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await guarded(op, what, () => iterator.next(), status, url);
    if (done) break;
    const part: unknown = value;
    if (!ArrayBuffer.isView(part)) {
      await iterator.return?.();
      throw new ArgumentError(op, `a stream must hold bytes, got a chunk of type ${tagOf(part)}`);
    }
    parts.push(asBytes(op, part));
    size += part.byteLength;
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

// By what they do, not by their class: polyfills and other windows have classes of their own.

const does = (source: unknown, what: PropertyKey): boolean =>
  typeof (source as Readonly<Record<PropertyKey, unknown>> | null)?.[what] === "function";

const isBlob = (source: unknown): source is Blob => does(source, "arrayBuffer");

const isResponse = (source: unknown): source is Response => isBlob(source) && "ok" in source && "status" in source;

const isStream = (source: unknown): source is ReadableStream<Uint8Array> => does(source, "getReader");

const isIterable = (source: unknown): source is AsyncIterable<Uint8Array> => does(source, Symbol.asyncIterator);
