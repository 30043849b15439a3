// What can go wrong, by whose fault.
//
//   TongxingError
//   ├── HubUnreachable        nobody answered in time
//   ├── HubBusy               the hub said to come back later, until patience ended
//   ├── CredentialsRefused    the hub does not believe this client: key, id or clock
//   ├── HubRefuses            the request, by the hub's codes (docs/errors.md)
//   ├── AnswerUnreadable      the answer is none that this library knows
//   ├── ReceiptInvalid        the receipt proves nothing: do not act on the answer
//   └── ManifestInterrupted   one of these, after a part of a manifest was answered
//
// No text of an error repeats anything of a person.

import type { ManifestAnswer } from './answers.js';

/** Whatever this library throws. None of it is a green. */
export class TongxingError extends Error {
  override name = 'TongxingError';
}

/** No answer came in time. */
export class HubUnreachable extends TongxingError {
  override name = 'HubUnreachable';
}

/** `codes` are what the hub said last: UNAVAILABLE, OVERLOADED, BODY_TIMED_OUT or a 429. */
export class HubBusy extends TongxingError {
  override name = 'HubBusy';

  constructor(readonly codes: readonly string[]) {
    super(codes.join(', ') || 'the hub is busy');
  }
}

/** `error` is RFC 6749's word. `reason` names the check that failed; undefined if the hub does not
 * tell, as one in the production profile: its operator finds the reason in the log. */
export class CredentialsRefused extends TongxingError {
  override name = 'CredentialsRefused';

  constructor(
    readonly error: string,
    description: string,
    readonly reason: string | undefined,
  ) {
    super(`${error}: ${description}`);
  }
}

/** The `extensions` of an error of the hub: a stable code, a text in two languages, and what else is
 * told. */
export interface ToldError {
  readonly code?: string;
  readonly zh?: string;
  readonly en?: string;
  readonly [more: string]: unknown;
}

/** `data` is what was answered beside the errors, if anything. */
export class HubRefuses extends TongxingError {
  override name = 'HubRefuses';

  constructor(
    readonly errors: readonly ToldError[],
    readonly data: unknown = null,
  ) {
    super(errors.map((each) => `${each.code}: ${each.en}`).join('; '));
  }

  get codes(): readonly string[] {
    return this.errors.map((each) => String(each.code));
  }
}

/** Perhaps not from a hub, or from one of a later major version. */
export class AnswerUnreadable extends TongxingError {
  override name = 'AnswerUnreadable';
}

export type ReceiptFault =
  | 'MALFORMED'
  | 'UNKNOWN_KEY'
  | 'BAD_SIGNATURE'
  | 'ANOTHER_HUB'
  | 'ANOTHER_CLIENT'
  | 'NOT_YET'
  | 'EXPIRED'
  | 'ANOTHER_ANSWER';

export class ReceiptInvalid extends TongxingError {
  override name = 'ReceiptInvalid';

  constructor(readonly reason: ReceiptFault) {
    super(`the receipt proves nothing: ${reason}`);
  }
}

/** `answered` are the answers of the first entries, in their order: go on behind them. `cause` is what
 * ended it. */
export class ManifestInterrupted extends TongxingError {
  override name = 'ManifestInterrupted';

  constructor(
    readonly answered: readonly ManifestAnswer[],
    override readonly cause: TongxingError,
  ) {
    super(`interrupted after ${answered.length} entries`, { cause });
  }
}
