// A hub that says what a test has written down, at a clock that moves only where the library waits.

import { SignJWT, exportJWK, generateKeyPair, type JWTPayload } from 'jose';

import { Client, HubUnreachable, SigningKey, type ClientOptions, type Credentials } from '../src/index.js';
import type { HttpReply, HttpRequest, HttpStream, Outside } from '../src/outside.js';

export const HUB = 'http://hub.test';
export const HUB_ID = 'hub-of-tests';
export const CLIENT_ID = 'gate';
export const ASKED = { region: '321100', purpose: 'ENTRY' };
export const NOW = 1_790_000_000;
export const PERSON = { kind: 'RESIDENT_ID', number: '321102199003070038', name: '王小明' };
const BEGAN = 1_000;

export type Said = HttpReply | HubUnreachable;

export function said(status: number, body?: unknown, headers: Record<string, string> = {}): HttpReply {
  return { status, headers, content: JSON.stringify(body) ?? '' };
}

export function error(status: number, code: string, headers: Record<string, string> = {}): HttpReply {
  const extensions = { code, zh: '说明', en: 'a text' };
  return said(status, { errors: [{ message: 'm', extensions }] }, headers);
}

export function token(lasts = 300): HttpReply {
  return said(200, { access_token: 'a-token', expires_in: lasts });
}

export function data(members: object): HttpReply {
  return said(200, { data: members });
}

export const UNHEARD = new HubUnreachable('ConnectError');
export const KEYS = '/.well-known/jwks.json';

const OWN: Credentials = {
  hub: HUB,
  audience: HUB_ID,
  clientId: CLIENT_ID,
  key: await SigningKey.generate(),
};

/** `replies` by path; the last of a list is said again and again. */
export class ScriptedHub implements Outside {
  readonly sent: HttpRequest[] = [];
  readonly waited: number[] = [];
  clock = BEGAN;
  readonly #replies: Record<string, Said[]>;

  constructor(replies: Record<string, Said[]>) {
    this.#replies = { '/oauth/token': [token()], ...replies };
  }

  client(options: ClientOptions = {}, own: Partial<Credentials> = {}): Client {
    return new Client({ ...OWN, ...own }, { outside: this, ...options });
  }

  times(path: string): number {
    return this.sent.filter(({ url }) => url === HUB + path).length;
  }

  bodies(): any[] {
    const asked = this.sent.filter(({ url }) => url === `${HUB}/graphql`);
    return asked.map(({ content }) => JSON.parse(content ?? ''));
  }

  async send(request: HttpRequest): Promise<HttpReply> {
    this.sent.push(request);
    await Promise.resolve();
    const script = this.#replies[request.url.slice(HUB.length)] ?? [said(404)];
    const reply = (script.length > 1 ? script.shift() : script[0]) ?? said(404);
    if (reply instanceof HubUnreachable) throw reply;
    return reply;
  }

  async open(request: HttpRequest): Promise<HttpStream> {
    const { status, headers, content } = await this.send(request);
    async function* chunks(): AsyncGenerator<Uint8Array> {
      yield new TextEncoder().encode(content);
    }
    return { status, headers, chunks: chunks() };
  }

  within<T>(work: Promise<T>): Promise<T> {
    return work;
  }

  async wait(seconds: number): Promise<void> {
    this.waited.push(seconds);
    this.clock += seconds;
  }

  seconds(): number {
    return this.clock;
  }

  unix(): number {
    return NOW + this.clock - BEGAN;
  }

  random(): number {
    return 0.5;
  }
}

/** A key of a hub, as the tests make it: by jose alone. */
export class HubKey {
  private constructor(
    private readonly native: Awaited<ReturnType<typeof generateKeyPair>>,
    readonly jwk: Awaited<ReturnType<typeof exportJWK>>,
  ) {}

  static async make(kid: string): Promise<HubKey> {
    const native = await generateKeyPair('ES256', { extractable: true });
    return new HubKey(native, { ...(await exportJWK(native.publicKey)), kid, alg: 'ES256' });
  }

  sign(claims: JWTPayload, header: object = {}): Promise<string> {
    const named = { alg: 'ES256', kid: String(this.jwk.kid), typ: 'tongxing-receipt+jwt', ...header };
    return new SignJWT(claims).setProtectedHeader(named).sign(this.native.privateKey);
  }
}

export const HUB_KEY = await HubKey.make('hub-2026');

/** Of a green for this client, that holds for an hour. */
export function receipt(changed: Record<string, unknown> = {}, header: object = {}): Promise<string> {
  const claims: Record<string, unknown> = {
    iss: HUB_ID,
    aud: CLIENT_ID,
    iat: NOW,
    exp: NOW + 3_600,
    ...ASKED,
    color: 'GREEN',
    decision: 'ADMIT',
    ...changed,
  };
  return HUB_KEY.sign(claims as JWTPayload, header);
}

export function jwks(...keys: HubKey[]): HttpReply {
  return said(200, { keys: (keys.length > 0 ? keys : [HUB_KEY]).map(({ jwk }) => jwk) });
}

/** The members of an answer of which `receipt` says the same. */
export async function recognized(changed: Record<string, unknown> = {}): Promise<object> {
  return {
    __typename: 'TravelerRecognition',
    color: 'GREEN',
    decision: 'ADMIT',
    reasons: [{ code: 'RULE', text: { zh: '说明', en: 'a text' } }],
    sources: [{ issuer: { id: 'zhenjiang' }, outcome: 'VERIFIED' }],
    validUntil: '2026-09-21T15:13:20.000Z',
    receipt: await receipt(),
    ...changed,
  };
}
