// The key of a client: what signs assertions, proofs and changes of keys. ES256 or EdDSA.

import {
  calculateJwkThumbprint,
  exportJWK,
  exportPKCS8,
  generateKeyPair,
  importJWK,
  importPKCS8,
  SignJWT,
  type CryptoKey,
  type JWK,
  type JWTHeaderParameters,
  type JWTPayload,
} from 'jose';

type Algorithm = 'ES256' | 'EdDSA';

/** `jwk` is the public half, without a `kid`. Under `thumbprint` (RFC 7638) the hub finds every key that
 * it registered. */
export class SigningKey {
  readonly #native: CryptoKey;

  private constructor(
    native: CryptoKey,
    readonly algorithm: Algorithm,
    readonly jwk: JWK,
    readonly thumbprint: string,
  ) {
    this.#native = native;
  }

  static async generate(): Promise<SigningKey> {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    return SigningKey.#of(privateKey, 'ES256');
  }

  /** From PEM (PKCS #8), or from a private JWK. Throws an Error whose text repeats nothing of it. */
  static async read(text: string): Promise<SigningKey> {
    const kinds: readonly Algorithm[] = ['ES256', 'EdDSA'];
    for (const algorithm of kinds) {
      try {
        return await SigningKey.#of(await privateKeyOf(text, algorithm), algorithm);
      } catch {
        // It is of the other kind, or of none.
      }
    }
    throw new Error('no private key on P-256 or Ed25519, in PEM (PKCS #8) or as a JWK');
  }

  static async #of(native: CryptoKey, algorithm: Algorithm): Promise<SigningKey> {
    const { kty, crv, x, y, d } = await exportJWK(native);
    if (kty === undefined || crv === undefined || x === undefined || d === undefined) {
      throw new Error('no private key');
    }
    const jwk: JWK = algorithm === 'ES256' ? { crv, kty, x, y: String(y) } : { crv, kty, x };
    return new SigningKey(native, algorithm, jwk, await calculateJwkThumbprint(jwk));
  }

  /** A compact JWS; its `kid` is the thumbprint unless `header` names another key. */
  sign(typ: string, claims: JWTPayload, header: Partial<JWTHeaderParameters> = {}): Promise<string> {
    const named = Object.keys(header).length > 0 ? header : { kid: this.thumbprint };
    return new SignJWT(claims)
      .setProtectedHeader({ alg: this.algorithm, typ, ...named })
      .sign(this.#native);
  }

  /** The private key, unencrypted: for a file that only its owner reads. */
  toPem(): Promise<string> {
    return exportPKCS8(this.#native);
  }
}

async function privateKeyOf(text: string, algorithm: Algorithm): Promise<CryptoKey> {
  if (text.includes('-----BEGIN')) return importPKCS8(text, algorithm, { extractable: true });
  const { kty, crv, x, y, d } = JSON.parse(text) as JWK;
  const isOurs = algorithm === 'ES256' ? crv === 'P-256' : crv === 'Ed25519';
  if (!isOurs || d === undefined) throw new Error('of another kind');
  const members = algorithm === 'ES256' ? { kty, crv, x, y, d } : { kty, crv, x, d };
  const key = await importJWK(members as JWK, algorithm, { extractable: true });
  if (key instanceof Uint8Array) throw new Error('of another kind');
  return key;
}
