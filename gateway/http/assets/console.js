// Starts GraphiQL. Holds credentials and queries in memory only: they name travelers, so nothing
// of them goes to the browser's storage. Refuses to reach anything but the hub that served it.
"use strict";

const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const ASSERTION_SECONDS = 60;
const RENEW_BEFORE_SECONDS = 30;

const WELCOME = `# 先在上方粘贴访问令牌或客户端凭据。
# Sign in above first.

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
const encoded = (value) => base64url(new TextEncoder().encode(JSON.stringify(value)));
const nowSeconds = () => Math.floor(Date.now() / 1000);

/** An access token that was pasted as it is. */
class PastedToken {
  constructor(token) { this.token = token; }
  async current() { return this.token; }
}

/** Client credentials: {"client_id", "audience", "key": private P-256 JWK with "kid"}. */
class Credentials {
  #token = null;
  #renewAt = 0;

  constructor(given) { this.given = given; }

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
    const { client_id, audience, key } = this.given;
    const { kty, crv, x, y, d, kid } = key;
    const algorithm = { name: "ECDSA", namedCurve: "P-256" };
    const signer = await crypto.subtle.importKey("jwk", { kty, crv, x, y, d }, algorithm, false, ["sign"]);
    const header = { alg: "ES256", kid, typ: "client-authentication+jwt" };
    const iat = nowSeconds();
    const claims = {
      iss: client_id, sub: client_id, aud: audience, iat, exp: iat + ASSERTION_SECONDS,
      jti: base64url(crypto.getRandomValues(new Uint8Array(16))),
    };
    const signed = `${encoded(header)}.${encoded(claims)}`;
    const hash = { name: "ECDSA", hash: "SHA-256" };
    const signature = await crypto.subtle.sign(hash, signer, new TextEncoder().encode(signed));
    return `${signed}.${base64url(signature)}`;
  }
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

async function fetcher(parameters, { headers } = {}) {
  return (await ask(session, parameters, headers)).json();
}

async function signIn(text) {
  const next = text.startsWith("{") ? new Credentials(JSON.parse(text)) : new PastedToken(text);
  const answer = await ask(next, { query: "{ __typename }" });
  if (answer.status === 401) throw new Error("not accepted");
  session = next;
  signIns += 1;
  render();
}

function render() {
  root.render(React.createElement(GraphiQL, {
    key: signIns,
    fetcher,
    storage,
    shouldPersistHeaders: false,
    isHeadersEditorEnabled: true,
    defaultQuery: WELCOME,
    defaultEditorToolsVisibility: "variables",
  }));
}

document.getElementById("sign-in").addEventListener("submit", async (event) => {
  event.preventDefault();
  const field = document.getElementById("credentials");
  const state = document.getElementById("state");
  try {
    await signIn(field.value.trim());
    field.value = "";
    state.textContent = "已登录 Signed in";
    state.dataset.ok = "true";
  } catch {
    state.textContent = "凭据无效 Not accepted";
    state.dataset.ok = "false";
  }
});

render();
