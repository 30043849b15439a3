// Starts GraphiQL. Holds credentials and queries in memory only: they name travelers, so nothing
// of them goes to the browser's storage. Refuses to reach anything but the hub that served it.
"use strict";

const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const ASSERTION_SECONDS = 60;
const RENEW_BEFORE_SECONDS = 30;

const WELCOME = `# 先在上方登录。Sign in above first.

{ __typename }
`;

class MemoryStorage {
  #items = new Map();
  get length() { return this.#items.size; }
  getItem(name) { return this.#items.get(name) ?? null; }
  setItem(name, value) { this.#items.set(name, value); }
  removeItem(name) { this.#items.delete(name); }
  clear() { this.#items.clear(); }
}

const base64url = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
const utf8 = (text) => new TextEncoder().encode(text);
const encoded = (value) => base64url(utf8(JSON.stringify(value)));
const nowSeconds = () => Math.floor(Date.now() / 1000);

/** An access token that was pasted as it is. */
class PastedToken {
  constructor(token) { this.token = token; }
  async current() { return this.token; }
}

/** A client's credentials file, {"client_id", "audience", …}, and its private key in PEM (P-256). */
class Credentials {
  #token = null;
  #renewAt = 0;

  constructor(given, pem) {
    this.given = given;
    this.pem = pem;
  }

  async current() {
    if (nowSeconds() >= this.#renewAt) await this.#renew();
    return this.#token;
  }

  async #renew() {
    const answer = await fetch("/oauth/token", {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({
        grant_type: "client_credentials",
        client_assertion_type: ASSERTION_TYPE,
        client_assertion: await this.#assertion(),
      }),
    });
    const body = await answer.json();
    if (!answer.ok) throw new Error(body.error ?? String(answer.status));
    this.#token = body.access_token;
    this.#renewAt = nowSeconds() + body.expires_in - RENEW_BEFORE_SECONDS;
  }

  async #assertion() {
    const { client_id, audience } = this.given;
    const key = await privateKey(this.pem);
    const header = { alg: "ES256", kid: await keyId(key), typ: "client-authentication+jwt" };
    const iat = nowSeconds();
    const claims = {
      iss: client_id, sub: client_id, aud: audience, iat, exp: iat + ASSERTION_SECONDS,
      jti: base64url(crypto.getRandomValues(new Uint8Array(16))),
    };
    const signed = `${encoded(header)}.${encoded(claims)}`;
    const hash = { name: "ECDSA", hash: "SHA-256" };
    const signature = await crypto.subtle.sign(hash, key, utf8(signed));
    return `${signed}.${base64url(signature)}`;
  }
}

/** Extractable, because its public half is asked for below; it does not leave this page. */
async function privateKey(pem) {
  const der = Uint8Array.from(atob(pem.replace(/-----[^-]+-----|\s/g, "")), (c) => c.charCodeAt(0));
  return crypto.subtle.importKey("pkcs8", der, { name: "ECDSA", namedCurve: "P-256" }, true, ["sign"]);
}

/** The thumbprint of the public key (RFC 7638), by which the registry knows it. */
async function keyId(key) {
  const { crv, kty, x, y } = await crypto.subtle.exportKey("jwk", key);
  return base64url(await crypto.subtle.digest("SHA-256", utf8(JSON.stringify({ crv, kty, x, y }))));
}

const root = ReactDOM.createRoot(document.getElementById("graphiql"));
const storage = new MemoryStorage();
let session = null;
let signIns = 0;

async function ask(asker, parameters, headers) {
  const authorization = asker ? { authorization: `Bearer ${await asker.current()}` } : {};
  return fetch("/graphql", {
    method: "POST",
    headers: {
      accept: "application/graphql-response+json, application/json",
      "content-type": "application/json",
      ...authorization,
      ...headers,
    },
    body: JSON.stringify(parameters),
  });
}

function fetcher(parameters, { headers } = {}) {
  return isSubscription(parameters) ? events(parameters, headers) : answer(parameters, headers);
}

async function answer(parameters, headers) {
  return (await ask(session, parameters, headers)).json();
}

/** By the text alone: what GraphiQL makes of it lags behind the editor. */
function isSubscription({ query, operationName }) {
  const named = operationName ? `subscription\\s+${operationName}\\b` : "subscription\\b";
  return new RegExp(`^(\\s|,|#.*$)*${named}`, "m").test(query);
}

/** The results of a subscription, by server-sent events (graphql-sse, distinct connections mode). */
async function* events(parameters, headers) {
  const stream = await ask(session, parameters, { ...headers, accept: "text/event-stream" });
  if (!stream.headers.get("content-type")?.startsWith("text/event-stream")) {
    yield await stream.json();
    return;
  }
  let text = "";
  for await (const piece of pieces(stream.body.pipeThrough(new TextDecoderStream()))) {
    const frames = (text + piece).split("\n\n");
    text = frames.pop();
    for (const frame of frames) {
      const data = /^data: ?(.+)$/m.exec(frame);
      if (/^event: ?next$/m.test(frame) && data) yield JSON.parse(data[1]);
    }
  }
}

/** What a stream gives; whoever stops listening ends it, and with it the hub's part. */
async function* pieces(stream) {
  const reader = stream.getReader();
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
  } finally {
    await reader.cancel();
  }
}

async function credentialsIn(files) {
  const texts = await Promise.all([...files].map((file) => file.text()));
  const given = texts.find((text) => text.trimStart().startsWith("{"));
  const pem = texts.find((text) => text.includes("PRIVATE KEY"));
  return new Credentials(JSON.parse(given), pem);
}

async function signIn(token, files) {
  const next = files.length > 0 ? await credentialsIn(files) : new PastedToken(token);
  const answer = await ask(next, { query: "{ __typename }" });
  if (!answer.ok) throw new Error("not accepted");
  session = next;
  signIns += 1;
  render();
}

function render() {
  root.render(React.createElement(GraphiQL, {
    key: signIns,
    fetcher,
    // Nobody has signed in yet: there is no schema to ask for.
    schema: session === null ? null : undefined,
    storage,
    shouldPersistHeaders: false,
    isHeadersEditorEnabled: true,
    defaultQuery: WELCOME,
    defaultEditorToolsVisibility: "variables",
  }));
}

document.getElementById("sign-in").addEventListener("submit", async (event) => {
  event.preventDefault();
  const field = document.getElementById("token");
  const files = document.getElementById("files");
  const state = document.getElementById("state");
  try {
    await signIn(field.value.trim(), files.files);
    event.target.reset();
    state.textContent = "已登录 Signed in";
    state.dataset.ok = "true";
  } catch {
    state.textContent = "凭据无效，请重选文件或重取令牌 Not accepted: choose again";
    state.dataset.ok = "false";
  }
});

render();
