// A peer: mercurius with its JIT over undici, given the hub's duties. The client's token and rights,
// the document's check character, three issuers asked at once and verified (ES256, EdDSA, and SM2
// with SM3), evidence kept for 30 s, an audit record on disk before the answer (and the intent before
// anybody is asked), and a receipt signed with ES256. Milder than the hub: one fixed policy of a few
// lines, no history, no guess guard, no explanation, no revocation lists, no deadline, no breaker.
//
// node duties.mjs <state directory> <JSON of the issuers' addresses> <port>
import crypto from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import Fastify, { LogController } from 'fastify'
import mercurius from 'mercurius'
import { Audit } from './audit.mjs'
import { Evidence, Keys } from './evidence.mjs'
import { Front, requireDocument, requireRights } from './front.mjs'
import * as sm2 from './sm2.mjs'
import { Wire, mostRestrictive } from './wire.mjs'

const [directory, urls, port] = process.argv.slice(2)
const file = (...names) => fs.readFileSync(path.join(directory, ...names))

const MANDATORY = ['zhenjiang', 'sukangma', 'national']
const DECISIONS = { GREEN: 'ADMIT', YELLOW: 'INSPECT', RED: 'REFUSE', UNKNOWN: 'INSPECT' }
const POLICY = { region: '321100', number: 1 }

const sm2Key = sm2.privateKey(file('keys', 'sm2.pem'))
const { kid: sm2KeyId } = JSON.parse(file('issuers', 'national', 'hub_key.jwk'))
const signed = (text) => ({ sign: sm2.sign(sm2Key, Buffer.from(text)).toString('base64'), keyId: sm2KeyId })

const hubKey = { key: crypto.createPrivateKey(file('keys', 'hub.pem')), dsaEncoding: 'ieee-p1363' }
const { kid } = JSON.parse(file('trust', 'hub-key.jwk'))
const receiptHead = Buffer.from(JSON.stringify({ alg: 'ES256', kid, typ: 'recognition-receipt+jwt' })).toString('base64url')
const holderKey = file('keys', 'holder.key')

const front = new Front(directory)
const keys = new Keys(directory)
const evidence = new Evidence(new Wire(directory, JSON.parse(urls), signed), keys)
const audit = new Audit(path.join(directory, `mercurius-${port}.sqlite3`))

const schema = `
  input Document { kind: String! number: String! name: String! }
  input TravelerInput { document: Document! receivingRegion: String! purpose: String! }
  type Policy { region: String! number: Int! }
  type Reason { code: String! issuer: String }
  type Code {
    color: String! rawValue: String! issuingPlace: String basis: [String!]! asOf: String validUntil: String
  }
  type Source { issuer: String! outcome: String! evidenceDigest: String! codes: [Code!]! }
  type Recognition {
    requestId: String! decidedAt: String! holder: String! purpose: String!
    color: String! decision: String! receivingRegion: String! trustListVersion: Int!
    auditIndex: Int! receipt: String! policy: Policy! reasons: [Reason!]! sources: [Source!]!
  }
  type Query { traveler(input: TravelerInput!): Recognition! }
`

const resolvers = {
  Query: {
    async traveler (_, { input }, { client, request }) {
      const { document, receivingRegion, purpose } = input
      requireRights(client, receivingRegion, purpose)
      requireDocument(document)
      const asked = { request: crypto.randomUUID(), client: client.client_id, holder: reference(document), receivingRegion, purpose }
      const sources = await believed(document, asked)
      const answer = judged(sources, asked)
      answer.auditIndex = await audit.append(recorded('outcome', asked, answer))
      answer.receipt = receipt(answer)
      request.log.info({ requestId: asked.request, decision: answer.decision })
      return answer
    },
  },
}

function reference ({ kind, number, name }) {
  return crypto.createHmac('sha256', holderKey).update([kind, number, name].join('\0')).digest('base64url')
}

async function believed (document, asked) {
  const kept = evidence.remembered(asked.client + asked.holder, Date.now())
  if (kept !== undefined) return kept
  await audit.append(recorded('intent', asked))
  return evidence.ask(document, asked.client + asked.holder)
}

function judged (sources, asked) {
  const colors = sources.flatMap(({ codes }) => codes.map(({ color }) => color))
  const silent = MANDATORY.filter((issuer) => !sources.some((source) => source.issuer === issuer && source.codes.length))
  const color = silent.length ? mostRestrictive([...colors, 'UNKNOWN']) : mostRestrictive(colors)
  const reasons = sources.filter(({ codes }) => codes.some((code) => code.color === color))
    .map(({ issuer }) => ({ code: `${color}_STATED`, issuer }))
  return {
    requestId: asked.request,
    decidedAt: new Date().toISOString(),
    holder: asked.holder,
    purpose: asked.purpose,
    receivingRegion: asked.receivingRegion,
    color,
    decision: DECISIONS[color],
    trustListVersion: keys.version,
    policy: POLICY,
    reasons: [...reasons, ...silent.map((issuer) => ({ code: 'MANDATORY_SILENT', issuer }))],
    sources,
  }
}

function recorded (kind, asked, answer = undefined) {
  const record = { kind, at: Date.now(), ...asked, policy: POLICY, trustList: keys.version }
  if (answer === undefined) return record
  const digests = answer.sources.map(({ issuer, outcome, evidenceDigest }) => [issuer, outcome, evidenceDigest])
  return { ...record, color: answer.color, decision: answer.decision, sources: digests }
}

function receipt ({ sources, ...answer }) {
  const claims = { ...answer, evidence: sources.map(({ issuer, evidenceDigest }) => [issuer, evidenceDigest]) }
  const text = `${receiptHead}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`
  return `${text}.${crypto.sign('sha256', Buffer.from(text), hubKey).toString('base64url')}`
}

const app = Fastify({ logger: true, logController: new LogController({ disableRequestLogging: true }) })
app.register(mercurius, {
  schema,
  resolvers,
  jit: 1,
  path: '/graphql',
  context: (request) => ({ client: front.client(request.headers.authorization), request }),
})
await app.listen({ host: '127.0.0.1', port: Number(port) })
