// Applications in the console, in a real browser: from "Add application" to ready files, and every page of one.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { Keystead, PASSWORD } from "../tools/keystead.mjs";
import { launch, look, visit } from "./browser.mjs";
import { Party } from "./party.mjs";

let browser, keystead, opened = [];

before(async () => {
  browser = await launch();
  keystead = Keystead.start();
  keystead.createUser("ada", ["--admin", "--display-name", "Ada Lovelace"]);
  keystead.createUser("alice", ["--email", "alice@example.test", "--display-name", "Alice Example"]);
  keystead.cli(["group", "create", "netbox-users"]);
  keystead.cli(["group", "add-member", "netbox-users", "alice"]);
  for (const id of ["wiki", "board"]) {
    keystead.createClient(id, { flags: ["--name", `The ${id}`, "--redirect-uri", `https://${id}.example.test/cb`], group: "everyone" });
  }
  await keystead.settle();
});

after(async () => {
  await browser?.close();
  keystead?.stop();
});

afterEach(async () => {
  const complaints = opened.flatMap((visitor) => visitor.complaints);
  await Promise.all(opened.map((visitor) => visitor.context.close()));
  opened = [];
  assert.deepEqual(complaints, []);
});

/** A tab in which the administrator is signed in, at a page of the console. */
async function at(path, options = {}) {
  const visitor = await visit(browser, options);
  opened.push(visitor);
  const { page } = visitor;
  await page.goto(`${keystead.url}${path}`);
  await page.fill("#username", "ada");
  await page.fill("#password", PASSWORD);
  await page.click("#login-submit");
  await page.waitForSelector("#current-user");
  return page;
}

describe("applications in the console", () => {
  it("are added in two steps that end with ready files", async () => {
    const page = await at("/admin/applications");
    await look(page, "console-applications");
    await page.click("#add-application");
    await look(page, "console-application-kinds");
    await page.click("#kind-netbox");
    await page.click("#save");
    await look(page, "console-application-new-error");
    await page.fill("#url", "netbox.example.test/login");
    await page.fill("#group", "netbox-users");
    await page.click("#save");
    await page.waitForSelector("text=The client secret");
    await look(page, "console-application-created");
    const files = await page.textContent("main");
    assert.match(files, /SOCIAL_AUTH_OIDC_OIDC_ENDPOINT/);
    assert.match(files, /took https:\/\/netbox\.example\.test/);
  });

  it("have a page for each side of them", async () => {
    const page = await at("/admin/applications/wiki");
    await look(page, "console-application");
    for (const tab of ["connect", "access", "claims", "security", "redirects", "activity", "live", "check", "history", "state", "delete"]) {
      await page.goto(`${keystead.url}/admin/applications/wiki/${tab}`);
      await look(page, `console-application-${tab}`);
    }
  });

  it("tell how a refused sign-in can be mended", async () => {
    const page = await at("/admin/applications/wiki");
    const asked = new URL("/oauth2/authorize", keystead.url);
    asked.search = new URLSearchParams({
      client_id: "wiki", response_type: "code", scope: "openid", redirect_uri: "https://wiki.example.test/cb/",
    });
    await page.goto(asked.href);
    const reference = (await page.textContent("#error-ref")).trim();
    // Flows are written once a second.
    for (let tries = 0; tries < 20; tries++) {
      await page.goto(`${keystead.url}/admin/flows/${reference}`);
      if (!(await page.$("#error-code"))) break;
      await page.waitForTimeout(250);
    }
    await look(page, "console-application-flow");
    assert.match(await page.textContent("main"), /https:\/\/wiki\.example\.test\/cb\//);
  });

  it("turn green by themselves with the first sign-in, after one that failed", async () => {
    const party = await Party.listen();
    const secret = keystead.createClient("party", { flags: ["--name", "Party", "--trusted", "--redirect-uri", party.callback], group: "everyone" });
    await keystead.settle();
    await party.join(keystead.url, "party", secret);
    const admin = await at("/admin/applications/party/live");
    assert.match(await admin.textContent("#status-sentence"), /Nobody has tried/);
    const { page, context, complaints } = await visit(browser);
    opened.push({ page, context, complaints });
    await page.goto(party.authorizationUrl({ redirect_uri: `${party.callback}/` }));
    await admin.waitForSelector("#status-told >> text=Show why, and mend it", { timeout: 15_000 });
    await look(admin, "console-application-live-failed");
    await page.goto(`${party.url}/start`);
    await page.fill("#username", "alice");
    await page.fill("#password", PASSWORD);
    await page.click("#login-submit");
    await page.waitForSelector("#told");
    await admin.waitForSelector("#status-told >> text=Works", { timeout: 15_000 });
    assert.equal(await admin.textContent("#status-sentence"), "alice signed in to party.");
    await look(admin, "console-application-live-works");
    await party.close();
  });

  it("are checked for real from the console, and lead to what is to be mended", async () => {
    keystead.cli(["client", "create", "netbox2", "--template", "netbox", "--url", "https://netbox2.example.test"]);
    keystead.cli(["client", "scope-map", "netbox2", "everyone", "openid", "profile", "email"]);
    await keystead.settle();
    const page = await at("/admin/applications/netbox2/check");
    await page.selectOption("#library", "social-core:4.8.3");
    await page.click("#run-check");
    assert.match(await page.textContent("#verdict"), /People can sign in/);
    await look(page, "console-application-check-passed");
    keystead.cli(["client", "update", "netbox2", "--alg", "EdDSA", "--pkce", "required"]);
    await keystead.settle();
    await page.click("#run-check");
    assert.match(await page.textContent("#found-pkce"), /cannot send it/);
    await look(page, "console-application-check-failed");
    await page.click("#found-pkce a");
    assert.match(page.url(), /netbox2\/security$/);
    await page.goto(`${keystead.url}/admin/applications/netbox2/history`);
    assert.match(await page.textContent("#history"), /RS256[^]*EdDSA/);
    await look(page, "console-application-history-changes");
  });

  it("get roles with the first form", async () => {
    const page = await at("/admin/add-application?template=web");
    await page.click("#roles summary");
    await page.fill("#url", "https://roles.example.test");
    await page.fill("#client_id", "roles");
    await page.fill("#role-group-1", "nobody");
    await page.fill("#role-value-1", "editor");
    await page.click("#save");
    await look(page, "console-application-roles-error");
    await page.fill("#role-group-1", "netbox-users");
    await page.click("#save");
    await page.waitForSelector("text=Newest sign-in");
    await page.goto(`${keystead.url}/admin/applications/roles/access`);
    assert.match(await page.textContent("main"), /netbox-users[^]*editor/);
    await page.fill("#claim", "roles");
    await page.fill("#claim_group", "netbox-users");
    await page.fill("#values", "admin");
    await page.click("#set-claim");
    assert.match(await page.textContent("#impact"), /1 person/);
    await look(page, "console-application-role-asked");
  });

  it("say before a change who loses access, also without a script", async () => {
    const page = await at("/admin/applications/board/access", { javaScriptEnabled: false });
    await page.click('button[value="remove-scopes"]');
    assert.match(await page.textContent("#impact"), /2 people lose access/);
    await page.click("#confirm");
    assert.match(await page.textContent("#nobody"), /Nobody may use it/);
  });
});
