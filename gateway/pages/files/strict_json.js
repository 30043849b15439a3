// JSON read strictly, as keys/strict_json.py reads it: a text has one meaning, or it is refused.
// JSON.parse takes the last of two members of one name; here a repeated member is an error. Numbers
// of passes and lists are whole, so one with a fraction or an exponent is refused as well.

export class Malformed extends Error {}

const WHITE = " \t\n\r";

/** The JSON object in `text`. Throws Malformed. */
export function parseObject(text) {
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Malformed("not JSON");
  }
  if (!isObject(value)) throw new Malformed("not an object");
  refuseRepeats(text);
  return value;
}

/** `value` as an object with exactly these members. Throws Malformed. */
export function members(value, names) {
  if (!isObject(value)) throw new Malformed("not an object");
  const found = Object.keys(value);
  if (found.length !== names.length || !names.every((name) => Object.hasOwn(value, name))) {
    throw new Malformed("other members than the format has");
  }
  return value;
}

export function textOf(value) {
  if (typeof value !== "string" || !value.isWellFormed()) throw new Malformed("not a text");
  return value;
}

/** A whole number from 0 on. Throws Malformed. */
export function whole(value, atMost = Number.MAX_SAFE_INTEGER) {
  if (!Number.isSafeInteger(value) || value < 0 || value > atMost) {
    throw new Malformed("not a whole number");
  }
  return value;
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/* `text` is JSON, so only what names a member has to be found: a string before a colon. */
function refuseRepeats(text) {
  const open = [];
  let at = 0;
  while (at < text.length) {
    const character = text[at];
    if (character === '"') {
      const end = endOfString(text, at);
      const next = afterWhite(text, end);
      if (text[next] === ":") addName(open.at(-1), JSON.parse(text.slice(at, end)));
      at = end;
      continue;
    }
    if (character === "{") open.push(new Set());
    if (character === "}") open.pop();
    if (/[0-9-]/.test(character)) at = endOfNumber(text, at);
    else at += 1;
  }
}

function endOfNumber(text, start) {
  let at = start;
  while (at < text.length && /[0-9+\-.eE]/.test(text[at])) at += 1;
  if (!/^-?[0-9]+$/.test(text.slice(start, at))) throw new Malformed("not a whole number");
  return at;
}

function addName(names, name) {
  if (names.has(name)) throw new Malformed("repeated member");
  names.add(name);
}

function endOfString(text, start) {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at + 1;
}

function afterWhite(text, start) {
  let at = start;
  while (at < text.length && WHITE.includes(text[at])) at += 1;
  return at;
}
