// The first run, from the link on the terminal to the first application, and a password that was forgotten.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { Keystead, PASSWORD } from "../tools/keystead.mjs";
import { launch, look, visit } from "./browser.mjs";
import { Smtp } from "./smtp.mjs";

const NEW = "saffron-anvil-28-willow-copper";
let browser, keystead, smtp, opened = [];

before(async () => {
  browser = await launch();
  keystead = Keystead.startNameless();
  smtp = await Smtp.listen();
});

after(async () => {
  await browser?.close();
  smtp?.close();
  keystead?.stop();
});

afterEach(async () => {
  const complaints = opened.flatMap((visitor) => visitor.complaints);
  await Promise.all(opened.map((visitor) => visitor.context.close()));
  opened = [];
  assert.deepEqual(complaints, []);
});

async function tab(options) {
  const visitor = await visit(browser, options);
  opened.push(visitor);
  return visitor.page;
}

const text = (page, selector) => page.textContent(selector).then((found) => found.trim());

async function signIn(page, name, password = PASSWORD) {
  await page.fill("#username", name);
  await page.fill("#password", password);
  await page.click("#login-submit");
  await page.waitForSelector("#current-user");
}

describe("the first run", () => {
  it("goes through address, administrator, mail and first application", async () => {
    const page = await tab();
    const path = keystead.stdout().match(/\/setup\?token=[\w.~-]+/)[0];
    await page.goto(`${keystead.url}${path}`);
    assert.equal(await text(page, "#setup-step"), "Step 2 of 4", "on the machine itself, a name and a password do");
    await look(page, "first-run-administrator");
    await page.click("#setup-address a");
    assert.equal(await text(page, "#setup-step"), "Step 1 of 4");
    assert.equal(await page.inputValue("#public_url"), keystead.url, "as the browser came");
    await look(page, "first-run-address");
    await page.fill("#public_url", "http://127.0.0.1:9");
    await page.click("#address-submit");
    await page.waitForSelector("#address-error");
    assert.ok(await page.isVisible("#address-use"));
    await look(page, "first-run-address-error");
    await page.fill("#public_url", keystead.url);
    await page.click("#address-submit");
    await page.waitForSelector("#setup-submit");
    const issuer = await page.evaluate(() => fetch("/.well-known/openid-configuration").then((found) => found.json()));
    assert.equal(issuer.issuer, keystead.url);

    await page.fill("#username", "ada");
    await page.fill("#email", "ada@example.test");
    await page.fill("#password", PASSWORD);
    await page.fill("#password_again", PASSWORD);
    await page.click("#setup-submit");
    await page.waitForSelector("#mail-test");
    assert.match(await text(page, "#current-user"), /ada/);
    await look(page, "first-run-mail");
    await page.fill("#host", "127.0.0.1");
    await page.fill("#port", "9");
    await page.selectOption("#security", "none");
    await page.fill("#from", "Keystead <sso@example.test>");
    await page.click("#mail-test");
    await page.waitForSelector("#error-summary");
    assert.match(await text(page, "#error-summary"), /refused the connection/);
    await look(page, "first-run-mail-error");
    await page.fill("#port", smtp.port);
    await page.click("#mail-test");
    await page.waitForSelector("#mail-sent");
    assert.match(await text(page, "#mail-sent"), /Taken as 4711/);
    await look(page, "first-run-mail-sent");
    await page.click("#mail-continue");
    await page.waitForSelector("#first-netbox");
    await look(page, "first-run-application");
    await page.click("#first-netbox");
    await page.waitForSelector("#url");
    assert.match(await text(page, "main"), /NetBox/);
  });

  it("is as easy without JavaScript", async () => {
    const page = await tab({ javaScriptEnabled: false });
    await page.goto(`${keystead.url}/setup/application`);
    await signIn(page, "ada");
    await page.click("#setup-later");
    await page.waitForSelector("#current-user");
  });

  it("leaves its choices in the settings", async () => {
    const page = await tab();
    await page.goto(`${keystead.url}/admin/settings/mail`);
    await signIn(page, "ada");
    assert.equal(await page.inputValue("#host"), "127.0.0.1");
    await look(page, "settings-mail");
    await page.goto(`${keystead.url}/admin/settings/address`);
    assert.match(await text(page, "#public-url-now"), /127/);
    await look(page, "settings-address");
    await page.fill("#public_url", "https://sso.example.test");
    await page.click("#save");
    await page.waitForSelector("#error-summary");
    await look(page, "settings-address-error");
  });
});

describe("a forgotten password", () => {
  before(async () => {
    keystead.createUser("alice", ["--email", "alice@example.test", "--email-verified"]);
    keystead.cli(["setting", "set", "sign_in.recovery", "true"]);
    await keystead.settle();
  });

  it("is replaced by a link that comes by mail", async () => {
    const page = await tab();
    await page.goto(`${keystead.url}/login`);
    await page.click("#forgotten");
    await look(page, "recover");
    await page.fill("#username", "alice");
    await page.click("#recover-submit");
    await page.waitForSelector("#recovery-asked");
    await look(page, "recover-asked");
    await page.goto(await smtp.link(2));
    await page.fill("#password", NEW);
    await page.fill("#password_again", NEW);
    await page.click("#set-password-submit");
    await page.waitForSelector("#current-user");
    const other = await tab();
    await other.goto(`${keystead.url}/login`);
    await signIn(other, "alice", NEW);
  });

  it("is mailed by an administrator, too", async () => {
    const page = await tab();
    await page.goto(`${keystead.url}/admin/users?q=alice`);
    await signIn(page, "ada");
    await page.click(`tbody a:text-is("alice")`);
    await page.click(`.tabs a:text-is("Credentials")`);
    await look(page, "user-credentials-mail");
    await page.click("#reset-mail");
    await page.waitForSelector("#toast");
    assert.match(await text(page, "#toast"), /alice@example.test/);
    assert.ok(await smtp.link(3));
  });
});
