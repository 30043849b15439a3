// A client of a Tongxing hub: may this traveler pass?
//
// `Client` gets access tokens with the client's key, asks, waits as the hub asks for it, and verifies the
// receipt of every answer. `checkReceipt` verifies one without a hub; `tongxing-client/gate` judges passes
// without a connection; `tongxing-client/node` reads a credentials file.

export {
  Arrival,
  Correction,
  Recognition,
  Refused,
  type ArrivalEvent,
  type Claims,
  type ManifestAnswer,
  type Reason,
  type Source,
  type Text,
} from './answers.js';
export { Client, type ClientOptions } from './client.js';
export type { Credentials } from './credentials.js';
export {
  AnswerUnreadable,
  CredentialsRefused,
  HubBusy,
  HubRefuses,
  HubUnreachable,
  ManifestInterrupted,
  ReceiptInvalid,
  TongxingError,
  type ReceiptFault,
  type ToldError,
} from './errors.js';
export { SigningKey } from './keys.js';
export type { HttpReply, HttpRequest, HttpStream, Outside } from './outside.js';
export { PATIENCE, type Patience } from './patience.js';
export { platform } from './platform.js';
export type { Asked, Checkpoint, Document, ManifestAsked, ManifestEntry, Progress } from './questions.js';
export { checkReceipt, readJwks, type Jwks } from './receipts.js';
export type { Color, CorrectionState, Decision } from './words.js';
