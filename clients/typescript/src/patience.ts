// When to ask again: the hub's rules (docs/errors.md), bounded by a number and by a time.
//
// Asked again: what the hub said to come back with (503, 408, 429), after its `Retry-After` and a part
// of a growing pause that is drawn by lot, so that many clients do not come back in step; and what
// nobody answered, if doing it twice does nothing else than doing it once. Never a refusal.

import type { TongxingError } from './errors.js';
import type { Outside } from './outside.js';

/** `totalSeconds` is all that one question may take, its pauses and the token that it needs included. */
export interface Patience {
  readonly totalSeconds: number;
  readonly times: number;
  readonly firstPauseSeconds: number;
  readonly longestPauseSeconds: number;
}

export const PATIENCE: Patience = {
  totalSeconds: 30,
  times: 6,
  firstPauseSeconds: 0.5,
  longestPauseSeconds: 8,
};

/** Before trying again, having tried `tried` times; `lot` is in [0, 1). */
export function pause(patience: Patience, tried: number, retryAfter: number, lot: number): number {
  const grown = patience.firstPauseSeconds * 2 ** (tried - 1);
  return retryAfter + lot * Math.min(patience.longestPauseSeconds, grown);
}

/** Trying again may help. `why` is thrown if it did not. `atOnce`: without a pause. */
export class ComeBack extends Error {
  constructor(
    readonly why: TongxingError,
    readonly retryAfter = 0,
    readonly atOnce = false,
  ) {
    super(why.message);
  }
}

/** What `attempt` returns. It is given the monotonic time of its end, and throws ComeBack. */
export async function patiently<T>(
  attempt: (until: number) => Promise<T>,
  patience: Patience,
  outside: Outside,
): Promise<T> {
  const until = outside.seconds() + patience.totalSeconds;
  for (let tried = 1; ; tried += 1) {
    try {
      return await attempt(until);
    } catch (again) {
      if (!(again instanceof ComeBack)) throw again;
      const grown = pause(patience, tried, again.retryAfter, outside.random());
      const waits = again.atOnce ? 0 : grown;
      if (tried >= patience.times || outside.seconds() + waits >= until) throw again.why;
      if (waits > 0) await outside.wait(waits);
    }
  }
}
