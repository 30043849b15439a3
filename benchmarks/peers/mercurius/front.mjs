// Who asks, what they may ask, and whether the document is well formed.
import crypto from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
const CHECKS = '10X98765432'
const TOKENS_MAX = 1_000

export class Front {
  constructor (directory) {
    const jwk = JSON.parse(fs.readFileSync(path.join(directory, 'trust', 'hub-key.jwk')))
    this.kid = jwk.kid
    this.key = { key: crypto.createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' }
    this.tokens = new Map()
  }

  // The client of an access token. Its signature is checked once, its end at every use.
  client (authorization) {
    const token = authorization?.startsWith('Bearer ') ? authorization.slice(7) : ''
    const claims = this.tokens.get(token) ?? this.checked(token)
    if (claims.exp <= Date.now() / 1000) throw new Error('UNAUTHENTICATED')
    return claims
  }

  checked (token) {
    const [head, payload, signature] = token.split('.')
    const { alg, kid, typ } = JSON.parse(Buffer.from(head || 'e30', 'base64url'))
    const signed = alg === 'ES256' && kid === this.kid && typ === 'at+jwt' &&
      crypto.verify('sha256', Buffer.from(`${head}.${payload}`), this.key, Buffer.from(signature, 'base64url'))
    if (!signed) throw new Error('UNAUTHENTICATED')
    const claims = JSON.parse(Buffer.from(payload, 'base64url'))
    if (this.tokens.size >= TOKENS_MAX) this.tokens.delete(this.tokens.keys().next().value)
    this.tokens.set(token, claims)
    return claims
  }
}

export function requireRights ({ scope, regions, purposes }, region, purpose) {
  const may = scope.split(' ').includes('status:read') && regions.includes(region) && purposes.includes(purpose)
  if (!may) throw new Error('FORBIDDEN')
}

// GB 11643: the check character of a resident ID number. Other kinds are only bounded.
export function requireDocument ({ kind, number, name }) {
  const bounded = name.length > 0 && name.length <= 64 && /^[0-9A-Z]{6,18}$/.test(number)
  if (!bounded || (kind === 'RESIDENT_ID' && !checks(number))) throw new Error('INVALID_DOCUMENT')
}

function checks (number) {
  if (!/^\d{17}[\dX]$/.test(number)) return false
  const sum = WEIGHTS.reduce((total, weight, index) => total + weight * Number(number[index]), 0)
  return CHECKS[sum % 11] === number[17]
}
