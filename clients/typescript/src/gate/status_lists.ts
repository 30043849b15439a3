// Status lists: what each pass is worth, as one signed statement that rises by one.
//
// All or nothing: what is refused leaves what was known. A lower number is a rollback; another content of
// a number, or a next one that does not follow, is a fork: keep what is known, which ends soon, and call
// the operators.

import { changesOf, expanded, statedOf, StatusList } from './list_state.js';
import { checkSigned, CLOCK_LEEWAY, opened, PassFaulty, shaped, type KnownHub } from './signed.js';
import { Malformed, type Members } from './strict_json.js';

const SNAPSHOT_MAX = 1024 * 1024;
const DELTA_MAX = 128 * 1024;

/** What `hub` has signed, of another moment perhaps. Throws PassFaulty. */
export async function readSnapshot(unverified: string, hub: KnownHub): Promise<StatusList> {
  const payload = await signed(unverified, 'statuslist+jwt', hub, SNAPSHOT_MAX);
  const stated = shaped('LIST', () => statedOf(payload, 'status_list'));
  return asList(async () => {
    return StatusList.of(stated, await expanded(payload['status_list'], stated.head.entries));
  });
}

/** What is known of the list at `uri` from now on, after it was `known`. Throws PassFaulty. */
export async function takeSnapshot(
  unverified: string,
  uri: string,
  hub: KnownHub,
  known: StatusList | undefined,
  at: number,
): Promise<StatusList> {
  const state = await readSnapshot(unverified, hub);
  if (state.head.uri !== uri) throw new PassFaulty('LIST_ANOTHER');
  checkAge(state, at);
  if (known === undefined || state.head.number > known.head.number + 1) return state;
  if (state.head.number < known.head.number) throw new PassFaulty('LIST_ROLLED_BACK');
  const said = state.head.number === known.head.number ? state.digest : state.head.previous;
  if (said !== known.digest) throw new PassFaulty('LIST_FORKED');
  return state;
}

/** The state behind `known`. Throws PassFaulty: after LIST_GAP fetch the snapshot. */
export async function takeDelta(
  unverified: string,
  hub: KnownHub,
  known: StatusList,
  at: number,
): Promise<StatusList> {
  const payload = await signed(unverified, 'tongxing-statuslist-delta+jwt', hub, DELTA_MAX);
  const stated = shaped('LIST', () => statedOf(payload, 'changes'));
  const changes = shaped('LIST', () => changesOf(payload['changes']));
  const { uri, number, previous, entries } = stated.head;
  if (uri !== known.head.uri) throw new PassFaulty('LIST_ANOTHER');
  if (number <= known.head.number) throw new PassFaulty('LIST_ROLLED_BACK');
  if (number > known.head.number + 1) throw new PassFaulty('LIST_GAP');
  if (previous !== known.digest || entries !== known.head.entries) throw new PassFaulty('LIST_FORKED');
  const state = await asList(() => StatusList.of(stated, known.replaced(changes)));
  checkAge(state, at);
  return state;
}

/** A state that has just come over the network and seems much older than it can be shows that the own
 * clock is ahead, or that something on the way is old. Throws PassFaulty. */
export function checkJustFetched(state: StatusList, at: number): void {
  if (!(at - CLOCK_LEEWAY <= state.head.iat + state.head.ttl)) throw new PassFaulty('CLOCK_AHEAD');
}

function checkAge({ head }: StatusList, at: number): void {
  if (!(head.iat <= at + CLOCK_LEEWAY)) throw new PassFaulty('CLOCK_BEHIND');
  if (!(at < head.exp)) throw new PassFaulty('LIST_TOO_OLD');
}

async function signed(
  unverified: string,
  typ: string,
  hub: KnownHub,
  atMost: number,
): Promise<Members> {
  const envelope = opened(unverified, typ, 'LIST', atMost);
  if (envelope.payload['iss'] !== hub.hubId) throw new PassFaulty('LIST_OF_ANOTHER_HUB');
  await checkSigned(envelope, hub, 'LIST');
  return envelope.payload;
}

async function asList(make: () => Promise<StatusList>): Promise<StatusList> {
  try {
    return await make();
  } catch (fault) {
    throw fault instanceof Malformed ? new PassFaulty('LIST_MALFORMED') : fault;
  }
}
