// The GraphQL documents that this library sends, and their ids.
//
// A hub knows each by the SHA-256 of its text (`gateway/documents`), so the id is sent alone. A hub that
// lacks one says so, and is sent texts from then on.

import { sha256 } from './digests.js';

/** What a hub says that does not have a document, or is too old to know `documentId`. */
export const LACKING: readonly string[] = ['PERSISTED_DOCUMENT_NOT_FOUND', 'MALFORMED_REQUEST'];

/** `repeats`: done twice, it does nothing else than done once. `isShipped`: hubs know it by its id. */
export interface Operation {
  readonly text: string;
  readonly repeats: boolean;
  readonly isShipped: boolean;
}

/** `sha256:` and the digest of the document, in hexadecimal. */
export async function documentId(text: string): Promise<string> {
  const octets = [...(await sha256(text))];
  return `sha256:${octets.map((octet) => octet.toString(16).padStart(2, '0')).join('')}`;
}

export async function bodyOf(
  operation: Operation,
  variables: object,
  asText: boolean,
): Promise<object> {
  if (asText || !operation.isShipped) return { query: operation.text, variables };
  return { documentId: await documentId(operation.text), variables };
}

/** One of `operations.ts`. The hub does none of them twice (docs/errors.md). */
export function shipped(text: string): Operation {
  return { text, repeats: true, isShipped: true };
}
