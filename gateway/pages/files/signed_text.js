// A compact JWS of the hub, taken apart and checked, as keys/known_hub.py does. ES256 only: that is
// what the hub signs with, and what every browser verifies.

import { Malformed, members, parseObject } from "./strict_json.js";

/** How far a gate's clock may be off without being noticed, in seconds. */
export const CLOCK_LEEWAY = 120;

/** A gate that has not read the hub's keys for so many seconds may hold a revoked one. */
export const KEYS_MAX_AGE = 24 * 3600;

const KEY_ID = /^[A-Za-z0-9._:-]{1,64}$/;

/** A pass or a list that does not count; `fault` is one of docs/passes.md. */
export class Faulty extends Error {
  constructor(fault) {
    super(fault);
    this.fault = fault;
  }
}

export const OF_PASSES = {
  malformed: "PASS_MALFORMED",
  keyUnknown: "PASS_KEY_UNKNOWN",
  keyRevoked: "PASS_KEY_REVOKED",
  altered: "PASS_ALTERED",
  otherHub: "PASS_OF_ANOTHER_HUB",
};
export const OF_LISTS = {
  malformed: "LIST_MALFORMED",
  keyUnknown: "LIST_KEY_UNKNOWN",
  keyRevoked: "LIST_KEY_REVOKED",
  altered: "LIST_ALTERED",
  otherHub: "LIST_OF_ANOTHER_HUB",
};

export function encode(octets) {
  let text = "";
  for (const octet of octets) text += String.fromCharCode(octet);
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** The bytes of `text`, if it is the one spelling of them (RFC 7515 §2). Throws Malformed. */
export function decode(text) {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) throw new Malformed("not base64url");
  let binary;
  try {
    binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    throw new Malformed("not base64url");
  }
  const octets = Uint8Array.from(binary, (character) => character.charCodeAt(0));
  if (encode(octets) !== text) throw new Malformed("not canonical base64url");
  return octets;
}

/** Its parts and its claims; nothing of it is verified yet. Throws Faulty. */
export function opened(unverified, typ, names, atMost) {
  try {
    if (unverified.length > atMost) throw new Malformed("too long");
    const parts = unverified.split(".");
    if (parts.length !== 3) throw new Malformed("a JWS has three parts");
    const [head, payload, signature] = parts;
    const header = members(parseObject(utf8(decode(head))), ["alg", "kid", "typ"]);
    const isOurs = header.typ === typ && ["ES256", "EdDSA"].includes(header.alg);
    if (!isOurs || typeof header.kid !== "string" || !KEY_ID.test(header.kid)) {
      throw new Malformed("the header is not that of this format");
    }
    const signed = decode(signature);
    if (signed.length !== 64) throw new Malformed("not a signature");
    return {
      alg: header.alg,
      keyId: header.kid,
      signedBytes: new TextEncoder().encode(`${head}.${payload}`),
      signature: signed,
      claims: parseObject(utf8(decode(payload))),
    };
  } catch (error) {
    throw error instanceof Malformed ? new Faulty(names.malformed) : error;
  }
}

/** That a key of `hub` which is not revoked has signed it. Throws Faulty. */
export async function checkSigned(envelope, hub, names) {
  if (hub.revoked.has(envelope.keyId)) throw new Faulty(names.keyRevoked);
  const key = hub.keys.get(envelope.keyId);
  if (key === undefined || envelope.alg !== "ES256") throw new Faulty(names.keyUnknown);
  const { signature, signedBytes } = envelope;
  const algorithm = { name: "ECDSA", hash: "SHA-256" };
  if (!(await crypto.subtle.verify(algorithm, key, signature, signedBytes))) {
    throw new Faulty(names.altered);
  }
}

/** What a gate knows of a hub: `jwks` are its published keys, read at `readAt` (Unix seconds). */
export async function knownHub(hubId, jwks, readAt, revoked = []) {
  const keys = new Map();
  for (const jwk of jwks.keys) {
    if (jwk.kty !== "EC" || jwk.crv !== "P-256") continue;
    const { kty, crv, x, y } = jwk;
    const algorithm = { name: "ECDSA", namedCurve: "P-256" };
    keys.set(
      jwk.kid,
      await crypto.subtle.importKey("jwk", { kty, crv, x, y }, algorithm, true, ["verify"]),
    );
  }
  return { hubId, keys, readAt, revoked: new Set(revoked) };
}

function utf8(octets) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(octets);
  } catch {
    throw new Malformed("not UTF-8");
  }
}
