// The client: the questions, asked through what the platform brings.

import type {
  Arrival,
  ArrivalEvent,
  Claims,
  Correction,
  ManifestAnswer,
  Recognition,
  Refused,
} from './answers.js';
import { Questions } from './asking.js';
import type { Credentials } from './credentials.js';
import { followed } from './following.js';
import type { SigningKey } from './keys.js';
import type { Outside } from './outside.js';
import { PATIENCE, type Patience } from './patience.js';
import { platform } from './platform.js';
import type { Asked, Checkpoint, Document, ManifestAsked, ManifestEntry } from './questions.js';
import type { Members } from './readers.js';
import { keyChange } from './rotation.js';
import { Session } from './session.js';

/** With `verifiesReceipts` off, what an answer says is believed because it came over the connection. */
export interface ClientOptions {
  readonly patience?: Partial<Patience>;
  readonly verifiesReceipts?: boolean;
  readonly outside?: Outside;
}

/** One client system in front of one hub. Every method throws TongxingError. */
export class Client {
  readonly #session: Session;
  readonly #questions: Questions;

  constructor(credentials: Credentials, options: ClientOptions = {}) {
    const { patience = {}, verifiesReceipts = true, outside = platform() } = options;
    this.#session = new Session(credentials, { ...PATIENCE, ...patience }, outside);
    this.#questions = new Questions(this.#session, verifiesReceipts);
  }

  traveler(document: Document, asked: Asked): Promise<Recognition | Refused> {
    return this.#questions.traveler(document, asked);
  }

  scan(code: string, checkpoint: Checkpoint, asked: Asked): Promise<Recognition | Refused> {
    return this.#questions.scan(code, checkpoint, asked);
  }

  /** One answer for each entry, in their order; asked in pieces of at most `piece`. Throws
   * ManifestInterrupted, which has the answers so far. */
  manifest(entries: readonly ManifestEntry[], asked: ManifestAsked): Promise<ManifestAnswer[]> {
    return this.#questions.manifest(entries, asked);
  }

  recordArrival(receipt: string, { district }: { district: string }): Promise<Arrival | Refused> {
    return this.#questions.recordArrival(receipt, district);
  }

  acknowledgeArrival(arrivalId: string): Promise<Arrival | Refused> {
    return this.#questions.acknowledgeArrival(arrivalId);
  }

  reportMistake(
    receipt: string,
    document: Document,
    about: { issuer: string; mistake: string },
  ): Promise<Correction | Refused> {
    return this.#questions.reportMistake(receipt, document, about);
  }

  /** Its state, as the issuer says it now. */
  correction(correctionId: string): Promise<Correction | Refused> {
    return this.#questions.correction(correctionId);
  }

  /** The data of any operation. `repeats`: it may be sent again if nobody answered, as every query may. */
  execute(
    query: string,
    variables: object = {},
    { repeats = false }: { repeats?: boolean } = {},
  ): Promise<Members> {
    return this.#questions.execute(query, variables, repeats);
  }

  /** The claims of a receipt of this hub, for this client, that holds now. */
  verifyReceipt(receipt: string): Promise<Claims> {
    return this.#session.verified(receipt);
  }

  /** An access token, for programs that ask by themselves. */
  token(): Promise<string> {
    return this.#session.token();
  }

  /** The keys that the client has from now on. This object goes on with its old one. */
  changeKey(
    key: SigningKey,
    { overlapSeconds }: { overlapSeconds: number },
  ): Promise<readonly Members[]> {
    return keyChange(this.#session, key, overlapSeconds);
  }

  /** What happens to the arrivals in `region`, for as long as it is iterated. */
  followArrivals(
    region: string,
    { after = null }: { after?: string | null } = {},
  ): AsyncGenerator<ArrivalEvent> {
    return followed(this.#session, region, after);
  }
}
