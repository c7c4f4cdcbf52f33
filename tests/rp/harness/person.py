"""A person without a browser: follows redirects, keeps cookies, fills in the plain forms by their ids."""

import base64
import json
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import requests

PASSWORD = "violet-tractor-61-quartz-mango"
VOID = {"input", "br", "hr", "img", "meta", "link", "wbr", "area", "base", "col", "embed", "source", "track"}


class Page(HTMLParser):
    """One answer: its forms, and the text below each id."""

    def __init__(self, answer):
        super().__init__(convert_charrefs=True)
        self.url, self.status, self.html = answer.url, answer.status_code, answer.text
        self.headers = answer.headers
        self.history = [step.url for step in answer.history] + [answer.url]
        self.forms, self.texts, self._open = [], {}, []
        if "html" in answer.headers.get("content-type", ""):
            self.feed(answer.text)

    def handle_starttag(self, tag, attributes):
        element = dict(attributes)
        if tag == "form":
            self.forms.append({"action": element.get("action") or self.url, "method": element.get("method", "get").lower(), "fields": []})
        elif tag in ("input", "button", "select", "textarea") and self.forms:
            self.forms[-1]["fields"].append({"tag": tag, **element})
        if "id" in element:
            self.texts[element["id"]] = ""
        if tag not in VOID:
            self._open.append((tag, element.get("id")))

    def handle_endtag(self, tag):
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        for _, name in self._open:
            if name:
                self.texts[name] += data

    def __contains__(self, element_id):
        return element_id in self.texts

    def text(self, element_id):
        return " ".join(self.texts[element_id].split())

    def json(self):
        return json.loads(self.html)

    def form_of(self, element_id):
        """The form that holds an element, and the element."""
        for form in self.forms:
            for field in form["fields"]:
                if field.get("id") == element_id:
                    return form, field
        raise AssertionError(f"no form with #{element_id} at {self.url} (status {self.status}); ids there: {sorted(self.texts)}")


def pressed(form, button, typed):
    """What a browser sends when this button is pressed: the fields, what was typed by id, and the button."""
    sent = []
    for field in form["fields"]:
        name, kind = field.get("name"), field.get("type", "text")
        submits = field["tag"] == "button" or kind in ("submit", "image", "button", "reset")
        unticked = kind in ("checkbox", "radio") and "checked" not in field
        if not name or (submits and field is not button) or (unticked and field.get("id") not in typed):
            continue
        default = "on" if kind in ("checkbox", "radio") else ""
        sent.append((name, typed.get(field.get("id"), field.get("value", default))))
    return sent


class Person:
    """Someone with a cookie jar, a name and a password."""

    def __init__(self, username, password):
        self.username, self.password = username, password
        self.session = requests.Session()
        self.session.trust_env = False  # neither proxies nor CA files of this machine
        self.session.headers["accept"] = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"
        self.answers = []

    def open(self, url):
        return self._page(self.session.get(url, timeout=20))

    def press(self, page, element_id, **typed):
        """Submits the form that holds this button."""
        form, button = page.form_of(element_id)
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(page.url))
        fields, target = pressed(form, button, typed), urljoin(page.url, form["action"])
        if form["method"] == "get":
            return self._page(self.session.get(target, params=fields, timeout=20))
        return self._page(self.session.post(target, data=fields, headers={"origin": origin}, timeout=20))

    def _page(self, answer):
        page = Page(answer)
        self.answers.append(page)
        return page

    def start(self, netbox, next_path="/", base=None):
        """Presses NetBox's sign-in button: a link where the library allows it, else its form."""
        base = base or netbox.url
        page = self.open(f"{base}/oauth/login/oidc/?next={next_path}")
        if page.status == 405:
            page = self.press(self.open(f"{base}/login/?next={next_path}"), "sso")
        return page

    def authenticate(self, page):
        return self.press(page, "login-submit", username=self.username, password=self.password)

    def sign_in(self, netbox, next_path="/"):
        """The whole way: button, password if asked, consent if asked, back in NetBox."""
        page = self.start(netbox, next_path)
        if "login-submit" in page:
            page = self.authenticate(page)
        if "consent-allow" in page:
            page = self.press(page, "consent-allow")
        return page

    def visited(self):
        """Every URL on the way, in order."""
        return [url for page in self.answers for url in page.history]


def claims(token, part=1):
    """The claims (or with part=0 the header) of a JWT, unverified: its reader has verified it already."""
    body = token.split(".")[part]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
