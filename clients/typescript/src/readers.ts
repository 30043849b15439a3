// Readers of JSON that came from elsewhere. Each throws AnswerUnreadable, whose text names no value.

import { AnswerUnreadable } from './errors.js';

export type Members = Readonly<Record<string, unknown>>;

export function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The JSON object in `text`; undefined if there is none. */
export function parsedMembers(text: string): Members | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isMembers(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function membersOf(value: unknown): Members {
  if (!isMembers(value)) throw new AnswerUnreadable('the answer is no object');
  return value;
}

export function textOf(members: Members, name: string): string {
  const value = members[name];
  if (typeof value !== 'string') throw new AnswerUnreadable(`${name} is no text`);
  return value;
}

/** Null if it is not there. */
export function maybeTextOf(members: Members, name: string): string | null {
  return members[name] === undefined || members[name] === null ? null : textOf(members, name);
}

export function listOf(members: Members, name: string): readonly Members[] {
  const value = members[name];
  if (!Array.isArray(value)) throw new AnswerUnreadable(`${name} is no list`);
  return value.map(membersOf);
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

export function instantOf(members: Members, name: string): Date {
  const said = textOf(members, name);
  const read = new Date(INSTANT.test(said) ? said : Number.NaN);
  if (Number.isNaN(read.getTime())) throw new AnswerUnreadable(`${name} is no instant`);
  return read;
}
