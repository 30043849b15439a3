// Asking the hub: an access token, a document by its id, an answer in time or a clean failure.
// Nothing about a person goes into an address. What the hub has signed with a time tells the clock.

import { assertion } from "./gate_device.js";
import { told } from "./gate_texts.js";
import { OF_PASSES, checkSigned, opened } from "./signed_text.js";

const ASK_MS = 8_000;
const ANSWER_MAX = 1024 * 1024;
const AGAIN_MS = 600;
const JUMP_MS = 15_000;
const RENEW_MS = 60_000;
const TOKEN_MAX = 8 * 1024;
const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** No answer from the hub: no network, or nothing in time. */
export class Unreachable extends Error {}
/** The hub answers, but not this question now. */
export class NotNow extends Error {}
/** The hub does not accept this device any more. */
export class Revoked extends Error {}
/** This device may not ask this. */
export class Forbidden extends Error {}

export class Hub {
  /** `clock` gives milliseconds since 1970; of `known` are the hub's keys. */
  constructor(device, clock, known) {
    this.device = device;
    this.clock = clock;
    this.known = known;
    this.token = null;
    this.measured = null; // how far this clock was ahead, and where it stood beside a steady one
    this.offset = 0; // milliseconds, for assertions alone: the hub judges those
  }

  /** The data of a document. A hub that is busy is asked once more, a little later. Throws one of
   * the four. */
  async ask(name, variables) {
    try {
      return await this.askOnce(name, variables);
    } catch (error) {
      if (!(error instanceof NotNow)) throw error;
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS * (0.5 + Math.random())));
      return this.askOnce(name, variables);
    }
  }

  async askOnce(name, variables) {
    let answer = await this.posted(name, variables);
    if (answer.code === "UNAUTHENTICATED") {
      this.token = null;
      answer = await this.posted(name, variables);
    }
    if (answer.code === undefined) return answer.data;
    if (answer.code === "UNAUTHENTICATED") throw new Revoked();
    if (answer.code.startsWith("FORBIDDEN") || answer.code === "CLIENT_STOPPED") {
      throw new Forbidden();
    }
    throw new NotNow();
  }

  async posted(name, variables) {
    const authorization = `Bearer ${await this.present()}`;
    const response = await fetched("/graphql", {
      method: "POST",
      headers: {
        authorization,
        "content-type": "application/json",
        accept: "application/graphql-response+json",
      },
      body: JSON.stringify({ documentId: told.questions[name], variables }),
    });
    const body = await read(response);
    const code = body.errors?.[0]?.extensions?.code ?? (body.data ? undefined : "UNAVAILABLE");
    return { code, data: body.data };
  }

  async present() {
    if (this.token === null || this.clock() >= this.token.renewAt) await this.renew();
    return this.token.text;
  }

  /** A new token. A clock that is off is seen by the answer's Date, which only makes the assertion
   * acceptable; what is said about the clock comes from the token, which is signed. */
  async renew() {
    let response = await this.assert();
    if (response.status === 401) {
      const date = Date.parse(response.headers.get("date") ?? "");
      if (Number.isNaN(date) || Math.abs(this.clock() - date - this.offset) < 15_000) {
        throw new Revoked();
      }
      this.offset = this.clock() - date;
      response = await this.assert();
      if (response.status === 401) throw new Revoked();
    }
    if (!response.ok) throw new NotNow();
    const { access_token: text, expires_in: seconds } = await read(response);
    await this.compare(text);
    this.token = { text, renewAt: this.clock() + seconds * 1000 - RENEW_MS };
  }

  async assert() {
    return fetched("/oauth/token", {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "client_credentials",
        client_assertion_type: ASSERTION_TYPE,
        client_assertion: await assertion(this.device, this.clock() - this.offset),
      }),
    });
  }

  /** How far the clock is from the moment at which the hub has just signed this token. */
  async compare(token) {
    const { hub } = this.known;
    if (hub === null) return;
    try {
      const envelope = opened(token, "at+jwt", OF_PASSES, TOKEN_MAX);
      await checkSigned(envelope, hub, OF_PASSES);
      this.known.hasSeen(envelope.claims.iat);
      const drift = Math.round(this.clock() / 1000 - envelope.claims.iat);
      this.measured = { drift, beside: this.besideSteady() };
    } catch {
      this.measured = null; // by a key that is not known yet
    }
  }

  /** Seconds that this clock is ahead of times that the hub has signed; null if that is not known,
   * or not any more because the clock was set since, or the device slept. */
  drift() {
    if (this.measured === null) return null;
    if (Math.abs(this.besideSteady() - this.measured.beside) > JUMP_MS) {
      this.measured = null;
      this.token = null;
      return null;
    }
    return this.measured.drift;
  }

  besideSteady() {
    return this.clock() - performance.now();
  }
}

/** The whole answer, come in time and read no further than `atMost` bytes and one more, so that it is
 * seen to be too long. Throws Unreachable. */
export async function fetched(path, { within = ASK_MS, atMost = ANSWER_MAX, ...options } = {}) {
  try {
    const signal = AbortSignal.timeout(within);
    const response = await fetch(path, { cache: "no-store", redirect: "error", signal, ...options });
    const { status, headers, body } = response;
    return new Response(body && (await readAtMost(body, atMost + 1)), { status, headers });
  } catch {
    throw new Unreachable();
  }
}

async function readAtMost(body, size) {
  const reader = body.getReader();
  const parts = [];
  let left = size;
  while (left > 0) {
    const { done, value } = await reader.read();
    if (done) return new Blob(parts);
    parts.push(value.subarray(0, left));
    left -= Math.min(left, value.length);
  }
  reader.cancel().catch(() => undefined); // the rest does not come
  return new Blob(parts);
}

async function read(response) {
  try {
    return await response.json();
  } catch {
    throw new NotNow(); // a proxy's page, or half an answer
  }
}
