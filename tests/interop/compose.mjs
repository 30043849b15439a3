// Composes the subgraphs on standard input, a list of {name, url, sdl}, with both composers.
// Writes, by composer, {errors, hints, supergraph}. The argument is a folder node_modules.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(`${process.argv[2]}/`);
const { parse } = require("graphql");
const subgraphs = JSON.parse(readFileSync(0, "utf8")).map(({ name, url, sdl }) => ({
  name,
  url,
  typeDefs: parse(sdl),
}));

function composed(composer) {
  const result = require(composer).composeServices(subgraphs);
  return {
    errors: (result.errors ?? []).map((error) => error.message),
    hints: (result.hints ?? []).map((hint) => `${hint.definition.code}: ${hint.message}`),
    supergraph: result.supergraphSdl ?? null,
  };
}

const composers = ["@apollo/composition", "@theguild/federation-composition"];
console.log(JSON.stringify(Object.fromEntries(composers.map((each) => [each, composed(each)]))));
