// A certified OpenID Connect client (openid-client) against a running Keystead, for each signing algorithm.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import * as client from "openid-client";
import { Keystead, PASSWORD } from "../../tools/keystead.mjs";
import { Person } from "./person.mjs";

const REDIRECT_URI = "http://127.0.0.1:9/callback";
const AFTER_LOGOUT = "http://127.0.0.1:9/goodbye";
const SCOPES = ["openid", "profile", "email", "groups", "offline_access"];

let keystead;

before(async () => {
  keystead = Keystead.start();
  keystead.createUser("alice", ["--email", "alice@example.test", "--given-name", "Alice", "--family-name", "Jones"]);
  keystead.cli(["group", "create", "staff"]);
  keystead.cli(["group", "add-member", "staff", "alice"]);
});

after(() => keystead?.stop());

/** Registers a client and discovers the provider with it, checking ID token signatures too. */
async function connect(id, { alg = "RS256", flags = [], authentication, issuer = keystead.url }) {
  const uris = ["--redirect-uri", REDIRECT_URI, "--post-logout-redirect-uri", AFTER_LOGOUT];
  const all = ["--name", id, ...uris, "--alg", alg, ...flags];
  const secret = keystead.createClient(id, { flags: all, group: "staff", scopes: SCOPES });
  await keystead.settle();
  const metadata = { client_secret: secret, id_token_signed_response_alg: alg };
  const config = await client.discovery(new URL(issuer), id, metadata, authentication?.(secret), {
    execute: [client.allowInsecureRequests],
  });
  client.enableNonRepudiationChecks(config);
  return config;
}

/** The authorization code flow with PKCE, state and nonce. */
async function signIn(config, person, scope = SCOPES.join(" ")) {
  const checks = {
    pkceCodeVerifier: client.randomPKCECodeVerifier(),
    expectedState: client.randomState(),
    expectedNonce: client.randomNonce(),
  };
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: REDIRECT_URI,
    scope,
    code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: "S256",
    state: checks.expectedState,
    nonce: checks.expectedNonce,
  });
  const callback = await person.authorize(url.href, REDIRECT_URI);
  const tokens = await client.authorizationCodeGrant(config, callback, { ...checks, idTokenExpected: true });
  return { callback, checks, tokens };
}

const refusedAs = (error) => (thrown) => thrown.error === error || thrown.cause?.error === error;

for (const alg of ["RS256", "PS256", "ES256", "ES384", "EdDSA"]) {
  describe(`a client with ${alg}`, () => {
    const alice = new Person("alice", PASSWORD);
    let config, tokens, callback, checks, sub;

    it("signs in with code, PKCE, state and nonce", async () => {
      config = await connect(`js-${alg.toLowerCase()}`, { alg });
      ({ tokens, callback, checks } = await signIn(config, alice));
      assert.equal(tokens.token_type, "bearer");
      assert.ok(tokens.refresh_token);
      sub = tokens.claims().sub;
    });

    it("gets an ID token that verifies against the published key", async () => {
      const { jwks_uri, issuer } = config.serverMetadata();
      const { payload } = await jwtVerify(tokens.id_token, createRemoteJWKSet(new URL(jwks_uri)), {
        issuer,
        audience: config.clientMetadata().client_id,
        algorithms: [alg],
        requiredClaims: ["sub", "exp", "iat", "auth_time", "nonce"],
      });
      assert.equal(decodeProtectedHeader(tokens.id_token).alg, alg);
      assert.equal(payload.iss, keystead.url);
      assert.equal(payload.nbf, undefined);
    });

    it("reads userinfo of the same person", async () => {
      const info = await client.fetchUserInfo(config, tokens.access_token, sub);
      assert.equal(info.preferred_username, "alice");
      assert.equal(info.email, "alice@example.test");
      assert.deepEqual(info.groups, ["staff"]);
    });

    it("refreshes, and the person stays the same", async () => {
      const fresh = await client.refreshTokenGrant(config, tokens.refresh_token);
      assert.notEqual(fresh.access_token, tokens.access_token);
      const info = await client.fetchUserInfo(config, fresh.access_token, sub);
      assert.equal(info.sub, sub);
      tokens = fresh;
    });

    it("introspects an access token", async () => {
      const seen = await client.tokenIntrospection(config, tokens.access_token);
      assert.equal(seen.active, true);
      assert.equal(seen.sub, sub);
      assert.equal(seen.client_id, config.clientMetadata().client_id);
    });

    it("revokes the refresh token, which then refreshes no more", async () => {
      await client.tokenRevocation(config, tokens.refresh_token);
      await assert.rejects(client.refreshTokenGrant(config, tokens.refresh_token), refusedAs("invalid_grant"));
      const seen = await client.tokenIntrospection(config, tokens.refresh_token);
      assert.equal(seen.active, false);
    });

    it("cannot redeem the code again", async () => {
      await assert.rejects(client.authorizationCodeGrant(config, callback, checks), refusedAs("invalid_grant"));
    });

    it("signs out and comes back with its state", async () => {
      const again = await signIn(config, alice);
      const state = client.randomState();
      const url = client.buildEndSessionUrl(config, {
        id_token_hint: again.tokens.id_token,
        post_logout_redirect_uri: AFTER_LOGOUT,
        state,
      });
      let page = await alice.go(url.href, AFTER_LOGOUT);
      if (page.html) page = await alice.press(page, "logout-confirm", AFTER_LOGOUT);
      assert.equal(page.url.href, `${AFTER_LOGOUT}?state=${state}`);
      const silent = client.buildAuthorizationUrl(config, {
        redirect_uri: REDIRECT_URI,
        scope: "openid",
        prompt: "none",
        state,
        code_challenge: await client.calculatePKCECodeChallenge(client.randomPKCECodeVerifier()),
        code_challenge_method: "S256",
      });
      const refused = await alice.go(silent.href, REDIRECT_URI);
      assert.equal(refused.url.searchParams.get("error"), "login_required");
    });
  });
}

describe("under another provider's addresses", () => {
  const layouts = { authentik: "/application/o/js-authentik/", kanidm: "/oauth2/openid/js-kanidm" };
  for (const [layout, path] of Object.entries(layouts)) {
    it(`signs in and refreshes with the issuer of ${layout}, byte for byte`, async () => {
      const issuer = keystead.url + path;
      const config = await connect(`js-${layout}`, { issuer });
      const { tokens } = await signIn(config, new Person("alice", PASSWORD));
      assert.equal(tokens.claims().iss, issuer);
      const fresh = await client.refreshTokenGrant(config, tokens.refresh_token);
      if (fresh.id_token) assert.equal(fresh.claims().iss, issuer);
      const info = await client.fetchUserInfo(config, fresh.access_token, tokens.claims().sub);
      assert.equal(info.preferred_username, "alice");
    });
  }
});

describe("other ways to be a client", () => {
  it("a service gets a token of its own with client_credentials", async () => {
    const config = await connect("js-service", { flags: ["--grant-type", "client_credentials"] });
    const tokens = await client.clientCredentialsGrant(config);
    assert.ok(tokens.access_token);
    assert.equal(tokens.refresh_token, undefined);
    const seen = await client.tokenIntrospection(config, tokens.access_token);
    assert.equal(seen.active, true);
    assert.equal(seen.client_id, "js-service");
  });

  it("client_secret_basic and client_secret_post both authenticate", async () => {
    for (const [name, authentication] of [["basic", client.ClientSecretBasic], ["post", client.ClientSecretPost]]) {
      const config = await connect(`js-${name}`, { authentication });
      const { tokens } = await signIn(config, new Person("alice", PASSWORD), "openid");
      assert.ok(tokens.id_token, name);
      assert.equal(tokens.refresh_token, undefined, "no refresh token without offline_access");
    }
  });

  it("a public client signs in with PKCE alone", async () => {
    const config = await connect("js-public", { flags: ["--public"], authentication: client.None });
    const { tokens } = await signIn(config, new Person("alice", PASSWORD), "openid profile");
    assert.equal(tokens.claims().aud, "js-public");
  });

  it("a wrong secret is refused as invalid_client", async () => {
    const config = await connect("jswrong", { authentication: () => client.ClientSecretPost("not-the-secret-it-got") });
    await assert.rejects(signIn(config, new Person("alice", PASSWORD), "openid"), (thrown) => thrown.status === 401);
  });
});
