// A sign-in that somebody approves in the portal; each page looked at.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { Keystead, PASSWORD } from "../tools/keystead.mjs";
import { launch, look, tabTo, visit } from "./browser.mjs";

const GRANT = "urn:openid:params:grant-type:ciba";
let browser, keystead, secret, opened = [];

before(async () => {
  browser = await launch();
  keystead = Keystead.start();
  keystead.createUser("alice", ["--email", "alice@example.test", "--display-name", "Alice Example"]);
  keystead.cli(["group", "create", "viewers"]);
  keystead.cli(["group", "add-member", "viewers", "alice"]);
  secret = keystead.createClient("till", { flags: ["--name", "Corner Shop", "--grant-type", "ciba"], group: "viewers" });
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

async function tab(options = {}) {
  const visitor = await visit(browser, options);
  opened.push(visitor);
  return visitor.page;
}

async function post(path, form) {
  const headers = { authorization: `Basic ${btoa(`till:${secret}`)}` };
  const answer = await fetch(`${keystead.url}${path}`, { method: "POST", headers, body: new URLSearchParams(form) });
  return { status: answer.status, ...(await answer.json()) };
}

const ask = (message) => post("/oauth2/bc-authorize", { scope: "openid profile email", login_hint: "alice", ...(message && { binding_message: message }) });
const poll = ({ auth_req_id }) => post("/oauth2/token", { grant_type: GRANT, auth_req_id });
const text = (page, selector) => page.textContent(selector).then((found) => found.trim());

async function signIn(page) {
  await page.fill("#username", "alice");
  await page.fill("#password", PASSWORD);
  await page.click("#login-submit");
  await page.waitForSelector("#current-user");
}

describe("approving a sign-in", () => {
  it("says who asks and what to compare, and lets the application in", async () => {
    const page = await tab();
    await page.goto(`${keystead.url}/approvals`);
    await signIn(page);
    await look(page, "approvals-none");
    const asked = await ask("W4SCT");
    assert.equal((await poll(asked)).error, "authorization_pending", JSON.stringify(asked));
    await page.goto(`${keystead.url}/`);
    await look(page, "approvals-home");
    await page.click("#approvals-wait a");
    await page.waitForSelector("#approvals-warning");
    assert.equal(await text(page, ".binding"), "W4SCT");
    assert.match(await text(page, ".sheet h2"), /Corner Shop/);
    await look(page, "approvals");
    await tabTo(page, 'button[value="allow"]');
    await page.keyboard.press("Enter");
    assert.match(await text(page, "#toast"), /^Approved\. Corner Shop/);
    await look(page, "approvals-done");
    const tokens = await poll(asked);
    assert.equal(tokens.status, 200, JSON.stringify(tokens));
    assert.ok(tokens.access_token && tokens.id_token);
  });

  it("shows several, and refuses one, without a script", async () => {
    const [first, second] = [await ask("x".repeat(64)), await ask()];
    const page = await tab({ javaScriptEnabled: false });
    await page.goto(`${keystead.url}/approvals`);
    await signIn(page);
    assert.equal(await page.locator(".sheet").count(), 2);
    await page.locator('button[value="deny"]').first().click();
    assert.match(await text(page, "#toast"), /^Not approved\./);
    assert.equal((await poll(second)).error, "access_denied");
    assert.equal((await poll(first)).error, "authorization_pending");
    const looked = await tab();
    await looked.goto(`${keystead.url}/approvals`);
    await signIn(looked);
    await look(looked, "approvals-long");
  });
});
