// Applications in the console, in a real browser: from "Add application" to ready files, and every page of one.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { Keystead, PASSWORD } from "../tools/keystead.mjs";
import { launch, look, visit } from "./browser.mjs";

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
    for (const tab of ["connect", "access", "claims", "security", "redirects", "activity", "state", "delete"]) {
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

  it("say before a change who loses access, also without a script", async () => {
    const page = await at("/admin/applications/board/access", { javaScriptEnabled: false });
    await page.click('button[value="remove-scopes"]');
    assert.match(await page.textContent("#impact"), /2 people lose access/);
    await page.click("#confirm");
    assert.match(await page.textContent("#nobody"), /Nobody may use it/);
  });
});
