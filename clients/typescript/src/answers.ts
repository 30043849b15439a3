// What a hub says to a client, and how the JSON of an answer becomes it.
//
// The shapes are those of `documents.ts`. A member of a union that is not known here is read as Refused
// if it has a refusal's members, and is AnswerUnreadable otherwise.

import { instantOf, listOf, maybeTextOf, membersOf, textOf, type Members } from './readers.js';
import {
  COLORS,
  CORRECTION_STATES,
  DECISIONS,
  wordOf,
  type Color,
  type CorrectionState,
  type Decision,
} from './words.js';

export interface Text {
  readonly zh: string;
  readonly en: string;
}

/** `text` is for the traveler. */
export interface Reason {
  readonly code: string;
  readonly text: Text;
}

/** What asking one issuer came to. */
export interface Source {
  readonly issuer: { readonly id: string };
  readonly outcome: string;
}

/** The claims of a receipt that was verified. */
export type Claims = Members;

/** Nothing was done, and `code` and `text` say why. `kind` is the schema's type, perhaps of a later
 * version. */
export class Refused {
  readonly opens = false;

  constructor(
    readonly kind: string,
    readonly code: string,
    readonly text: Text,
  ) {}
}

/** What one receiving place makes of what the issuers stated. `claims` are those of its receipt, which
 * was verified; empty if the client was told not to. */
export class Recognition {
  constructor(
    readonly color: Color,
    readonly decision: Decision,
    readonly reasons: readonly Reason[],
    readonly sources: readonly Source[],
    readonly validUntil: Date,
    readonly receipt: string,
    readonly claims: Claims = {},
  ) {}

  /** Whether a gate opens. Read `decision` for what to do otherwise. */
  get opens(): boolean {
    return this.decision === 'ADMIT' && this.color !== 'OTHER';
  }

  provedBy(claims: Claims): Recognition {
    const { color, decision, reasons, sources, validUntil, receipt } = this;
    return new Recognition(color, decision, reasons, sources, validUntil, receipt, claims);
  }
}

/** `index` is the entry's place in the whole manifest, from 0. */
export interface ManifestAnswer {
  readonly index: number;
  readonly ref: string | null;
  readonly result: Recognition | Refused;
}

export class Arrival {
  constructor(
    readonly id: string,
    readonly district: string | null,
    readonly acknowledgedAt: Date | null,
  ) {}
}

/** `kind` is the schema's type, such as ArrivalRecorded; `arrival` is null for one that is not known
 * here. Keep `cursor`: the events behind it come when it is handed in again. */
export interface ArrivalEvent {
  readonly kind: string;
  readonly arrival: Arrival | null;
  readonly cursor: string;
}

export class Correction {
  constructor(
    readonly id: string,
    readonly state: CorrectionState,
    readonly evidenceDigest: string | null,
  ) {}
}

export function recognitionOf(value: unknown): Recognition | Refused {
  return ofUnion(value, 'TravelerRecognition', (members) => {
    return new Recognition(
      wordOf(COLORS, textOf(members, 'color')),
      wordOf(DECISIONS, textOf(members, 'decision')),
      listOf(members, 'reasons').map((each) => ({ code: textOf(each, 'code'), text: bothTexts(each) })),
      listOf(members, 'sources').map(sourceOf),
      instantOf(members, 'validUntil'),
      textOf(members, 'receipt'),
    );
  });
}

export function arrivalOf(value: unknown): Arrival | Refused {
  return ofUnion(value, 'TravelerArrival', readArrival);
}

export function correctionOf(value: unknown): Correction | Refused {
  return ofUnion(value, 'HealthCodeCorrection', (members) => {
    const state = wordOf(CORRECTION_STATES, textOf(members, 'state'));
    return new Correction(textOf(members, 'id'), state, maybeTextOf(members, 'evidenceDigest'));
  });
}

export function eventOf(value: unknown): ArrivalEvent {
  const edge = membersOf(value);
  const node = membersOf(edge['node']);
  const arrival = node['arrival'] ?? null;
  return {
    kind: textOf(node, '__typename'),
    arrival: arrival === null ? null : readArrival(membersOf(arrival)),
    cursor: textOf(edge, 'cursor'),
  };
}

function ofUnion<A>(value: unknown, expected: string, read: (members: Members) => A): A | Refused {
  const members = membersOf(value);
  const kind = textOf(members, '__typename');
  if (kind === expected) return read(members);
  return new Refused(kind, textOf(members, 'code'), bothTexts(members));
}

function readArrival(members: Members): Arrival {
  const acknowledged = maybeTextOf(members, 'acknowledgedAt');
  return new Arrival(
    textOf(members, 'id'),
    maybeTextOf(members, 'district'),
    acknowledged === null ? null : instantOf(members, 'acknowledgedAt'),
  );
}

function sourceOf(members: Members): Source {
  const issuer = membersOf(members['issuer']);
  return { issuer: { id: textOf(issuer, 'id') }, outcome: textOf(members, 'outcome') };
}

function bothTexts(members: Members): Text {
  const text = membersOf(members['text']);
  return { zh: textOf(text, 'zh'), en: textOf(text, 'en') };
}
