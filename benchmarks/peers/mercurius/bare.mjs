// A peer: mercurius with its JIT over undici, and none of the hub's duties. Three calls for each
// question (the national one with a package that is not signed, and without a serial number first),
// nothing is verified, recorded or signed, and nobody is authorized.
//
// node bare.mjs <state directory> <JSON of the issuers' addresses> <port>
import Fastify from 'fastify'
import mercurius from 'mercurius'
import { Wire, colorOf, mostRestrictive, opened, sukangmaRes, zhenjiangPayload } from './wire.mjs'

const [directory, urls, port] = process.argv.slice(2)
const wire = new Wire(directory, JSON.parse(urls))
const NO_SERIAL = { bizSerialNum: '', randomNum: '' }

const schema = `
  input Document { kind: String! number: String! name: String! }
  type Source { issuer: String! color: String! rawValue: String }
  type Traveler { color: String! sources: [Source!]! }
  type Query { traveler(document: Document!): Traveler! }
`

const source = (issuer, rawValue) => ({ issuer, color: colorOf(rawValue), rawValue })

const resolvers = {
  Query: {
    async traveler (_, { document }) {
      const [zhenjiang, sukangma, national] = await Promise.all([
        wire.zhenjiang(document),
        wire.sukangma(document),
        wire.national(document, NO_SERIAL),
      ])
      const sources = [
        source('zhenjiang', zhenjiangPayload(zhenjiang.body).color),
        source('sukangma', sukangmaRes(sukangma.body)?.leveldata),
        source('national', opened(national.body).fxdj),
      ]
      return { color: mostRestrictive(sources.map(({ color }) => color)), sources }
    },
  },
}

const app = Fastify({ logger: false })
app.register(mercurius, { schema, resolvers, jit: 1, path: '/graphql' })
await app.listen({ host: '127.0.0.1', port: Number(port) })
