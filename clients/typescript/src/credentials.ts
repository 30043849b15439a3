// Who a client is to a hub. `node.ts` reads it from a file.

import type { SigningKey } from './keys.js';

/** `hub` is the hub's address, `audience` its id, to which assertions are addressed and which its
 * receipts name. `dpop`: the client's tokens are bound to keys (RFC 9449). */
export interface Credentials {
  readonly hub: string;
  readonly audience: string;
  readonly clientId: string;
  readonly key: SigningKey;
  readonly dpop?: boolean;
}
