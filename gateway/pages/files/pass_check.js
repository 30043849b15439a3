// What a pass is worth at a moment, from what a gate knows; the same rule as keys/pass_check.py, and
// held to the same tests/keys/pass_vectors.json. GREEN only if all of it holds now. Time and silence
// only take greens away: a red that was known before stays red beside every fault. No clock, no
// network, no page: times are Unix seconds, `at` is the time by the gate's clock.

import { Malformed, members, parseObject, textOf, whole } from "./strict_json.js";
import {
  CLOCK_LEEWAY,
  Faulty,
  KEYS_MAX_AGE,
  OF_PASSES,
  checkSigned,
  decode,
  opened,
} from "./signed_text.js";
import { LAST_SECOND, statusAt } from "./status_list.js";

/** What a QR code of version 20 at level M holds. */
export const PASS_MAX = 666;
const PASS_TYP = "tongxing-pass+jwt";

const TEXTS = ["iss", "name", "doc", "tail", "region", "purpose", "color", "decision"];
const NUMBERS = ["policy", "audit", "serial"];
const TIMES = ["iat", "exp"];
const STATUSES = ["GREEN", "WITHDRAWN", "YELLOW", "RED"];

/**
 * `known` is {hub, lists: Map of uri to state, newest: the latest `iat` ever seen signed}. Gives
 * {status, fault, claims, until}: GREEN only beside no fault; `claims` is null if the text is no
 * pass of this hub, and then nothing of it may be shown; at `until` it is to be judged anew.
 */
export async function judgePass(unverified, known, at) {
  let read;
  try {
    read = await readPass(unverified, known.hub);
  } catch (error) {
    if (!(error instanceof Faulty)) throw error;
    return { status: null, fault: error.fault, claims: null, until: at };
  }
  const { claims, keyId } = read;
  const found = known.lists.get(claims.uri) ?? null;
  const status = covers(found, claims) ? STATUSES[statusAt(found, claims.idx)] : null;
  const fault = faultOf(claims, keyId, found, known, at);
  if (fault !== null) {
    return { status: status === "GREEN" ? null : status, fault, claims, until: at };
  }
  const until = Math.min(claims.exp, found.exp, known.hub.readAt + KEYS_MAX_AGE);
  return { status, fault: null, claims, until };
}

/** Whether `text` says of itself that it is a pass: nothing of it is believed yet. */
export function isSaidToBePass(text) {
  if (text.length > PASS_MAX) return false;
  try {
    const head = new TextDecoder().decode(decode(text.split(".", 1)[0]));
    return parseObject(head).typ === PASS_TYP;
  } catch (error) {
    if (error instanceof Malformed) return false;
    throw error;
  }
}

async function readPass(unverified, hub) {
  const envelope = opened(unverified, PASS_TYP, OF_PASSES, PASS_MAX);
  const claims = readClaims(envelope.claims);
  if (claims.iss !== hub.hubId) throw new Faulty(OF_PASSES.otherHub);
  await checkSigned(envelope, hub, OF_PASSES);
  return { claims, keyId: envelope.keyId };
}

function readClaims(stated) {
  try {
    members(stated, [...TEXTS, ...NUMBERS, ...TIMES, "status"]);
    const place = members(members(stated.status, ["status_list"]).status_list, ["idx", "uri"]);
    const claims = { idx: whole(place.idx), uri: textOf(place.uri) };
    for (const name of TEXTS) claims[name] = textOf(stated[name]);
    for (const name of NUMBERS) claims[name] = whole(stated[name]);
    for (const name of TIMES) claims[name] = whole(stated[name], LAST_SECOND);
    if (!(claims.iat < claims.exp) || claims.serial < 1) throw new Malformed("no pass");
    return claims;
  } catch (error) {
    throw error instanceof Malformed ? new Faulty(OF_PASSES.malformed) : error;
  }
}

function covers(found, claims) {
  return found !== null && claims.serial <= found.covers && claims.idx < found.entries;
}

/* The clock comes first, because every time is compared with it; then what no newer list mends. Each
 * comparison asks for what must hold: a time that is no number holds nowhere. */
function faultOf(claims, keyId, found, known, at) {
  const newest = Math.max(known.newest, claims.iat, found?.iat ?? 0, known.hub.readAt);
  if (!(newest <= at + CLOCK_LEEWAY)) return "CLOCK_BEHIND";
  if (!(at < claims.exp)) return "PASS_EXPIRED";
  if (!(at < known.hub.readAt + KEYS_MAX_AGE)) return "KEYS_TOO_OLD";
  if (found === null) return "LIST_MISSING";
  if (!(at < found.exp)) return "LIST_TOO_OLD";
  if (!found.keyIds.includes(keyId)) return "PASS_KEY_REVOKED";
  return covers(found, claims) ? null : "LIST_NOT_COVERING";
}
