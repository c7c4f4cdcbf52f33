"""Each way to fail ends where it should, and `flow list --failed` names its cause."""

import time

from harness.person import Person


def failed(place, client_id, cause):
    """True once a failed flow of this client names the cause by its code; else the flows, to be read in the failure."""
    for _ in range(15):  # flows are written shortly after the answer
        flows = place.keystead.failed_flows(client_id)
        if any(f'"{cause}"' in flow for flow in flows):
            return True
        time.sleep(0.2)
    return flows


def explained(page):
    """The person's error page: a stable code and a reference, and no way back to an unchecked address."""
    assert "error-code" in page and "error-ref" in page, page.html
    assert page.status >= 400
    return page.text("error-code"), page.text("error-ref")


def test_deny_at_consent_returns_to_netbox(place, netbox):
    dora = place.person("dora", "netbox-users")
    page = dora.authenticate(dora.start(netbox))
    assert "consent-allow" in page, page.html
    page = dora.press(page, "consent-deny")
    assert page.url.startswith(f"{netbox.url}/oauth/complete/oidc/")
    assert "error=access_denied" in page.url
    assert page.json()["error"] == "AuthCanceled"
    assert failed(place, netbox.client_id, "consent_refused") is True


def test_wrong_client_secret(place, fresh):
    instance = place.netbox("secret", append="SOCIAL_AUTH_OIDC_SECRET = 'not-the-secret-that-was-issued'")
    page = fresh.sign_in(instance)
    assert page.status == 500 and page.url.startswith(f"{instance.url}/oauth/complete/oidc/")
    assert "code=" in page.url
    assert failed(place, instance.client_id, "client_secret_wrong") is True


def test_wrong_redirect_uri(place, netbox, fresh):
    """NetBox seen under a host name that was never registered, as behind a proxy that hides the real one."""
    page = fresh.start(netbox, base=netbox.url.replace("127.0.0.1", "localhost"))
    code, reference = explained(page)
    assert page.url.startswith(place.keystead.url)
    assert code == "redirect_uri_mismatch"
    assert netbox.url not in page.html, "a visitor must not learn what is registered"
    assert failed(place, netbox.client_id, "redirect_uri_mismatch") is True
    told = place.keystead.cli("flow", "show", reference)
    assert "localhost" in told and netbox.url in told, told


def test_person_without_scope_map(place, netbox):
    erin = place.person("erin")
    page = erin.authenticate(erin.start(netbox))
    code, _ = explained(page)
    assert code == "no_scope_map"
    assert failed(place, netbox.client_id, "no_scope_map") is True


def test_wrong_password_stays_on_the_page(place, netbox, alice):
    someone = Person(alice.username, "not-" + alice.password)
    page = someone.authenticate(someone.start(netbox))
    assert "login-submit" in page
    assert page.url.startswith(place.keystead.url)
    page = someone.press(page, "login-submit", username=alice.username, password=alice.password)
    if "consent-allow" in page:
        page = someone.press(page, "consent-allow")
    assert page.url == f"{netbox.url}/", page.html
