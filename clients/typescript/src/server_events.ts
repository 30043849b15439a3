// Server-sent events (HTML Standard §9.2.6), as far as GraphQL over SSE needs them.

import { AnswerUnreadable } from './errors.js';

/** UTF-16 units of one line: an event is a few hundred. */
const LINE_MOST = 1_000_000;

export interface ServerEvent {
  readonly event: string;
  readonly data: string;
}

export async function* serverEvents(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<ServerEvent> {
  let event = '';
  let data: string[] = [];
  for await (const line of lines(chunks)) {
    const [, field = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (line === '') {
      if (event !== '' || data.length > 0) yield { event, data: data.join('\n') };
      [event, data] = ['', []];
    } else if (field === 'event') event = value;
    else if (field === 'data') data.push(value);
  }
}

/** Ended by LF, CR LF or CR. What has no end when the stream ends is lost, as the standard says. */
async function* lines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    rest += decoder.decode(chunk, { stream: true });
    const whole = rest.split(/\r\n|\n|\r(?!$)/);
    rest = whole.pop() ?? '';
    if (rest.length > LINE_MOST) throw new AnswerUnreadable('an event is longer than any');
    yield* whole;
  }
  if (rest.endsWith('\r')) yield rest.slice(0, -1);
}
