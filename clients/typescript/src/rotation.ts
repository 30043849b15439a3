// `POST /oauth/client-key`: a client changes its own key, and the old one vouches for the new.

import { AnswerUnreadable } from './errors.js';
import type { SigningKey } from './keys.js';
import type { Members } from './readers.js';
import type { Session } from './session.js';
import { assertion, formRequest, oauthAnswer } from './tokens.js';

/** All keys of the client from now on, with their ends. What was not heard is sent again: the hub puts in
 * the same key once. Throws CredentialsRefused if the old key counts no more, which it does after a change
 * that was interrupted; then the new one is tried. */
export function keyChange(
  session: Session,
  key: SigningKey,
  overlapSeconds: number,
): Promise<readonly Members[]> {
  const own = session.credentials;
  return session.patiently(async (until) => {
    const at = session.outside.unix();
    const jti = crypto.randomUUID();
    const named = { jti, jkt: key.thumbprint, replaces: own.key.thumbprint };
    const proof = await assertion(own, at, named, key, 'client-key-proof+jwt');
    const asked = { jti, jwk: key.jwk, proof, overlap: overlapSeconds };
    const request = await assertion(own, at, asked, own.key, 'client-key-change+jwt');
    const sent = formRequest(`${own.hub}/oauth/client-key`, { request });
    const { keys } = oauthAnswer(await session.send(sent, until, true));
    if (!Array.isArray(keys)) throw new AnswerUnreadable('an answer without keys');
    return keys as Members[];
  });
}
