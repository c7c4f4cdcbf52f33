// What people do in a real browser: set up, sign in, consent, fail, sign out; each page looked at.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { Keystead, PASSWORD } from "../tools/keystead.mjs";
import { launch, look, tabTo, visit } from "./browser.mjs";
import { Party } from "./party.mjs";

const ADMIN = "ada";
let browser, keystead, party, opened = [];

before(async () => {
  browser = await launch();
  keystead = Keystead.start();
  party = await Party.listen();
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

/** A tab of its own, like another person's machine. */
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

/** From the application's sign-in button until it knows the person, whatever is asked on the way. */
async function signIn(page, username) {
  await page.goto(`${party.url}/start`);
  await authenticate(page, username);
  await page.waitForSelector("#told, #consent-allow");
  if (await page.$("#consent-allow")) await page.click("#consent-allow");
  return told(page);
}

const text = (page, selector) => page.textContent(selector).then((found) => found.trim());

/** What the relying party was told, once the browser is back there. */
async function told(page, path = "/callback") {
  await page.waitForURL((url) => url.href.startsWith(`${party.url}${path}`));
  return JSON.parse(await text(page, "#told"));
}

describe("the first start", () => {
  const link = () => keystead.stdout().match(/https?:\S+\/setup\?token=[\w.~-]+/)?.[0];

  it("the set-up link makes the first administrator, who signs in and sees the portal", async () => {
    const page = await tab();
    assert.ok(link(), `no set-up link in: ${keystead.stdout()}`);
    await page.goto(link());
    await look(page, "setup");
    const fields = { username: ADMIN, display_name: "Ada Lovelace", email: "ada@example.test" };
    for (const [name, value] of Object.entries(fields)) await page.fill(`[name=${name}]`, value);
    await page.fill("[name=password]", PASSWORD);
    await page.fill("[name=password_again]", PASSWORD);
    await page.press("[name=password_again]", "Enter");
    await page.waitForURL((url) => url.pathname !== "/setup");
    if (await page.$("#login-submit")) await authenticate(page, ADMIN);
    await page.waitForSelector("#current-user");
    assert.match(await text(page, "#current-user"), /ada/i);
    await look(page, "portal-empty");
  });

  it("the set-up link works once", async () => {
    const page = await tab();
    const answer = await page.goto(link());
    assert.ok(answer.status() >= 400, `status ${answer.status()}`);
    assert.equal(await page.$("[name=password_again]"), null);
    await look(page, "setup-used");
  });
});

describe("signing in to an application", () => {
  before(async () => {
    keystead.cli(["group", "create", "party-goers"]);
    for (const name of ["alice", "berta", "clara", "dora", "emma"]) {
      keystead.createUser(name, ["--email", `${name}@example.test`, "--display-name", `${name} Example`]);
    }
    keystead.cli(["group", "add-member", "party-goers", "alice", "berta", "clara", "dora"]);
    const uris = ["--redirect-uri", party.callback, "--post-logout-redirect-uri", `${party.url}/goodbye`];
    const secret = keystead.createClient("party", { flags: ["--name", "Garden Party", ...uris], group: "party-goers" });
    await keystead.settle();
    await party.join(keystead.url, "party", secret);
  });

  it("asks for the password and for consent once, and tells the application who it is", async () => {
    const page = await tab();
    await page.goto(`${party.url}/start`);
    await look(page, "login");
    await authenticate(page, "alice");
    await page.waitForSelector("#consent-allow");
    assert.match(await text(page, "main"), /Garden Party/);
    await look(page, "consent");
    await page.click("#consent-allow");
    const claims = await told(page);
    assert.equal(claims.preferred_username, "alice");
    assert.equal(claims.email, "alice@example.test");

    await page.goto(`${party.url}/start`);
    assert.equal((await told(page)).sub, claims.sub, "a second time nothing is asked");
    await page.goto(`${keystead.url}/`);
    assert.match(await text(page, "main"), /Garden Party/);
    await look(page, "portal");
  });

  it("a denied consent goes back to the application as access_denied", async () => {
    const page = await tab();
    await page.goto(`${party.url}/start`);
    await authenticate(page, "berta");
    await page.click("#consent-deny");
    assert.equal((await told(page)).error, "access_denied");
  });

  it("a cancelled sign-in goes back to the application as access_denied", async () => {
    const page = await tab();
    await page.goto(`${party.url}/start`);
    await page.click("#login-cancel");
    assert.equal((await told(page)).error, "access_denied");
  });

  it("a wrong password stays on the page, keeps the name, and the right one then works", async () => {
    const page = await tab();
    await page.goto(`${party.url}/start`);
    await authenticate(page, "clara", "not the password at all");
    await page.waitForSelector("[role=alert]");
    assert.equal(await page.inputValue("#username"), "clara");
    assert.equal(await page.inputValue("#password"), "");
    assert.ok(await page.isEditable("#username"));
    await look(page, "login-wrong-password");
    await authenticate(page, "clara");
    await page.click("#consent-allow");
    assert.equal((await told(page)).preferred_username, "clara");
  });

  it("an unknown name reads exactly like a wrong password", async () => {
    const page = await tab();
    const alert = async (name) => {
      await page.goto(`${party.url}/start`);
      await authenticate(page, name, "not the password at all");
      return text(page, "[role=alert]");
    };
    assert.equal(await alert("nobody-at-all"), await alert("dora"));
  });

  it("an address that is not registered ends on a page with a code and a reference", async () => {
    const page = await tab();
    const answer = await page.goto(party.authorizationUrl({ redirect_uri: "https://evil.example/callback" }));
    assert.equal(answer.status(), 400);
    assert.equal(await text(page, "#error-code"), "redirect_uri_mismatch");
    assert.match(await text(page, "#error-ref"), /\S{4,}/);
    assert.equal(await page.$(`a[href*="evil.example"]`), null);
    await look(page, "error");
  });

  it("a person whom no scope map lets in is told so", async () => {
    const page = await tab();
    await page.goto(`${party.url}/start`);
    await authenticate(page, "emma");
    await page.waitForSelector("#error-code");
    assert.equal(await text(page, "#error-code"), "no_scope_map");
    assert.match(await text(page, "main"), /Garden Party/);
    assert.match(await text(page, "main"), /emma/);
    await look(page, "no-access");
    await page.click("text=Use another account");
    assert.equal(await page.inputValue("#username"), "");
    await authenticate(page, "dora");
    await page.waitForSelector("#consent-allow");
  });

  it("works with the keyboard alone", async () => {
    const page = await tab();
    await page.goto(`${party.url}/start`);
    await tabTo(page, "#username");
    await page.keyboard.type("dora");
    await tabTo(page, "#password");
    await page.keyboard.type(PASSWORD);
    await tabTo(page, "#login-submit");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#consent-allow");
    await tabTo(page, "#consent-allow");
    await page.keyboard.press("Enter");
    assert.equal((await told(page)).preferred_username, "dora");
  });

  it("works without JavaScript", async () => {
    const page = await tab({ javaScriptEnabled: false });
    assert.equal((await signIn(page, "alice")).preferred_username, "alice");
  });
});

describe("signing out", () => {
  async function signedIn() {
    const page = await tab();
    await signIn(page, "alice");
    return page;
  }

  it("asks first, then returns to the application, and the password is needed again", async () => {
    const page = await signedIn();
    await page.goto(party.logoutUrl);
    await look(page, "logout-confirm");
    await page.click("#logout-confirm");
    assert.equal((await told(page, "/goodbye")).page, "/goodbye");
    await page.goto(`${party.url}/start`);
    assert.ok(await page.isVisible("#password"));
  });

  it("without parameters ends on a page that says so", async () => {
    const page = await signedIn();
    await page.goto(`${keystead.url}/oauth2/end-session`);
    await page.click("#logout-confirm");
    await page.waitForSelector("#logout-done");
    await look(page, "signed-out");
  });
});

describe("an application with a logo", () => {
  const logo = "https://logos.example/party.png";
  const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";

  before(async () => {
    keystead.cli(["client", "update", "party", "--logo-uri", logo]);
    await keystead.settle();
  });

  it("shows it", async () => {
    const page = await tab();
    const body = Buffer.from(pixel, "base64");
    await page.route(logo, (route) => route.fulfill({ contentType: "image/png", body }));
    await page.goto(`${party.url}/start`);
    await page.waitForLoadState("networkidle");
    assert.ok(await page.isVisible("img.logo"));
    assert.ok(!(await page.isVisible("span.logo")));
  });

  it("shows its initial where the logo does not load", async () => {
    const page = await tab();
    await page.route(logo, (route) => route.fulfill({ contentType: "image/png", body: "no picture" }));
    await page.goto(`${party.url}/start`);
    await page.waitForSelector("span.logo");
    assert.equal(await text(page, "span.logo"), "G");
    assert.equal(await page.$("img.logo"), null);
    await look(page, "login-without-logo");
  });
});
