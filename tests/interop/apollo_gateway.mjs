// Apollo Gateway on a free port of the loopback, whose URL it writes. The arguments: a folder
// node_modules, and the file of a supergraph.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(`${process.argv[2]}/`);
const { ApolloGateway, RemoteGraphQLDataSource } = require("@apollo/gateway");
const { ApolloServer } = require("@apollo/server");
const { startStandaloneServer } = require("@apollo/server/standalone");
const { GraphQLError } = require("graphql");

// The client's own token goes on. A refusal keeps the hub's code: without this its body lies in
// extensions.response, under a code of the gateway's.
class Subgraph extends RemoteGraphQLDataSource {
  willSendRequest({ request, context }) {
    if (context.authorization) request.http.headers.set("authorization", context.authorization);
  }

  async errorFromResponse(response) {
    const body = await this.parseBody(response);
    const [first] = body?.errors ?? [];
    return first
      ? new GraphQLError(first.message, { extensions: first.extensions })
      : super.errorFromResponse(response);
  }
}

const gateway = new ApolloGateway({
  supergraphSdl: readFileSync(process.argv[3], "utf8"),
  buildService: ({ url }) => new Subgraph({ url }),
});
const server = new ApolloServer({ gateway, includeStacktraceInErrorResponses: false });
const { url } = await startStandaloneServer(server, {
  listen: { port: Number(process.argv[4] ?? 0), host: "127.0.0.1" },
  context: async ({ req }) => ({ authorization: req.headers.authorization }),
});
console.log(url);
