// A status list of the hub, as keys/status_list.py and keys/status_delta.py read it: what a gate
// that knows one state takes as the next. What is refused leaves what was known. Held to
// tests/keys/pass_vectors.json. Times are Unix seconds; `at` is the time by the gate's clock.

import { Malformed, members, textOf, whole } from "./strict_json.js";
import {
  CLOCK_LEEWAY,
  Faulty,
  OF_LISTS,
  checkSigned,
  decode,
  encode,
  opened,
} from "./signed_text.js";

export const SNAPSHOT_MAX = 1024 * 1024;
export const DELTA_MAX = 128 * 1024;
const CHANGES_MAX = 4096;
const ENTRIES_MAX = 1 << 20;
const TTL_MAX = 24 * 3600;
export const LAST_SECOND = 253_402_300_799;

const HEAD = ["iss", "sub", "iat", "exp", "ttl", "key_ids", "snapshot"];
const SNAPSHOT = ["number", "entries", "covers", "previous", "digest"];

/** The two bits of an entry. */
export function statusAt(state, index) {
  return (state.octets[index >> 2] >> ((index & 3) * 2)) & 3;
}

/** Fixes this state and, by `previous`, all before it. */
export async function digestOf(state) {
  const { number, iat, exp, ttl, covers, entries } = state;
  const lines = [
    ...["tongxing status list v1", state.iss, state.uri],
    ...[number, iat, exp, ttl, covers, entries].map(String),
    ...[...state.keyIds, state.previous, await sha256(state.octets)],
  ];
  return sha256(new TextEncoder().encode(lines.join("\n")));
}

async function sha256(octets) {
  return encode(new Uint8Array(await crypto.subtle.digest("SHA-256", octets)));
}

/** What `hub` has signed; of another moment perhaps. Throws Faulty. */
export async function readSnapshot(unverified, hub) {
  const claims = await openedList(unverified, "statuslist+jwt", hub, SNAPSHOT_MAX);
  return asList(async () => {
    members(claims, [...HEAD, "status_list"]);
    const packed = members(claims.status_list, ["bits", "lst"]);
    if (packed.bits !== 2) throw new Malformed("of another width");
    const entries = whole(members(claims.snapshot, SNAPSHOT).entries);
    if (entries < 1 || entries > ENTRIES_MAX) throw new Malformed("no list has this size");
    const octets = await expanded(decode(textOf(packed.lst)), Math.ceil(entries / 4));
    return statedState(claims, octets);
  });
}

/** What is known of the list at `uri` from now on, after `known` (or null). Throws Faulty. */
export async function takeSnapshot(unverified, uri, hub, known, at) {
  const state = await readSnapshot(unverified, hub);
  if (state.uri !== uri) throw new Faulty("LIST_ANOTHER");
  checkAge(state, at);
  if (known === null || state.number > known.number + 1) return state;
  if (state.number < known.number) throw new Faulty("LIST_ROLLED_BACK");
  const follows =
    state.number === known.number
      ? (await digestOf(state)) === (await digestOf(known))
      : state.previous === (await digestOf(known));
  if (!follows) throw new Faulty("LIST_FORKED");
  return state;
}

/** The state that follows `known`. Throws Faulty; at LIST_GAP the snapshot is to be fetched. */
export async function takeDelta(unverified, hub, known, at) {
  const typ = "tongxing-statuslist-delta+jwt";
  const claims = await openedList(unverified, typ, hub, DELTA_MAX);
  const [snapshot, changes] = await asList(() => {
    members(claims, [...HEAD, "changes"]);
    const stated = members(claims.snapshot, SNAPSHOT);
    whole(stated.number);
    return [stated, readChanges(claims.changes)];
  });
  if (claims.sub !== known.uri) throw new Faulty("LIST_ANOTHER");
  if (snapshot.number <= known.number) throw new Faulty("LIST_ROLLED_BACK");
  if (snapshot.number > known.number + 1) throw new Faulty("LIST_GAP");
  const follows = snapshot.previous === (await digestOf(known));
  if (!follows || snapshot.entries !== known.entries) throw new Faulty("LIST_FORKED");
  const state = await asList(() => statedState(claims, replaced(known.octets, changes)));
  checkAge(state, at);
  return state;
}

/** A list that has just come over the network shows whether the clock is ahead. Throws Faulty. */
export function checkJustFetched(state, at) {
  if (!(at - CLOCK_LEEWAY <= state.iat + state.ttl)) throw new Faulty("CLOCK_AHEAD");
}

function checkAge(state, at) {
  if (!(state.iat <= at + CLOCK_LEEWAY)) throw new Faulty("CLOCK_BEHIND");
  if (!(at < state.exp)) throw new Faulty("LIST_TOO_OLD");
}

async function openedList(unverified, typ, hub, atMost) {
  const envelope = opened(unverified, typ, OF_LISTS, atMost);
  if (envelope.claims.iss !== hub.hubId) throw new Faulty("LIST_OF_ANOTHER_HUB");
  await checkSigned(envelope, hub, OF_LISTS);
  return envelope.claims;
}

async function statedState(claims, octets) {
  const snapshot = members(claims.snapshot, SNAPSHOT);
  const state = {
    iss: textOf(claims.iss),
    uri: textOf(claims.sub),
    number: whole(snapshot.number),
    iat: whole(claims.iat, LAST_SECOND),
    exp: whole(claims.exp, LAST_SECOND),
    ttl: whole(claims.ttl, TTL_MAX),
    covers: whole(snapshot.covers),
    entries: whole(snapshot.entries),
    previous: textOf(snapshot.previous),
    keyIds: keyIds(claims.key_ids),
    octets,
  };
  if (!(state.iat < state.exp) || state.number < 1) throw new Malformed("a state no hub makes");
  if ((await digestOf(state)) !== snapshot.digest) throw new Malformed("of another digest");
  return state;
}

function keyIds(value) {
  if (!Array.isArray(value)) throw new Malformed("not a list of key ids");
  return value.map(textOf);
}

function readChanges(value) {
  if (!Array.isArray(value) || value.length > CHANGES_MAX) throw new Malformed("no changes");
  let last = -1;
  for (const each of value) {
    if (!Array.isArray(each) || each.length !== 2) throw new Malformed("no change");
    const [index, status] = each;
    if (whole(index) <= last || whole(status, 3) !== status) throw new Malformed("no order");
    last = index;
  }
  return value;
}

function replaced(octets, changes) {
  const changed = octets.slice();
  for (const [index, status] of changes) {
    const place = Math.floor(index / 4);
    if (place >= changed.length) throw new Malformed("an entry that the list does not have");
    const shift = (index % 4) * 2;
    changed[place] = (changed[place] & ~(3 << shift)) | (status << shift);
  }
  return changed;
}

/* ZLIB (RFC 1950) of exactly `size` bytes and nothing behind it. Not every reader looks behind the end:
 * what it gives without the last byte as well does not end there. */
async function expanded(packed, size) {
  const octets = await inflated(packed, size);
  const endsBefore = await inflated(packed.subarray(0, -1), size).then(() => true, () => false);
  if (endsBefore) throw new Malformed("something stands behind it");
  return octets;
}

/* Never more than `size` bytes are read. */
async function inflated(packed, size) {
  const reader = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const octets = new Uint8Array(size);
  let filled = 0;
  try {
    for (const chunks = reader.getReader(); ; ) {
      const { value, done } = await chunks.read();
      if (done) break;
      if (filled + value.length > size) throw new Malformed("longer than it says");
      octets.set(value, filled);
      filled += value.length;
    }
  } catch {
    throw new Malformed("not in the ZLIB format, or longer than it says");
  }
  if (filled !== size) throw new Malformed("shorter than it says");
  return octets;
}

async function asList(make) {
  try {
    return await make();
  } catch (error) {
    throw error instanceof Malformed ? new Faulty(OF_LISTS.malformed) : error;
  }
}
