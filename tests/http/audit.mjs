// Runs the GraphQL-over-HTTP audit of the graphql-http package against a hub that asks for a token.
import { createRequire } from "node:module";

const [nodeModules, url, token] = process.argv.slice(2);
const { serverAudits } = createRequire(`${nodeModules}/`)("graphql-http");
const fetchFn = (address, init = {}) =>
  fetch(address, { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } });

const results = [];
for (const audit of serverAudits({ url, fetchFn })) {
  const { id, name, status, reason } = await audit.fn();
  results.push({ id, name, status, reason });
}
console.log(JSON.stringify(results));
