// One client system in front of a hub: gets access tokens with its key, asks, and follows events.

import { createHash, createPrivateKey, createPublicKey, randomUUID, type KeyObject } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { createClient, type RequestParams } from 'graphql-sse';
import {
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  SignJWT,
  type CryptoKey,
  type JWK,
} from 'jose';

import type { TypedDocumentString } from './generated/graphql.js';

export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const RENEWED_BEFORE_SECONDS = 30;
const OPERATIONS = fileURLToPath(new URL('../../operations', import.meta.url));
const SHARED = 'recognition.graphql';
const NAMED = /^\s*(?:query|mutation|subscription) (\w+)/m;
/** What a hub says that does not have a document, or is too old to know `documentId`. */
const LACKING = ['PERSISTED_DOCUMENT_NOT_FOUND', 'MALFORMED_REQUEST'];

/** The file that `tongxing` writes for a client of the sandbox; `key` is relative to it. `dpop`: the
 * client's tokens are bound to keys. */
export interface Credentials {
  hub: string;
  audience: string;
  client_id: string;
  key: string;
  dpop?: boolean;
}

/** Proofs (DPoP, RFC 9449) with a key of this process: a token that is bound to it is worth nothing
 * elsewhere. */
class Prover {
  private constructor(
    private readonly key: CryptoKey,
    private readonly jwk: JWK,
  ) {}

  static async make(): Promise<Prover> {
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    return new Prover(privateKey, await exportJWK(publicKey));
  }

  /** For one request, with its token. */
  proof(method: string, url: string, token?: string): Promise<string> {
    const ath =
      token === undefined ? {} : { ath: createHash('sha256').update(token).digest('base64url') };
    return new SignJWT({ htm: method, htu: url, ...ath })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: this.jwk })
      .setJti(randomUUID())
      .setIssuedAt()
      .sign(this.key);
  }
}

/** Errors of the hub have a stable code and a text in two languages. */
interface HubError {
  message: string;
  extensions?: { code?: string; zh?: string };
}

/** The ids of the documents that hubs have, by the names of their operations: the SHA-256 of the
 * whole document, which is a file and the fragment that it shares with others. */
async function documentIds(): Promise<Map<string, string>> {
  const shared = await readFile(join(OPERATIONS, SHARED), 'utf8');
  const ids = new Map<string, string>();
  for (const file of await readdir(OPERATIONS)) {
    const text = await readFile(join(OPERATIONS, file), 'utf8');
    const name = NAMED.exec(text)?.[1];
    const whole = text.includes('...Shown') ? text + shared : text;
    if (name !== undefined) ids.set(name, `sha256:${createHash('sha256').update(whole).digest('hex')}`);
  }
  return ids;
}

class Refused extends Error {
  readonly lacksTheDocument: boolean;

  constructor(errors: HubError[] | undefined) {
    const told = (errors ?? []).map(
      ({ message, extensions }) => `${extensions?.code ?? ''} ${extensions?.zh ?? ''} ${message}`,
    );
    super(told.join('\n') || 'what answers is not a hub');
    this.lacksTheDocument = (errors ?? []).some(({ extensions }) =>
      LACKING.includes(extensions?.code ?? ''),
    );
  }
}

/** The id of a document, or its text. */
type Document = { documentId: string } | { query: string };

export class Hub {
  private token = '';
  private renewedAt = 0;

  private constructor(
    private readonly credentials: Credentials,
    private readonly key: KeyObject,
    private readonly keyId: string,
    private readonly ids: Map<string, string>,
    private readonly prover: Prover | undefined,
  ) {}

  static async open(file: string): Promise<Hub> {
    const credentials = JSON.parse(await readFile(file, 'utf8')) as Credentials;
    const key = createPrivateKey(await readFile(join(dirname(file), credentials.key)));
    const publicKey = createPublicKey(key).export({ format: 'jwk' });
    const keyId = await calculateJwkThumbprint(publicKey);
    const prover = credentials.dpop === true ? await Prover.make() : undefined;
    return new Hub(credentials, key, keyId, await documentIds(), prover);
  }

  /** By its id, unless this hub was found to lack it. */
  async ask<Result, Variables>(
    operation: TypedDocumentString<Result, Variables>,
    variables: Variables,
  ): Promise<Result> {
    const query = operation.toString();
    const documentId = this.ids.get(NAMED.exec(query)?.[1] ?? '');
    if (documentId !== undefined) {
      try {
        return await this.answer<Result, Variables>({ documentId }, variables);
      } catch (error) {
        this.mayNotLack(error);
      }
    }
    return this.answer<Result, Variables>({ query }, variables);
  }

  /** From now on this hub is sent texts. Throws any other error. */
  private mayNotLack(error: unknown): void {
    if (!(error instanceof Refused && error.lacksTheDocument)) throw error;
    this.ids.clear();
  }

  private async answer<Result, Variables>(
    document: Document,
    variables: Variables,
  ): Promise<Result> {
    const response = await fetch(`${this.credentials.hub}/graphql`, {
      method: 'POST',
      headers: {
        ...(await this.authorized()),
        accept: 'application/graphql-response+json',
        'content-type': 'application/json',
      },
      body: JSON.stringify({ ...document, variables }),
    });
    const { data, errors } = (await response.json()) as { data?: Result; errors?: HubError[] };
    if (errors !== undefined || data === undefined || data === null) throw new Refused(errors);
    return data;
  }

  /** Events as they come. The stream ends with the token's client, or when the hub ends it: go on
   * with the cursor of the last event. */
  async *follow<Result, Variables extends Record<string, unknown>>(
    operation: TypedDocumentString<Result, Variables>,
    variables: Variables,
  ): AsyncGenerator<Result> {
    const query = operation.toString();
    const documentId = this.ids.get(NAMED.exec(query)?.[1] ?? '');
    if (documentId !== undefined) {
      try {
        yield* this.events<Result>({ documentId }, variables);
        return;
      } catch (error) {
        this.mayNotLack(error);
      }
    }
    yield* this.events<Result>({ query }, variables);
  }

  private async *events<Result>(
    document: Document,
    variables: Record<string, unknown>,
  ): AsyncGenerator<Result> {
    const client = createClient({
      url: `${this.credentials.hub}/graphql`,
      headers: () => this.authorized(),
    });
    try {
      // The library sends all members; its types know of those with a query alone.
      const asked = { ...document, variables } as unknown as RequestParams;
      const events = client.iterate<Result & Record<string, unknown>>(asked);
      for await (const { data, errors } of events) {
        if (errors !== undefined || data === undefined || data === null) {
          throw new Refused(errors as HubError[] | undefined);
        }
        yield data as Result;
      }
    } finally {
      client.dispose();
    }
  }

  /** The headers that show the token, and a proof for this one request if it needs one. */
  private async authorized(): Promise<Record<string, string>> {
    const token = await this.accessToken();
    if (this.prover === undefined) return { authorization: `Bearer ${token}` };
    const dpop = await this.prover.proof('POST', `${this.credentials.hub}/graphql`, token);
    return { authorization: `DPoP ${token}`, dpop };
  }

  private async accessToken(): Promise<string> {
    if (Date.now() >= this.renewedAt) {
      const url = `${this.credentials.hub}/oauth/token`;
      const dpop = await this.prover?.proof('POST', url);
      const response = await fetch(url, {
        method: 'POST',
        headers: dpop === undefined ? {} : { dpop },
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          client_assertion_type: ASSERTION_TYPE,
          client_assertion: await this.assertion(),
        }),
      });
      const granted = (await response.json()) as { access_token?: string; expires_in?: number };
      if (granted.access_token === undefined) throw new Error('the hub gives no access token');
      this.token = granted.access_token;
      const lasts = (granted.expires_in ?? 0) - RENEWED_BEFORE_SECONDS;
      this.renewedAt = Date.now() + lasts * 1000;
    }
    return this.token;
  }

  /** RFC 7523: good for one token, within a minute. */
  private assertion(): Promise<string> {
    const { client_id, audience } = this.credentials;
    return new SignJWT()
      .setProtectedHeader({ alg: 'ES256', kid: this.keyId, typ: 'client-authentication+jwt' })
      .setIssuer(client_id)
      .setSubject(client_id)
      .setAudience(audience)
      .setJti(randomUUID())
      .setIssuedAt()
      .setExpirationTime('1m')
      .sign(this.key);
  }
}
