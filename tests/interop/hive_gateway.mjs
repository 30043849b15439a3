// The settings of Hive Gateway: the client's own token goes on. With HIVE_ROUTER_RUNTIME, the path
// of that package, queries are planned by its planner in Rust.
const runtime = process.env.HIVE_ROUTER_RUNTIME;

export const gatewayConfig = {
  propagateHeaders: {
    fromClientToSubgraphs: ({ request }) => {
      const authorization = request.headers.get("authorization");
      return authorization ? { authorization } : {};
    },
  },
  ...(runtime ? { unifiedGraphHandler: (await import(runtime)).unifiedGraphHandler } : {}),
};
