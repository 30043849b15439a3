// Changes the key of one client system, by itself: makes a new key, has the old one vouch for it, tries
// it, and puts its file in the place of the old one.
//
//   rotate.js CREDENTIALS [SECONDS]
//
// The old key counts for SECONDS (an hour unless said otherwise), for programs that have read it before.
// What was interrupted goes on when it is run again: the new key waits in a file beside the old one.

import { createPrivateKey, createPublicKey, generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { calculateJwkThumbprint, SignJWT, type JWTPayload } from 'jose';

import { ASSERTION_TYPE, type Credentials } from './hub.js';

const OVERLAP_SECONDS = 3_600;

interface Key {
  key: KeyObject;
  kid: string;
}

async function readKey(file: string): Promise<Key> {
  const key = createPrivateKey(await readFile(file));
  return { key, kid: await calculateJwkThumbprint(createPublicKey(key).export({ format: 'jwk' })) };
}

/** In one step: half a key must not be found there after a crash. */
async function writeNewKey(file: string): Promise<void> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const writing = await open(`${file}.half`, 'w', 0o600);
  await writing.writeFile(String(privateKey.export({ type: 'pkcs8', format: 'pem' })));
  await writing.sync();
  await writing.close();
  await rename(`${file}.half`, file);
}

async function exists(file: string): Promise<boolean> {
  return readFile(file).then(
    () => true,
    () => false,
  );
}

class Rotation {
  constructor(private readonly credentials: Credentials) {}

  /** Signed by the old key, around a proof that is signed by the new one. */
  async change(old: Key, next: Key, overlap: number): Promise<Response> {
    const jti = randomUUID();
    const proof = await this.signed(next, 'client-key-proof+jwt', jti, { jkt: next.kid, replaces: old.kid });
    const jwk = createPublicKey(next.key).export({ format: 'jwk' });
    const request = await this.signed(old, 'client-key-change+jwt', jti, { jwk, proof, overlap });
    return this.post('/oauth/client-key', { request });
  }

  async getsAToken(key: Key): Promise<boolean> {
    const assertion = await this.signed(key, 'client-authentication+jwt', randomUUID(), {});
    const response = await this.post('/oauth/token', {
      grant_type: 'client_credentials',
      client_assertion_type: ASSERTION_TYPE,
      client_assertion: assertion,
    });
    return response.ok;
  }

  private post(path: string, form: Record<string, string>): Promise<Response> {
    return fetch(`${this.credentials.hub}${path}`, { method: 'POST', body: new URLSearchParams(form) });
  }

  private signed(key: Key, typ: string, jti: string, more: JWTPayload): Promise<string> {
    const { client_id, audience } = this.credentials;
    return new SignJWT(more)
      .setProtectedHeader({ alg: 'ES256', kid: key.kid, typ })
      .setIssuer(client_id)
      .setSubject(client_id)
      .setAudience(audience)
      .setJti(jti)
      .setIssuedAt()
      .setExpirationTime('1m')
      .sign(key.key);
  }
}

async function main(file: string, overlap: number): Promise<void> {
  const credentials = JSON.parse(await readFile(file, 'utf8')) as Credentials;
  const oldFile = join(dirname(file), credentials.key);
  const nextFile = `${oldFile}.next`;
  if (!(await exists(nextFile))) await writeNewKey(nextFile);
  const [old, next] = [await readKey(oldFile), await readKey(nextFile)];
  const rotation = new Rotation(credentials);
  const response = await rotation.change(old, next, overlap);
  // The old key may have ended, if an earlier run was interrupted; the new one says so.
  if (!response.ok && response.status !== 401) throw new Error(`the hub refuses: ${await response.text()}`);
  const { keys = [] } = (await response.json()) as { keys?: unknown[] };
  if (!(await rotation.getsAToken(next))) {
    throw new Error('the hub does not take the new key; the old one stays in its place');
  }
  await rename(nextFile, oldFile);
  console.log(JSON.stringify({ act: 'rotate', kid: next.kid, keys }));
}

await main(process.argv[2] ?? '', Number(process.argv[3] ?? OVERLAP_SECONDS));
