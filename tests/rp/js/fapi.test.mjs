// What FAPI 2.0 asks, with independent clients (openid-client, oauth4webapi) against a running Keystead: pushed and
// signed requests, signed answers, assertions, and tokens bound to a key.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { CompactEncrypt, SignJWT, compactDecrypt, createRemoteJWKSet, exportJWK, generateKeyPair, importJWK, jwtVerify } from "jose";
import * as oauth from "oauth4webapi";
import * as client from "openid-client";
import { Keystead, PASSWORD } from "../../tools/keystead.mjs";
import { Person } from "./person.mjs";

const REDIRECT_URI = "http://127.0.0.1:9/callback";
const folder = mkdtempSync(join(tmpdir(), "keystead-fapi-"));
let keystead;

before(async () => {
  keystead = Keystead.start();
  keystead.createUser("alice", ["--email", "alice@example.test"]);
});

after(() => {
  keystead?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Registers a client with a key of its own; gives back the key. */
async function register(id, flags, alg = "ES256") {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const kid = `${id}-1`;
  const file = join(folder, `${id}.json`);
  writeFileSync(file, JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid, alg, use: "sig" }] }));
  keystead.cli(["client", "create", id, "--redirect-uri", REDIRECT_URI, "--jwks-file", file, ...flags]);
  keystead.cli(["client", "scope-map", id, "everyone", "openid", "email"]);
  await keystead.settle();
  return { key: privateKey, kid };
}

async function connect(id, key) {
  const metadata = { id_token_signed_response_alg: "ES256", authorization_signed_response_alg: "ES256" };
  const authentication = client.PrivateKeyJwt(key);
  return client.discovery(new URL(keystead.url), id, metadata, authentication, { execute: [client.allowInsecureRequests] });
}

async function checks() {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  return { pkceCodeVerifier, expectedState: client.randomState(), expectedNonce: client.randomNonce() };
}

async function parameters({ pkceCodeVerifier, expectedState, expectedNonce }, scope = "openid email") {
  return {
    redirect_uri: REDIRECT_URI,
    scope,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
    state: expectedState,
    nonce: expectedNonce,
  };
}

const refusedAs = (error) => (thrown) => thrown.error === error || thrown.cause?.error === error;

describe("FAPI 2.0", () => {
  for (const dpop of ["required", "nonce"]) {
    it(`signs in with PAR, private_key_jwt and DPoP (${dpop})`, async () => {
      const id = `fapi-${dpop}`;
      const key = await register(id, ["--profile", "fapi2", "--dpop", dpop]);
      const config = await connect(id, key);
      const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair("ES256"));
      const check = await checks();
      const url = await client.buildAuthorizationUrlWithPAR(config, await parameters(check), { DPoP });
      assert.deepEqual([...url.searchParams.keys()].sort(), ["client_id", "request_uri"]);
      const callback = await new Person("alice", PASSWORD).authorize(url.href, REDIRECT_URI);
      const tokens = await client.authorizationCodeGrant(config, callback, check, undefined, { DPoP });
      assert.equal(tokens.token_type, "dpop");
      const info = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub, { DPoP });
      assert.equal(info.email, "alice@example.test");
      await assert.rejects(client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub));
      const other = client.getDPoPHandle(config, await client.randomDPoPKeyPair("ES256"));
      await assert.rejects(client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub, { DPoP: other }));
    });
  }

  it("refuses what comes without a push, and without a proof", async () => {
    const key = await register("fapi-bare", ["--profile", "fapi2"]);
    const config = await connect("fapi-bare", key);
    const check = await checks();
    const direct = client.buildAuthorizationUrl(config, await parameters(check));
    const refused = await new Person("alice", PASSWORD).go(direct.href, REDIRECT_URI);
    assert.equal(refused.url.searchParams.get("error"), "invalid_request");
    const url = await client.buildAuthorizationUrlWithPAR(config, await parameters(check));
    const callback = await new Person("alice", PASSWORD).authorize(url.href, REDIRECT_URI);
    await assert.rejects(client.authorizationCodeGrant(config, callback, check), refusedAs("invalid_request"));
  });

  it("signs requests and reads signed answers (message signing)", async () => {
    const key = await register("fapi-signed", ["--profile", "fapi2", "--signed-requests", "required", "--alg", "ES256"]);
    const config = await connect("fapi-signed", key);
    client.useJwtResponseMode(config);
    const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair("ES256"));
    const check = await checks();
    const signed = await client.buildAuthorizationUrlWithJAR(config, await parameters(check), key);
    const url = await client.buildAuthorizationUrlWithPAR(config, signed.searchParams, { DPoP });
    const callback = await new Person("alice", PASSWORD).authorize(url.href, REDIRECT_URI);
    assert.ok(callback.searchParams.get("response"));
    const tokens = await client.authorizationCodeGrant(config, callback, check, undefined, { DPoP });
    assert.equal(tokens.claims().aud, "fapi-signed");
  });
});

describe("oauth4webapi", () => {
  const insecure = { [oauth.allowInsecureRequests]: true };

  it("pushes, redeems and reads userinfo, each with a proof", async () => {
    const key = await register("web-api", ["--profile", "fapi2", "--alg", "ES256"]);
    const issuer = new URL(keystead.url);
    const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure));
    assert.deepEqual(as.dpop_signing_alg_values_supported, ["ES256", "ES384", "PS256", "EdDSA", "Ed25519"]);
    const own = { client_id: "web-api", id_token_signed_response_alg: "ES256" };
    const authentication = oauth.PrivateKeyJwt(key);
    const DPoP = oauth.DPoP(own, await oauth.generateKeyPair("ES256"));
    const verifier = oauth.generateRandomCodeVerifier();
    const asked = new URLSearchParams({
      client_id: "web-api",
      redirect_uri: REDIRECT_URI,
      response_type: "code",
      scope: "openid email",
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
    });
    const options = { DPoP, ...insecure };
    const pushed = await oauth.pushedAuthorizationRequest(as, own, authentication, asked, options);
    const { request_uri } = await oauth.processPushedAuthorizationResponse(as, own, pushed);
    const url = new URL(as.authorization_endpoint);
    url.search = new URLSearchParams({ client_id: "web-api", request_uri });
    const callback = await new Person("alice", PASSWORD).authorize(url.href, REDIRECT_URI);
    const answer = oauth.validateAuthResponse(as, own, callback, oauth.expectNoState);
    const redeemed = await oauth.authorizationCodeGrantRequest(as, own, authentication, answer, REDIRECT_URI, verifier, options);
    const tokens = await oauth.processAuthorizationCodeResponse(as, own, redeemed);
    assert.equal(tokens.token_type, "dpop");
    const { sub } = oauth.getValidatedIdTokenClaims(tokens);
    const info = await oauth.userInfoRequest(as, own, tokens.access_token, options);
    const read = await oauth.processUserInfoResponse(as, own, sub, info);
    assert.equal(read.email, "alice@example.test");
  });

  for (const [alg, enc, kty] of [
    ["RSA-OAEP-256", "A256GCM", "RSA"],
    ["ECDH-ES", "A128CBC-HS256", "EC"],
    ["ECDH-ES+A256KW", "A256GCM", "EC"],
  ]) {
    it(`has a request read that is encrypted with ${alg} and ${enc}`, async () => {
      const id = `asks-${alg.toLowerCase().replaceAll("+", "-")}`;
      const flags = ["--signed-requests", "encrypted", "--request-object-encryption-alg", alg];
      const { key, kid } = await register(id, flags);
      const issuer = new URL(keystead.url);
      const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure));
      assert.ok(as.request_object_encryption_alg_values_supported.includes(alg));
      const published = (await (await fetch(as.jwks_uri)).json()).keys;
      const own = published.find((one) => one.use === "enc" && one.kty === kty);
      const claims = {
        client_id: id,
        redirect_uri: REDIRECT_URI,
        response_type: "code",
        scope: "openid email",
        state: "inside",
        code_challenge: await oauth.calculatePKCECodeChallenge(oauth.generateRandomCodeVerifier()),
        code_challenge_method: "S256",
      };
      const signed = await new SignJWT(claims)
        .setProtectedHeader({ alg: "ES256", kid, typ: "oauth-authz-req+jwt" })
        .setIssuer(id)
        .setAudience(keystead.url)
        .setNotBefore("0s")
        .setExpirationTime("5m")
        .sign(key);
      const sealed = await new CompactEncrypt(new TextEncoder().encode(signed))
        .setProtectedHeader({ alg, enc, kid: own.kid, cty: "oauth-authz-req+jwt" })
        .encrypt(await importJWK(own, alg));
      const url = new URL(as.authorization_endpoint);
      url.search = new URLSearchParams({ client_id: id, request: sealed });
      const callback = await new Person("alice", PASSWORD).authorize(url.href, REDIRECT_URI);
      assert.equal(callback.searchParams.get("state"), "inside");
      assert.ok(callback.searchParams.get("code"));
    });
  }

  for (const [alg, enc, options] of [
    ["RSA-OAEP-256", "A128CBC-HS256", { modulusLength: 2048 }],
    ["ECDH-ES", "A256GCM", { crv: "P-256" }],
    ["ECDH-ES+A256KW", "A128CBC-HS256", { crv: "P-384" }],
  ]) {
    it(`reads what is encrypted with ${alg} and ${enc}`, async () => {
      const id = `sealed-${alg.toLowerCase().replaceAll("+", "-")}`;
      const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true, ...options });
      const file = join(folder, `${id}.json`);
      const own = await exportJWK(publicKey);
      writeFileSync(file, JSON.stringify({ keys: [{ ...own, kid: "enc-1", alg, use: "enc" }] }));
      const told = ["id-token", "userinfo"].flatMap((what) => [
        `--${what}-encrypted-response-alg`, alg, `--${what}-encrypted-response-enc`, enc,
      ]);
      const uris = ["--redirect-uri", REDIRECT_URI, "--jwks-file", file];
      keystead.cli(["client", "create", id, ...uris, "--public", "--userinfo-signed-response-alg", "ES256", ...told]);
      keystead.cli(["client", "scope-map", id, "everyone", "openid", "email"]);
      await keystead.settle();
      const issuer = new URL(keystead.url);
      const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure));
      const verifier = oauth.generateRandomCodeVerifier();
      const url = new URL(as.authorization_endpoint);
      url.search = new URLSearchParams({
        client_id: id,
        redirect_uri: REDIRECT_URI,
        response_type: "code",
        scope: "openid email",
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: "S256",
      });
      const callback = await new Person("alice", PASSWORD).authorize(url.href, REDIRECT_URI);
      const client = { client_id: id };
      const answer = oauth.validateAuthResponse(as, client, callback, oauth.expectNoState);
      const redeemed = await oauth.authorizationCodeGrantRequest(as, client, oauth.None(), answer, REDIRECT_URI, verifier, insecure);
      const tokens = await redeemed.json();
      const keys = createRemoteJWKSet(new URL(as.jwks_uri));
      const open = async (sealed) => {
        const { plaintext, protectedHeader } = await compactDecrypt(sealed, privateKey);
        assert.deepEqual([protectedHeader.alg, protectedHeader.enc, protectedHeader.cty], [alg, enc, "JWT"]);
        return jwtVerify(new TextDecoder().decode(plaintext), keys, { issuer: keystead.url, audience: id });
      };
      const { payload } = await open(tokens.id_token);
      const headers = { authorization: `Bearer ${tokens.access_token}` };
      const info = await fetch(as.userinfo_endpoint, { headers });
      assert.equal(info.headers.get("content-type"), "application/jwt");
      const read = await open(await info.text());
      assert.equal(read.payload.sub, payload.sub);
      assert.equal(read.payload.email, "alice@example.test");
    });
  }
});
