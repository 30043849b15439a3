// What a pass is worth at a moment, from what a gate knows: the one rule (docs/passes.md).
//
// GREEN only if all of it holds now. Time and silence take greens away and never make an answer milder: a
// red that the gate knows counts beside every fault.

import type { StatusList } from './list_state.js';
import { PASS_STATUSES, readPass, type PassClaims, type PassStatus, type ReadPass } from './passes.js';
import { CLOCK_LEEWAY, KEYS_MAX_AGE, PassFaulty, type KnownHub, type PassFault } from './signed.js';

/** `lists` are by their address. `newest` is the latest `iat` that the gate has ever seen signed by this
 * hub; keep it over restarts: it shows that a clock was set back. */
export interface GateKnowledge {
  readonly hub: KnownHub;
  readonly lists: ReadonlyMap<string, StatusList>;
  readonly newest: number;
}

/** `opens` only if `status` is GREEN and there is no `fault`; another status counts beside a fault too.
 * `claims` is null if the text is no pass of this hub: show nothing of it then. From `until` on, the
 * verdict must be made anew. */
export interface PassVerdict {
  readonly opens: boolean;
  readonly status: PassStatus | null;
  readonly fault: PassFault | null;
  readonly claims: PassClaims | null;
  readonly until: number;
}

/** `at` is the time now by the gate's clock, in seconds since 1970. */
export async function judgePass(
  unverified: string,
  known: GateKnowledge,
  at: number,
): Promise<PassVerdict> {
  let read: ReadPass;
  try {
    read = await readPass(unverified, known.hub);
  } catch (faulty) {
    if (!(faulty instanceof PassFaulty)) throw faulty;
    return { opens: false, status: null, fault: faulty.fault, claims: null, until: at };
  }
  const { claims } = read;
  const found = known.lists.get(claims.status.status_list.uri);
  const status = statusOf(claims, found);
  const fault = faultOf(read, found, known, at);
  if (fault !== null || found === undefined) {
    return { opens: false, status: status === 'GREEN' ? null : status, fault, claims, until: at };
  }
  const until = Math.min(claims.exp, found.head.exp, known.hub.readAt + KEYS_MAX_AGE);
  return { opens: status === 'GREEN', status, fault: null, claims, until };
}

function statusOf(claims: PassClaims, found: StatusList | undefined): PassStatus | null {
  if (found === undefined || !covers(found, claims)) return null;
  return PASS_STATUSES[found.status(claims.status.status_list.idx)] ?? null;
}

function covers({ head }: StatusList, claims: PassClaims): boolean {
  return claims.serial <= head.covers && claims.status.status_list.idx < head.entries;
}

/** The clock comes first, because every time is compared with it; then what no newer list can mend. Each
 * time must be in its bounds: one that is no number is in none. */
function faultOf(
  { claims, keyId }: ReadPass,
  found: StatusList | undefined,
  known: GateKnowledge,
  at: number,
): PassFault | null {
  const newest = Math.max(known.newest, claims.iat, found?.head.iat ?? 0, known.hub.readAt);
  if (!(newest <= at + CLOCK_LEEWAY)) return 'CLOCK_BEHIND';
  if (!(at < claims.exp)) return 'PASS_EXPIRED';
  if (!(at < known.hub.readAt + KEYS_MAX_AGE)) return 'KEYS_TOO_OLD';
  if (found === undefined) return 'LIST_MISSING';
  if (!(at < found.head.exp)) return 'LIST_TOO_OLD';
  if (!found.head.keyIds.includes(keyId)) return 'PASS_KEY_REVOKED';
  return covers(found, claims) ? null : 'LIST_NOT_COVERING';
}
