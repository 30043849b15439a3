// What GraphQL Inspector calls breaking, of each pair of SDLs on the standard input.
import { createRequire } from "node:module";
import { text } from "node:stream/consumers";

const require = createRequire(`${process.argv[2]}/`);
const { diff, CriticalityLevel } = require("@graphql-inspector/core");
const { buildSchema } = require("graphql");

const found = [];
for (const [before, after] of JSON.parse(await text(process.stdin))) {
  const changes = await diff(buildSchema(before), buildSchema(after));
  const breaking = changes.filter((each) => each.criticality.level === CriticalityLevel.Breaking);
  found.push(breaking.map(({ type, path, message }) => ({ type, path, message })));
}
console.log(JSON.stringify(found));
