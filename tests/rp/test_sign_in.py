"""A person signs in to NetBox through Keystead, with the generated files as they are and under every layout."""

import pytest

from harness.person import claims

LAYOUTS = {
    "authentik": ("/application/o/{}", "/application/o/{}/"),
    "authentik-slash": ("/application/o/{}/", "/application/o/{}/"),
    "kanidm": ("/oauth2/openid/{}", "/oauth2/openid/{}"),
}


def id_token(account):
    return account["id_tokens"][0]


def test_generated_files_sign_in(place, netbox, fresh):
    page = fresh.sign_in(netbox, "/dcim/sites/")
    assert page.url == f"{netbox.url}/dcim/sites/", page.html
    account = page.json()
    assert account["username"] == fresh.username
    assert account["email"] == f"{fresh.username}@example.test"
    assert (account["first_name"], account["last_name"]) == ("Alice", "Jones")
    assert claims(id_token(account), part=0)["alg"] == "RS256"


def test_id_token_keeps_the_rules_that_the_library_needs(place, netbox, fresh):
    token = claims(id_token(fresh.sign_in(netbox).json()))
    assert token["iss"] == place.keystead.url
    assert token["aud"] == netbox.client_id
    assert token["azp"] == netbox.client_id
    assert "nbf" not in token
    assert token["nonce"]


def test_second_sign_in_finds_the_same_account(netbox, fresh, alice):
    first = fresh.sign_in(netbox).json()
    second = type(fresh)(alice.username, alice.password).sign_in(netbox).json()
    assert second["id"] == first["id"]
    assert second["uids"] == first["uids"] and len(first["uids"]) == 1


def test_live_session_asks_nothing_again(netbox, fresh):
    fresh.sign_in(netbox)
    page = fresh.start(netbox, "/dcim/sites/")
    assert page.url == f"{netbox.url}/dcim/sites/", page.html


@pytest.mark.parametrize("layout", LAYOUTS)
def test_other_providers_endpoint_signs_in(place, fresh, layout):
    endpoint, issuer = LAYOUTS[layout]
    client = f"netbox-{layout}-{place.key}"
    line = f"SOCIAL_AUTH_OIDC_OIDC_ENDPOINT = 'PUBLIC_URL{endpoint.format(client)}'"
    instance = place.netbox(layout, append=line)
    page = fresh.sign_in(instance)
    assert page.url == f"{instance.url}/", page.html
    account = page.json()
    assert account["username"] == fresh.username
    assert claims(id_token(account))["iss"] == place.keystead.url + issuer.format(client)
    prefix = place.keystead.url + endpoint.split("{}")[0].rsplit("/openid", 1)[0]
    assert any(url.startswith(prefix) or "/ui/oauth2" in url for url in fresh.visited()), fresh.visited()


def test_es256_signs_in_with_the_generated_files(place, fresh):
    instance = place.netbox("es256", create=("--alg", "ES256"))
    assert "ES256" in instance.settings["SOCIAL_AUTH_OIDC_JWT_ALGORITHMS"]
    page = fresh.sign_in(instance)
    assert page.url == f"{instance.url}/", page.html
    assert claims(id_token(page.json()), part=0)["alg"] == "ES256"


def test_es256_is_refused_where_only_rs256_is_allowed(place, fresh):
    line = "SOCIAL_AUTH_OIDC_JWT_ALGORITHMS = ['RS256']"
    instance = place.netbox("es256-unset", create=("--alg", "ES256"), append=line)
    page = fresh.sign_in(instance)
    assert page.status == 500 and page.url.startswith(f"{instance.url}/oauth/complete/oidc/"), page.html
    assert page.json()["error"] == "AuthTokenError" or "signature" in page.json()["message"]


def test_pkce_where_the_library_knows_it(place, fresh):
    """Older versions ignore the setting: the same lines must sign in there too, without a challenge."""
    instance = place.netbox("pkce", append="SOCIAL_AUTH_OIDC_USE_PKCE = True")
    page = fresh.sign_in(instance)
    assert page.url == f"{instance.url}/", page.html
    challenged = any("code_challenge_method=S256" in url for url in fresh.visited())
    assert challenged == (place.version >= (4, 8, 7))
