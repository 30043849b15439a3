// A gate comes to what the vectors of passes and lists say (docs/passes.md). VECTORS names their file.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';

import { base64url } from 'jose';

import {
  checkJustFetched,
  judgePass,
  PassFaulty,
  takeDelta,
  takeSnapshot,
  type KnownHub,
  type StatusList,
} from '../src/gate/index.js';
import { expanded } from '../src/gate/list_state.js';
import { readSnapshot } from '../src/gate/status_lists.js';
import { Malformed, parseObject } from '../src/gate/strict_json.js';
import { readJwks } from '../src/index.js';

const VECTORS = JSON.parse(readFileSync(process.env['VECTORS'] ?? '', 'utf8'));

async function knownHub(vector: any): Promise<KnownHub> {
  const keys = await readJwks(JSON.stringify(VECTORS.jwks[vector.jwks]));
  const readAt = vector.keys_read_at ?? vector.at;
  return { hubId: VECTORS.hub_id, keys, readAt, revoked: new Set(vector.revoked) };
}

for (const vector of VECTORS.passes) {
  test(`a pass is worth what its vector says: ${vector.name}`, async () => {
    const hub = await knownHub(vector);
    const states: StatusList[] = [];
    for (const text of vector.lists) states.push(await readSnapshot(text, hub));
    const lists = new Map(states.map((state) => [state.head.uri, state]));
    const verdict = await judgePass(vector.pass, { hub, lists, newest: vector.newest }, vector.at);
    const { status, fault, until } = vector.expected;
    assert.deepEqual(
      { opens: verdict.opens, status: verdict.status, fault: verdict.fault, until: verdict.until },
      { opens: status === 'GREEN', status, fault, until: until ?? vector.at },
    );
  });
}

const GOOD = VECTORS.passes.find(({ name }: { name: string }) => name === 'good');
const NO_TIMES: Record<string, [object, string]> = {
  'that it is now': [{ at: Number.NaN }, 'CLOCK_BEHIND'],
  'at which the keys were read': [{ readAt: Number.NaN }, 'CLOCK_BEHIND'],
  'that was seen last': [{ newest: Number.NaN }, 'CLOCK_BEHIND'],
};
for (const [name, [changed, fault]] of Object.entries(NO_TIMES)) {
  test(`nothing opens by a time that is no number: the one ${name}`, async () => {
    const hub = await knownHub(GOOD);
    const state = await readSnapshot(GOOD.lists[0], hub);
    const given = { at: GOOD.at, readAt: GOOD.at, newest: GOOD.newest, ...changed };
    const lists = new Map([[state.head.uri, state]]);
    const known = { hub: { ...hub, readAt: given.readAt }, lists, newest: given.newest };
    const verdict = await judgePass(GOOD.pass, known, given.at);
    assert.deepEqual([verdict.opens, verdict.status, verdict.fault], [false, null, fault]);
    const at = Number.NaN;
    await assert.rejects(takeSnapshot(GOOD.lists[0], state.head.uri, hub, undefined, at), PassFaulty);
    assert.throws(() => checkJustFetched(state, at), PassFaulty);
  });
}

async function taken(vector: any): Promise<StatusList> {
  const hub = await knownHub(vector);
  const known = vector.known === null ? undefined : await readSnapshot(vector.known, hub);
  if (known !== undefined && vector.kind === 'delta') {
    return takeDelta(vector.text, hub, known, vector.at);
  }
  const state = await takeSnapshot(vector.text, vector.uri, hub, known, vector.at);
  if (vector.just_fetched) checkJustFetched(state, vector.at);
  return state;
}

for (const vector of VECTORS.lists) {
  test(`a list is taken or refused as its vector says: ${vector.name}`, async () => {
    const { fault, number, digest } = vector.expected;
    if (fault === null) {
      const state = await taken(vector);
      assert.deepEqual([state.head.number, state.digest], [number, digest]);
      return;
    }
    await assert.rejects(taken(vector), (faulty) => {
      assert(faulty instanceof PassFaulty);
      assert.equal(faulty.fault, fault);
      return true;
    });
  });
}

const LIST = Uint8Array.of(0b11_10_01_00, 0b01);
const zlib = (octets: Uint8Array): Uint8Array => Uint8Array.from(deflateSync(octets));
const PACKED = zlib(LIST);
const NO_LISTS: Record<string, [Uint8Array, number]> = {
  'cut short': [PACKED.subarray(0, -1), 8],
  'longer than it says': [PACKED, 4],
  'shorter than it says': [PACKED, 12],
  'with a wrong sum': [Uint8Array.of(...PACKED.subarray(0, -1), 0xff), 8],
  'with something behind it': [Uint8Array.of(...PACKED, 0), 8],
  'in no format': [Uint8Array.of(1, 2, 3), 8],
  empty: [new Uint8Array(), 8],
  'that grows a thousand times': [zlib(new Uint8Array(1 << 22)), 8],
};
test('a packed list is unpacked', async () => {
  const lst = base64url.encode(PACKED);
  assert.deepEqual(await expanded({ bits: 2, lst }, 5), LIST);
});
for (const [name, [octets, entries]] of Object.entries(NO_LISTS)) {
  test(`a packed list is refused: ${name}`, async () => {
    await assert.rejects(expanded({ bits: 2, lst: base64url.encode(octets) }, entries), Malformed);
  });
}

const TAKEN = ['{}', ' {"a": [1, {"a": -2}], "b": "\\"a\\":", "c": null}\n', '{"a":{"b":1},"b":true}'];
const REFUSED: Record<string, string> = {
  'a name twice': '{"a": 1, "a": 1}',
  'a name twice, written otherwise': '{"a": 1, "\\u0061": 1}',
  'a name twice further in': '{"a": [{"b": {}, "c": [], "b": 1}]}',
  'a fraction': '{"a": 1.0}',
  'an exponent': '{"a": 1e2}',
  'half of a character': '{"a": "\\ud800"}',
  'half of a character in a name': '{"\\udc00": 1}',
  'a list': '[]',
  'no JSON': '{a: 1}',
  'something behind it': '{} {}',
  'a mark before it': '\ufeff{}',
};
test('JSON is taken where it has one meaning', () => {
  for (const text of TAKEN) {
    assert.deepEqual(parseObject(new TextEncoder().encode(text)), JSON.parse(text));
  }
});
for (const [name, text] of Object.entries(REFUSED)) {
  test(`JSON is refused: ${name}`, () => {
    assert.throws(() => parseObject(new TextEncoder().encode(text)), Malformed);
  });
}
test('JSON is refused: octets that are no UTF-8', () => {
  assert.throws(() => parseObject(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d)), Malformed);
});
