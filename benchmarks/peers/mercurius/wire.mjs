// How the three issuers are asked about one person, and where the color is in what they answer.
// The bytes are those of docs/wire-formats.md. `sign` signs a national package; without it the
// package leaves unsigned, which only an issuer that looks at nothing answers.
import crypto from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { Pool } from 'undici'

// Shorter than the five seconds after which the issuers close.
const KEEP_ALIVE_MS = 2_000
const CUSTOMER = 'TX321100'
const CARD_TYPES = {
  RESIDENT_ID: ['1', '01'],
  PASSPORT: ['3', '03'],
  HK_MACAO_PERMIT: ['6', '06'],
  TAIWAN_PERMIT: ['7', '07'],
  FOREIGN_PERMANENT_RESIDENCE: ['34', '34'],
}
export const COLORS = {
  绿码: 'GREEN', 黄码: 'YELLOW', 红码: 'RED',
  green: 'GREEN', yellow: 'YELLOW', red: 'RED',
  '00': 'GREEN', '01': 'YELLOW', 10: 'RED',
}
const ORDER = ['RED', 'UNKNOWN', 'YELLOW', 'GREEN']

export const mostRestrictive = (colors) =>
  colors.reduce((worst, color) => (ORDER.indexOf(color) < ORDER.indexOf(worst) ? color : worst), 'GREEN')

export const colorOf = (raw) => COLORS[raw] ?? 'UNKNOWN'

export class Wire {
  constructor (directory, urls, sign = null) {
    this.tokens = {}
    this.pools = {}
    for (const [issuer, url] of Object.entries(urls)) {
      this.tokens[issuer] = fs.readFileSync(path.join(directory, 'issuers', issuer, 'credential'), 'ascii').trim()
      this.pools[issuer] = new Pool(url, { connections: null, keepAliveTimeout: KEEP_ALIVE_MS, keepAliveMaxTimeout: KEEP_ALIVE_MS })
    }
    this.sign = sign
  }

  // Each answers { body, signature, asked }: the bytes that came, X-Signature, the bytes asked with.
  zhenjiang ({ kind, number, name }) {
    return this.post('zhenjiang', '/v1/status', 'application/json', JSON.stringify({ questions: [{ kind, number, name }] }))
  }

  sukangma ({ kind, number, name }) {
    const form = new URLSearchParams({
      cardType: CARD_TYPES[kind][0],
      idcardNo: number,
      name,
      token: this.tokens.sukangma,
      nonce: crypto.randomBytes(16).toString('base64url'),
    })
    return this.post('sukangma', '/healthCode/self', 'application/x-www-form-urlencoded', form.toString())
  }

  serial () {
    return this.package('/serial', this.stamp())
  }

  national ({ kind, number, name }, { bizSerialNum, randomNum }) {
    return this.package('/queryInfo', {
      ...this.stamp(), bizSerialNum, randomNum, cardType: CARD_TYPES[kind][1], cardId: number, name,
    })
  }

  stamp () {
    const shanghai = new Date(Date.now() + 8 * 3_600_000).toISOString()
    return { custNum: CUSTOMER, timeStamp: shanghai.replace(/\D/g, '').slice(0, 17) }
  }

  async package (where, content) {
    const bizPackage = JSON.stringify(content)
    const signed = this.sign === null ? { sign: '', keyId: '' } : this.sign(bizPackage)
    const answer = await this.post('national', where, 'application/json', JSON.stringify({ bizPackage, ...signed }))
    return { ...answer, asked: bizPackage }
  }

  async post (issuer, where, type, body) {
    const { body: answer, headers, statusCode } = await this.pools[issuer].request({
      method: 'POST',
      path: where,
      headers: { authorization: `Bearer ${this.tokens[issuer]}`, 'content-type': type },
      body,
    })
    const text = await answer.text()
    if (statusCode !== 200) throw new Error(`${issuer} answered ${statusCode}`)
    return { body: text, signature: headers['x-signature'], asked: body }
  }
}

export const zhenjiangPayload = (body) =>
  JSON.parse(Buffer.from(JSON.parse(body).statements[0].split('.')[1], 'base64url'))
export const sukangmaRes = (body) => JSON.parse(body).res
export const opened = (body) => JSON.parse(JSON.parse(body).bizPackage)
