// A certified OpenID Connect client (openid-client) that registers itself at a running Keystead.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import * as client from "openid-client";
import { Keystead, PASSWORD } from "../../tools/keystead.mjs";
import { Person } from "./person.mjs";

const REDIRECT_URI = "http://127.0.0.1:9/callback";

let keystead, token;

before(async () => {
  process.env.KEYSTEAD_OIDC__REGISTRATION = "token";
  keystead = Keystead.start();
  keystead.createUser("alice", ["--email", "alice@example.test"]);
  token = keystead.cli(["registration-token", "create", "js", "--group", "everyone", "--uses", "1"]).trim();
  await keystead.settle();
});

after(() => {
  keystead?.stop();
  delete process.env.KEYSTEAD_OIDC__REGISTRATION;
});

const register = (metadata, initialAccessToken) =>
  client.dynamicClientRegistration(new URL(keystead.url), metadata, undefined, {
    initialAccessToken,
    execute: [client.allowInsecureRequests],
  });

const refusedAs = (status) => (thrown) =>
  [thrown, thrown.cause].some((error) => error?.status === status || error?.cause?.status === status || error?.response?.status === status);

describe("a client that registers itself", () => {
  const metadata = { redirect_uris: [REDIRECT_URI], client_name: "Registered", id_token_signed_response_alg: "ES256" };
  let config, told;

  it("is refused without a token", async () => {
    await assert.rejects(register(metadata), refusedAs(401));
  });

  it("is taken with one, and told what it is", async () => {
    config = await register(metadata, token);
    told = config.clientMetadata();
    assert.equal(told.client_name, "Registered");
    assert.equal(told.client_secret_expires_at, 0);
    assert.match(told.registration_client_uri, new RegExp(`^${keystead.url}/oauth2/register/`));
  });

  it("finds the token used up", async () => {
    await assert.rejects(register(metadata, token), refusedAs(401));
  });

  it("signs somebody in at once", async () => {
    client.enableNonRepudiationChecks(config);
    const pkceCodeVerifier = client.randomPKCECodeVerifier();
    const expectedNonce = client.randomNonce();
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: REDIRECT_URI,
      scope: "openid email",
      nonce: expectedNonce,
      code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: "S256",
    });
    const callback = await new Person("alice", PASSWORD).authorize(url.href, REDIRECT_URI);
    const tokens = await client.authorizationCodeGrant(config, callback, { pkceCodeVerifier, expectedNonce });
    const info = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
    assert.equal(info.email, "alice@example.test");
  });

  it("reads, changes and deletes itself", async () => {
    const own = (method, body) =>
      fetch(told.registration_client_uri, {
        method,
        headers: { authorization: `Bearer ${told.registration_access_token}`, "content-type": "application/json" },
        body: body && JSON.stringify(body),
      });
    assert.equal((await (await own("GET")).json()).client_id, told.client_id);
    const changed = await own("PUT", { ...metadata, client_id: told.client_id, client_name: "Renamed" });
    assert.equal((await changed.json()).client_name, "Renamed");
    assert.equal((await own("DELETE")).status, 204);
    assert.equal((await own("GET")).status, 401);
  });
});
