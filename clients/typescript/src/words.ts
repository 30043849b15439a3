// The closed lists of the schema that a client acts on.
//
// Each has one member more than the schema, OTHER: a value that a later version of the hub adds is read
// as it, and never as one of those that are known (docs/schema-changes.md §3).

export const COLORS = ['GREEN', 'YELLOW', 'RED', 'UNKNOWN'] as const;
export const DECISIONS = ['ADMIT', 'INSPECT', 'REFUSE'] as const;
export const CORRECTION_STATES = ['REPORTED', 'ACCEPTED', 'REJECTED'] as const;

export type Color = (typeof COLORS)[number] | 'OTHER';
export type Decision = (typeof DECISIONS)[number] | 'OTHER';
export type CorrectionState = (typeof CORRECTION_STATES)[number] | 'OTHER';

export function wordOf<W extends string>(known: readonly W[], said: string): W | 'OTHER' {
  return known.find((word) => word === said) ?? 'OTHER';
}
