/** Values that outlive the page, in IndexedDB. Both functions reject where there is no storage (a private window), or no room. */
const STORE = "state";
/** Counts the forms of what is stored; an older one is dropped. */
const VERSION = 2;

let opened: Promise<IDBDatabase> | undefined;

/** What was saved under a name, or undefined. */
export async function load<T>(name: string): Promise<T | undefined> {
  const transaction = (await database()).transaction(STORE);
  return (await result(transaction.objectStore(STORE).get(name))) as T | undefined;
}

/** Saves a value. */
export async function save(name: string, value: unknown): Promise<void> {
  const transaction = (await database()).transaction(STORE, "readwrite");
  transaction.objectStore(STORE).put(value, name);
  // A request succeeds before the browser finds that it has no room left.
  await new Promise<void>((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });
}

function database(): Promise<IDBDatabase> {
  return (opened ??= open());
}

async function open(): Promise<IDBDatabase> {
  const request = indexedDB.open("matprop-web", VERSION);
  request.onupgradeneeded = () => {
    for (const name of request.result.objectStoreNames) request.result.deleteObjectStore(name);
    request.result.createObjectStore(STORE);
  };
  return result(request);
}

function result<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
