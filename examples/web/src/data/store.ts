/** Values that outlive the page, in IndexedDB. */
const STORE = "state";

function database(): Promise<IDBDatabase> {
  const request = indexedDB.open("matprop-web", 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  return settled(request);
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("IndexedDB failed"));
  });
}

let opened: Promise<IDBDatabase> | undefined;

/** What was saved under a name; undefined where there is nothing, or no storage (a private window). */
export async function load<T>(name: string): Promise<T | undefined> {
  try {
    const store = (await (opened ??= database())).transaction(STORE).objectStore(STORE);
    return (await settled(store.get(name))) as T | undefined;
  } catch {
    return undefined;
  }
}

/** Saves a value; resolves to whether it was. */
export async function save(name: string, value: unknown): Promise<boolean> {
  try {
    const store = (await (opened ??= database())).transaction(STORE, "readwrite").objectStore(STORE);
    await settled(store.put(value, name));
    return true;
  } catch {
    return false;
  }
}
