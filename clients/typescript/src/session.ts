// What a client knows between two questions: its token, the hub's public keys, and whether the hub knows
// documents by their ids. Sends, waits and reads clocks through its `Outside` alone.

import type { Claims } from './answers.js';
import type { Credentials } from './credentials.js';
import { bodyOf, LACKING, type Operation } from './documents.js';
import { HubBusy, HubRefuses, HubUnreachable } from './errors.js';
import { ANSWERS, dataOf, graphqlRequest, TokenEnded } from './graphql.js';
import type { HttpReply, HttpRequest, Outside } from './outside.js';
import { ComeBack, patiently, type Patience } from './patience.js';
import type { Members } from './readers.js';
import { checkReceipt, jwksOf, receiptKeyId, type Jwks } from './receipts.js';
import { LATER, Prover, retryAfter, tokenOf, tokenRequest, type Token } from './tokens.js';

/** As the hub says of its keys (`max-age`): so long one that was revoked may still count here. */
const KEYS_FRESH_SECONDS = 60;
/** An unknown key id makes the keys be fetched again, at most so often: ids cost nothing to make up. */
const KEYS_ASKED_AGAIN_SECONDS = 10;

/** A request, and the token that it shows. */
export interface Authorized {
  readonly request: HttpRequest;
  readonly token: Token;
}

export class Session {
  #prover: Promise<Prover> | undefined;
  #token: Token | undefined;
  #renewing: Promise<Token> | undefined;
  #keys: Jwks = new Map();
  #keysCameAt = Number.NEGATIVE_INFINITY;
  #fetching: Promise<void> | undefined;
  #sendsTexts = false;

  constructor(
    readonly credentials: Credentials,
    readonly patience: Patience,
    readonly outside: Outside,
  ) {}

  /** The data of the answer. A token that the hub does not take any more is renewed once. */
  ask(operation: Operation, variables: object): Promise<Members> {
    let renewed = false;
    return this.patiently(async (until) => {
      const { request, token } = await this.request(operation, variables, ANSWERS, until);
      const reply = await this.send(request, until, operation.repeats);
      try {
        return dataOf(reply, operation.repeats);
      } catch (fault) {
        if (fault instanceof TokenEnded && !renewed) {
          renewed = true;
          this.forget(token);
          throw new ComeBack(tokenRefused(), 0, true);
        }
        if (fault instanceof TokenEnded) throw tokenRefused();
        if (this.lacksDocuments(fault)) throw new ComeBack(fault as HubRefuses, 0, true);
        throw fault;
      }
    });
  }

  /** With a token that is good for a while. Throws ComeBack beside what `ask` throws. */
  async request(
    operation: Operation,
    variables: object,
    accept: string,
    until: number,
  ): Promise<Authorized> {
    const token = await this.#freshToken(until);
    const url = `${this.credentials.hub}/graphql`;
    const body = await bodyOf(operation, variables, this.#sendsTexts);
    return { request: graphqlRequest(url, body, await this.#shown(token, url), accept), token };
  }

  /** Whether the hub was sent an id that it does not know; texts are sent from now on. */
  lacksDocuments(fault: unknown): boolean {
    const lacks =
      !this.#sendsTexts &&
      fault instanceof HubRefuses &&
      fault.codes.some((code) => LACKING.includes(code));
    this.#sendsTexts ||= lacks;
    return lacks;
  }

  /** Not one that was renewed meanwhile. */
  forget(token: Token): void {
    if (this.#token === token) this.#token = undefined;
  }

  /** The claims of a receipt of this hub for this client that holds now. */
  async verified(receipt: string): Promise<Claims> {
    const kid = receiptKeyId(receipt);
    if (this.#wantsKeys(kid)) await this.#fetchedKeys();
    const { audience: hub, clientId } = this.credentials;
    return checkReceipt(receipt, this.#keys, { hub, clientId, at: this.outside.unix() });
  }

  /** An access token that is good for a while, for programs that ask by themselves. */
  async token(): Promise<string> {
    return (await this.patiently((until) => this.#freshToken(until))).value;
  }

  /** Throws ComeBack, HubUnreachable. */
  async send(request: HttpRequest, until: number, repeats: boolean): Promise<HttpReply> {
    try {
      return await this.outside.send(request, until - this.outside.seconds());
    } catch (fault) {
      // Perhaps the hub has done it all the same.
      throw repeats && fault instanceof HubUnreachable ? new ComeBack(fault) : fault;
    }
  }

  patiently<T>(attempt: (until: number) => Promise<T>): Promise<T> {
    return patiently(attempt, this.patience, this.outside);
  }

  async #shown(token: Token, url: string): Promise<Record<string, string>> {
    const prover = await this.#proves();
    if (prover === undefined) return { authorization: `Bearer ${token.value}` };
    const dpop = await prover.proof('POST', url, this.outside.unix(), token.value);
    return { authorization: `DPoP ${token.value}`, dpop };
  }

  #proves(): Promise<Prover> | undefined {
    return this.credentials.dpop === true ? (this.#prover ??= Prover.make()) : undefined;
  }

  /** Renewed once for all questions that wait for it. Throws ComeBack beside what `tokenOf` throws. */
  async #freshToken(until: number): Promise<Token> {
    const now = this.outside.seconds();
    if (this.#token !== undefined && now < this.#token.renewedAt) return this.#token;
    this.#renewing ??= this.#renewed(until).finally(() => (this.#renewing = undefined));
    return this.outside.within(this.#renewing, until - now);
  }

  async #renewed(until: number): Promise<Token> {
    const askedAt = this.outside.seconds();
    const prover = await this.#proves();
    const request = await tokenRequest(this.credentials, prover, this.outside.unix());
    const token = tokenOf(await this.send(request, until, true), askedAt);
    this.#token = token;
    return token;
  }

  #wantsKeys(kid: string): boolean {
    const age = this.outside.seconds() - this.#keysCameAt;
    return age >= (this.#keys.has(kid) ? KEYS_FRESH_SECONDS : KEYS_ASKED_AGAIN_SECONDS);
  }

  /** Once for all answers that wait for them. */
  #fetchedKeys(): Promise<void> {
    this.#fetching ??= this.#keysFetched().finally(() => (this.#fetching = undefined));
    return this.#fetching;
  }

  async #keysFetched(): Promise<void> {
    const url = `${this.credentials.hub}/.well-known/jwks.json`;
    const reply = await this.patiently(async (until) => {
      const came = await this.send({ method: 'GET', url, headers: {} }, until, true);
      if (!LATER.includes(came.status)) return came;
      throw new ComeBack(new HubBusy([String(came.status)]), retryAfter(came));
    });
    this.#keys = await jwksOf(reply);
    this.#keysCameAt = this.outside.seconds();
  }
}

function tokenRefused(): HubRefuses {
  return new HubRefuses([{ code: 'UNAUTHENTICATED', en: 'The token is refused.' }]);
}
