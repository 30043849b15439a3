// A receipt is believed for what this hub has signed for this client, now, and for nothing else.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { SignJWT, UnsecuredJWT } from 'jose';

import {
  AnswerUnreadable,
  checkReceipt,
  HubUnreachable,
  readJwks,
  ReceiptInvalid,
  Recognition,
  Refused,
} from '../src/index.js';
import {
  ASKED,
  CLIENT_ID,
  data,
  HUB_ID,
  HUB_KEY,
  HubKey,
  jwks,
  KEYS,
  NOW,
  PERSON,
  receipt,
  recognized,
  said,
  ScriptedHub,
  UNHEARD,
} from './scripted.js';

const TYP = 'tongxing-receipt+jwt';
const CLAIMS = { iss: HUB_ID, aud: CLIENT_ID, iat: NOW, exp: NOW + 60 };
const OTHER = await HubKey.make('another');

/** With another signature. */
function cut(text: string): string {
  const [head, claims, signature = ''] = text.split('.');
  return `${head}.${claims}.${signature.slice(4, 8)}${signature.slice(0, 4)}${signature.slice(8)}`;
}

const KEYED = new SignJWT(CLAIMS)
  .setProtectedHeader({ alg: 'HS256', kid: String(HUB_KEY.jwk.kid), typ: TYP })
  .sign(new TextEncoder().encode(JSON.stringify(HUB_KEY.jwk)));

const FALSE: Record<string, [Promise<string>, string]> = {
  'of another hub': [receipt({ iss: 'another-hub' }), 'ANOTHER_HUB'],
  'for another client': [receipt({ aud: 'another-gate' }), 'ANOTHER_CLIENT'],
  'for two clients': [receipt({ aud: [CLIENT_ID, 'another-gate'] }), 'ANOTHER_CLIENT'],
  'that has ended': [receipt({ exp: NOW }), 'EXPIRED'],
  'of tomorrow': [receipt({ iat: NOW + 31 }), 'NOT_YET'],
  'without an end': [receipt({ exp: null }), 'MALFORMED'],
  'whose end is a text': [receipt({ exp: 'never' }), 'MALFORMED'],
  'with another signature': [receipt().then(cut), 'BAD_SIGNATURE'],
  'of a key that the hub does not have': [OTHER.sign(CLAIMS), 'UNKNOWN_KEY'],
  "of another key under the hub's key id": [
    OTHER.sign(CLAIMS, { kid: HUB_KEY.jwk.kid }),
    'BAD_SIGNATURE',
  ],
  'without a signature': [Promise.resolve(new UnsecuredJWT(CLAIMS).encode()), 'MALFORMED'],
  'keyed with the public key': [KEYED, 'MALFORMED'],
  'of another type': [receipt({}, { typ: 'at+jwt' }), 'MALFORMED'],
  'without a type': [receipt({}, { typ: undefined }), 'MALFORMED'],
  'that is no JWS': [Promise.resolve('a.receipt'), 'MALFORMED'],
};
for (const [name, [text, reason]] of Object.entries(FALSE)) {
  test(`a receipt is refused: ${name}`, async () => {
    const hub = new ScriptedHub({ [KEYS]: [jwks()] });
    await assert.rejects(hub.client().verifyReceipt(await text), (refused) => {
      assert(refused instanceof ReceiptInvalid);
      assert.equal(refused.reason, reason);
      return true;
    });
  });
}

test('a receipt holds until its end', async () => {
  const hub = new ScriptedHub({ [KEYS]: [jwks()] });
  const client = hub.client();
  const text = await receipt({ exp: NOW + 10 });
  assert.equal((await client.verifyReceipt(text))['color'], 'GREEN');
  hub.clock += 9.5;
  assert(await client.verifyReceipt(text));
  hub.clock += 0.5;
  await assert.rejects(client.verifyReceipt(text), ReceiptInvalid);
});

test('a receipt does not hold at a time that is no number', async () => {
  const keys = await readJwks(JSON.stringify({ keys: [HUB_KEY.jwk] }));
  const checked = checkReceipt(await receipt(), keys, { hub: HUB_ID, clientId: CLIENT_ID, at: Number.NaN });
  await assert.rejects(checked, ReceiptInvalid);
});

async function answered(answer: object, verifiesReceipts = true): Promise<Recognition | Refused> {
  const hub = new ScriptedHub({ '/graphql': [data({ traveler: answer })], [KEYS]: [jwks()] });
  return hub.client({ verifiesReceipts }).traveler(PERSON, ASKED);
}

const OTHERWISE: Record<string, Promise<object>> = {
  'the color': recognized({ color: 'YELLOW' }),
  'the decision': recognized({ decision: 'INSPECT' }),
  'how long it holds': recognized({ validUntil: '2026-09-21T16:13:20.000Z' }),
  'the region': receipt({ region: '320000' }).then((text) => recognized({ receipt: text })),
  'the purpose': receipt({ purpose: 'VENUE' }).then((text) => recognized({ receipt: text })),
  'a red as green': receipt({ color: 'RED', decision: 'REFUSE' }).then((text) =>
    recognized({ receipt: text }),
  ),
};
for (const [name, answer] of Object.entries(OTHERWISE)) {
  test(`an answer that says otherwise than its receipt is refused: ${name}`, async () => {
    await assert.rejects(answered(await answer), (refused) => {
      assert(refused instanceof ReceiptInvalid);
      assert.equal(refused.reason, 'ANOTHER_ANSWER');
      return true;
    });
  });
}

test('an answer that its receipt states is an answer', async () => {
  const answer = await answered(await recognized());
  assert(answer instanceof Recognition);
  assert(answer.opens);
  assert.equal(answer.claims['iss'], HUB_ID);
});

test('a client may leave receipts alone', async () => {
  const answer = await answered(await recognized({ receipt: 'none' }), false);
  assert(answer instanceof Recognition);
  assert.deepEqual(answer.claims, {});
});

for (const changed of [{ color: 'ORANGE' }, { decision: 'WAVE_THROUGH' }, { color: 'OTHER' }]) {
  test(`no gate opens on a word of later: ${JSON.stringify(changed)}`, async () => {
    const answer = await answered(await recognized({ ...changed, receipt: await receipt(changed) }));
    assert(answer instanceof Recognition);
    assert.equal(answer.opens, false);
    assert.equal(answer.color === 'OTHER', 'color' in changed);
    assert.equal(answer.decision === 'OTHER', 'decision' in changed);
  });
}

test('a refusal of later is read', async () => {
  const text = { zh: '说明', en: 'a text' };
  const answer = await answered({ __typename: 'LaterRefusal', code: 'LATER', text });
  assert(answer instanceof Refused);
  assert.deepEqual([answer.kind, answer.code, answer.opens], ['LaterRefusal', 'LATER', false]);
});

const UNREADABLE: Record<string, object> = {
  'another member of later': { __typename: 'LaterAnswer', color: 'GREEN' },
  'a color that is no text': await recognized({ color: 1 }),
  'reasons that are no list': await recognized({ reasons: null }),
  'an end without a zone': await recognized({ validUntil: '2026-09-21T15:13:20' }),
  'an end on no calendar': await recognized({ validUntil: '2026-19-21T15:13:20Z' }),
};
for (const [name, answer] of Object.entries(UNREADABLE)) {
  test(`what has another shape is no answer: ${name}`, async () => {
    await assert.rejects(answered(answer), AnswerUnreadable);
  });
}

test('keys are fetched once a minute, and for an unknown id every ten seconds at most', async () => {
  const fresh = await HubKey.make('hub-2027');
  const hub = new ScriptedHub({ [KEYS]: [jwks(), jwks(), jwks(HUB_KEY, fresh)] });
  const client = hub.client();
  const [byOld, byNew] = [await receipt(), await fresh.sign(CLAIMS)];
  const verified = (text: string): Promise<boolean> =>
    client.verifyReceipt(text).then(
      () => true,
      () => false,
    );
  const steps: [number, string, boolean, number][] = [
    [0, byOld, true, 1],
    [9, byNew, false, 1],
    [2, byNew, false, 2],
    [9, byNew, false, 2],
    [2, byNew, true, 3],
    [59, byOld, true, 3],
    [2, byOld, true, 4],
  ];
  for (const [seconds, text, good, fetched] of steps) {
    hub.clock += seconds;
    assert.deepEqual([await verified(text), hub.times(KEYS)], [good, fetched]);
  }
});

test("without the hub's keys nothing is believed", async () => {
  const away = new ScriptedHub({ [KEYS]: [UNHEARD] });
  await assert.rejects(away.client().verifyReceipt(await receipt()), HubUnreachable);
  for (const reply of [said(404), said(200, {}), said(200, { keys: [{ kty: 'EC', crv: 'P-256' }] })]) {
    const hub = new ScriptedHub({ [KEYS]: [reply] });
    await assert.rejects(hub.client().verifyReceipt(await receipt()), AnswerUnreadable);
  }
});
