// The smallest relying party: code flow with PKCE, state and nonce; shows what it was told as JSON.
import { createHash, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { once } from "node:events";

const random = () => randomBytes(24).toString("base64url");
const form = (fields) => new URLSearchParams(fields);

export class Party {
  #flows = new Map();
  /** What came to any address of ours, in order: method and path with query. */
  seen = [];
  #server = createServer((request, response) => this.#answer(request, response));

  static async listen() {
    const party = new Party();
    party.#server.listen(0, "127.0.0.1");
    await once(party.#server, "listening");
    party.url = `http://127.0.0.1:${party.#server.address().port}`;
    party.callback = `${party.url}/callback`;
    return party;
  }

  /** Says which provider, client and secret to use. */
  async join(issuer, id, secret) {
    const metadata = await fetch(`${issuer}/.well-known/openid-configuration`);
    Object.assign(this, { id, secret, provider: await metadata.json() });
  }

  /** The authorization URL of a new flow; `extra` overrides parameters. */
  authorizationUrl(extra = {}) {
    const state = random();
    const verifier = random();
    this.#flows.set(state, verifier);
    const challenge = createHash("sha256").update(verifier).digest("base64url");
    const query = form({
      client_id: this.id, redirect_uri: this.callback, response_type: "code", scope: "openid profile email", state,
      nonce: random(), code_challenge: challenge, code_challenge_method: "S256", ...extra,
    });
    return `${this.provider.authorization_endpoint}?${query}`;
  }

  /** Where a person is sent to sign out; with the address to come back to. */
  get logoutUrl() {
    const query = form({ client_id: this.id, post_logout_redirect_uri: `${this.url}/goodbye` });
    return `${this.provider.end_session_endpoint}?${query}`;
  }

  async #answer(request, response) {
    const url = new URL(request.url, this.url);
    this.seen.push(`${request.method} ${request.url}`);
    const send = (status, body, headers = {}) => response.writeHead(status, headers).end(body);
    if (url.pathname === "/start") {
      return send(302, "", { location: this.authorizationUrl(Object.fromEntries(url.searchParams)) });
    }
    if (url.pathname === "/favicon.ico") return send(204);
    let answer = url.searchParams;
    if (request.method === "POST") answer = form(Buffer.concat(await request.toArray()).toString());
    const told = url.pathname === "/callback" ? await this.#callback(answer) : { page: url.pathname };
    const shown = JSON.stringify(told).replaceAll("<", "\\u003c");
    return send(200, `<!doctype html><title>Party</title><pre id="told">${shown}</pre>`, { "content-type": "text/html; charset=utf-8" });
  }

  async #callback(query) {
    const verifier = this.#flows.get(query.get("state"));
    if (!verifier) return { error: "unknown state" };
    if (query.has("error")) return Object.fromEntries(query);
    this.sessionState = query.get("session_state");
    const token = await fetch(this.provider.token_endpoint, {
      method: "POST",
      body: form({
        grant_type: "authorization_code", code: query.get("code"), redirect_uri: this.callback, code_verifier: verifier,
        client_id: this.id, client_secret: this.secret,
      }),
    });
    const tokens = await token.json();
    if (!token.ok) return tokens;
    const info = await fetch(this.provider.userinfo_endpoint, { headers: { authorization: `Bearer ${tokens.access_token}` } });
    return info.json();
  }

  close() {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
