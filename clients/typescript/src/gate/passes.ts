// Passes: what a traveler carries as a QR code, and how it is read (docs/passes.md).

import { checkSigned, opened, PassFaulty, shaped, type KnownHub } from './signed.js';
import { exactly, Malformed, text, whole, type Members } from './strict_json.js';

const PASS_TYP = 'tongxing-pass+jwt';
/** What a QR code of version 20 holds at level M. */
const PASS_MAX_CHARACTERS = 666;
/** The end of the year 9999. */
export const LAST_INSTANT = 253_402_300_799;

/** By the two bits of an entry of the list. */
export const PASS_STATUSES = ['GREEN', 'WITHDRAWN', 'YELLOW', 'RED'] as const;
export type PassStatus = (typeof PASS_STATUSES)[number];

/** `name` is masked, `tail` the end of the document's number: compare them with the document. `color` and
 * `decision` are those at issue, never what holds now. */
export interface PassClaims {
  readonly iss: string;
  readonly iat: number;
  readonly exp: number;
  readonly name: string;
  readonly doc: string;
  readonly tail: string;
  readonly region: string;
  readonly purpose: string;
  readonly policy: number;
  readonly color: string;
  readonly decision: string;
  readonly audit: number;
  readonly serial: number;
  readonly status: { readonly status_list: { readonly idx: number; readonly uri: string } };
}

export interface ReadPass {
  readonly claims: PassClaims;
  readonly keyId: string;
}

/** What `hub` has signed, of another moment perhaps, and the id of the key. Throws PassFaulty. */
export async function readPass(unverified: string, hub: KnownHub): Promise<ReadPass> {
  const envelope = opened(unverified, PASS_TYP, 'PASS', PASS_MAX_CHARACTERS);
  const claims = shaped('PASS', () => claimsOf(envelope.payload));
  if (claims.iss !== hub.hubId) throw new PassFaulty('PASS_OF_ANOTHER_HUB');
  await checkSigned(envelope, hub, 'PASS');
  return { claims, keyId: envelope.keyId };
}

const NAMES: readonly (keyof PassClaims)[] = [
  ...(['iss', 'iat', 'exp', 'name', 'doc', 'tail', 'region', 'purpose', 'policy'] as const),
  ...(['color', 'decision', 'audit', 'serial', 'status'] as const),
];

function claimsOf(payload: Members): PassClaims {
  const said = exactly(payload, NAMES);
  const place = exactly(exactly(said['status'], ['status_list'])['status_list'], ['idx', 'uri']);
  const claims: PassClaims = {
    iss: text(said['iss']),
    iat: whole(said['iat'], 0, LAST_INSTANT),
    exp: whole(said['exp'], 0, LAST_INSTANT),
    name: text(said['name']),
    doc: text(said['doc']),
    tail: text(said['tail']),
    region: text(said['region']),
    purpose: text(said['purpose']),
    policy: whole(said['policy']),
    color: text(said['color']),
    decision: text(said['decision']),
    audit: whole(said['audit']),
    serial: whole(said['serial'], 1),
    status: { status_list: { idx: whole(place['idx']), uri: text(place['uri']) } },
  };
  if (claims.iat >= claims.exp) throw new Malformed();
  return claims;
}
