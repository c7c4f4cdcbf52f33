// Signing out in a real browser: applications are told in frames and by requests, and watch in a frame of ours.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Keystead, PASSWORD } from "../tools/keystead.mjs";
import { launch, look, visit } from "./browser.mjs";
import { Party } from "./party.mjs";

let browser, keystead, party, opened = [];

before(async () => {
  browser = await launch();
  party = await Party.listen();
  process.env.KEYSTEAD_OIDC__SESSION_MANAGEMENT = "true";
  process.env.KEYSTEAD_OUTBOUND__ALLOWED_NETWORKS = "127.0.0.0/8";
  keystead = Keystead.start();
  keystead.createUser("alice");
  const flags = [
    "--name", "Garden Party", "--redirect-uri", party.callback, "--trusted",
    "--post-logout-redirect-uri", `${party.url}/goodbye`,
    "--frontchannel-logout-uri", `${party.url}/front`, "--backchannel-logout-uri", `${party.url}/back`,
  ];
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

/** A tab in which alice came to the application by way of Keystead. */
async function signedIn(options = {}) {
  const visitor = await visit(browser, options);
  opened.push(visitor);
  const { page } = visitor;
  await page.goto(`${party.url}/start`);
  await page.fill("#username", "alice");
  await page.fill("#password", PASSWORD);
  await page.click("#login-submit");
  await page.waitForURL(`${party.callback}?**`);
  party.seen.length = 0;
  return page;
}

const front = () => party.seen.filter((one) => one.startsWith("GET /front?"));

/** Waits until the application heard of the sign-out from the server itself. */
async function toldByTheServer() {
  for (let waited = 0; waited < 100; waited++) {
    if (party.seen.includes("POST /back")) return;
    await sleep(100);
  }
  assert.fail(`not told: ${party.seen}`);
}

/** What our frame says to a page of the application. */
function watched(page, message) {
  return page.evaluate(async ([src, message]) => {
    const frame = document.createElement("iframe");
    const loaded = new Promise((resolve) => frame.addEventListener("load", resolve));
    frame.src = src;
    document.body.append(frame);
    await loaded;
    const origin = new URL(src).origin;
    for (let attempt = 0; ; attempt++) {
      const heard = new Promise((resolve) => {
        addEventListener("message", (event) => event.origin === origin && resolve(event.data), { once: true });
        setTimeout(resolve, 500);
      });
      frame.contentWindow.postMessage(message, origin);
      const said = await heard;
      if (said || attempt === 10) return said;
    }
  }, [party.provider.check_session_iframe, message]);
}

describe("signing out", () => {
  it("tells the application in a frame, by a request, and goes back to it", async () => {
    const page = await signedIn();
    await page.goto(`${party.logoutUrl}&state=s1`);
    await page.click("#logout-confirm");
    await page.waitForURL(`${party.url}/goodbye?state=s1`, { timeout: 4000 });
    assert.equal(front().length, 1);
    const told = new URL(front()[0].split(" ")[1], party.url).searchParams;
    assert.equal(told.get("iss"), keystead.url);
    assert.match(told.get("sid"), /^[0-9a-f-]{36}$/);
    await toldByTheServer();
  });

  it("does so without a script, too", async () => {
    const page = await signedIn({ javaScriptEnabled: false });
    await page.goto(party.logoutUrl);
    await page.click("#logout-confirm");
    await page.waitForSelector("#logout-next");
    await page.waitForURL(`${party.url}/goodbye`, { timeout: 15_000 });
    assert.equal(front().length, 1);
  });

  it("stays on our own page where nobody asked for more", async () => {
    const page = await signedIn();
    await page.goto(`${keystead.url}/logout`);
    await page.click("#logout-confirm");
    await page.waitForSelector("#logout-done");
    for (let waited = 0; waited < 50 && front().length === 0; waited++) await sleep(100);
    assert.equal(front().length, 1);
    await look(page, "signed-out-telling");
  });
});

describe("the frame that watches a session", () => {
  it("says changed once somebody signed out, and nothing useful to others", async () => {
    const page = await signedIn();
    const message = `party ${party.sessionState}`;
    assert.match(party.sessionState, /^[\w-]{43}\.[\w-]+$/);
    assert.equal(await watched(page, message), "unchanged");
    assert.equal(await watched(page, `other ${party.sessionState}`), "changed");
    assert.equal(await watched(page, "party"), "error");
    await page.goto(`${keystead.url}/logout`);
    await page.click("#logout-confirm");
    await page.waitForSelector("#logout-done");
    await page.goto(`${party.url}/home`);
    assert.equal(await watched(page, message), "changed");
  });
});
