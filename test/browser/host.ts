/** Stands in for `test/support/host.ts` in a page: files come from the server of the test bed. */

export const kernelsFile = "build/kernels.wasm";

const url = (path: string): string => `/files/${path.replaceAll("../", "beside/")}`;

/** Synchronous, since tests are made from files while they are defined; a page may ask for bytes as text only. */
function request(method: "GET" | "HEAD", path: string): XMLHttpRequest {
  const found = new XMLHttpRequest();
  found.open(method, url(path), false);
  found.overrideMimeType("text/plain; charset=x-user-defined");
  found.send();
  return found;
}

export function readBytes(path: string): Uint8Array<ArrayBuffer> {
  const { status, responseText } = request("GET", path);
  if (status !== 200) throw new Error(`${path}: the test bed answered ${status}`);
  const bytes = new Uint8Array(responseText.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = responseText.charCodeAt(i) & 0xff;
  return bytes;
}

export function readText(path: string): string {
  return new TextDecoder().decode(readBytes(path));
}

export function pinned(path: string): unknown {
  return JSON.parse(readText(path));
}

export function exists(path: string): boolean {
  return request("HEAD", path).status === 200;
}

export function runAlone<T>(script: string): Promise<T> {
  const worker = new Worker(`/alone/${script}`, { type: "module" });
  return new Promise<T>((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(JSON.parse(data) as T);
    worker.onerror = ({ message }) => reject(new Error(`${script}: ${message}`));
  }).finally(() => worker.terminate());
}

export function startWorker(script: string): { worker: Worker; terminate(): void } {
  const worker = new Worker(`/worker/${script}`, { type: "module" });
  return { worker, terminate: () => worker.terminate() };
}

export function watchRejections(): () => unknown[] {
  const reasons: unknown[] = [];
  const note = (event: PromiseRejectionEvent): number => reasons.push(event.reason);
  addEventListener("unhandledrejection", note);
  return () => {
    removeEventListener("unhandledrejection", note);
    return reasons;
  };
}
