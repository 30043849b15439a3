// One client system in front of a hub: gets access tokens with its key, asks, and follows events.

import { createPrivateKey, createPublicKey, randomUUID, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { createClient } from 'graphql-sse';
import { calculateJwkThumbprint, SignJWT } from 'jose';

import type { TypedDocumentString } from './generated/graphql.js';

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const RENEWED_BEFORE_SECONDS = 30;

/** The file that `tongxing` writes for a client of the sandbox; `key` is relative to it. */
interface Credentials {
  hub: string;
  audience: string;
  client_id: string;
  key: string;
}

/** Errors of the hub have a stable code and a text in two languages. */
interface HubError {
  message: string;
  extensions?: { code?: string; zh?: string };
}

export class Hub {
  private token = '';
  private renewedAt = 0;

  private constructor(
    private readonly credentials: Credentials,
    private readonly key: KeyObject,
    private readonly keyId: string,
  ) {}

  static async open(file: string): Promise<Hub> {
    const credentials = JSON.parse(await readFile(file, 'utf8')) as Credentials;
    const key = createPrivateKey(await readFile(join(dirname(file), credentials.key)));
    const publicKey = createPublicKey(key).export({ format: 'jwk' });
    return new Hub(credentials, key, await calculateJwkThumbprint(publicKey));
  }

  async ask<Result, Variables>(
    operation: TypedDocumentString<Result, Variables>,
    variables: Variables,
  ): Promise<Result> {
    const response = await fetch(`${this.credentials.hub}/graphql`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await this.accessToken()}`,
        accept: 'application/graphql-response+json',
        'content-type': 'application/json',
      },
      body: JSON.stringify({ query: operation.toString(), variables }),
    });
    const { data, errors } = (await response.json()) as { data?: Result; errors?: HubError[] };
    if (errors !== undefined || data === undefined || data === null) throw refused(errors);
    return data;
  }

  /** Events as they come. The stream ends with the token's client, or when the hub ends it: go on
   * with the cursor of the last event. */
  async *follow<Result, Variables extends Record<string, unknown>>(
    operation: TypedDocumentString<Result, Variables>,
    variables: Variables,
  ): AsyncGenerator<Result> {
    const client = createClient({
      url: `${this.credentials.hub}/graphql`,
      headers: { authorization: `Bearer ${await this.accessToken()}` },
    });
    try {
      const events = client.iterate<Result & Record<string, unknown>>({
        query: operation.toString(),
        variables,
      });
      for await (const { data, errors } of events) {
        if (errors !== undefined || data === undefined || data === null) {
          throw refused(errors as HubError[] | undefined);
        }
        yield data as Result;
      }
    } finally {
      client.dispose();
    }
  }

  private async accessToken(): Promise<string> {
    if (Date.now() >= this.renewedAt) {
      const response = await fetch(`${this.credentials.hub}/oauth/token`, {
        method: 'POST',
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

function refused(errors: HubError[] | undefined): Error {
  const told = (errors ?? []).map(
    ({ message, extensions }) => `${extensions?.code ?? ''} ${extensions?.zh ?? ''} ${message}`,
  );
  return new Error(told.join('\n') || 'what answers is not a hub');
}
