// A peer: Hive Gateway over the issuers' REST interfaces, composed by Mesh. Three calls for each
// question. What comes back is passed on as it is: the city's and the national level's colors are
// inside signed texts. The national call is the second of the two steps, with a package that is not
// signed: it cannot sign. Addresses and credentials are put in when the gateway is started.
import { defineConfig } from '@graphql-mesh/compose-cli'
import { loadJSONSchemaSubgraph } from '@omnigraph/json-schema'

const text = { type: 'string' }
const object = (title, properties) => ({ type: 'object', title, properties })

function issuer (name, path, request, response, contentType = 'application/json', always = undefined) {
  return {
    sourceHandler: loadJSONSchemaSubgraph(name, {
      endpoint: `http://${name}.example`,
      operationHeaders: { authorization: `Bearer ${name}-credential`, 'content-type': contentType },
      operations: [{
        type: 'Query',
        field: name,
        path,
        method: 'POST',
        requestSchema: request,
        requestBaseBody: always,
        responseSchema: response,
      }],
    }),
  }
}

const person = object('Person', { kind: text, number: text, name: text })
const state = object('State', { leveldata: text, areaCode: text, updateTime: text })

export const composeConfig = defineConfig({
  subgraphs: [
    issuer(
      'zhenjiang',
      '/v1/status',
      object('Questions', { questions: { type: 'array', items: person } }),
      object('Statements', { statements: { type: 'array', items: text } }),
    ),
    issuer(
      'sukangma',
      '/healthCode/self',
      object('Form', { cardType: text, idcardNo: text, name: text }),
      object('Envelope', { resCode: { type: 'integer' }, res: state }),
      'application/x-www-form-urlencoded',
      { token: 'sukangma-credential', nonce: 'AAAAAAAAAAAAAAAAAAAAAA' },
    ),
    issuer(
      'national',
      '/queryInfo',
      object('Request', { bizPackage: text, sign: text, keyId: text }),
      object('Package', { bizPackage: text, sign: text, keyId: text }),
    ),
  ],
})
