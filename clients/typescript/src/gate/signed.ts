// What a hub has signed, read strictly: one form, one meaning, one of its keys that count.

import { base64url, compactVerify, errors } from 'jose';

import { TongxingError } from '../errors.js';
import type { Jwks } from '../receipts.js';
import { exactly, Malformed, parseObject, text, type Members } from './strict_json.js';

/** Seconds by which a gate's clock may be off without being noticed. */
export const CLOCK_LEEWAY = 120;
/** Seconds. A gate that has not read the hub's keys for so long may hold one that was revoked. */
export const KEYS_MAX_AGE = 24 * 3_600;

const KEY_ID = /^[A-Za-z0-9._:-]{1,64}$/;
const HEADER_MAX = 1_024;
const SIGNATURE_BYTES = 64;
const ALGORITHMS: readonly string[] = ['ES256', 'EdDSA'];

/** Why a pass, or the list that should say its color, does not count. */
export type PassFault =
  | `${'PASS' | 'LIST'}_${'MALFORMED' | 'OF_ANOTHER_HUB' | 'KEY_UNKNOWN' | 'KEY_REVOKED' | 'ALTERED'}`
  | 'PASS_EXPIRED'
  | 'LIST_MISSING'
  | 'LIST_NOT_COVERING'
  | 'LIST_TOO_OLD'
  | 'LIST_ANOTHER'
  | 'LIST_ROLLED_BACK'
  | 'LIST_FORKED'
  | 'LIST_GAP'
  | 'KEYS_TOO_OLD'
  | 'CLOCK_BEHIND'
  | 'CLOCK_AHEAD';

/** The pass or the list is not taken; what was known before stays. */
export class PassFaulty extends TongxingError {
  override name = 'PassFaulty';

  constructor(readonly fault: PassFault) {
    super(fault);
  }
}

/** `hubId` is what its receipts name; `keys` are those of `/.well-known/jwks.json` (`readJwks`), read at
 * `readAt`; `revoked` are ids of keys that are known to be. Times are in seconds since 1970. */
export interface KnownHub {
  readonly hubId: string;
  readonly keys: Jwks;
  readonly readAt: number;
  readonly revoked?: ReadonlySet<string>;
}

/** With which the names of its faults begin. */
export type Kind = 'PASS' | 'LIST';

/** A compact JWS taken apart: what its sender claims. */
export interface Envelope {
  readonly unverified: string;
  readonly algorithm: string;
  readonly keyId: string;
  readonly payload: Members;
}

/** A compact JWS whose header is exactly `alg`, `kid` and this `typ`. Throws PassFaulty. */
export function opened(unverified: string, typ: string, of: Kind, atMost: number): Envelope {
  return shaped(of, () => {
    const [protectedHeader = '', payload = '', signature = '', ...more] = unverified.split('.');
    if (unverified.length > atMost || protectedHeader.length > HEADER_MAX || more.length > 0) {
      throw new Malformed();
    }
    const header = exactly(parseObject(fromBase64url(protectedHeader)), ['alg', 'kid', 'typ']);
    const algorithm = text(header['alg']);
    const isOurs = header['typ'] === typ && ALGORITHMS.includes(algorithm);
    if (!isOurs || fromBase64url(signature).length !== SIGNATURE_BYTES) throw new Malformed();
    return {
      unverified,
      algorithm,
      keyId: keyId(header['kid']),
      payload: parseObject(fromBase64url(payload)),
    };
  });
}

/** By a key of `hub` that counts. Throws PassFaulty. */
export async function checkSigned(envelope: Envelope, hub: KnownHub, of: Kind): Promise<void> {
  if (hub.revoked?.has(envelope.keyId) === true) throw new PassFaulty(`${of}_KEY_REVOKED`);
  const key = hub.keys.get(envelope.keyId);
  if (key === undefined || envelope.algorithm !== 'ES256') throw new PassFaulty(`${of}_KEY_UNKNOWN`);
  try {
    await compactVerify(envelope.unverified, key, { algorithms: ['ES256'] });
  } catch (fault) {
    if (!(fault instanceof errors.JOSEError)) throw fault;
    throw new PassFaulty(`${of}_ALTERED`);
  }
}

/** What `read` returns. Throws PassFaulty. */
export function shaped<T>(of: Kind, read: () => T): T {
  try {
    return read();
  } catch (fault) {
    throw fault instanceof Malformed ? new PassFaulty(`${of}_MALFORMED`) : fault;
  }
}

/** Without padding, and in the one form that the octets have. Throws Malformed. */
export function fromBase64url(encoded: string): Uint8Array<ArrayBuffer> {
  try {
    const octets = new Uint8Array(base64url.decode(encoded));
    if (base64url.encode(octets) === encoded) return octets;
  } catch {
    // No base64url at all.
  }
  throw new Malformed();
}

/** Throws Malformed. */
export function keyId(value: unknown): string {
  if (!KEY_ID.test(text(value))) throw new Malformed();
  return text(value);
}
