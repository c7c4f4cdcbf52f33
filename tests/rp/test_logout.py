"""NetBox's sign-out ends Keystead's session too, by LOGOUT_REDIRECT_URL alone."""

from urllib.parse import parse_qs, urlsplit


def test_sign_out_asks_and_comes_back(place, netbox, fresh):
    target = urlsplit(netbox.settings["LOGOUT_REDIRECT_URL"])
    query = parse_qs(target.query)
    assert query["client_id"] == [netbox.client_id]
    assert query["post_logout_redirect_uri"][0].rstrip("/") == netbox.url

    fresh.sign_in(netbox)
    page = fresh.open(f"{netbox.url}/logout/")
    assert page.url.startswith(place.keystead.url)
    assert "logout-confirm" in page, page.html

    page = fresh.press(page, "logout-confirm")
    assert page.url.rstrip("/") == netbox.url, page.html
    assert page.json()["username"] is None
    assert "login-submit" in fresh.start(netbox)


def test_sign_out_without_parameters_works(place, netbox, fresh):
    fresh.sign_in(netbox)
    page = fresh.press(fresh.open(f"{place.keystead.url}/oauth2/end-session"), "logout-confirm")
    assert page.status == 200 and "logout-done" in page, page.html
