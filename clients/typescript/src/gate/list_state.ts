// One state of a status list, and how it is read from what a hub has signed.

import { digestOf } from '../digests.js';
import { LAST_INSTANT } from './passes.js';
import { fromBase64url, keyId } from './signed.js';
import { exactly, list, Malformed, text, whole, type Members } from './strict_json.js';

const ENTRIES_MAX = 1 << 20;
const CHANGES_MAX = 4_096;
const TTL_MAX = 24 * 3_600;
const ENTRIES_OF_A_BYTE = 4;
const ENTRY = 3;
const HEAD = ['iss', 'sub', 'iat', 'exp', 'ttl', 'key_ids', 'snapshot'] as const;
const SNAPSHOT = ['number', 'entries', 'covers', 'previous', 'digest'] as const;

/** What a list says of itself: state `number` of the list at `uri`, made at `iat`, not to be used from
 * `exp` on. A newer one may be there `ttl` seconds later. It knows the first `covers` passes of the list
 * and says nothing of later ones. `keyIds` are the keys whose passes count. */
export interface Head {
  readonly iss: string;
  readonly uri: string;
  readonly number: number;
  readonly iat: number;
  readonly exp: number;
  readonly ttl: number;
  readonly covers: number;
  readonly entries: number;
  readonly previous: string;
  readonly keyIds: readonly string[];
}

/** `digest` fixes this state and, by `previous`, all before it. */
export class StatusList {
  private constructor(
    readonly head: Head,
    readonly digest: string,
    private readonly octets: Uint8Array<ArrayBuffer>,
  ) {}

  /** Throws Malformed if `stated` is the digest of another content. */
  static async of({ head, digest }: Stated, octets: Uint8Array<ArrayBuffer>): Promise<StatusList> {
    const { iss, uri, number, iat, exp, ttl, covers, entries, keyIds, previous } = head;
    const numbers = [number, iat, exp, ttl, covers, entries];
    const lines = ['tongxing status list v1', iss, uri, ...numbers, ...keyIds, previous];
    const state = await digestOf([...lines, await digestOf(octets)].join('\n'));
    if (state !== digest) throw new Malformed();
    return new StatusList(head, state, octets);
  }

  status(index: number): number {
    const byte = this.octets[Math.floor(index / ENTRIES_OF_A_BYTE)] ?? ENTRY;
    return (byte >> shiftOf(index)) & ENTRY;
  }

  /** Throws Malformed. */
  replaced(changes: readonly Change[]): Uint8Array<ArrayBuffer> {
    const octets = this.octets.slice();
    for (const [index, status] of changes) {
      const place = Math.floor(index / ENTRIES_OF_A_BYTE);
      const byte = octets[place];
      if (byte === undefined) throw new Malformed();
      octets[place] = (byte & ~(ENTRY << shiftOf(index))) | (status << shiftOf(index));
    }
    return octets;
  }
}

/** What a list says of itself, and of what content. */
export interface Stated {
  readonly head: Head;
  readonly digest: string;
}

export type Change = readonly [index: number, status: number];

/** `content` is the name of the claim besides. Throws Malformed. */
export function statedOf(payload: Members, content: string): Stated {
  const claims = exactly(payload, [...HEAD, content]);
  const said = exactly(claims['snapshot'], SNAPSHOT);
  const head: Head = {
    iss: text(claims['iss']),
    uri: text(claims['sub']),
    number: whole(said['number'], 1),
    iat: whole(claims['iat'], 0, LAST_INSTANT),
    exp: whole(claims['exp'], 0, LAST_INSTANT),
    ttl: whole(claims['ttl'], 0, TTL_MAX),
    covers: whole(said['covers']),
    entries: whole(said['entries'], 1, ENTRIES_MAX),
    previous: text(said['previous']),
    keyIds: list(claims['key_ids']).map(keyId),
  };
  if (head.iat >= head.exp) throw new Malformed();
  return { head, digest: text(said['digest']) };
}

/** In the order of their indices. Throws Malformed. */
export function changesOf(value: unknown): readonly Change[] {
  let least = 0;
  return list(value, CHANGES_MAX).map((each) => {
    const [index, status, ...more] = list(each);
    if (more.length > 0) throw new Malformed();
    const change: Change = [whole(index, least), whole(status, 0, ENTRY)];
    least = change[0] + 1;
    return change;
  });
}

/** ZLIB (RFC 1950) of just so many entries and nothing behind it; never more is read. Throws
 * Malformed. */
export async function expanded(value: unknown, entries: number): Promise<Uint8Array<ArrayBuffer>> {
  const packed = exactly(value, ['bits', 'lst']);
  if (packed['bits'] !== 2) throw new Malformed();
  const zipped = fromBase64url(text(packed['lst']));
  const size = Math.ceil(entries / ENTRIES_OF_A_BYTE);
  const octets = await inflated(zipped, size);
  // Node 20 passes over what stands behind the end: then the last byte is needed for nothing.
  const withoutLast = inflated(zipped.subarray(0, -1), size);
  if (await withoutLast.then(() => true, () => false)) throw new Malformed();
  return octets;
}

async function inflated(
  zipped: Uint8Array<ArrayBuffer>,
  size: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const octets = new Uint8Array(size);
  const reader = new Blob([zipped])
    .stream()
    .pipeThrough(new DecompressionStream('deflate'))
    .getReader();
  let filled = 0;
  for (;;) {
    const { done, value: part } = await reader.read().catch(() => {
      throw new Malformed();
    });
    if (done) break;
    if (filled + part.length > octets.length) {
      await reader.cancel().catch(() => undefined);
      throw new Malformed();
    }
    octets.set(part, filled);
    filled += part.length;
  }
  if (filled !== octets.length) throw new Malformed();
  return octets;
}

function shiftOf(index: number): number {
  return (index % ENTRIES_OF_A_BYTE) * 2;
}
