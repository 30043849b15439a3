// The library at a real hub. AT_HUB names a file that says which, and who is asked about.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import {
  Arrival,
  checkReceipt,
  Client,
  Correction,
  CredentialsRefused,
  HubRefuses,
  readJwks,
  ReceiptInvalid,
  Recognition,
  Refused,
  SigningKey,
  type Checkpoint,
  type Document,
} from '../src/index.js';
import { clientFromFile, readCredentials } from '../src/node.js';

interface AtHub {
  city: string;
  district: string;
  coordinator: string;
  /** A client whose key may be changed. */
  own: string;
  jwks: string;
  code: string;
  checkpoint: Checkpoint;
  persons: { green: Document; yellow: Document; red: Document };
}

const at: AtHub = JSON.parse(readFileSync(process.env['AT_HUB'] ?? '', 'utf8'));
const ASKED = { region: '321100', purpose: 'ENTRY' };
const DISTRICT = '321102';
/** The check character does not fit. */
const WRONG = { kind: 'RESIDENT_ID', number: '321102196804042220', name: '王小明' };
const gate = await clientFromFile(at.city);

async function recognized(): Promise<Recognition> {
  const answer = await gate.traveler(at.persons.green, ASKED);
  assert(answer instanceof Recognition);
  return answer;
}

test('a traveler is recognized, and the receipt says the same', async () => {
  const answer = await recognized();
  assert.deepEqual([answer.color, answer.decision, answer.opens], ['GREEN', 'ADMIT', true]);
  assert(answer.reasons[0]?.text.zh);
  assert.deepEqual([answer.claims['aud'], answer.claims['decision']], ['city-system', 'ADMIT']);
});

test('a red opens nothing', async () => {
  const answer = await gate.traveler(at.persons.red, ASKED);
  assert(answer instanceof Recognition);
  assert.deepEqual([answer.color, answer.opens], ['RED', false]);
});

test('a wrong number is an answer and no error', async () => {
  const answer = await gate.traveler(WRONG, ASKED);
  assert(answer instanceof Refused);
  const { kind, code, opens } = answer;
  assert.deepEqual([kind, code, opens], ['NotAnswered', 'DOCUMENT_CHECK_CHARACTER', false]);
});

test('a manifest is asked in pieces and answered in order', async () => {
  const entries = [
    { document: at.persons.green, ref: 'a' },
    { document: WRONG, ref: 'b' },
    { document: at.persons.yellow, ref: 'c', purpose: 'VENUE' },
    { document: at.persons.red },
    { document: at.persons.green, ref: 'e', region: 'no region' },
  ];
  const told: [number, number][] = [];
  const progress = (done: number, of: number): number => told.push([done, of]);
  const answers = await gate.manifest(entries, { ...ASKED, piece: 2, progress });
  assert.deepEqual(
    answers.map(({ index, ref }) => [index, ref]),
    ['a', 'b', 'c', null, 'e'].map((ref, index) => [index, ref]),
  );
  const results = answers.map(({ result }) => result);
  assert.deepEqual(results.map(({ opens }) => opens), [true, false, false, false, false]);
  assert.deepEqual(
    results.map((result) => (result instanceof Refused ? result.code : null)),
    [null, 'DOCUMENT_CHECK_CHARACTER', null, null, 'REGION_UNKNOWN'],
  );
  assert(results[2] instanceof Recognition);
  assert.equal(results[2].claims['purpose'], 'VENUE');
  assert.deepEqual(told, [[2, 5], [4, 5], [5, 5]]);
  assert.deepEqual(await gate.manifest([], ASKED), []);
});

test('a scanned code is verified', async () => {
  const answer = await gate.scan(at.code, at.checkpoint, ASKED);
  assert(answer.opens);
  assert((await gate.scan('no code', at.checkpoint, ASKED)) instanceof Refused);
});

test('an arrival is recorded, followed and acknowledged', async () => {
  const { receipt } = await recognized();
  const district = await clientFromFile(at.district);
  const recorded = await gate.recordArrival(receipt, { district: DISTRICT });
  assert(recorded instanceof Arrival);
  assert.deepEqual(await gate.recordArrival(receipt, { district: DISTRICT }), recorded);
  for await (const event of district.followArrivals(DISTRICT)) {
    assert(event.cursor);
    if (event.arrival?.id !== recorded.id) continue;
    assert.equal(event.kind, 'ArrivalRecorded');
    break;
  }
  const acknowledged = await district.acknowledgeArrival(recorded.id);
  assert(acknowledged instanceof Arrival);
  assert(acknowledged.acknowledgedAt instanceof Date);
});

test('a mistake is reported and its correction followed', async () => {
  const answer = await gate.traveler(at.persons.red, ASKED);
  assert(answer instanceof Recognition);
  const about = { issuer: 'sukangma', mistake: 'ISOLATION_ENDED' };
  const reported = await gate.reportMistake(answer.receipt, at.persons.red, about);
  assert(reported instanceof Correction);
  assert(['REPORTED', 'REJECTED'].includes(reported.state));
  const followed = await gate.correction(reported.id);
  assert(followed instanceof Correction);
  assert.equal(followed.id, reported.id);
  assert((await gate.correction('correction:999999')) instanceof Refused);
});

test('an error of the hub has its code', async () => {
  const codes = (...expected: string[]) => (fault: unknown): true => {
    assert(fault instanceof HubRefuses);
    assert.deepEqual(fault.codes, expected);
    return true;
  };
  const elsewhere = gate.traveler(at.persons.green, { ...ASKED, region: '110000' });
  await assert.rejects(elsewhere, codes('FORBIDDEN_REGION'));
  assert.deepEqual(await gate.execute('{ me { id } }'), { me: { id: 'city-system' } });
  await assert.rejects(gate.execute('{ nothing }'), codes('DOCUMENT_INVALID'));
});

test('a receipt is checked without a hub', async () => {
  const { receipt, claims } = await recognized();
  const keys = await readJwks(at.jwks);
  const { audience: hub, clientId } = await readCredentials(at.city);
  const own = { hub, clientId, at: Number(claims['iat']) };
  assert.deepEqual(await checkReceipt(receipt, keys, own), claims);
  const refused = {
    ANOTHER_HUB: { hub: 'another' },
    ANOTHER_CLIENT: { clientId: 'coordinator' },
    EXPIRED: { at: Number(claims['exp']) },
    NOT_YET: { at: own.at - 31 },
  };
  for (const [reason, changed] of Object.entries(refused)) {
    await assert.rejects(checkReceipt(receipt, keys, { ...own, ...changed }), { reason });
  }
});

test('a receipt of another client is refused', async () => {
  const { receipt } = await recognized();
  const coordinator = await clientFromFile(at.coordinator);
  await assert.rejects(coordinator.verifyReceipt(receipt), (fault) => {
    assert(fault instanceof ReceiptInvalid);
    assert.equal(fault.reason, 'ANOTHER_CLIENT');
    return true;
  });
});

test('a key that is not registered gets no token', async () => {
  const stranger = { ...(await readCredentials(at.city)), key: await SigningKey.generate() };
  await assert.rejects(new Client(stranger).token(), (fault) => {
    assert(fault instanceof CredentialsRefused);
    assert.equal(fault.error, 'invalid_client');
    return true;
  });
});

test('a client changes its key', async () => {
  const own = await readCredentials(at.own);
  const key = await SigningKey.generate();
  const kept = await new Client(own).changeKey(key, { overlapSeconds: 60 });
  const ids = new Set(kept.map(({ kid }) => kid));
  assert.deepEqual(ids, new Set([own.key.thumbprint, key.thumbprint]));
  assert(await new Client({ ...own, key }).token());
});
