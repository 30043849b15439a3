// What the parts of this library that decide cannot do themselves. They open no connection, read no
// clock and wait for nothing: all of that is an `Outside`, which `platform.ts` is on browsers and Node,
// and which a test writes down.

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly content?: string;
}

/** `headers` have lower-case names. */
export interface HttpReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly content: string;
}

/** A reply that is read as it comes. Leaving the loop over `chunks` closes it. */
export interface HttpStream {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly chunks: AsyncIterable<Uint8Array>;
}

export interface Outside {
  /** Throws HubUnreachable if no whole reply came within `seconds`. Follows no redirect. */
  send(request: HttpRequest, seconds: number): Promise<HttpReply>;
  /** Throws HubUnreachable, as `chunks` do, if nothing came for `silence` seconds. */
  open(request: HttpRequest, silence: number): Promise<HttpStream>;
  /** What comes of `work`; throws HubUnreachable if that takes longer than `seconds`. */
  within<T>(work: Promise<T>, seconds: number): Promise<T>;
  wait(seconds: number): Promise<void>;
  /** Monotonic. */
  seconds(): number;
  /** The time of day, in seconds since 1970. */
  unix(): number;
  /** In [0, 1). */
  random(): number;
}
