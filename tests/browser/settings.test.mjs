// The settings in a real browser: each page looked at, the preview that follows while typing, the pages that change.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { after, afterEach, before, describe, it } from "node:test";
import { Keystead, PASSWORD } from "../tools/keystead.mjs";
import { launch, look, visit } from "./browser.mjs";

// A square of one colour, 8 by 8.
const LOGO = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEklEQVR4nGNgSDmBFTEMLQkA9/E/gWTtgGgAAAAASUVORK5CYII=",
  "base64",
);
let browser, keystead, opened = [];

before(async () => {
  browser = await launch();
  keystead = Keystead.start();
  keystead.createUser("ada", ["--admin", "--display-name", "Ada Lovelace"]);
  keystead.createUser("eve", ["--role", "auditor"]);
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

/** A tab in which somebody is signed in, at a page of the console. */
async function at(path, name = "ada", options = {}) {
  const page = await tab(options);
  await page.goto(`${keystead.url}${path}`);
  await page.fill("#username", name);
  await page.fill("#password", PASSWORD);
  await page.click("#login-submit");
  await page.waitForSelector("#current-user, #error-code");
  return page;
}

const text = (page, selector) => page.textContent(selector).then((found) => found.trim());
const colour = (page, selector) =>
  page.evaluate((wanted) => getComputedStyle(document.querySelector(wanted)).backgroundColor, selector);

describe("the settings", () => {
  it("show what the sign-in page becomes while it is typed, and then it becomes that", async () => {
    const page = await at("/admin/settings");
    await look(page, "settings-branding");
    await page.fill("#branding-name", "Acme sign-in");
    await page.fill("#branding-sentence", "For people of Acme. Guests ask at the desk.");
    assert.equal(await text(page, "#preview-name"), "Acme sign-in");
    const before = await colour(page, ".preview-page .button.primary");
    await page.fill("#branding-accent", "#8a1c5c");
    await page.waitForFunction(
      (former) => getComputedStyle(document.querySelector(".preview-page .button.primary")).backgroundColor !== former,
      before,
    );
    const file = `${import.meta.dirname}/screens/logo.png`;
    writeFileSync(file, LOGO);
    await page.setInputFiles("#branding-logo", file);
    await page.waitForFunction(() => document.querySelector("#preview-logo").src.startsWith("data:image/png"));
    await look(page, "settings-branding-preview");
    await page.click("#save");
    assert.match(await text(page, "#toast"), /^Saved branding/);
    const login = await tab({ locale: "de-CH" });
    await login.goto(`${keystead.url}/login`);
    assert.equal(await text(login, "#login-submit"), "Anmelden");
    assert.equal(await colour(login, "#login-submit"), "rgb(138, 28, 92)");
    assert.equal(await login.evaluate(() => document.querySelector(".mark-logo").naturalWidth), 8);
    await look(login, "login-branded");
  });

  it("shows a preview by a button where no script runs, and each mistake beside its field", async () => {
    const page = await at("/admin/settings", "ada", { javaScriptEnabled: false });
    await page.fill("#branding-name", "Preview only");
    await page.click("#preview-button");
    assert.equal(await text(page, "#preview-name"), "Preview only");
    await page.fill("#branding-accent", "blue");
    await page.click("#save");
    assert.match(await text(page, "#branding-accent-error"), /six hexadecimal digits/);
    assert.equal(await page.inputValue("#branding-name"), "Preview only");
  });

  it("has a page for languages, legal texts, the server and the sign-in policy", async () => {
    const page = await at("/admin/settings/languages");
    await look(page, "settings-languages");
    await page.goto(`${keystead.url}/admin/settings/legal`);
    await page.fill("#legal-imprint", "Acme Ltd\nHigh Street 1, Oxford\n\nhelp@acme.example");
    await page.fill("#legal-privacy", "https://acme.example/privacy");
    await page.click("#save");
    await look(page, "settings-legal");
    await page.click("text=Server");
    await look(page, "settings-server");
    await page.goto(`${keystead.url}/admin/sign-in-policy`);
    await page.fill("#sign-in-idle-minutes", "4000");
    await page.fill("#sign-in-least-password", "8");
    await page.click("#save");
    assert.match(await text(page, "#sign-in-least-password-error"), /from 12 to 64/);
    await look(page, "sign-in-policy-error");
    await page.fill("#sign-in-least-password", "14");
    await page.click("#save");
    assert.match(await text(page, "#toast"), /^Saved sign-in policy/);
    await look(page, "sign-in-policy");
    const legal = await tab({ locale: "fr-FR" });
    await legal.goto(`${keystead.url}/legal/imprint`);
    assert.equal(await text(legal, "h1"), "Mentions légales");
    await look(legal, "legal-imprint");
    await legal.goto(`${keystead.url}/login?resume=nonsense`);
    await look(legal, "error-french");
  });

  it("lets an auditor read and nothing else", async () => {
    const page = await at("/admin/sign-in-policy", "eve");
    assert.equal(await page.$("#save"), null);
    await look(page, "sign-in-policy-auditor");
  });
});
