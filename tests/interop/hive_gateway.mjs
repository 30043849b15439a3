// The settings of Hive Gateway: the client's own token goes on, and subscriptions are asked by POST, as
// all else is. HIVE_SUBSCRIPTIONS=ws has them asked by WebSocket. With HIVE_ROUTER_RUNTIME, the path of
// that package, queries are planned by its planner in Rust.
const runtime = process.env.HIVE_ROUTER_RUNTIME;

// Hive sends no headers of its clients with a WebSocket: the token goes into connection_init.
const connectionParams = { Authorization: "{context.headers.authorization}" };
const bySocket = { subscriptions: { kind: "ws", options: { connectionParams } } };
const options = process.env.HIVE_SUBSCRIPTIONS === "ws" ? bySocket : { method: "POST" };

export const gatewayConfig = {
  propagateHeaders: {
    fromClientToSubgraphs: ({ request }) => {
      const authorization = request.headers.get("authorization");
      return authorization ? { authorization } : {};
    },
  },
  transportEntries: { "*.http": { options } },
  ...(runtime ? { unifiedGraphHandler: (await import(runtime)).unifiedGraphHandler } : {}),
};
