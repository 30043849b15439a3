// Receipts: the hub's signature over an answer, and how it is checked without the hub.

import { compactVerify, decodeProtectedHeader, errors, importJWK, type CryptoKey, type JWK } from 'jose';

import type { Claims, Recognition } from './answers.js';
import { AnswerUnreadable, ReceiptInvalid, type ReceiptFault } from './errors.js';
import type { HttpReply } from './outside.js';
import type { Asked } from './questions.js';
import { isMembers, parsedMembers } from './readers.js';

const RECEIPT_TYP = 'tongxing-receipt+jwt';
/** How far this machine's clock may be off, for the beginning of a receipt. At its end there is none: an
 * old green is no green. */
const LEEWAY_SECONDS = 30;

/** The hub's public keys by their ids. */
export type Jwks = ReadonlyMap<string, CryptoKey>;

export interface ReceiptOf {
  /** The hub's id. */
  readonly hub: string;
  readonly clientId: string;
  /** Seconds since 1970. */
  readonly at: number;
}

/** The claims of a receipt that `hub` signed for `clientId` and that holds at `at`. Throws
 * ReceiptInvalid. */
export async function checkReceipt(
  receipt: string,
  keys: Jwks,
  { hub, clientId, at }: ReceiptOf,
): Promise<Claims> {
  const key = keys.get(receiptKeyId(receipt));
  if (key === undefined) throw new ReceiptInvalid('UNKNOWN_KEY');
  const claims = await signedClaims(receipt, key);
  const { iss, aud, iat, exp } = claims;
  if (!Number.isSafeInteger(iat) || !Number.isSafeInteger(exp)) throw new ReceiptInvalid('MALFORMED');
  if (iss !== hub) throw new ReceiptInvalid('ANOTHER_HUB');
  if (aud !== clientId) throw new ReceiptInvalid('ANOTHER_CLIENT');
  // A time that is no number is in no bounds.
  if (!(Number(iat) <= at + LEEWAY_SECONDS)) throw new ReceiptInvalid('NOT_YET');
  if (!(at < Number(exp))) throw new ReceiptInvalid('EXPIRED');
  return claims;
}

/** Of the key that it says it is signed with. Throws ReceiptInvalid. */
export function receiptKeyId(receipt: string): string {
  const { typ, kid } = headerOf(receipt);
  if (typ !== RECEIPT_TYP || typeof kid !== 'string') throw new ReceiptInvalid('MALFORMED');
  return kid;
}

/** The receipt states what the answer says, for what was asked. Throws ReceiptInvalid. */
export function checkAgreement(answer: Recognition, claims: Claims, asked: Asked): void {
  const agrees =
    (answer.color === 'OTHER' || claims['color'] === answer.color) &&
    (answer.decision === 'OTHER' || claims['decision'] === answer.decision) &&
    claims['exp'] === Math.floor(answer.validUntil.getTime() / 1000) &&
    claims['region'] === asked.region &&
    claims['purpose'] === asked.purpose;
  if (!agrees) throw new ReceiptInvalid('ANOTHER_ANSWER');
}

/** What `/.well-known/jwks.json` answers; keys of other kinds are left out. Throws AnswerUnreadable. */
export async function readJwks(text: string): Promise<Jwks> {
  const listed = parsedMembers(text)?.['keys'];
  if (!Array.isArray(listed)) throw new AnswerUnreadable('these are no keys of a hub');
  const usable = listed.filter(isMembers).filter((jwk) => jwk['kty'] === 'EC' && jwk['crv'] === 'P-256');
  return new Map(await Promise.all(usable.map(keyOf)));
}

/** Throws AnswerUnreadable. */
export function jwksOf(reply: HttpReply): Promise<Jwks> {
  if (reply.status === 200) return readJwks(reply.content);
  throw new AnswerUnreadable(`status ${reply.status} in place of the hub's keys`);
}

async function keyOf({ kid, kty, crv, x, y }: JWK): Promise<[string, CryptoKey]> {
  try {
    const key = await importJWK({ kty, crv, x, y } as JWK, 'ES256');
    if (typeof kid === 'string' && !(key instanceof Uint8Array)) return [kid, key];
  } catch {
    // A point that is not on the curve, say.
  }
  throw new AnswerUnreadable('these are no keys of a hub');
}

function headerOf(receipt: string): { typ?: unknown; kid?: unknown } {
  try {
    return decodeProtectedHeader(receipt);
  } catch {
    throw new ReceiptInvalid('MALFORMED');
  }
}

async function signedClaims(receipt: string, key: CryptoKey): Promise<Claims> {
  let payload: Uint8Array;
  try {
    ({ payload } = await compactVerify(receipt, key, { algorithms: ['ES256'] }));
  } catch (fault) {
    const isForged = fault instanceof errors.JWSSignatureVerificationFailed;
    throw new ReceiptInvalid((isForged ? 'BAD_SIGNATURE' : 'MALFORMED') satisfies ReceiptFault);
  }
  const claims = parsedMembers(new TextDecoder().decode(payload));
  if (claims === undefined) throw new ReceiptInvalid('MALFORMED');
  return claims;
}
