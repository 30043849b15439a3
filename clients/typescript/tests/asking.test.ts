// When the library asks again, and when not: the hub's rules (docs/errors.md).

import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  AnswerUnreadable,
  HubBusy,
  HubRefuses,
  HubUnreachable,
} from '../src/index.js';
import { PATIENCE, pause } from '../src/patience.js';
import {
  ASKED,
  data,
  error,
  jwks,
  KEYS,
  PERSON,
  recognized,
  said,
  ScriptedHub,
  UNHEARD,
  type Said,
} from './scripted.js';

const GREEN = data({ ok: true });
const BUSY = error(503, 'OVERLOADED', { 'retry-after': '2' });
const AWAY = error(503, 'UNAVAILABLE', { 'retry-after': '1' });
const PROXY = said(502);
const MAY = { repeats: true };

const AGAIN: Record<string, Said[]> = {
  'no room': [BUSY],
  'a part of the hub is away': [AWAY],
  'the body came too slowly': [error(408, 'BODY_TIMED_OUT')],
  'too many streams': [error(429, 'TOO_MANY_STREAMS')],
  'nobody behind the proxy': [PROXY],
  'nobody answers': [UNHEARD],
  'one after the other': [UNHEARD, BUSY, PROXY, AWAY],
};
for (const [name, before] of Object.entries(AGAIN)) {
  test(`a question is asked again: ${name}`, async () => {
    const hub = new ScriptedHub({ '/graphql': [...before, GREEN] });
    assert.deepEqual(await hub.client().execute('{ ok }', {}, MAY), { ok: true });
    assert.equal(hub.waited.length, before.length);
  });
}

const ONCE: Record<string, [Said, new (...of: any[]) => Error]> = {
  'nobody answers': [UNHEARD, HubUnreachable],
  'a part of the hub is away': [AWAY, HubBusy],
  'nobody behind the proxy': [PROXY, HubBusy],
};
for (const [name, [reply, thrown]] of Object.entries(ONCE)) {
  test(`what may have been done is not done twice: ${name}`, async () => {
    const hub = new ScriptedHub({ '/graphql': [reply, GREEN] });
    await assert.rejects(hub.client().execute('mutation { publish }'), thrown);
    assert.equal(hub.times('/graphql'), 1);
  });
}

test('what was not begun is sent again whatever it is', async () => {
  const hub = new ScriptedHub({ '/graphql': [BUSY, GREEN] });
  await hub.client().execute('mutation { publish }');
  assert.equal(hub.times('/graphql'), 2);
});

const REFUSED: Record<string, Said> = {
  'a region': error(403, 'FORBIDDEN_REGION'),
  'a fault inside the hub': error(500, 'INTERNAL'),
  'a document': error(400, 'DOCUMENT_INVALID'),
  'an error beside data': said(200, {
    data: { ok: null },
    errors: [{ extensions: { code: 'INTERNAL' } }],
  }),
};
for (const [name, reply] of Object.entries(REFUSED)) {
  test(`a refusal is never asked again: ${name}`, async () => {
    const hub = new ScriptedHub({ '/graphql': [reply] });
    await assert.rejects(hub.client().execute('{ ok }', {}, MAY), HubRefuses);
    assert.deepEqual([hub.times('/graphql'), hub.waited], [1, []]);
  });
}

const UNREADABLE: Record<string, Said> = {
  'no JSON': said(200),
  'a list': said(200, []),
  'neither data nor errors': said(200, {}),
  'a page of a proxy': said(404),
  'another place': said(307, undefined, { location: 'http://elsewhere.test/' }),
};
for (const [name, reply] of Object.entries(UNREADABLE)) {
  test(`what is no answer of a hub is none: ${name}`, async () => {
    const hub = new ScriptedHub({ '/graphql': [reply] });
    await assert.rejects(hub.client().execute('{ ok }', {}, MAY), AnswerUnreadable);
  });
}

test('patience ends after so many times', async () => {
  const hub = new ScriptedHub({ '/graphql': [error(503, 'UNAVAILABLE')] });
  const client = hub.client({ patience: { totalSeconds: 1_000, times: 4 } });
  await assert.rejects(client.execute('{ ok }', {}, MAY), (busy) => {
    assert(busy instanceof HubBusy);
    assert.deepEqual(busy.codes, ['UNAVAILABLE']);
    return true;
  });
  assert.equal(hub.times('/graphql'), 4);
});

test('patience ends with its time: a pause that would end too late is not waited for', async () => {
  const hub = new ScriptedHub({ '/graphql': [error(503, 'UNAVAILABLE', { 'retry-after': '20' })] });
  await assert.rejects(hub.client().execute('{ ok }', {}, MAY), HubBusy);
  assert(hub.waited.reduce((sum, each) => sum + each, 0) < 30);
  assert.equal(hub.times('/graphql'), 2);
});

test('a pause is never shorter than asked for, nor much longer', () => {
  for (let tried = 1; tried < 40; tried += 1) {
    for (const retryAfter of [0, 1, 3_600]) {
      for (const lot of [0, 0.3, 0.999]) {
        const waits = pause(PATIENCE, tried, retryAfter, lot);
        assert(retryAfter <= waits && waits <= retryAfter + PATIENCE.longestPauseSeconds);
      }
    }
  }
});

test('a hub that lacks the documents is sent an id once, and then texts', async () => {
  const lacking = error(400, 'PERSISTED_DOCUMENT_NOT_FOUND');
  const answered = data({ traveler: await recognized() });
  const hub = new ScriptedHub({ '/graphql': [lacking, answered], [KEYS]: [jwks()] });
  const client = hub.client();
  await client.traveler(PERSON, ASKED);
  await client.traveler(PERSON, ASKED);
  assert.deepEqual(
    hub.bodies().map((body) => Object.keys(body)[0]),
    ['documentId', 'query', 'query'],
  );
});

test('nothing of a person is in an error, nor more of an object than the document in a request', async () => {
  const hub = new ScriptedHub({ '/graphql': [error(403, 'FORBIDDEN_REGION')] });
  const document = { ...PERSON, telephone: '13800000000' };
  await assert.rejects(hub.client().traveler(document, ASKED), (refused) => {
    assert(refused instanceof HubRefuses);
    assert(!`${refused.stack}${JSON.stringify(refused)}`.includes(PERSON.number));
    return true;
  });
  assert.deepEqual(hub.bodies()[0].variables.input.document, PERSON);
});
