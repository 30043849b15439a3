// Whom to believe: every statement is checked against the keys of the trust list, bound to its
// question and to its time. What was accepted is kept for 30 s, with its mathematics done; whether
// its key is still in force is asked anew at every use.
import crypto from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { colorOf, opened, sukangmaRes } from './wire.mjs'
import * as sm2 from './sm2.mjs'

const KEPT_MS = 30_000
const KEPT_MAX = 20_000
const AGE_MAX_SECONDS = 300
const AHEAD_MAX_SECONDS = 60

export class Keys {
  constructor (directory) {
    const signed = JSON.parse(fs.readFileSync(path.join(directory, 'trust', 'trust-list.json')))
    const list = JSON.parse(Buffer.from(signed.payload, 'base64url'))
    this.version = list.version
    this.byIssuer = new Map(list.issuers.map(({ id, keys }) => [id, new Map(keys.map(key))]))
  }

  // The key, if it is in force at this moment.
  current (issuer, kid, nowMs) {
    const key = this.byIssuer.get(issuer)?.get(kid)
    if (key === undefined || nowMs < key.begins || nowMs >= key.ends) throw new Error('BAD_SIGNATURE')
    return key
  }
}

function key ({ kid, suite, jwk, not_before: begins, not_after: ends, revoked_at: revoked }) {
  const made = suite === 'SM2-SM3' ? sm2.publicKey(jwk) : crypto.createPublicKey({ key: jwk, format: 'jwk' })
  return [kid, { key: made, begins: Date.parse(begins), ends: Math.min(Date.parse(ends), Date.parse(revoked ?? ends)) }]
}

export class Evidence {
  constructor (wire, keys) {
    this.wire = wire
    this.keys = keys
    this.kept = new Map()
    this.asking = new Map()
  }

  // What is kept about this holder and still believed; undefined if any issuer has to be asked.
  remembered (holder, nowMs) {
    const kept = this.kept.get(holder)
    if (kept === undefined || kept.ends <= nowMs) return undefined
    for (const { issuer, kid } of kept.sources) this.keys.current(issuer, kid, nowMs)
    return kept.sources
  }

  // The same question that is on its way already is not asked twice.
  ask (document, holder) {
    const asked = this.asking.get(holder) ?? this.askAnew(document, holder).finally(() => this.asking.delete(holder))
    this.asking.set(holder, asked)
    return asked
  }

  async askAnew (document, holder) {
    const sources = await Promise.all([this.zhenjiang(document), this.sukangma(document), this.national(document)])
    if (this.kept.size >= KEPT_MAX) this.kept.delete(this.kept.keys().next().value)
    this.kept.set(holder, { sources, ends: Date.now() + KEPT_MS })
    return sources
  }

  async zhenjiang (document) {
    const { body } = await this.wire.zhenjiang(document)
    const statement = JSON.parse(body).statements[0]
    const [head, payload, signature] = statement.split('.')
    const { alg, kid, typ } = JSON.parse(Buffer.from(head, 'base64url'))
    required(alg === 'ES256' && typ === 'zjc-status+jwt')
    const { key } = this.keys.current('zhenjiang', kid, Date.now())
    const encoding = { key, dsaEncoding: 'ieee-p1363' }
    required(crypto.verify('sha256', Buffer.from(`${head}.${payload}`), encoding, Buffer.from(signature, 'base64url')))
    const said = JSON.parse(Buffer.from(payload, 'base64url'))
    const subject = sha256(['zjc-subject-v1', document.kind, document.number, document.name].join('\0'))
    required(said.iss === 'zhenjiang' && said.sub === subject)
    inTime(said.iat)
    return found('zhenjiang', kid, statement, said.color, said.place, said.as_of, said.valid_until, said.basis)
  }

  async sukangma (document) {
    const { body, signature, asked } = await this.wire.sukangma(document)
    const [head, , signed] = signature.split('.')
    const { alg, kid, iat, req } = JSON.parse(Buffer.from(head, 'base64url'))
    required(alg === 'EdDSA' && req === sha256(asked))
    const { key } = this.keys.current('sukangma', kid, Date.now())
    const bytes = Buffer.from(`${head}.${Buffer.from(body).toString('base64url')}`)
    required(crypto.verify(null, bytes, key, Buffer.from(signed, 'base64url')))
    inTime(iat)
    const res = sukangmaRes(body)
    if (res !== null) required(res.idcardNo === masked(document.number))
    const basis = [res?.exceptionCodeReason || 'declared']
    return found('sukangma', kid, body, res?.leveldata, res?.areaCode, res?.updateTime, res?.remainDays, basis)
  }

  async national (document) {
    const serial = this.checked(await this.wire.serial())
    const answer = await this.wire.national(document, serial)
    const said = this.checked(answer)
    required(said.bizSerialNum === serial.bizSerialNum && said.requestDigest === sm2.sm3Digest(Buffer.from(answer.asked)))
    if (said.errcode === 0) {
      const { person } = JSON.parse(said.content).data
      required(person.desensitizeCardId === masked(document.number))
    }
    const { keyId } = JSON.parse(answer.body)
    return found('national', keyId, answer.body, said.fxdj, '000000', said.updateTime, said.validDays, [said.warnType || 'data_normal'])
  }

  checked ({ body }) {
    const { bizPackage, sign, keyId } = JSON.parse(body)
    const { key } = this.keys.current('national', keyId, Date.now())
    required(sm2.verify(key, Buffer.from(bizPackage), Buffer.from(sign, 'base64')))
    return opened(body)
  }
}

function found (issuer, kid, statement, rawValue, issuingPlace, asOf, validUntil, basis) {
  const codes = rawValue === undefined ? [] : [{ color: colorOf(rawValue), rawValue, issuingPlace, basis, asOf: String(asOf), validUntil: String(validUntil) }]
  const outcome = codes.length ? 'VERIFIED' : 'NOT_ENROLLED'
  return { issuer, kid, outcome, evidenceDigest: sha256(statement), codes }
}

const sha256 = (text) => crypto.createHash('sha256').update(text).digest('base64url')

function masked (number) {
  const shown = number.length < 9 ? 2 : 4
  return number.slice(0, shown) + '*'.repeat(number.length - 2 * shown) + number.slice(-shown)
}

function inTime (signedAt) {
  const age = Date.now() / 1000 - signedAt
  required(age <= AGE_MAX_SECONDS && age >= -AHEAD_MAX_SECONDS)
}

function required (holds) {
  if (!holds) throw new Error('BAD_SIGNATURE')
}
