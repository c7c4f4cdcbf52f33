// What people meet less often: invitations, new passwords, being asked again, being slowed down, answers in a form.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { Keystead, PASSWORD } from "../tools/keystead.mjs";
import { launch, look, tabTo, visit } from "./browser.mjs";
import { Party } from "./party.mjs";

const FRESH = "another long passphrase here";
let browser, keystead, party, opened = [];

before(async () => {
  browser = await launch();
  keystead = Keystead.start();
  party = await Party.listen();
  keystead.createUser("root", ["--admin"]);
  for (const name of ["alice", "berta", "clara"]) keystead.createUser(name);
  const secret = keystead.createClient("party", {
    flags: ["--name", "Garden Party", "--redirect-uri", party.callback, "--trusted"], group: "everyone", scopes: ["openid", "profile"],
  });
  await keystead.settle();
  await party.join(keystead.url, "party", secret);
});

after(async () => {
  await browser?.close();
  party?.close();
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

async function authenticate(page, username, password = PASSWORD) {
  await page.fill("#username", username);
  await page.fill("#password", password);
  await page.click("#login-submit");
}

const text = (page, selector) => page.textContent(selector).then((found) => found.trim());

async function told(page) {
  await page.waitForURL((url) => url.href.startsWith(`${party.url}/callback`));
  return JSON.parse(await text(page, "#told"));
}

const link = (verb, name) => JSON.parse(keystead.cli(["user", verb, name, "--json"])).url;

describe("a link to a password", () => {
  it("an invitation asks for a good password twice, and works once", async () => {
    keystead.cli(["user", "create", "nina"]);
    const url = link("invite", "nina");
    const page = await tab();
    await page.goto(url);
    await look(page, "invite");
    await page.fill("#password", "password1234");
    await page.fill("#password_again", "password1234");
    await page.keyboard.press("Enter");
    await page.waitForSelector("[role=alert], .messages li, .summary");
    await look(page, "invite-weak-password");
    await page.fill("#password", FRESH);
    await page.fill("#password_again", FRESH);
    await tabTo(page, "[type=submit]");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#current-user");
    assert.match(await text(page, "#current-user"), /nina/);
    const late = await tab();
    await late.goto(url);
    assert.equal(await text(late, "#error-code"), "link_expired");
    await look(late, "link-expired");
  });

  it("a reset link changes the password, and the old one is refused", async () => {
    const page = await tab();
    await page.goto(link("reset-link", "clara"));
    await look(page, "reset");
    await page.fill("#password", FRESH);
    await page.fill("#password_again", FRESH);
    await page.click("[type=submit]");
    await page.waitForSelector("#current-user");
    const other = await tab();
    await other.goto(`${keystead.url}/login`);
    await authenticate(other, "clara");
    await other.waitForSelector("[role=alert]");
    await authenticate(other, "clara", FRESH);
    await other.waitForSelector("#current-user");
  });
});

describe("an application that asks again", () => {
  it("prompt=login shows who is signed in and wants the password once more", async () => {
    const page = await tab();
    await page.goto(`${party.url}/start`);
    await authenticate(page, "alice");
    const first = await told(page);
    await page.goto(`${party.url}/start?prompt=login`);
    await page.waitForSelector("#password");
    await look(page, "login-again");
    await authenticate(page, "alice");
    assert.equal((await told(page)).sub, first.sub);
  });

  it("prompt=none without anybody signed in is told to the application at once", async () => {
    const page = await tab();
    await page.goto(`${party.url}/start?prompt=none`);
    assert.equal((await told(page)).error, "login_required");
  });

  it("an answer in a form posts itself", async () => {
    const page = await tab();
    await page.goto(`${party.url}/start?response_mode=form_post`);
    await authenticate(page, "alice");
    assert.equal((await told(page)).preferred_username, "alice");
    assert.equal(new URL(page.url()).search, "");
  });

  it("an answer in a form has a button where no script runs", async () => {
    const page = await tab({ javaScriptEnabled: false });
    await page.goto(`${party.url}/start?response_mode=form_post`);
    await authenticate(page, "alice");
    await page.click("[type=submit]");
    assert.equal((await told(page)).preferred_username, "alice");
  });
});

describe("somebody who guesses", () => {
  it("is slowed down, told for how long, and not told whether the account exists", async () => {
    const page = await tab();
    const alert = async (name) => {
      await page.goto(`${keystead.url}/login`);
      let shown = "";
      for (let attempt = 0; attempt < 12 && !/wait|again in/i.test(shown); attempt++) {
        await authenticate(page, name, `wrong password number ${attempt}`);
        shown = await text(page, "[role=alert]");
      }
      return shown.replaceAll(/\d+/g, "N");
    };
    const known = await alert("berta");
    assert.match(known, /wait|again in/i);
    await look(page, "login-throttled");
    keystead.cli(["user", "unlock", "berta"]);
    const other = await tab();
    await other.goto(`${keystead.url}/login`);
    await authenticate(other, "berta");
    await other.waitForSelector("#current-user");
  });
});

describe("a link to nowhere", () => {
  it("shows a page with a code, in the person's language", async () => {
    const page = await tab({ locale: "de-DE" });
    await page.goto(`${keystead.url}/oauth2/authorize?client_id=nobody&response_type=code`);
    assert.equal(await text(page, "#error-code"), "unknown_client");
    assert.equal(await page.getAttribute("html", "lang"), "de");
    await look(page, "error-german");
  });
});
