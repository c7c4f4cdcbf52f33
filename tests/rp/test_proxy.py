"""Both behind nginx with TLS from a private CA: the generated proxy lines give NetBox its real address."""

import json
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.keystead import Keystead
from harness.netbox import NetBox, free_port
from harness.person import PASSWORD, Person
from harness.proxy import Proxy

pytestmark = pytest.mark.xdist_group("proxy")
FOR_KEYSTEAD = """
  proxy_set_header Host $http_host;
  proxy_set_header X-Forwarded-Proto $scheme;
  proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
"""


@pytest.fixture(scope="module")
def https():
    """Keystead as https://localhost, NetBox as https://127.0.0.1, alice who may use it."""
    with ExitStack() as stack:
        proxy = Proxy()
        stack.callback(proxy.close)
        front, back = free_port(), free_port()
        keystead = Keystead(public_url=f"https://localhost:{front}")
        stack.callback(keystead.close)
        keystead.create_group("netbox-users")
        keystead.create_user("alice", PASSWORD, email="alice@example.test")
        keystead.cli("group", "add-member", "netbox-users", "alice")
        netbox = NetBox(
            keystead, "4.8.7", "netbox", group="netbox-users", url=f"https://127.0.0.1:{back}",
            env={"REQUESTS_CA_BUNDLE": str(proxy.ca)},
        )  # fmt: skip
        stack.callback(netbox.remove)
        lines = keystead.cli("client", "config", "netbox", "--format", "reverse-proxy")
        proxy.serve([(front, keystead.listen, FOR_KEYSTEAD), (back, netbox.listen, lines)])
        yield SimpleNamespace(keystead=keystead, netbox=netbox, proxy=proxy)


@pytest.fixture
def alice(https):
    person = Person("alice", PASSWORD)
    person.session.verify = str(https.proxy.ca)
    return person


def test_sign_in_and_out_through_tls(https, alice):
    page = alice.sign_in(https.netbox)
    assert page.url == f"{https.netbox.url}/", page.html
    assert page.json()["username"] == "alice"
    page = alice.press(alice.open(f"{https.netbox.url}/logout/"), "logout-confirm")
    assert page.url == f"{https.netbox.url}/", page.html
    assert page.json()["username"] is None


def test_cookies_and_transport_are_locked_down(https, alice):
    page = alice.start(https.netbox)
    assert "max-age=" in page.headers["strict-transport-security"]
    alice.authenticate(page)
    cookies = [cookie for cookie in alice.session.cookies if cookie.domain.startswith("localhost")]
    assert cookies
    for cookie in cookies:
        assert cookie.secure and cookie.name.startswith("__Host-") and cookie.path == "/", cookie


SHIPPED = Path(__file__).resolve().parents[2] / "docs" / "deploy" / "nginx.conf"


def shipped(folder, plain, front, listen):
    """The file of the documentation with this machine's ports, names and certificate, and nothing else changed."""
    text = SHIPPED.read_text()
    changes = {
        "server 127.0.0.1:8080;": f"server {listen};",
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen [::]:80;": "",
        "listen 443 ssl;": f"listen 127.0.0.1:{front} ssl;",
        "listen [::]:443 ssl;": "",
        "server_name sso.example.com;": "server_name localhost;",
        "/etc/ssl/keystead/fullchain.pem": f"{folder}/server.pem",
        "/etc/ssl/keystead/privkey.pem": f"{folder}/server.key",
    }
    for theirs, ours in changes.items():
        assert theirs in text, f"{SHIPPED.name} says no more: {theirs}"
        text = text.replace(theirs, ours)
    return text


def test_the_nginx_file_of_the_documentation_works():
    with ExitStack() as stack:
        proxy = Proxy()
        stack.callback(proxy.close)
        plain, front = free_port(), free_port()
        settings = proxy.folder / "keystead.toml"
        settings.write_text('trusted_proxies = ["127.0.0.1"]\n')
        keystead = Keystead(public_url=f"https://localhost:{front}", flags=("--config", settings))
        stack.callback(keystead.close)
        keystead.create_user("alice", PASSWORD)
        proxy.run(shipped(proxy.folder, plain, front, keystead.listen))
        alice = Person("alice", PASSWORD)
        alice.session.verify = str(proxy.ca)
        alice.session.headers["x-forwarded-for"] = "203.0.113.9"
        answer = alice.session.get(f"http://localhost:{plain}/login?x=1", allow_redirects=False, timeout=20)
        assert (answer.status_code, answer.headers["location"]) == (301, "https://localhost/login?x=1")
        page = alice.open(f"https://localhost:{front}/.well-known/openid-configuration")
        assert page.json()["issuer"] == keystead.url
        page = alice.authenticate(alice.open(f"https://localhost:{front}/login"))
        assert "alice" in page.text("current-user")
        events = json.loads(keystead.cli("event", "list", "--user", "alice", "--json"))
        assert events[0]["address"] == "203.0.113.9", "as the proxy passes it on"
        # As long as an authorization request may be that comes back as the address of a page.
        page = alice.open(f"https://localhost:{front}/oauth2/authorize?client_id={'x' * 12_000}")
        assert page.text("error-code") == "unknown_client"


def test_the_nginx_lines_of_the_set_up_work():
    with ExitStack() as stack:
        proxy = Proxy()
        stack.callback(proxy.close)
        plain, front = free_port(), free_port()
        keystead = Keystead(public_url=f"https://localhost:{front}")
        stack.callback(keystead.close)
        keystead.create_user("alice", PASSWORD)
        lines = keystead.cli("config", "proxy", "nginx")
        changes = {
            "server 127.0.0.1:8080;": f"server {keystead.listen};",
            "listen 80;": f"listen 127.0.0.1:{plain};",
            "listen [::]:80;": "",
            f"listen {front} ssl;": f"listen 127.0.0.1:{front} ssl;",
            f"listen [::]:{front} ssl;": "",
            "/etc/ssl/keystead/fullchain.pem": f"{proxy.folder}/server.pem",
            "/etc/ssl/keystead/privkey.pem": f"{proxy.folder}/server.key",
        }
        for theirs, ours in changes.items():
            assert theirs in lines, theirs
            lines = lines.replace(theirs, ours)
        assert "server_name localhost;" in lines
        proxy.run(lines)
        alice = Person("alice", PASSWORD)
        alice.session.verify = str(proxy.ca)
        answer = alice.session.get(f"http://localhost:{plain}/login", allow_redirects=False, timeout=20)
        assert (answer.status_code, answer.headers["location"]) == (301, f"{keystead.url}/login")
        page = alice.authenticate(alice.open(f"https://localhost:{front}/login"))
        assert "alice" in page.text("current-user")
