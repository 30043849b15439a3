// Manifests: asked in pieces, answered in order, and what is left of one that is interrupted.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { AnswerUnreadable, HubRefuses, ManifestInterrupted } from '../src/index.js';
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
  type Said,
} from './scripted.js';

test('a manifest that is interrupted tells what was answered', async () => {
  const result = await recognized();
  const travelers = [0, 1].map((index) => ({ index, ref: null, result }));
  const hub = new ScriptedHub({
    '/graphql': [data({ travelers }), error(403, 'CLIENT_STOPPED')],
    [KEYS]: [jwks()],
  });
  const entries = Array.from({ length: 3 }, () => ({ document: PERSON }));
  await assert.rejects(hub.client().manifest(entries, { ...ASKED, piece: 2 }), (fault) => {
    assert(fault instanceof ManifestInterrupted);
    assert.deepEqual(fault.answered.map(({ index }) => index), [0, 1]);
    assert(fault.cause instanceof HubRefuses);
    return true;
  });
});

for (const indices of [[0], [1, 0], [0, 1, 2]]) {
  test(`a manifest has one answer for each entry in their order, not ${indices.join()}`, async () => {
    const result = await recognized();
    const travelers = indices.map((index) => ({ index, ref: null, result }));
    const hub = new ScriptedHub({ '/graphql': [data({ travelers })], [KEYS]: [jwks()] });
    const asked = hub.client().manifest([{ document: PERSON }, { document: PERSON }], ASKED);
    await assert.rejects(asked, (fault) => {
      assert(fault instanceof ManifestInterrupted && fault.cause instanceof AnswerUnreadable);
      return true;
    });
  });
}

test('every entry is asked about once, in pieces', async () => {
  const result = { __typename: 'NotAnswered', code: 'C', text: { zh: 'z', en: 'e' } };
  for (const count of [0, 1, 5, 6, 7]) {
    for (const piece of [1, 2, 6, 7]) {
      const entries = Array.from({ length: count }, (_, at) => ({ document: PERSON, ref: String(at) }));
      const begins = entries.map((_, at) => at).filter((at) => at % piece === 0);
      const pieces = begins.map((begin) =>
        data({
          travelers: entries
            .slice(begin, begin + piece)
            .map(({ ref }, index) => ({ index, ref, result })),
        }),
      );
      const hub = new ScriptedHub({ '/graphql': [...pieces, said(500)] });
      const told: [number, number][] = [];
      const progress = (done: number, of: number): number => told.push([done, of]);
      const answers = await hub.client().manifest(entries, { ...ASKED, piece, progress });
      assert.deepEqual(
        answers.map(({ index, ref }) => [index, ref]),
        entries.map(({ ref }, at) => [at, ref]),
      );
      const asked = hub.bodies().map((body) => body.variables.input.entries.length as number);
      assert.deepEqual(asked, begins.map((begin) => Math.min(piece, count - begin)));
      assert.deepEqual(told, begins.map((begin) => [Math.min(begin + piece, count), count]));
    }
  }
});

test('a manifest without an end is asked a thousand at a time', async () => {
  const result = { __typename: 'NotAnswered', code: 'C', text: { zh: 'z', en: 'e' } };
  const answered = (count: number): Said =>
    data({ travelers: Array.from({ length: count }, (_, index) => ({ index, ref: null, result })) });
  const hub = new ScriptedHub({ '/graphql': [answered(1_000), answered(1)] });
  const entries = Array.from({ length: 1_001 }, () => ({ document: PERSON }));
  assert.equal((await hub.client().manifest(entries, ASKED)).length, 1_001);
  assert.equal(hub.times('/graphql'), 2);
});
