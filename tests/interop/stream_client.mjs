// One subscription by a client of other people, to its end. The arguments: a folder node_modules, which
// client, the hub's URL, a token, and the question as JSON. Writes one line of JSON for each thing heard.
import { createRequire } from "node:module";

const require = createRequire(`${process.argv[2]}/`);
const [which, url, token, asked] = process.argv.slice(3);
const question = JSON.parse(asked);
const authorization = `Bearer ${token}`;
const say = (said) => console.log(JSON.stringify(said));
const errorsOf = (error) => (Array.isArray(error) ? error : error.errors ?? [{ message: String(error) }]);
const sink = {
  next: (result) => say({ next: result }),
  error: (error) => say("code" in error ? { closed: error.code } : { errors: errorsOf(error) }),
  complete: () => say({ complete: true }),
};

const clients = {
  "graphql-ws": () => {
    const { createClient } = require("graphql-ws");
    const webSocketImpl = require("ws");
    const connectionParams = { Authorization: authorization };
    const address = url.replace("http", "ws");
    createClient({ url: address, webSocketImpl, connectionParams, retryAttempts: 0 }).subscribe(question, sink);
  },
  "graphql-sse": () => {
    const { createClient } = require("graphql-sse");
    createClient({ url, headers: { authorization }, retryAttempts: 0 }).subscribe(question, sink);
  },
  "@apollo/client": () => {
    const { ApolloClient, HttpLink, InMemoryCache, gql } = require("@apollo/client");
    const link = new HttpLink({ uri: url, headers: { authorization } });
    const client = new ApolloClient({ link, cache: new InMemoryCache() });
    const { query, variables } = question;
    client.subscribe({ query: gql(query), variables, fetchPolicy: "no-cache" }).subscribe({
      next: ({ data, error }) => (error ? sink.error(error) : sink.next({ data })),
      error: sink.error,
      complete: sink.complete,
    });
  },
};
clients[which]();
