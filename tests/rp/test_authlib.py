"""Authlib as the client and joserfc as the verifier, against a running Keystead."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import ClientSecretJWT, PrivateKeyJWT
from harness.keystead import Keystead
from harness.person import PASSWORD, Person
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

pytestmark = pytest.mark.xdist_group("authlib")


@pytest.fixture(scope="module")
def keystead():
    running = Keystead()
    running.create_user("alice", PASSWORD, email="alice@example.test")
    yield running
    running.close()


@pytest.fixture(scope="module")
def metadata(keystead):
    return requests.get(f"{keystead.url}/.well-known/openid-configuration", timeout=20).json()


def register(keystead, name, *flags):
    """A client whose answers come back to a page of ours that does not exist, where the query can be read."""
    redirect_uri = f"{keystead.url}/nobody/{name}"
    keystead.cli("client", "create", name, "--redirect-uri", redirect_uri, *flags)
    keystead.cli("client", "scope-map", name, "everyone", "openid", "email", "offline_access")
    keystead.settle()
    return redirect_uri


def signed_in(session, metadata, verifier):
    """The callback that Alice's browser ends at, and the nonce that was sent."""
    nonce = "n-0S6_WzA2Mj"
    url, state = session.create_authorization_url(
        metadata["authorization_endpoint"], code_verifier=verifier, nonce=nonce
    )
    alice = Person("alice", PASSWORD)
    page = alice.authenticate(alice.open(url))
    if "consent-allow" in page:
        page = alice.press(page, "consent-allow")
    assert parse_qs(urlsplit(page.url).query).get("state") == [state], page.html
    return page.url, nonce


def verified(metadata, client_id, token, nonce):
    keys = KeySet.import_key_set(requests.get(metadata["jwks_uri"], timeout=20).json())
    claims = jwt.decode(token, keys, algorithms=["RS256", "ES256", "PS256", "EdDSA"]).claims
    registry = jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": metadata["issuer"]},
        aud={"essential": True, "value": client_id},
        nonce={"essential": True, "value": nonce},
        exp={"essential": True},
    )
    registry.validate(claims)
    return claims


VERIFIER = "a-verifier-of-more-than-forty-three-characters-0123456789"


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "client_secret_jwt"])
def test_each_way_with_a_secret(keystead, metadata, method):
    name = f"authlib-{method.replace('_', '-')}"
    redirect_uri = register(keystead, name, "--auth-method", method)
    secret = keystead.cli("client", "show-secret", name).strip()
    session = OAuth2Session(
        name, secret, token_endpoint_auth_method=method, scope="openid email", redirect_uri=redirect_uri,
        code_challenge_method="S256",
    )
    session.register_client_auth_method(ClientSecretJWT(metadata["token_endpoint"]))
    callback, nonce = signed_in(session, metadata, VERIFIER)
    tokens = session.fetch_token(metadata["token_endpoint"], authorization_response=callback, code_verifier=VERIFIER)
    claims = verified(metadata, name, tokens["id_token"], nonce)
    info = session.get(metadata["userinfo_endpoint"]).json()
    assert (info["sub"], info["email"]) == (claims["sub"], "alice@example.test")


def test_a_key_of_its_own(keystead, metadata, tmp_path):
    key = ECKey.generate_key("P-256", {"kid": "authlib-1", "use": "sig", "alg": "ES256"}, private=True)
    keys = tmp_path / "jwks.json"
    keys.write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
    redirect_uri = register(
        keystead, "authlib-key", "--auth-method", "private_key_jwt", "--jwks-file", str(keys), "--alg", "ES256"
    )
    session = OAuth2Session(
        "authlib-key", key, token_endpoint_auth_method="private_key_jwt",
        revocation_endpoint_auth_method="private_key_jwt", scope="openid offline_access",
        redirect_uri=redirect_uri, code_challenge_method="S256",
    )
    session.register_client_auth_method(PrivateKeyJWT(metadata["token_endpoint"], alg="ES256"))
    callback, nonce = signed_in(session, metadata, VERIFIER)
    tokens = session.fetch_token(metadata["token_endpoint"], authorization_response=callback, code_verifier=VERIFIER)
    claims = verified(metadata, "authlib-key", tokens["id_token"], nonce)
    refreshed = session.refresh_token(metadata["token_endpoint"], refresh_token=tokens["refresh_token"])
    assert refreshed["access_token"] != tokens["access_token"]
    told = session.introspect_token(metadata["introspection_endpoint"], refreshed["access_token"]).json()
    assert (told["active"], told["sub"]) == (True, claims["sub"])
    revoked = session.revoke_token(metadata["revocation_endpoint"], refreshed["access_token"])
    assert revoked.status_code == 200, keystead.cli("event", "list", "--failed")
    told = session.introspect_token(metadata["introspection_endpoint"], refreshed["access_token"]).json()
    assert told == {"active": False}
