// What a gate's device keeps, in the browser's own database: its key, what it knows of the hub, and
// decisions that wait to be handed in, sealed. Never a number, a name, a code or an answer.

const NAME = "tongxing-gate";
const KEPT = "kept";
const DECISIONS = "decisions";

let opening = null;

function database() {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(KEPT);
      request.result.createObjectStore(DECISIONS, { keyPath: "id" });
    };
    request.onsuccess = () => {
      request.result.onclose = () => (opening = null); // by the browser: it is opened again
      resolve(request.result);
    };
    request.onerror = () => reject(request.error);
  });
  return opening;
}

/** One transaction; resolves once it is durable. */
async function done(store, mode, act) {
  const opened = await database();
  return new Promise((resolve, reject) => {
    const transaction = opened.transaction(store, mode, { durability: "strict" });
    const request = act(transaction.objectStore(store));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(transaction.error);
  });
}

export const kept = {
  get: (name) => done(KEPT, "readonly", (store) => store.get(name)),
  put: (name, value) => done(KEPT, "readwrite", (store) => store.put(value, name)),
  /** Rejects if there is a value already: of two who come at once, one is first. */
  add: (name, value) => done(KEPT, "readwrite", (store) => store.add(value, name)),
  remove: (name) => done(KEPT, "readwrite", (store) => store.delete(name)),
};

export const sealedDecisions = {
  all: () => done(DECISIONS, "readonly", (store) => store.getAll()),
  put: (sealed) => done(DECISIONS, "readwrite", (store) => store.put(sealed)),
  remove: (id) => done(DECISIONS, "readwrite", (store) => store.delete(id)),
  count: () => done(DECISIONS, "readonly", (store) => store.count()),
};
