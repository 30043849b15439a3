// What the gate's page reads of a hub that never stops, or that sends byte by byte; as JSON.

import { createServer } from "node:http";
import { pathToFileURL } from "node:url";

const [, , folder] = process.argv;
const PART = Buffer.alloc(64 * 1024, "a");
const PARTS_MAX = 1024;
const SHORT_MS = 200;

globalThis.document = {
  getElementById: () => ({ textContent: '{"texts": {"en": {}}}' }),
  documentElement: { lang: "en" },
};
const sent = { endless: 0 };

/** As far as the reader takes it, and no more than PARTS_MAX. */
function pour(response) {
  response.on("close", () => response.destroy());
  const more = () => {
    while (sent.endless < PARTS_MAX && !response.destroyed) {
      sent.endless += 1;
      if (!response.write(PART)) return response.once("drain", more);
    }
    return response.end();
  };
  more();
}

function drip(response) {
  const timer = setInterval(() => response.write("a"), 20);
  response.on("close", () => clearInterval(timer));
  setTimeout(() => response.end(), 20 * SHORT_MS).unref();
}

const PATHS = {
  "/endless": pour,
  "/drip": drip,
  "/short": (response) => response.end("ab"),
  "/none": (response) => response.writeHead(204).end(),
  "/half": (response) => {
    response.writeHead(200, { "content-length": "9" });
    response.write("half", () => response.destroy());
  },
};

const server = createServer((request, response) => PATHS[request.url](response));
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const origin = `http://127.0.0.1:${server.address().port}`;
const ask = globalThis.fetch;
globalThis.fetch = (path, options) => ask(origin + path, options);

const { Unreachable, fetched } = await import(pathToFileURL(`${folder}/gate_hub.js`));

async function read(path, options) {
  try {
    const response = await fetched(path, options);
    return [response.status, (await response.text()).length];
  } catch (error) {
    return error instanceof Unreachable ? "Unreachable" : `another: ${error.name}`;
  }
}

const found = {
  short: await read("/short"),
  exact: await read("/short", { atMost: 2 }),
  over: await read("/short", { atMost: 1 }),
  none: await read("/none"),
  half: await read("/half"),
  drip: await read("/drip", { within: SHORT_MS }),
  endless: await read("/endless", { atMost: 128 * 1024 }),
};
found.isCutOff = sent.endless < PARTS_MAX;
process.stdout.write(JSON.stringify(found));
server.closeAllConnections();
server.close();
