// A client with Apollo Client's own link for persisted queries. The arguments: a folder node_modules, the
// hub's URL and a token. Writes what it sent, and what came of it.
import { createHash } from "node:crypto";
import { createRequire } from "node:module";

const require = createRequire(`${process.argv[2]}/`);
const { ApolloClient, HttpLink, InMemoryCache, gql } = require("@apollo/client");
const { PersistedQueryLink } = require("@apollo/client/link/persisted-queries");
const [url, token] = process.argv.slice(3);

const sent = [];
const http = new HttpLink({
  uri: url,
  headers: { authorization: `Bearer ${token}` },
  fetch: async (address, init) => {
    const { query, extensions } = JSON.parse(init.body);
    const answer = await fetch(address, init);
    sent.push({ query: Boolean(query), hash: Boolean(extensions?.persistedQuery), status: answer.status });
    return answer;
  },
});
const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const client = new ApolloClient({
  link: new PersistedQueryLink({ sha256 }).concat(http),
  cache: new InMemoryCache(),
});
const asked = [];
for (const query of [gql`{ me { id } }`, gql`{ hub { schemaDigest } }`]) {
  const { data } = await client.query({ query, fetchPolicy: "network-only" });
  asked.push(data);
}
console.log(JSON.stringify({ sent, asked }));
