// The portal in a real browser: what somebody without any role sees and changes of their own account.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { Keystead, PASSWORD } from "../tools/keystead.mjs";
import { launch, look, tabTo, visit } from "./browser.mjs";
import { Party } from "./party.mjs";

const NEW = "copper-lantern-17-velvet-orchard";
let browser, keystead, party, opened = [];

before(async () => {
  browser = await launch();
  party = await Party.listen();
  keystead = Keystead.start();
  for (const name of ["alice", "berta", "clara"]) {
    keystead.createUser(name, ["--email", `${name}@example.test`, "--display-name", `${name} Example`]);
  }
  for (const id of ["wiki", "board", "cloud", "chart", "files", "build", "notes", "photo", "plans", "vault"]) {
    const address = id === "vault" ? [] : ["--launch-url", `https://${id}.example.test/`];
    keystead.createClient(id, { flags: ["--name", `The ${id}`, ...address, "--redirect-uri", `https://${id}.example.test/cb`], group: "everyone" });
  }
  const flags = ["--name", "Garden Party", "--launch-url", party.url, "--redirect-uri", party.callback];
  const secret = keystead.createClient("party", { flags, group: "everyone" });
  await keystead.settle();
  await party.join(keystead.url, "party", secret);
});

after(async () => {
  await browser?.close();
  keystead?.stop();
  party?.close();
});

afterEach(async () => {
  const complaints = opened.flatMap((visitor) => visitor.complaints);
  await Promise.all(opened.map((visitor) => visitor.context.close()));
  opened = [];
  assert.deepEqual(complaints, []);
});

/** A tab in which somebody is signed in, at a page of the portal. */
async function at(path, name, options = {}) {
  const visitor = await visit(browser, options);
  opened.push(visitor);
  const { page } = visitor;
  await page.goto(`${keystead.url}${path}`);
  await page.fill("#username", name);
  await page.fill("#password", PASSWORD);
  await page.click("#login-submit");
  await page.waitForSelector("#current-user");
  return page;
}

const text = (page, selector) => page.textContent(selector).then((found) => found.trim());

describe("the portal", () => {
  it("finds one of many applications, without a script", async () => {
    const page = await at("/", "alice", { javaScriptEnabled: false });
    await page.fill("#q", "wik");
    await page.press("#q", "Enter");
    await page.waitForSelector('.apps li:only-child a[href="https://wiki.example.test/"]');
  });

  it("shows the applications, and one without an address as no link", async () => {
    const page = await at("/", "alice");
    await look(page, "portal-applications");
    assert.equal(await page.locator("div.app").count(), 1);
    await page.goto(`${keystead.url}/?q=zzz`);
    await look(page, "portal-applications-none");
  });

  it("leads password managers to the password, tells what is wrong, and changes it", async () => {
    const page = await at("/.well-known/change-password", "berta");
    await page.goto(`${keystead.url}/.well-known/change-password`);
    const other = await at("/", "berta");
    await page.reload();
    await look(page, "portal-security");
    await tabTo(page, "#current");
    await page.fill("#current", "not this one at all");
    await page.fill("#password", NEW);
    await page.fill("#password_again", NEW);
    await page.press("#password_again", "Enter");
    await page.waitForSelector("#error-summary");
    await look(page, "portal-security-error");
    await page.fill("#current", PASSWORD);
    await page.fill("#password", NEW);
    await page.fill("#password_again", NEW);
    await page.click("#change-password");
    assert.match(await text(page, "#toast"), /^Changed your password/);
    await look(page, "portal-security-changed");
    await other.reload();
    assert.ok(await other.$("#login-submit"), "the other browser is signed out");
  });

  it("takes back what an application was allowed", async () => {
    const page = await at("/account/connections", "clara");
    await look(page, "portal-connections-none");
    await page.goto(`${party.url}/start`);
    await page.click("#consent-allow");
    await page.waitForSelector("#told");
    await page.goto(`${keystead.url}/account/connections`);
    await look(page, "portal-connections");
    await page.click('button:has-text("Disconnect")');
    assert.match(await text(page, "#toast"), /^Disconnected Garden Party/);
  });

  it("keeps what was typed into the profile, saves it, and hands out a copy", async () => {
    const page = await at("/account/profile", "alice");
    await look(page, "portal-profile");
    await page.click("summary");
    await page.fill("#given_name", "Alice");
    await page.fill("#birthdate", "yesterday");
    await page.click("#save");
    await page.waitForSelector("#error-summary");
    assert.equal(await page.inputValue("#given_name"), "Alice");
    await look(page, "portal-profile-error");
    await page.fill("#birthdate", "1985-02-28");
    await page.click("#save");
    assert.equal(await text(page, "#toast"), "Saved your profile.");
    const [download] = await Promise.all([page.waitForEvent("download"), page.click("#export")]);
    assert.equal(download.suggestedFilename(), "keystead-account.json");
  });
});
