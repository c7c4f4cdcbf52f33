"""Both behind nginx with TLS from a private CA: the generated proxy lines give NetBox its real address."""

from contextlib import ExitStack
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
