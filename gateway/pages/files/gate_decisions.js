// What this device decided by itself, kept until the hub has it. Sealed with a key that no script can
// read out: an entry holds the pass's text, so whoever takes the device reads no masked name of it.

import { kept, sealedDecisions } from "./gate_store.js";
import { PASS_MAX } from "./pass_check.js";

const AES = { name: "AES-GCM", length: 256 };
const AT_ONCE = 20;

/** `at` in milliseconds; `state` is the list that the verdict rests on, or null. */
export function decisionOf(text, verdict, state, at) {
  return {
    id: crypto.randomUUID(),
    passText: text.length <= PASS_MAX ? text : null,
    listState: state === null ? null : state.number,
    shownStatus: verdict.status,
    fault: verdict.fault,
    decidedAt: new Date(at).toISOString(),
    destination: null,
  };
}

export async function keep(decision) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const octets = new TextEncoder().encode(JSON.stringify(decision));
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await sealKey(), octets);
  await sealedDecisions.put({ id: decision.id, iv, sealed });
}

/** Hands in all but `open`, which may still change. Gives what the hub said of each. */
export async function handIn(hub, open) {
  const told = [];
  const waiting = (await sealedDecisions.all()).filter(({ id }) => id !== open);
  for (let from = 0; from < waiting.length; from += AT_ONCE) {
    const some = await Promise.all(waiting.slice(from, from + AT_ONCE).map(unsealed));
    const decisions = some.filter((each) => each !== null);
    if (decisions.length === 0) continue;
    const handedInAt = new Date(hub.clock()).toISOString();
    const input = { region: hub.device.region, handedInAt, decisions };
    const data = await hub.ask("decisions", { input });
    for (const each of data.recordOfflineDecisions) {
      await sealedDecisions.remove(each.decisionId);
      told.push(each);
    }
  }
  return told;
}

/* Null for what cannot be opened: it stays where it is, and is counted as waiting. */
async function unsealed({ iv, sealed }) {
  const key = await sealKey();
  const opened = crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, sealed);
  const octets = await opened.catch(() => null);
  return octets === null ? null : JSON.parse(new TextDecoder().decode(octets));
}

async function sealKey() {
  const known = await kept.get("seal");
  if (known !== undefined) return known;
  const key = await crypto.subtle.generateKey(AES, false, ["encrypt", "decrypt"]);
  await kept.add("seal", key).catch(() => undefined); // somebody else was first, or there is no room
  const first = await kept.get("seal");
  if (first === undefined) throw new Error("nothing can be kept");
  return first;
}
