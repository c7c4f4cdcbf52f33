// A person without a browser: follows redirects, keeps cookies, fills in the plain forms by their ids.
import { parse } from "node-html-parser";

export class Person {
  #cookies = new Map();

  constructor(username, password) {
    Object.assign(this, { username, password });
  }

  /** Follows redirects until a page, or until a URL that starts with `end`. */
  async go(url, end, init = {}) {
    for (let step = 0; step < 15; step++) {
      if (end && url.startsWith(end)) return { url: new URL(url) };
      const answer = await this.#fetch(url, init);
      const location = answer.headers.get("location");
      if (!location || answer.status < 300 || answer.status > 399) {
        return { url: new URL(url), status: answer.status, html: parse(await answer.text()) };
      }
      url = new URL(location, url).href;
      init = {};
    }
    throw new Error(`redirected without end, at last to ${url}`);
  }

  async #fetch(url, init) {
    const cookie = [...this.#cookies].map((pair) => pair.join("=")).join("; ");
    const answer = await fetch(url, { ...init, redirect: "manual", headers: { ...init.headers, cookie } });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      if (value === "" || /max-age=0/i.test(line)) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return answer;
  }

  /** Submits the form that holds the button `id`, with what was typed by element id. */
  async press(page, id, end, typed = {}) {
    const button = page.html.getElementById(id);
    if (!button) throw new Error(`no #${id} at ${page.url} (status ${page.status}): ${page.html.text.slice(0, 400)}`);
    const form = button.closest("form");
    const body = new URLSearchParams();
    for (const field of form.querySelectorAll("input")) {
      const { name, value = "", type = "text", checked } = field.attributes;
      const unticked = type === "checkbox" && checked === undefined;
      if (name && !unticked && type !== "submit") body.append(name, typed[field.id] ?? value);
    }
    if (button.attributes.name) body.append(button.attributes.name, button.attributes.value ?? "");
    const action = new URL(form.attributes.action || page.url.href, page.url).href;
    return this.go(action, end, { method: "POST", body, headers: { origin: page.url.origin } });
  }

  /** From an authorization URL back to the client: password if asked, consent if asked. */
  async authorize(url, redirectUri) {
    let page = await this.go(url, redirectUri);
    if (page.html?.getElementById("login-submit")) {
      const typed = { username: this.username, password: this.password };
      page = await this.press(page, "login-submit", redirectUri, typed);
    }
    if (page.html?.getElementById("consent-allow")) page = await this.press(page, "consent-allow", redirectUri);
    if (page.html) throw new Error(`not sent back to the client but left at ${page.url}: ${page.html.text.slice(0, 400)}`);
    return page.url;
  }
}
