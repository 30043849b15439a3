// Following arrivals: one stream after the other, each from where the last one ended.
//
// A hub ends a stream when the token ends that it was opened with, and when it stops. Then the next one
// is opened with the last cursor, and nothing is missed.

import { eventOf, type ArrivalEvent } from './answers.js';
import { shipped } from './documents.js';
import { wholeText } from './body.js';
import { AnswerUnreadable, HubRefuses, HubUnreachable, type TongxingError } from './errors.js';
import { dataOf, errorsOf, EVENTS, TokenEnded } from './graphql.js';
import { FOLLOW_ARRIVALS } from './operations.js';
import type { HttpReply, HttpStream } from './outside.js';
import { ComeBack, pause } from './patience.js';
import { membersOf, parsedMembers } from './readers.js';
import { serverEvents } from './server_events.js';
import type { Authorized, Session } from './session.js';

/** A hub sends something every 5 s. */
const SILENCE_SECONDS = 20;

/** What happens to the arrivals in `region` behind the cursor `after`, for as long as it is iterated. */
export async function* followed(
  session: Session,
  region: string,
  after: string | null,
): AsyncGenerator<ArrivalEvent> {
  const following = new Following(session, region, after);
  for (;;) yield* following.stream();
}

class Following {
  readonly #session: Session;
  readonly #region: string;
  /** Of the last event that was handed out. */
  #cursor: string | null;
  #failed = 0;
  #openedAt = 0;

  constructor(session: Session, region: string, after: string | null) {
    this.#session = session;
    this.#region = region;
    this.#cursor = after;
  }

  /** One of them. Ends when another one should be opened. */
  async *stream(): AsyncGenerator<ArrivalEvent> {
    const opening = await this.#opening();
    let why: TongxingError | undefined;
    try {
      const stream = await this.#session.outside.open(opening.request, SILENCE_SECONDS);
      if (stream.headers['content-type']?.includes('event-stream') === true) {
        yield* this.#events(stream);
      } else {
        await this.#refused(await wholeReply(stream), opening);
        return;
      }
    } catch (fault) {
      if (!(fault instanceof HubUnreachable)) throw fault;
      why = fault;
    }
    await this.#ended(why);
  }

  async #opening(): Promise<Authorized> {
    const variables = { region: this.#region, after: this.#cursor };
    const operation = shipped(FOLLOW_ARRIVALS);
    const opening = await this.#session.patiently((until) =>
      this.#session.request(operation, variables, EVENTS, until),
    );
    this.#openedAt = this.#session.outside.seconds();
    return opening;
  }

  async *#events(stream: HttpStream): AsyncGenerator<ArrivalEvent> {
    for await (const { event, data } of serverEvents(stream.chunks)) {
      if (event === 'next') yield this.#heard(data);
    }
  }

  #heard(data: string): ArrivalEvent {
    const members = parsedMembers(data);
    if (members === undefined) throw new AnswerUnreadable('an event without a JSON object');
    const errors = errorsOf(members);
    if (errors.length > 0) throw new HubRefuses(errors);
    const told = eventOf(membersOf(members['data'])['arrivalEvents']);
    this.#cursor = told.cursor;
    this.#failed = 0;
    return told;
  }

  /** The hub has answered with something else than a stream. */
  async #refused(reply: HttpReply, { token }: Authorized): Promise<void> {
    try {
      dataOf(reply, true);
    } catch (fault) {
      if (fault instanceof TokenEnded) {
        this.#session.forget(token);
        return this.#ended(new HubRefuses([{ code: 'UNAUTHENTICATED' }]));
      }
      if (fault instanceof ComeBack) return this.#ended(fault.why, fault.retryAfter);
      if (this.#session.lacksDocuments(fault)) return;
      throw fault;
    }
    throw new AnswerUnreadable('an answer in place of a stream');
  }

  /** Waits, longer each time that a stream ended soon and no event came since. Throws `why` if it was
   * too often, or if the hub would be waited for too long. */
  async #ended(why?: TongxingError, retryAfter = 0): Promise<void> {
    const { patience, outside } = this.#session;
    if (outside.seconds() - this.#openedAt > patience.longestPauseSeconds) this.#failed = 0;
    this.#failed += 1;
    const isEnough = this.#failed >= patience.times || retryAfter > patience.totalSeconds;
    if (isEnough && why !== undefined) throw why;
    await outside.wait(pause(patience, this.#failed, retryAfter, outside.random()));
  }
}

async function wholeReply({ status, headers, chunks }: HttpStream): Promise<HttpReply> {
  return { status, headers, content: await wholeText(chunks) };
}
