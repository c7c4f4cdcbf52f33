// The console in a real browser: the way from sign-in to a new user, and each page looked at.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { Keystead, PASSWORD } from "../tools/keystead.mjs";
import { launch, look, tabTo, visit } from "./browser.mjs";

let browser, keystead, opened = [];

before(async () => {
  browser = await launch();
  keystead = Keystead.start();
  keystead.createUser("ada", ["--admin", "--display-name", "Ada Lovelace"]);
  keystead.createUser("desk", ["--role", "helpdesk"]);
  for (const name of ["alice", "berta", "clara"]) {
    keystead.createUser(name, ["--email", `${name}@example.test`, "--display-name", `${name} Example`]);
  }
  for (const name of ["staff", "team"]) keystead.cli(["group", "create", name]);
  keystead.cli(["group", "add-member", "staff", "ada", "--group", "team"]);
  keystead.cli(["group", "add-member", "team", "alice"]);
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

/** A tab in which somebody is signed in, at a page of the console. */
async function at(path, name = "ada", options = {}) {
  const visitor = await visit(browser, options);
  opened.push(visitor);
  const { page } = visitor;
  await page.goto(`${keystead.url}${path}`);
  await page.fill("#username", name);
  await page.fill("#password", PASSWORD);
  await page.click("#login-submit");
  await page.waitForSelector("#current-user, #error-code");
  return page;
}

const text = (page, selector) => page.textContent(selector).then((found) => found.trim());

/** From the list to the page of a user or group. */
async function open(page, kind, name) {
  await page.goto(`${keystead.url}/admin/${kind}?q=${name}`);
  await page.click(`tbody a:text-is("${name}")`);
}

describe("the console", () => {
  it("leads to the sign-in and back, shows the navigation, and finds people", async () => {
    const page = await at("/admin");
    await look(page, "console-overview");
    await page.fill(".find input", "ali");
    await page.press(".find input", "Enter");
    await page.waitForSelector("table");
    await look(page, "console-search");
    await page.click('a:text-is("alice")');
    assert.equal(await text(page, "h1"), "alice Example");
  });

  it("is built from the parts on one page", async () => {
    await look(await at("/admin/style"), "console-style");
  });

  it("adds a user with the keyboard alone, without a script, and shows the link once", async () => {
    const page = await at("/admin/users/new", "desk", { javaScriptEnabled: false });
    for (let step = 0; step < 25 && !(await page.$("#username:focus")); step++) await page.keyboard.press("Tab");
    await page.keyboard.type("dora");
    await page.press("#username", "Enter");
    await page.waitForSelector("pre code");
    assert.match(await text(page, "pre code"), /\/invite\?token=/);
  });

  it("keeps what was typed when something is wrong", async () => {
    const page = await at("/admin/users/new");
    await tabTo(page, "#username");
    await page.keyboard.type("al ice");
    await page.fill("#display_name", "Al Ice");
    await page.click("#save");
    await page.waitForSelector("#error-summary");
    assert.equal(await page.inputValue("#display_name"), "Al Ice");
    await look(page, "console-user-new-error");
  });

  it("shows everything about a user", async () => {
    const page = await at("/admin/users");
    await look(page, "console-users");
    await open(page, "users", "alice");
    await look(page, "console-user");
    for (const tab of ["Groups", "Applications", "Credentials", "Sessions", "Consents", "Events"]) {
      await page.click(`.tabs a:text-is("${tab}")`);
      await look(page, `console-user-${tab.toLowerCase()}`);
    }
  });

  it("asks before it disables or deletes, and says what was done", async () => {
    const page = await at("/admin");
    await open(page, "users", "berta");
    await page.click("#change-state");
    await look(page, "console-user-disable");
    await page.click("#confirm-state");
    assert.equal(await text(page, "#toast"), "Disabled the account of berta.");
    await look(page, "console-user-disabled");
    await page.click("#delete");
    await page.fill("#confirm", "berta");
    await look(page, "console-user-delete");
    await page.click("#confirm-delete");
    assert.equal(await text(page, "#toast"), "Deleted berta.");
  });

  it("shows two who change one user what the other did", async () => {
    const [one, other] = [await at("/admin"), await at("/admin")];
    await open(one, "users", "clara");
    await open(other, "users", "clara");
    await one.fill("#nickname", "First");
    await one.click("#save");
    await one.waitForSelector("#toast");
    await other.fill("#nickname", "Second");
    await other.click("#save");
    assert.match(await text(other, "#conflict"), /First\s*Second/);
    await look(other, "console-user-conflict");
  });

  it("shows groups, their nesting, and refuses a circle", async () => {
    const page = await at("/admin/groups");
    await look(page, "console-groups");
    await page.goto(`${keystead.url}/admin/groups/tree`);
    await look(page, "console-groups-tree");
    await open(page, "groups", "team");
    await page.fill("#group", "staff");
    await page.click("#add-group");
    await page.waitForSelector("#error-summary");
    await look(page, "console-group-circle");
    await open(page, "groups", "staff");
    await look(page, "console-group");
  });

  it("disables two users at once without a script, after saying whom it meets", async () => {
    for (const name of ["emil", "fritz"]) keystead.createUser(name, ["--display-name", `${name} Example`]);
    await keystead.settle();
    const page = await at("/admin/users?q=example&state=open", "ada", { javaScriptEnabled: false });
    await page.check('[aria-label="Choose emil"]');
    await page.check('[aria-label="Choose fritz"]');
    await page.click("#bulk-disable");
    assert.equal(await text(page, "h1"), "Disable 2 users?");
    assert.match(await text(page, "#chosen"), /^(emil, fritz|fritz, emil)$/);
    await page.click("#confirm-chosen");
    assert.match(await text(page, "#toast"), /^Disabled (emil, fritz|fritz, emil)\.$/);
    assert.match(page.url(), /q=example&state=open$/);
    assert.equal(await page.$('[aria-label="Choose emil"]'), null);
    const seen = await at("/admin/users?q=example");
    await seen.click("#choose-all");
    assert.equal(await seen.$('.pick input:not(:checked)'), null);
    await look(seen, "console-users-chosen");
    await seen.click("#bulk-delete");
    await look(seen, "console-users-delete");
    await seen.fill("#confirm", "1");
    await seen.click("#confirm-chosen");
    await seen.waitForSelector("#error-summary");
    await look(seen, "console-users-delete-error");
    await seen.goto(`${keystead.url}/admin/users?q=emil&choose=all`);
    await seen.click("#bulk-add-to-group");
    await look(seen, "console-users-to-group");
    await seen.fill("#group", "team");
    await seen.click("#confirm-chosen");
    assert.equal(await text(seen, "#toast"), "Added to team: emil.");
  });

  it("takes filters away one by one and all at once", async () => {
    const page = await at("/admin/users?q=a&state=open&role=administrator");
    await look(page, "console-users-chips");
    await page.click('.chip:has-text("State: Open")');
    assert.match(page.url(), /q=a&role=administrator$/);
    await page.click("#clear-filters");
    assert.match(page.url(), /\/admin\/users$/);
    assert.equal(await page.$(".chip"), null);
  });

  it("renames a group, and shows two who do so what the other did", async () => {
    keystead.cli(["group", "create", "club"]);
    await keystead.settle();
    const [page, other] = [await at("/admin"), await at("/admin")];
    for (const one of [page, other]) {
      await open(one, "groups", "club");
      await one.click("#edit");
    }
    await look(page, "console-group-edit");
    await page.fill("#name", "guild");
    await page.click("#save");
    assert.match(await text(page, "#toast"), /^Saved guild\./);
    await other.fill("#name", "gang");
    await other.click("#save");
    assert.match(await text(other, "#conflict"), /guild\s*gang/);
    await look(other, "console-group-conflict");
    await page.click("summary");
    await page.fill("#people", "alice\nclara");
    await page.click("#add-people");
    assert.equal(await text(page, "#toast"), "Added alice, clara.");
    await page.click("#choose-all");
    await page.click("#bulk-remove-chosen");
    assert.equal(await text(page, "h1"), "Remove 2 users from guild?");
    await page.click("#confirm-chosen");
    assert.equal(await text(page, "#list-count"), "0 people put into it");
  });

  it("leads from a refused sign-in to its cause, and mends it without a script", async () => {
    keystead.createClient("wiki", { flags: ["--redirect-uri", "https://wiki.example.test/cb"] });
    await keystead.settle();
    const page = await at("/admin/failures", "ada");
    await look(page, "console-failures-none");
    const { authorization_endpoint: ask } = await (await fetch(`${keystead.url}/.well-known/openid-configuration`)).json();
    const stranger = await visit(browser);
    opened.push(stranger);
    const sent = "https://wiki.example.test/cb/";
    await stranger.page.goto(`${ask}?client_id=wiki&response_type=code&scope=openid&redirect_uri=${encodeURIComponent(sent)}`);
    const reference = await text(stranger.page, "#error-ref");
    const plain = await at("/admin/failures", "ada", { javaScriptEnabled: false });
    // Attempts are stored a moment after they happened.
    for (let tries = 0; tries < 50 && !(await plain.$("#flow")); tries++) {
      await plain.goto(`${keystead.url}/admin/failures`);
      await plain.fill("#q", reference.toLowerCase());
      await plain.press("#q", "Enter");
      await plain.waitForSelector("#flow, #missing");
    }
    assert.equal(await text(plain, "mark"), "/");
    await page.goto(`${keystead.url}/admin/flows/${reference}`);
    await look(page, "console-flow");
    await page.click("#alike a");
    await look(page, "console-failure");
    await page.goto(`${keystead.url}/admin/failures?state=open`);
    await look(page, "console-failures");
    await page.goto(`${keystead.url}/admin`);
    await look(page, "console-overview-failing");
    await plain.click("#offer-1");
    assert.equal(await text(plain, "#exact"), sent);
    await plain.click("#confirm-fix");
    assert.match(await text(plain, "#toast"), /^Done\./);
    await plain.goto(`${keystead.url}/admin/failures?state=open`);
    assert.equal(await text(plain, ".empty h2"), "Nothing of that kind");
  });

  it("shows what happened and who is signed in", async () => {
    const page = await at("/admin/events");
    await look(page, "console-events");
    await page.selectOption("#filter-kind", "user.created");
    await page.fill("#filter-user", "alice");
    await page.click('main button:text-is("Show")');
    assert.match(await text(page, "tbody"), /created the user alice/);
    await look(page, "console-events-filtered");
    await page.fill("#filter-user", "nobody-at-all");
    await page.click('main button:text-is("Show")');
    await page.waitForSelector("#error-summary");
    await look(page, "console-events-error");
    await page.goto(`${keystead.url}/admin/sessions`);
    await look(page, "console-sessions");
  });

  it("says what a change of keys means before it is done", async () => {
    const page = await at("/admin/keys");
    await look(page, "console-keys");
    await page.click('a[aria-label="Rotate ES256"]');
    await look(page, "console-key-rotate");
    await page.click("#rotate-gently");
    assert.match(await text(page, "#toast"), /^Published /);
    await page.click('a[aria-label^="Retire "]');
    await look(page, "console-key-retire");
  });

  it("says what it means for a key that requests are encrypted to", async () => {
    keystead.cli(["key", "rotate", "--alg", "ECDH-ES", "--now"]);
    await keystead.settle();
    const page = await at("/admin/keys?state=reads");
    await look(page, "console-keys-reading");
    await page.click('a[aria-label="Rotate ECDH-ES"]');
    assert.match(await text(page, "main"), /applications encrypt to either key/);
    await look(page, "console-key-reading-rotate");
    await page.click("#rotate-gently");
    assert.match(await text(page, "#toast"), /^Published .* it reads from /);
    await page.click('a[aria-label^="Retire "]');
    assert.match(await text(page, "main"), /published no more/);
    await look(page, "console-key-reading-retire");
  });

  it("makes a scope, changes and deletes it", async () => {
    const page = await at("/admin/scopes");
    await look(page, "console-scopes");
    await page.goto(`${keystead.url}/admin/scopes/new`);
    await page.fill("#name", "wiki.write");
    await page.click("#save");
    await page.waitForSelector("#error-summary");
    await look(page, "console-scope-new-error");
    await page.fill("#sentence", "Write in the wiki for you");
    await page.check("#claim-nickname");
    await page.click("#save");
    await page.waitForSelector("#toast");
    await look(page, "console-scope");
    await page.click("#delete");
    await page.fill("#confirm", "wiki.write");
    await page.click("#confirm-delete");
    assert.match(await text(page, "#toast"), /^Deleted the scope wiki.write/);
  });

  it("makes a backup, verifies, downloads and deletes it", async () => {
    const page = await at("/admin/backup");
    await look(page, "console-backup-none");
    await page.click("#make");
    assert.match(await text(page, "#toast"), /^Made keystead-/);
    await look(page, "console-backup");
    const name = await text(page, "tbody a");
    await page.click("tbody a");
    await page.click("#verify");
    assert.equal(await text(page, "#report h2"), "It can be restored");
    await look(page, "console-backup-verified");
    const [download] = await Promise.all([page.waitForEvent("download"), page.click("#download")]);
    assert.equal(download.suggestedFilename(), name);
    await page.click("#delete");
    await page.fill("#confirm", "another");
    await page.click("#confirm-delete");
    await page.waitForSelector("#error-summary");
    await look(page, "console-backup-delete-error");
    await page.fill("#confirm", name);
    await page.click("#confirm-delete");
    assert.equal(await text(page, "#toast"), `Deleted ${name}.`);
  });

  it("makes a token that is shown once, and revokes it", async () => {
    const page = await at("/admin/api");
    await look(page, "console-tokens-none");
    await page.click('a:text-is("Make a token")');
    await look(page, "console-token-new");
    await page.selectOption("#days", "366");
    await page.click("#save");
    await page.waitForSelector("#error-summary");
    await look(page, "console-token-new-error");
    await page.fill("#token_name", "inventory");
    await page.check("#long");
    await page.click("#save");
    await page.waitForSelector("#once");
    assert.match(await text(page, "pre code"), /^kst_/);
    await look(page, "console-token-made");
    await page.click('a:text-is("Go on")');
    await look(page, "console-tokens");
    await page.click('a[aria-label="Revoke inventory"]');
    await look(page, "console-token-revoke");
    await page.click("#confirm-revoke");
    assert.equal(await text(page, "#toast"), "Revoked the token inventory.");
  });

  it("makes a registration token that is shown once, and revokes it", async () => {
    const page = await at("/admin/registration");
    assert.match(await text(page, "#policy"), /No application can register itself now/);
    await look(page, "console-registration-none");
    await page.click("#make-token");
    await look(page, "console-registration-new");
    await page.click("#save");
    await page.waitForSelector("#error-summary");
    await look(page, "console-registration-new-error");
    await page.fill("#token_name", "staging");
    await page.fill("#group", "everyone");
    await page.fill("#hosts", "*.example.com");
    await page.click("#save");
    await page.waitForSelector("#once");
    assert.match(await text(page, "pre code"), /^ksi_/);
    await look(page, "console-registration-made");
    await page.click('a:text-is("Go on")');
    await look(page, "console-registration");
    await page.click('a[aria-label="Revoke staging"]');
    await look(page, "console-registration-revoke");
    await page.click("#confirm-revoke");
    assert.equal(await text(page, "#toast"), "Revoked the token staging.");
  });

  it("says so when it is not for somebody", async () => {
    const page = await at("/admin", "alice");
    assert.equal(await text(page, "#error-code"), "no_role");
    await look(page, "console-no-role");
  });
});
