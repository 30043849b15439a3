// Which version of the page this is, and the worker that keeps it. A page that is older than the
// hub's decides nothing by itself; it loads anew as soon as the worker of the new one has taken over.

import { fetched } from "./gate_hub.js";
import { language, told } from "./gate_texts.js";

const WORKER = "/gate-worker.js";
const WITHIN_MS = 4_000;

const policy = globalThis.trustedTypes?.createPolicy("tongxing-gate", {
  createScriptURL(url) {
    if (url !== WORKER) throw new TypeError("no other script is loaded");
    return url;
  },
});

/** Whether the hub has another version than this one; null if what answers is no hub. Throws
 * Unreachable. */
export async function isOutdated() {
  const response = await fetched("/gate-version", { within: WITHIN_MS });
  const version = (await response.text()).trim();
  if (!response.ok || !/^[0-9a-f]{20}$/.test(version)) return null;
  if (version === told.version) return false;
  (await navigator.serviceWorker?.getRegistration("/gate"))?.update().catch(() => undefined);
  return true;
}

/** The page's files, kept for times without a network. */
export async function keepForOffline() {
  if (navigator.serviceWorker === undefined) return;
  const hadOne = navigator.serviceWorker.controller !== null;
  navigator.serviceWorker.addEventListener("controllerchange", () => hadOne && location.reload());
  try {
    await navigator.serviceWorker.register(policy?.createScriptURL(WORKER) ?? WORKER, {
      scope: "/gate",
      updateViaCache: "none",
    });
    await navigator.serviceWorker.ready;
    const name = `gate-${told.version}`;
    if (!(await caches.has(name))) return; // a newer worker has taken over, and forgotten it
    await (await caches.open(name)).put("/gate-language", new Response(language));
  } catch {
    // without it the page works while there is a network, and says what offline lacks
  }
}
