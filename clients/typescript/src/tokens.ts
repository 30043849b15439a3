// Access tokens: the assertion that asks for one (RFC 7523), and the proofs of a bound one (RFC 9449).

import type { JWTPayload } from 'jose';

import type { Credentials } from './credentials.js';
import { digestOf } from './digests.js';
import { AnswerUnreadable, CredentialsRefused, HubBusy } from './errors.js';
import { SigningKey } from './keys.js';
import type { HttpReply, HttpRequest } from './outside.js';
import { ComeBack } from './patience.js';
import { parsedMembers, type Members } from './readers.js';

const ASSERTION_LASTS_SECONDS = 60;
/** A question that leaves now is still on its way for a while. */
const RENEWED_BEFORE_SECONDS = 30;
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
/** Come back later. 502 and 504 are of a proxy behind which nobody answered. */
export const LATER: readonly number[] = [408, 429, 502, 503, 504];

/** `renewedAt` is monotonic: from then on it is not used any more. */
export interface Token {
  readonly value: string;
  readonly renewedAt: number;
}

/** Proofs with a key of this process: a token that is bound to it is worth nothing elsewhere. */
export class Prover {
  readonly #key: SigningKey;

  private constructor(key: SigningKey) {
    this.#key = key;
  }

  static async make(): Promise<Prover> {
    return new Prover(await SigningKey.generate());
  }

  /** For one request; `url` has no query. */
  async proof(method: string, url: string, at: number, token?: string): Promise<string> {
    const ath = token === undefined ? {} : { ath: await digestOf(token) };
    const claims = { jti: crypto.randomUUID(), htm: method, htu: url, iat: Math.floor(at), ...ath };
    return this.#key.sign('dpop+jwt', claims, { jwk: this.#key.jwk });
  }
}

/** Good once, within a minute; with `more` claims; signed by `key`. */
export function assertion(
  credentials: Credentials,
  at: number,
  more: JWTPayload = {},
  key: SigningKey = credentials.key,
  typ = 'client-authentication+jwt',
): Promise<string> {
  const issued = Math.floor(at);
  return key.sign(typ, {
    iss: credentials.clientId,
    sub: credentials.clientId,
    aud: credentials.audience,
    iat: issued,
    exp: issued + ASSERTION_LASTS_SECONDS,
    jti: crypto.randomUUID(),
    ...more,
  });
}

export async function tokenRequest(
  credentials: Credentials,
  prover: Prover | undefined,
  at: number,
): Promise<HttpRequest> {
  const url = `${credentials.hub}/oauth/token`;
  const form = {
    grant_type: 'client_credentials',
    client_assertion_type: ASSERTION_TYPE,
    client_assertion: await assertion(credentials, at),
  };
  const dpop = await prover?.proof('POST', url, at);
  return formRequest(url, form, dpop === undefined ? {} : { dpop });
}

export function formRequest(
  url: string,
  form: Record<string, string>,
  more: Readonly<Record<string, string>> = {},
): HttpRequest {
  const headers = { 'content-type': 'application/x-www-form-urlencoded', ...more };
  return { method: 'POST', url, headers, content: new URLSearchParams(form).toString() };
}

/** Throws ComeBack, CredentialsRefused, AnswerUnreadable. `askedAt` is monotonic, from before the
 * request left: a token never counts as younger than it is. */
export function tokenOf(reply: HttpReply, askedAt: number): Token {
  const { access_token: value, expires_in: lasts } = oauthAnswer(reply);
  if (typeof value !== 'string' || typeof lasts !== 'number') {
    throw new AnswerUnreadable('this is no token');
  }
  // One that ends sooner, because its key does, is used for half of its life.
  return { value, renewedAt: askedAt + Math.max(lasts - RENEWED_BEFORE_SECONDS, lasts / 2) };
}

/** Throws ComeBack, CredentialsRefused, AnswerUnreadable. */
export function oauthAnswer(reply: HttpReply): Members {
  if (LATER.includes(reply.status)) {
    throw new ComeBack(new HubBusy([String(reply.status)]), retryAfter(reply));
  }
  const members = parsedMembers(reply.content);
  if (members === undefined) {
    throw new AnswerUnreadable(`status ${reply.status} without a JSON object`);
  }
  if (reply.status !== 200) {
    const { error, error_description: told, reason } = members;
    const named = typeof reason === 'string' ? reason : undefined;
    throw new CredentialsRefused(String(error), String(told), named);
  }
  return members;
}

/** In seconds; 0 if the hub names none. */
export function retryAfter(reply: HttpReply): number {
  const text = reply.headers['retry-after'] ?? '';
  return /^[0-9]+$/.test(text) ? Number(text) : 0;
}
