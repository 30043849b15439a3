// The questions of a client: what is sent, and how the answer is read and checked.

import {
  arrivalOf,
  correctionOf,
  recognitionOf,
  type Arrival,
  type Correction,
  type ManifestAnswer,
  type Recognition,
  type Refused,
} from './answers.js';
import { shipped } from './documents.js';
import { AnswerUnreadable, ManifestInterrupted, TongxingError } from './errors.js';
import * as operations from './operations.js';
import {
  checkpointVariables,
  documentVariables,
  entryVariables,
  type Asked,
  type Checkpoint,
  type Document,
  type ManifestAsked,
  type ManifestEntry,
} from './questions.js';
import { listOf, maybeTextOf, type Members } from './readers.js';
import { checkAgreement } from './receipts.js';
import type { Session } from './session.js';

/** Entries of one request: the most that a hub takes (BATCH_SIZE). */
const PIECE = 1_000;

/** `verifies`: the receipt of each answer is verified, and held against the answer. */
export class Questions {
  readonly #session: Session;
  readonly #verifies: boolean;

  constructor(session: Session, verifies: boolean) {
    this.#session = session;
    this.#verifies = verifies;
  }

  execute(query: string, variables: object, repeats: boolean): Promise<Members> {
    return this.#session.ask({ text: query, repeats, isShipped: false }, variables);
  }

  async traveler(document: Document, asked: Asked): Promise<Recognition | Refused> {
    const input = { document: documentVariables(document), ...forWhat(asked) };
    const data = await this.#ask(operations.TRAVELER, input);
    return this.#checked(data['traveler'], asked);
  }

  async scan(code: string, checkpoint: Checkpoint, asked: Asked): Promise<Recognition | Refused> {
    const input = { code, checkpoint: checkpointVariables(checkpoint), ...forWhat(asked) };
    const data = await this.#ask(operations.SCAN, input);
    return this.#checked(data['verifyCode'], asked);
  }

  /** Throws ManifestInterrupted. */
  async manifest(
    entries: readonly ManifestEntry[],
    { progress, piece = PIECE, ...asked }: ManifestAsked,
  ): Promise<ManifestAnswer[]> {
    if (!Number.isInteger(piece) || piece < 1) throw new RangeError('a piece has one entry or more');
    const answers: ManifestAnswer[] = [];
    for (let begin = 0; begin < entries.length; begin += piece) {
      const part = entries.slice(begin, begin + piece);
      try {
        answers.push(...(await this.#piece(part, begin, asked)));
      } catch (fault) {
        throw fault instanceof TongxingError ? new ManifestInterrupted(answers, fault) : fault;
      }
      progress?.(answers.length, entries.length);
    }
    return answers;
  }

  async recordArrival(receipt: string, district: string): Promise<Arrival | Refused> {
    const data = await this.#ask(operations.RECORD_ARRIVAL, { receipt, destination: district });
    return arrivalOf(data['recordArrival']);
  }

  async acknowledgeArrival(id: string): Promise<Arrival | Refused> {
    const data = await this.#ask(operations.ACKNOWLEDGE_ARRIVAL, { id });
    return arrivalOf(data['acknowledgeArrival']);
  }

  async reportMistake(
    receipt: string,
    document: Document,
    { issuer, mistake }: { readonly issuer: string; readonly mistake: string },
  ): Promise<Correction | Refused> {
    const input = { receipt, document: documentVariables(document), issuer, mistake };
    const data = await this.#ask(operations.REPORT_MISTAKE, input);
    return correctionOf(data['reportMistake']);
  }

  async correction(id: string): Promise<Correction | Refused> {
    const data = await this.#ask(operations.REFRESH_CORRECTION, { id });
    return correctionOf(data['refreshCorrection']);
  }

  #ask(text: string, input: object): Promise<Members> {
    return this.#session.ask(shipped(text), { input });
  }

  async #piece(
    part: readonly ManifestEntry[],
    begin: number,
    asked: Asked,
  ): Promise<ManifestAnswer[]> {
    const input = { ...forWhat(asked), entries: part.map(entryVariables) };
    const said = listOf(await this.#ask(operations.MANIFEST, input), 'travelers');
    if (said.length !== part.length || said.some((each, at) => each['index'] !== at)) {
      throw new AnswerUnreadable('not one answer for each entry, in their order');
    }
    const answers: ManifestAnswer[] = [];
    for (const [at, each] of said.entries()) {
      const own = { region: part[at]?.region ?? asked.region, purpose: part[at]?.purpose ?? asked.purpose };
      const result = await this.#checked(each['result'], own);
      answers.push({ index: begin + at, ref: maybeTextOf(each, 'ref'), result });
    }
    return answers;
  }

  async #checked(value: unknown, asked: Asked): Promise<Recognition | Refused> {
    const answer = recognitionOf(value);
    if (!('receipt' in answer) || !this.#verifies) return answer;
    const claims = await this.#session.verified(answer.receipt);
    checkAgreement(answer, claims, asked);
    return answer.provedBy(claims);
  }
}

function forWhat({ region, purpose }: Asked): object {
  return { purpose, receivingRegion: region };
}
