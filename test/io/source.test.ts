/** Files from blobs, responses and streams, and what is said when one of them fails. */
import assert from "node:assert/strict";
import { ArgumentError, FormatError, MatpropError, ReadError } from "../../src/errors.js";
import { data, eye, init, io, nn, optim, tensor, train } from "../../src/index.js";

const FILE = io.encodeNpy(tensor([3, 1, 2]));

/** The bytes in chunks of `size`, then what `end` does. */
function stream(bytes: Uint8Array, size = 7, end?: (controller: ReadableStreamDefaultController) => void) {
  let at = 0;
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at < bytes.length) controller.enqueue(bytes.slice(at, (at += size)));
      else if (end) end(controller);
      else controller.close();
    },
  });
}

async function* chunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 50) yield bytes.subarray(at, at + 50);
}

/** A response as `fetch` gives it: one made by hand has no URL. */
function from(url: string, body: BodyInit | null, options?: ResponseInit): Response {
  return Object.defineProperty(new Response(body, options), "url", { value: url });
}

async function failure<E extends MatpropError>(
  type: new (...args: never[]) => E,
  promise: Promise<unknown>,
): Promise<E> {
  const error = await promise.then(
    () => assert.fail("was read"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof type, String(error));
  return error;
}

describe("io: sources", () => {
  const padded = new Uint8Array(FILE.length + 8);
  padded.set(FILE, 8);
  const sources: Record<string, () => io.Source> = {
    Uint8Array: () => FILE,
    "a part of a buffer": () => padded.subarray(8),
    ArrayBuffer: () => FILE.buffer,
    "another view": () => new DataView(FILE.buffer),
    Uint32Array: () => new Uint32Array(FILE.buffer),
    Blob: () => new Blob([FILE]),
    File: () => new File([FILE], "x.npy"),
    Response: () => new Response(FILE),
    "a promise of one": () => Promise.resolve(new Response(FILE)),
    "a stream": () => stream(FILE),
    "a stream in one chunk": () => new Blob([FILE]).stream(),
    "the body of a response": () => new Response(FILE).body!,
    "an async iterable": () => chunks(FILE),
  };
  for (const [name, source] of Object.entries(sources)) {
    it(`${name}: all bytes, and the tensor`, async () => {
      assert.deepEqual(await io.bytesFrom(source()), FILE);
      assert.deepEqual((await io.loadNpy(source())).toArray(), [3, 1, 2]);
    });
  }

  it("every reader of bytes takes what they give", async () => {
    const model = await io.loadSafetensors(stream(io.encodeSafetensors({ a: eye(2) })));
    assert.deepEqual(model.tensors["a"]!.toArray(), eye(2).toArray());
    const idx = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 7, 2);
    assert.deepEqual([...data.parseIdx(await io.bytesFrom(new Blob([idx]))).values], [7, 2]);
    assert.equal(data.parseCifar10(await io.bytesFrom(new Response(new Uint8Array(3073)))).labels.length, 1);
    await init();
    const trainee = () => {
      const model = new nn.Linear(2, 1, { seed: 1 });
      return { model, optimizer: optim.sgd(model.parameters(), { lr: 1 }) };
    };
    const saved = train.checkpoint(trainee(), { step: 5 });
    assert.equal(train.restore(await io.bytesFrom(stream(saved, 1000)), trainee()).step, 5);
  });

  it("a gzipped file comes through the platform's decompression", async () => {
    const zipped = new Blob([FILE]).stream().pipeThrough(new CompressionStream("gzip"));
    const response = new Response(zipped);
    const found = await io.loadNpy(response.body!.pipeThrough(new DecompressionStream("gzip")));
    assert.deepEqual(found.toArray(), [3, 1, 2]);
  });

  it("memory shared with threads, where there is any, is copied", async () => {
    const Memory = globalThis.SharedArrayBuffer ?? ArrayBuffer;
    const shared = new Uint8Array(new Memory(FILE.length));
    shared.set(FILE);
    const bytes = await io.bytesFrom(shared);
    assert.deepEqual(bytes, FILE);
    assert.ok(bytes.buffer instanceof ArrayBuffer);
    assert.deepEqual(io.decodeNpy(shared).toArray(), [3, 1, 2]);
  });

  it("an empty source is no file", async () => {
    for (const empty of [new Uint8Array(0), new Response(null), new Blob([]), stream(new Uint8Array(0))]) {
      await failure(FormatError, io.loadNpy(empty));
    }
  });
});

describe("io: sources that fail", () => {
  const URL = "https://example.org/model.npy";

  it("a response that is not ok: status and URL", async () => {
    const error = await failure(ReadError, io.loadNpy(from(URL, "not here", { status: 404 })));
    assert.deepEqual([error.status, error.url, error.code, error.op], [404, URL, "READ", "io.loadNpy"]);
    assert.match(error.message, /^io\.loadNpy: https:\/\/example\.org\/model\.npy was answered with status 404$/);
    assert.match((await failure(ReadError, io.bytesFrom(Response.error()))).message, /the response .* status 0/);
  });

  it("a response that was read before, a stream that is read elsewhere", async () => {
    const response = from(URL, FILE);
    await response.arrayBuffer();
    assert.match((await failure(ArgumentError, io.loadNpy(response))).message, /model\.npy was read before/);
    const locked = stream(FILE);
    locked.getReader();
    assert.match((await failure(ArgumentError, io.bytesFrom(locked))).message, /being read elsewhere/);
  });

  it("a connection that ends early: the reason as cause", async () => {
    const lost = new Error("connection lost");
    const end = (controller: ReadableStreamDefaultController): void => controller.error(lost);
    const error = await failure(ReadError, io.bytesFrom(stream(FILE, 7, end)));
    assert.equal(error.message, "io.bytesFrom: the stream cannot be read: connection lost");
    assert.equal(error.cause, lost);
    const silent = (controller: ReadableStreamDefaultController): void => controller.error();
    const unknown = await failure(ReadError, io.bytesFrom(stream(FILE, 7, silent)));
    assert.equal(unknown.message, "io.bytesFrom: the stream cannot be read: undefined");
    const response = await failure(ReadError, io.loadNpy(from(URL, stream(FILE, 7, end))));
    assert.match(response.message, /^io\.loadNpy: https:\/\/example\.org\/model\.npy cannot be read: connection lost$/);
    assert.deepEqual([response.status, response.url], [200, URL]);
    const unreachable = await failure(ReadError, io.loadNpy(Promise.reject(new TypeError("fetch failed"))));
    assert.equal(unreachable.message, "io.loadNpy: cannot be read: fetch failed");
  });

  it("an abort stays an abort", async () => {
    const abort = new DOMException("enough", "AbortError");
    const end = (controller: ReadableStreamDefaultController): void => controller.error(abort);
    await assert.rejects(io.bytesFrom(stream(FILE, 7, end)), (error) => error === abort);
    await assert.rejects(io.bytesFrom(Promise.reject(abort)), (error) => error === abort);
  });

  it("a truncated file: what it is called, and that it is truncated", async () => {
    const cut = FILE.slice(0, -1);
    const told = /^io\.loadNpy: https:\/\/example\.org\/model\.npy: shape \(3\) of <f4 needs 12 bytes.* truncated$/;
    assert.match((await failure(FormatError, io.loadNpy(from(URL, cut)))).message, told);
    assert.match((await failure(FormatError, io.loadNpy(new File([cut], "x.npy")))).message, /: x\.npy: shape/);
    assert.match((await failure(FormatError, io.loadNpy(stream(cut)))).message, /: the file: shape/);
    assert.match((await failure(FormatError, io.loadSafetensors(from(URL, cut)))).message, /loadSafetensors: https/);
  });

  it("a page in place of the file", async () => {
    const page = from(URL, "<!doctype html>", { headers: { "content-type": "text/html; charset=utf-8" } });
    assert.match((await failure(FormatError, io.loadNpy(page))).message, /model\.npy \(served as text\/html\): /);
  });

  it("a stream of something else is given up", async () => {
    let cancelled = false;
    const text = new ReadableStream<string>({
      pull: (controller) => controller.enqueue("text"),
      cancel: () => void (cancelled = true),
    });
    const error = await failure(ArgumentError, io.bytesFrom(text as never));
    assert.match(error.message, /a stream must hold bytes, got a chunk of type string/);
    assert.ok(cancelled && !text.locked);
  });

  it("what is no source", async () => {
    for (const [wrong, name] of [
      [undefined, "undefined"],
      ["model.npy", "string"],
      [[1, 2], "Array"],
      [{}, "Object"],
    ] as const) {
      const error = await failure(ArgumentError, io.bytesFrom(wrong as never));
      assert.match(error.message, new RegExp(`needs bytes, a Blob, a Response or a stream of bytes, got ${name}$`));
    }
  });

  it("the readers of bytes say who waits", () => {
    for (const wrong of [new Blob([]), new Response(), Promise.resolve(FILE), stream(FILE)]) {
      assert.throws(() => io.decodeNpy(wrong as never), /give it to io\.bytesFrom and await that/);
    }
    assert.throws(() => io.decodeNpy([] as never), /got Array$/);
  });
});
