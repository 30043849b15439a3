// The outside of browsers and of Node 20 and later: `fetch`, timers, clocks and lots.

import { wholeText } from './body.js';
import { HubUnreachable, TongxingError } from './errors.js';
import type { HttpRequest, Outside } from './outside.js';

/** `fetch` may be one of the caller's own, say one that shows a certificate. */
export function platform(fetch: typeof globalThis.fetch = globalThis.fetch): Outside {
  return {
    send: async (request, seconds) => {
      const stop = AbortSignal.timeout(milliseconds(seconds));
      return heard(async () => {
        const response = await fetch(request.url, init(request, stop));
        const headers = Object.fromEntries(response.headers);
        return { status: response.status, headers, content: await wholeText(partsOf(response)) };
      });
    },
    open: async (request, silence) => {
      const watch = new Watch(silence);
      const response = await heard(() => fetch(request.url, init(request, watch.signal)));
      const headers = Object.fromEntries(response.headers);
      return { status: response.status, headers, chunks: chunksOf(response, watch) };
    },
    within: (work, seconds) => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const late = new Promise<never>((_, fail) => {
        timer = setTimeout(() => fail(new HubUnreachable('no answer in time')), milliseconds(seconds));
      });
      return Promise.race([work, late]).finally(() => clearTimeout(timer));
    },
    wait: (seconds) => new Promise((wake) => setTimeout(wake, milliseconds(seconds))),
    seconds: () => performance.now() / 1000,
    unix: () => Date.now() / 1000,
    random: () => Math.random(),
  };
}

/** Ends an exchange in which nothing was heard for so many seconds. */
class Watch {
  readonly #stop = new AbortController();
  readonly #silence: number;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(silence: number) {
    this.#silence = milliseconds(silence);
    this.heard();
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  heard(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#stop.abort(), this.#silence);
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#stop.abort();
  }
}

/** Whoever leaves the loop over them closes the response. */
async function* partsOf({ body }: Response): AsyncGenerator<Uint8Array> {
  const reader = body?.getReader();
  try {
    while (reader !== undefined) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader?.cancel().catch(() => undefined);
  }
}

async function* chunksOf(response: Response, watch: Watch): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  try {
    while (reader !== undefined) {
      const { done, value } = await heard(() => reader.read());
      if (done) return;
      watch.heard();
      yield value;
    }
  } finally {
    watch.end();
  }
}

/** A redirect would take an assertion to somebody else; a cache would keep an answer. */
function init(request: HttpRequest, signal: AbortSignal): RequestInit {
  return {
    method: request.method,
    headers: request.headers,
    body: request.content ?? null,
    redirect: 'manual',
    credentials: 'omit',
    cache: 'no-store',
    referrerPolicy: 'no-referrer',
    signal,
  };
}

async function heard<T>(exchange: () => Promise<T>): Promise<T> {
  try {
    return await exchange();
  } catch (fault) {
    if (fault instanceof TongxingError) throw fault;
    throw new HubUnreachable(fault instanceof Error ? fault.name : 'the connection failed');
  }
}

function milliseconds(seconds: number): number {
  return Math.max(1, Math.round(seconds * 1000));
}
