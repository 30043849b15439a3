// JSON read strictly: a text has one meaning, or it is refused. JSON.parse takes the last of two members
// of one name; here that is an error, and so are a fraction, an exponent, and a text that UTF-8 cannot
// write. Its throwing is of one kind: Malformed.

export class Malformed extends Error {}

export type Members = Readonly<Record<string, unknown>>;

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|-?[0-9][0-9.eE+-]*|true|false|null|[ \t\n\r]+/gsy;
const WHOLE = /^-?[0-9]+$/;

export function parseObject(octets: Uint8Array): Members {
  const text = utf8(octets);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Malformed();
  }
  refuseAmbiguous(text);
  return objectOf(value);
}

/** With exactly these members. */
export function exactly(value: unknown, names: readonly string[]): Members {
  const members = objectOf(value);
  const found = Object.keys(members);
  if (found.length !== names.length || !names.every((name) => Object.hasOwn(members, name))) {
    throw new Malformed();
  }
  return members;
}

export function text(value: unknown): string {
  if (typeof value !== 'string') throw new Malformed();
  return value;
}

export function whole(value: unknown, atLeast = 0, atMost = Number.MAX_SAFE_INTEGER): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw new Malformed();
  if (value < atLeast || value > atMost) throw new Malformed();
  return value;
}

export function list(value: unknown, atMost = Number.POSITIVE_INFINITY): readonly unknown[] {
  if (!Array.isArray(value) || value.length > atMost) throw new Malformed();
  return value;
}

function objectOf(value: unknown): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Malformed();
  return value as Members;
}

/** `json` has been parsed, so a text before a colon is a name. */
function refuseAmbiguous(json: string): void {
  const open: Set<string>[] = [];
  let last: string | undefined;
  for (const [token] of json.matchAll(TOKEN)) {
    if (token === '{') open.push(new Set());
    if (token === '}') open.pop();
    if (token === ':' && last !== undefined) addName(open.at(-1), last);
    if (token.startsWith('"')) last = wellFormed(token);
    else if (/^[-0-9]/.test(token) && !WHOLE.test(token)) throw new Malformed();
  }
}

function addName(names: Set<string> | undefined, name: string): void {
  if (names === undefined || names.has(name)) throw new Malformed();
  names.add(name);
}

function wellFormed(token: string): string {
  const value = text(JSON.parse(token));
  if (!value.isWellFormed()) throw new Malformed();
  return value;
}

function utf8(octets: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(octets);
  } catch {
    throw new Malformed();
  }
}
