import { base64url } from 'jose';

/** SHA-256. */
export async function sha256(content: string | Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const octets = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  return new Uint8Array(await crypto.subtle.digest('SHA-256', octets));
}

/** SHA-256, as base64url. */
export async function digestOf(content: string | Uint8Array<ArrayBuffer>): Promise<string> {
  return base64url.encode(await sha256(content));
}
