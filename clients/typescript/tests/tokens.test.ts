// A token is got once for many, renewed in time, and proved where it is bound.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { CredentialsRefused, HubRefuses } from '../src/index.js';
import type { HttpReply, HttpRequest } from '../src/outside.js';
import { data, error, said, ScriptedHub, token, UNHEARD } from './scripted.js';

const GREEN = data({ ok: true });
const MAY = { repeats: true };

const LIVES: Record<string, [number, [number, number][]]> = {
  'until half a minute before its end': [300, [[0, 1], [269, 1], [1, 2]]],
  'for half of its life, if its key ends soon': [10, [[0, 1], [4, 1], [1, 2]]],
};
for (const [name, [lasts, steps]] of Object.entries(LIVES)) {
  test(`a token is used ${name}`, async () => {
    const hub = new ScriptedHub({ '/graphql': [GREEN], '/oauth/token': [token(lasts)] });
    const client = hub.client();
    for (const [seconds, tokens] of steps) {
      hub.clock += seconds;
      await client.execute('{ ok }');
      assert.equal(hub.times('/oauth/token'), tokens);
    }
  });
}

test('many questions at once get one token', async () => {
  const hub = new ScriptedHub({ '/graphql': [GREEN] });
  const client = hub.client();
  await Promise.all(Array.from({ length: 24 }, () => client.execute('{ ok }')));
  assert.deepEqual([hub.times('/oauth/token'), hub.times('/graphql')], [1, 24]);
});

test('a token that is refused is renewed once', async () => {
  const ended = error(401, 'UNAUTHENTICATED');
  const hub = new ScriptedHub({ '/graphql': [ended, GREEN] });
  await hub.client().execute('mutation { publish }');
  assert.deepEqual([hub.times('/oauth/token'), hub.waited], [2, []]);
  const closed = new ScriptedHub({ '/graphql': [ended] });
  await assert.rejects(closed.client().execute('{ ok }', {}, MAY), (refused) => {
    assert(refused instanceof HubRefuses);
    assert.deepEqual(refused.codes, ['UNAUTHENTICATED']);
    return true;
  });
  assert.equal(closed.times('/graphql'), 2);
});

test('many questions whose token is refused get one other', async () => {
  const ended = error(401, 'UNAUTHENTICATED');
  const hub = new ScriptedHub({ '/graphql': [...Array.from({ length: 8 }, () => ended), GREEN] });
  const client = hub.client();
  await Promise.all(Array.from({ length: 8 }, () => client.execute('{ ok }')));
  assert.equal(hub.times('/oauth/token'), 2);
});

/** Holds back the first refusal until it is told to let it go. */
class HoldingHub extends ScriptedHub {
  release = (): void => undefined;
  #held: Promise<void> | undefined;

  override async send(request: HttpRequest): Promise<HttpReply> {
    const reply = await super.send(request);
    if (reply.status === 401 && this.#held === undefined) {
      await (this.#held = new Promise((resolve) => (this.release = resolve)));
    }
    return reply;
  }
}

test('a refusal that comes late takes away no newer token', async () => {
  const ended = error(401, 'UNAUTHENTICATED');
  const hub = new HoldingHub({ '/graphql': [ended, ended, GREEN] });
  const client = hub.client();
  const [slow, quick] = [client.execute('{ ok }'), client.execute('{ ok }')];
  await quick;
  hub.release();
  await slow;
  assert.equal(hub.times('/oauth/token'), 2);
});

test('a client that is not believed does not ask on', async () => {
  const told = { error: 'invalid_client', error_description: '…', reason: 'EXPIRED' };
  const hub = new ScriptedHub({ '/oauth/token': [said(401, told)] });
  await assert.rejects(hub.client().execute('{ ok }', {}, MAY), (refused) => {
    assert(refused instanceof CredentialsRefused);
    assert.deepEqual([refused.error, refused.reason], ['invalid_client', 'EXPIRED']);
    return true;
  });
  assert.equal(hub.times('/oauth/token'), 1);
});

test('a token endpoint that is busy is asked again with another assertion', async () => {
  const hub = new ScriptedHub({ '/oauth/token': [said(503), UNHEARD, token()], '/graphql': [GREEN] });
  await hub.client().execute('{ ok }', {}, MAY);
  const asked = hub.sent.filter(({ url }) => url.endsWith('/oauth/token'));
  assert.equal(new Set(asked.map(({ content }) => content)).size, 3);
});

test('a bound token is shown with a proof, another for each request', async () => {
  const hub = new ScriptedHub({ '/graphql': [GREEN] });
  const client = hub.client({}, { dpop: true });
  await client.execute('{ ok }');
  await client.execute('{ ok }');
  const proofs = hub.sent.map(({ headers }) => headers['dpop']);
  assert.equal(new Set(proofs).size, 3);
  assert(!proofs.includes(undefined));
  assert.equal(hub.sent[1]?.headers['authorization'], 'DPoP a-token');
});
