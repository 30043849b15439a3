// A hub that is none, or has been taken over: nothing is read without an end, nobody waits for years.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';

import { AnswerUnreadable, HubBusy } from '../src/index.js';
import { platform } from '../src/platform.js';
import { serverEvents } from '../src/server_events.js';
import { error, said, ScriptedHub, UNHEARD } from './scripted.js';

test('an endless answer is given up', async (context) => {
  const part = Buffer.alloc(1_000_000, 'x');
  const server = createServer((_request, response) => {
    const more = (): void => {
      while (!response.destroyed && response.write(part));
      response.once('drain', more);
    };
    more();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  context.after(() => server.closeAllConnections());
  context.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  await assert.rejects(platform().send({ method: 'GET', url, headers: {} }, 60), AnswerUnreadable);
});

test('an event without an end is given up', async () => {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (;;) yield new Uint8Array(100_000).fill(120);
  }
  await assert.rejects(async () => {
    for await (const _event of serverEvents(chunks()));
  }, AnswerUnreadable);
});

test('nobody waits for years', async () => {
  const hub = new ScriptedHub({ '/graphql': [error(503, 'OVERLOADED', { 'retry-after': '99999999999' })] });
  await assert.rejects(hub.client().followArrivals('321102').next(), HubBusy);
  assert.deepEqual(hub.waited, []);
});

/** Whose streams last for five minutes each, as the token does that they are opened with. */
class QuietHub extends ScriptedHub {
  override async open(request: Parameters<ScriptedHub['open']>[0]): ReturnType<ScriptedHub['open']> {
    const stream = await super.open(request);
    this.clock += 300;
    return stream;
  }
}

test('in a quiet region a lost connection is the first one, however long nothing has happened', async () => {
  const quiet = { status: 200, headers: { 'content-type': 'text/event-stream' }, content: ':\n\n' };
  const lost = Array.from({ length: 4 }, () => UNHEARD);
  const hub = new QuietHub({ '/graphql': [...Array.from({ length: 50 }, () => quiet), ...lost, said(400)] });
  await assert.rejects(hub.client().followArrivals('321102').next(), AnswerUnreadable);
  assert.equal(hub.times('/graphql'), 55);
  assert(Math.max(...hub.waited) <= 8);
});
