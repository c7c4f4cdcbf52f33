// A real Chromium that complains about what a person would not see: console errors, CSP violations, axe findings.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import axe from "axe-core";
import { chromium } from "playwright-core";

const SCREENS = fileURLToPath(new URL("screens/", import.meta.url));
const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };

export async function launch() {
  mkdirSync(SCREENS, { recursive: true });
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium" });
}

/** A browser profile of its own with one tab; `complaints` gathers what went wrong in it. */
export async function visit(browser, options = {}) {
  const context = await browser.newContext({ viewport: DESKTOP, reducedMotion: "reduce", ...options });
  const complaints = [];
  await context.exposeBinding("complain", (_, text) => complaints.push(text));
  await context.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      window.complain(`CSP: ${event.violatedDirective} blocked ${event.blockedURI} at ${event.documentURI}`);
    });
  });
  const page = await context.newPage();
  const documents = new Set();
  page.on("request", (request) => request.isNavigationRequest() && documents.add(request.url()));
  page.on("pageerror", (error) => complaints.push(`script: ${error.message}`));
  page.on("console", (message) => {
    // Chromium reports a page that is itself an error (status 400) as a resource that failed to load.
    const refusal = message.text().startsWith("Failed to load resource") && documents.has(message.location().url);
    if (message.type() === "error" && !refusal) complaints.push(`console: ${message.text()} (${message.location().url})`);
  });
  return { page, context, complaints };
}

/** Looks at a page as it stands: axe in light and dark, no sideways scrolling on a phone, a picture of each. */
export async function look(page, name) {
  const shot = (kind) => page.screenshot({ path: `${SCREENS}${name}-${kind}.png`, fullPage: true });
  await page.emulateMedia({ colorScheme: "light" });
  const light = await background(page);
  await expectAccessible(page, `${name}, light`);
  await shot("desktop");
  await page.setViewportSize(PHONE);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(overflow <= 0, `${name}: ${overflow} px wider than a phone of ${PHONE.width} px`);
  await expectAccessible(page, `${name}, phone`);
  await shot("phone");
  await page.setViewportSize(DESKTOP);
  await page.emulateMedia({ colorScheme: "dark" });
  assert.notEqual(await background(page), light, `${name}: dark looks like light`);
  await expectAccessible(page, `${name}, dark`);
  await shot("dark");
  await page.emulateMedia({ colorScheme: "light" });
}

const background = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);

async function expectAccessible(page, where) {
  // Through the debugger, which the page's own content security policy does not govern.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  const told = violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.html).join(" ")}`);
  assert.deepEqual(told, [], `axe at ${where}`);
}

/** Presses Tab until the element has the focus, which must be visible there. */
export async function tabTo(page, selector) {
  for (let step = 0; step < 25; step++) {
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) break;
    await page.keyboard.press("Tab");
  }
  const ring = await page.evaluate((wanted) => {
    const { outlineStyle, boxShadow } = getComputedStyle(document.activeElement);
    return document.activeElement.matches(wanted) && (outlineStyle !== "none" || boxShadow !== "none");
  }, selector);
  assert.ok(ring, `${selector} is not reached with Tab, or shows no focus`);
}
