// The library's small parts: keys, credentials, streams, and what the platform does.

import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { calculateJwkThumbprint, decodeProtectedHeader, importJWK, jwtVerify } from 'jose';

import { HubUnreachable, platform, SigningKey, type ArrivalEvent } from '../src/index.js';
import { readCredentials } from '../src/node.js';
import { serverEvents } from '../src/server_events.js';
import { data, HUB, said, ScriptedHub } from './scripted.js';

const ON_P256 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const ON_ED25519 = generateKeyPairSync('ed25519').privateKey;
const OTHER_CURVE = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey;
const RSA = generateKeyPairSync('rsa', { modulusLength: 2048 });

type Native = typeof ON_P256;
const pem = (key: Native): string => String(key.export({ type: 'pkcs8', format: 'pem' }));
const jwk = (key: Native): string => JSON.stringify(key.export({ format: 'jwk' }));

const READ: Record<string, [string, string]> = {
  'PEM on P-256': [pem(ON_P256), 'ES256'],
  'PEM on Ed25519': [pem(ON_ED25519), 'EdDSA'],
  'a JWK on P-256': [jwk(ON_P256), 'ES256'],
  'a JWK on Ed25519': [jwk(ON_ED25519), 'EdDSA'],
};
for (const [name, [text, algorithm]] of Object.entries(READ)) {
  test(`a key is read: ${name}`, async () => {
    const key = await SigningKey.read(text);
    const signed = await key.sign('JWT', { iss: 'gate' });
    const { payload } = await jwtVerify(signed, await importJWK(key.jwk, algorithm));
    assert.deepEqual([payload, key.algorithm], [{ iss: 'gate' }, algorithm]);
    assert.equal(decodeProtectedHeader(signed).kid, await calculateJwkThumbprint(key.jwk));
    assert.equal((await SigningKey.read(await key.toPem())).thumbprint, key.thumbprint);
    assert(!('d' in key.jwk));
  });
}

const NO_KEYS: Record<string, string> = {
  'another curve': pem(OTHER_CURVE),
  'another curve as a JWK': jwk(OTHER_CURVE),
  RSA: pem(RSA.privateKey),
  'an RSA JWK': jwk(RSA.privateKey),
  'a public key': String(RSA.publicKey.export({ type: 'spki', format: 'pem' })),
  'a public JWK': JSON.stringify((await SigningKey.generate()).jwk),
  'no JSON': 'a key',
  nothing: '',
};
for (const [name, text] of Object.entries(NO_KEYS)) {
  test(`another key is refused without a word of it: ${name}`, async () => {
    await assert.rejects(SigningKey.read(text), { message: /^no private key on P-256 or Ed25519/ });
  });
}

const WRITTEN = { hub: 'https://hub.test/', audience: 'h', client_id: 'c', key: 'key.pem' };
const WRONG: Record<string, [object, RegExp]> = {
  'a member missing': [{ hub: 'https://hub.test' }, /is no credentials file/],
  'a member more': [{ ...WRITTEN, hbu: '…' }, /is no credentials file/],
  'a certificate': [{ ...WRITTEN, certificate: 'client.pem' }, /names files for TLS/],
};

test('credentials are read from a file', async (context) => {
  const place = await mkdtemp(join(tmpdir(), 'credentials-'));
  context.after(() => rm(place, { recursive: true }));
  const file = join(place, 'credentials.json');
  await writeFile(join(place, 'key.pem'), pem(ON_P256));
  await writeFile(file, JSON.stringify({ ...WRITTEN, dpop: true }));
  const { key, ...read } = await readCredentials(file);
  assert.deepEqual(read, { hub: 'https://hub.test', audience: 'h', clientId: 'c', dpop: true });
  assert.equal(key.algorithm, 'ES256');
  for (const [name, [members, message]] of Object.entries(WRONG)) {
    await writeFile(file, JSON.stringify(members));
    await assert.rejects(readCredentials(file), { message }, name);
  }
});

const EVENTS: Record<string, string[]> = {
  'at once': ['event: next\ndata: {"a":\ndata: 1}\n\n:\n\nevent: complete\ndata:\n\n'],
  'with CR LF, in small parts': [
    ...'event:next\r\ndata: {"a":\r\ndata: 1}\r\n\r\n:\r\n\r\nevent: complete\r\n\r\n',
  ],
  'with CR, and an end that is cut off': [
    'event: next\rdata: {"a":\rdata: 1}\r\revent: complete\r\r',
    'data: 2',
  ],
};
for (const [name, parts] of Object.entries(EVENTS)) {
  test(`server-sent events are read: ${name}`, async () => {
    async function* chunks(): AsyncGenerator<Uint8Array> {
      for (const part of parts) yield new TextEncoder().encode(part);
    }
    const heard = [];
    for await (const event of serverEvents(chunks())) heard.push(event);
    assert.deepEqual(heard, [
      { event: 'next', data: '{"a":\n1}' },
      { event: 'complete', data: '' },
    ]);
  });
}

function told(cursor: string, kind: string, more: object = {}): string {
  const members = { data: { arrivalEvents: { cursor, node: { __typename: kind, ...more } } } };
  return `event: next\ndata: ${JSON.stringify(members)}\n\n`;
}

test('a stream that ends is followed on from its last cursor', async () => {
  const arrival = { id: 'arrival:1', district: '321102' };
  const stream = (content: string): ReturnType<typeof said> => ({
    status: 200,
    headers: { 'content-type': 'text/event-stream' },
    content: `:\n\n${content}event: complete\ndata:\n\n`,
  });
  const hub = new ScriptedHub({
    '/graphql': [
      stream(told('a', 'ArrivalRecorded', { arrival }) + told('b', 'LaterEvent')),
      said(401, { errors: [] }),
      said(503, undefined),
      stream(told('c', 'ArrivalRecorded', { arrival })),
    ],
  });
  const heard: ArrivalEvent[] = [];
  for await (const event of hub.client().followArrivals('321102')) {
    if (heard.push(event) === 3) break;
  }
  assert.deepEqual(
    heard.map(({ cursor, kind, arrival: of }) => [cursor, kind, of?.id ?? null]),
    [
      ['a', 'ArrivalRecorded', 'arrival:1'],
      ['b', 'LaterEvent', null],
      ['c', 'ArrivalRecorded', 'arrival:1'],
    ],
  );
  assert.deepEqual(hub.bodies().map((body) => body.variables.after), [null, 'b', 'b', 'b']);
  assert.equal(hub.times('/oauth/token'), 2);
});

test('the platform follows no redirect, and gives up in time', async (context) => {
  const server = createServer((request, response) => {
    if (request.url === '/moved') response.writeHead(307, { location: '/silent' }).end();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  context.after(() => server.closeAllConnections());
  context.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const outside = platform();
  const ask = { method: 'POST', headers: {}, content: 'a' } as const;
  assert.equal((await outside.send({ ...ask, url: `${url}/moved` }, 30)).status, 307);
  await assert.rejects(outside.send({ ...ask, url: `${url}/silent` }, 0.05), HubUnreachable);
  await assert.rejects(outside.open({ ...ask, url: `${url}/silent` }, 0.05), HubUnreachable);
  await assert.rejects(outside.within(new Promise(() => {}), 0.05), HubUnreachable);
  assert.equal(await outside.within(Promise.resolve(1), 30), 1);
});

test('a fetch of the caller is used', async () => {
  const asked: string[] = [];
  const outside = platform((input) => {
    asked.push(String(input));
    return Promise.resolve(new Response(JSON.stringify({ access_token: 'mine', expires_in: 300 })));
  });
  assert.equal(await new ScriptedHub({ '/graphql': [data({})] }).client({ outside }).token(), 'mine');
  assert.deepEqual(asked, [`${HUB}/oauth/token`]);
});
