// A device that somebody lets in: the code typed, or come along in the address; each page looked at.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { Keystead, PASSWORD } from "../tools/keystead.mjs";
import { launch, look, tabTo, visit } from "./browser.mjs";

const GRANT = "urn:ietf:params:oauth:grant-type:device_code";
let browser, keystead, opened = [];

before(async () => {
  browser = await launch();
  keystead = Keystead.start();
  keystead.createUser("alice", ["--email", "alice@example.test", "--display-name", "Alice Example"]);
  keystead.cli(["group", "create", "viewers"]);
  keystead.cli(["group", "add-member", "viewers", "alice"]);
  const flags = ["--name", "Living Room TV", "--public", "--grant-type", "device_code", "--grant-type", "refresh_token"];
  keystead.createClient("tv", { flags, group: "viewers" });
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

async function tab() {
  const visitor = await visit(browser);
  opened.push(visitor);
  return visitor.page;
}

async function post(path, form) {
  const answer = await fetch(`${keystead.url}${path}`, { method: "POST", body: new URLSearchParams(form) });
  return { status: answer.status, ...(await answer.json()) };
}

const begin = () => post("/oauth2/device_authorization", { client_id: "tv", scope: "openid profile email" });
const poll = ({ device_code }) => post("/oauth2/token", { grant_type: GRANT, client_id: "tv", device_code });
const text = (page, selector) => page.textContent(selector).then((found) => found.trim());

async function signIn(page) {
  await page.fill("#username", "alice");
  await page.fill("#password", PASSWORD);
  await page.click("#login-submit");
}

describe("letting a device in", () => {
  it("asks for the code, says what is at stake, and lets the device in", async () => {
    const device = await begin();
    assert.equal((await poll(device)).error, "authorization_pending");
    const page = await tab();
    await page.goto(device.verification_uri);
    await signIn(page);
    await page.waitForSelector("#user_code");
    await look(page, "device-code");
    await page.fill("#user_code", "BBBB BBBB");
    await page.press("#user_code", "Enter");
    await page.waitForSelector("#device-error");
    await look(page, "device-code-wrong");
    await page.fill("#user_code", device.user_code.toLowerCase());
    await tabTo(page, "#device-continue");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#device-allow");
    assert.match(await text(page, "h1"), /Living Room TV/);
    assert.equal(await text(page, "#device-code"), device.user_code);
    await look(page, "device-consent");
    await page.click("#device-allow");
    await page.waitForSelector("#device-done");
    await look(page, "device-done");
    const tokens = await poll(device);
    assert.equal(tokens.status, 200, JSON.stringify(tokens));
    assert.ok(tokens.access_token && tokens.id_token);
  });

  it("takes the code from the address, shows it to a phone, and may be refused", async () => {
    const device = await begin();
    const page = await tab();
    await page.goto(device.verification_uri_complete);
    await signIn(page);
    await page.waitForSelector("#device-continue");
    assert.equal(await page.inputValue("#user_code"), device.user_code);
    await page.click(".phone summary");
    const loaded = await page.$eval(".phone img", (image) => image.decode().then(() => image.naturalWidth));
    assert.ok(loaded > 0, "the picture is shown");
    await look(page, "device-phone");
    await page.click("#device-continue");
    await page.click("#device-deny");
    await page.waitForSelector("#device-refused");
    await look(page, "device-refused");
    assert.equal((await poll(device)).error, "access_denied");
  });
});
