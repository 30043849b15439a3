// The credentials file that `tongxing` reads too, for programs on Node.

import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { Client, type ClientOptions } from './client.js';
import type { Credentials } from './credentials.js';
import { SigningKey } from './keys.js';
import { parsedMembers } from './readers.js';

const TEXTS = ['hub', 'audience', 'client_id', 'key'] as const;
const KNOWN: readonly string[] = [...TEXTS, 'dpop'];
/** What `fetch` cannot show or take. Authorities: NODE_EXTRA_CA_CERTS. A certificate: a `fetch` of your
 * own (`platform`). */
const OF_TLS: readonly string[] = ['certificate', 'certificate_key', 'authorities'];

/** `hub`, `audience`, `client_id` and `key`, a file relative to this one; besides, `dpop`. Throws an
 * Error, also for a file that names what this library leaves to others. */
export async function readCredentials(file: string): Promise<Credentials> {
  const members = parsedMembers(await readFile(file, 'utf8')) ?? {};
  const { hub, audience, client_id: clientId, key, dpop = false } = members;
  const names = Object.keys(members);
  if (names.some((name) => OF_TLS.includes(name))) {
    throw new Error(`${basename(file)} names files for TLS, which fetch does not take`);
  }
  const isOurs =
    names.every((name) => KNOWN.includes(name)) &&
    typeof hub === 'string' &&
    typeof audience === 'string' &&
    typeof clientId === 'string' &&
    typeof key === 'string' &&
    typeof dpop === 'boolean';
  if (!isOurs) throw new Error(`${basename(file)} is no credentials file: its members are ${KNOWN.join()}`);
  const read = await SigningKey.read(await readFile(join(dirname(file), key), 'utf8'));
  return { hub: hub.replace(/\/$/, ''), audience, clientId, key: read, dpop };
}

export async function clientFromFile(file: string, options: ClientOptions = {}): Promise<Client> {
  return new Client(await readCredentials(file), options);
}
