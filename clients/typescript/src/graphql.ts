// One question over GraphQL: the request that it is, and what its answer means.

import { AnswerUnreadable, HubBusy, HubRefuses, type ToldError } from './errors.js';
import type { HttpReply, HttpRequest } from './outside.js';
import { ComeBack } from './patience.js';
import { isMembers, parsedMembers, type Members } from './readers.js';
import { LATER, retryAfter } from './tokens.js';

export const ANSWERS = 'application/graphql-response+json';
export const EVENTS = 'text/event-stream';
/** Nothing was done, so anything may be sent again. */
const NOT_BEGUN: readonly string[] = ['OVERLOADED', 'BODY_TIMED_OUT', 'TOO_MANY_STREAMS'];
const UNAUTHORIZED = 401;

/** The hub does not take the token that was sent. */
export class TokenEnded extends Error {}

export function graphqlRequest(
  url: string,
  body: object,
  headers: Readonly<Record<string, string>>,
  accept: string,
): HttpRequest {
  return {
    method: 'POST',
    url,
    headers: { 'content-type': 'application/json', accept, ...headers },
    content: JSON.stringify(body),
  };
}

/** The data of an answer without errors. Throws ComeBack, TokenEnded, HubBusy, HubRefuses and
 * AnswerUnreadable. */
export function dataOf(reply: HttpReply, repeats: boolean): Members {
  if (reply.status === UNAUTHORIZED) throw new TokenEnded();
  const members = membersOfReply(reply);
  const errors = errorsOf(members);
  if (LATER.includes(reply.status)) {
    const codes = errors.map((each) => String(each.code));
    const busy = new HubBusy(codes);
    const mayRepeat = repeats || (codes.length > 0 && codes.every((code) => NOT_BEGUN.includes(code)));
    throw mayRepeat ? new ComeBack(busy, retryAfter(reply)) : busy;
  }
  if (errors.length > 0) throw new HubRefuses(errors, members['data']);
  const { data } = members;
  if (!isMembers(data)) {
    throw new AnswerUnreadable(`status ${reply.status} with neither data nor errors`);
  }
  return data;
}

/** The `extensions` of each error. */
export function errorsOf(members: Members): readonly ToldError[] {
  const errors = members['errors'] ?? [];
  if (!Array.isArray(errors)) return [];
  const told: unknown[] = errors.filter(isMembers).map((each) => each['extensions'] ?? {});
  return told.filter(isMembers);
}

function membersOfReply(reply: HttpReply): Members {
  const members = parsedMembers(reply.content);
  if (members !== undefined) return members;
  if (LATER.includes(reply.status)) return {}; // a proxy in front of the hub
  throw new AnswerUnreadable(`status ${reply.status} without a JSON object`);
}
