// The device as a client of the hub: its own key, which no script can read out, and what it is
// enrolled as. It signs assertions (RFC 7523) as every other client does.

import { kept } from "./gate_store.js";
import { encode } from "./signed_text.js";
import { told } from "./gate_texts.js";

const P256 = { name: "ECDSA", namedCurve: "P-256" };
const SIGNING = { name: "ECDSA", hash: "SHA-256" };
const LIVES_SECONDS = 60;

/** The hub does not take the code. */
export class CodeRefused extends Error {}

/** What this device is enrolled as, with its key; undefined if it is not. */
export function enrolled() {
  return kept.get("device");
}

/** Asks with the same key again after a lost answer, so that the code is not used up for nothing. */
export async function enroll(code, now) {
  const key = (await kept.get("candidate")) ?? (await newKey());
  await kept.put("candidate", key);
  const claims = { ...times(now), iss: key.id, sub: key.id, aud: told.hub, jwk: key.jwk, code };
  const request = await signed(key, "client-enrollment+jwt", claims);
  const response = await fetch("/oauth/enroll", {
    method: "POST",
    body: new URLSearchParams({ request }),
    signal: AbortSignal.timeout(15_000),
  });
  if (response.status === 401 || response.status === 400) throw new CodeRefused();
  if (!response.ok) throw new TypeError("not enrolled");
  const device = { ...(await response.json()), key };
  await kept.put("device", device);
  await kept.remove("candidate");
  return device;
}

/** What the token endpoint takes as this client's credential. */
export function assertion(device, now) {
  const claims = { ...times(now), iss: device.client_id, sub: device.client_id, aud: told.hub };
  return signed(device.key, "client-authentication+jwt", claims);
}

async function newKey() {
  const pair = await crypto.subtle.generateKey(P256, false, ["sign", "verify"]);
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  const canonical = JSON.stringify({ crv, kty, x, y });
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(canonical));
  return { id: encode(new Uint8Array(digest)), jwk: { kty, crv, x, y }, privateKey: pair.privateKey };
}

function times(now) {
  const iat = Math.floor(now / 1000);
  return { iat, exp: iat + LIVES_SECONDS, jti: crypto.randomUUID() };
}

async function signed(key, typ, claims) {
  const part = (value) => encode(new TextEncoder().encode(JSON.stringify(value)));
  const text = `${part({ alg: "ES256", typ, kid: key.id })}.${part(claims)}`;
  const octets = new TextEncoder().encode(text);
  const signature = await crypto.subtle.sign(SIGNING, key.privateKey, octets);
  return `${text}.${encode(new Uint8Array(signature))}`;
}
