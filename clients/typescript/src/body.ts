// The body of an answer: no longer than an answer can be.

import { AnswerUnreadable } from './errors.js';

/** A manifest of 1,000 with all reasons and receipts is some 5 MB. */
export const BODY_MAX_BYTES = 32_000_000;

/** The text of `chunks`. Throws AnswerUnreadable if it is too long. */
export async function wholeText(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let [text, size] = ['', 0];
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > BODY_MAX_BYTES) throw new AnswerUnreadable('the answer is longer than any');
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
