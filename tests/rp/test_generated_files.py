"""The files that `client config` prints agree with each other and need no editing."""

import re
import shlex

from harness.person import Person


def test_docker_environment_says_the_same(place, netbox):
    printed = place.keystead.cli("client", "config", netbox.client_id, "--format", "docker-env")
    variables = dict(re.findall(r"^([A-Z0-9_]+)=(\S.*)$", printed, re.MULTILINE))
    for name in ("SOCIAL_AUTH_OIDC_OIDC_ENDPOINT", "SOCIAL_AUTH_OIDC_KEY", "SOCIAL_AUTH_OIDC_SECRET"):
        assert "".join(shlex.split(variables[name])) == netbox.settings[name]


def test_configuration_names_the_issuer_without_a_slash(place, netbox):
    assert netbox.settings["SOCIAL_AUTH_OIDC_OIDC_ENDPOINT"] == place.keystead.url
    assert netbox.settings["SOCIAL_AUTH_OIDC_KEY"] == netbox.client_id


def test_pipeline_compiles_alone(place, netbox):
    printed = place.keystead.cli("client", "config", netbox.client_id, "--format", "pipeline")
    compile(printed, "pipeline.py", "exec")


def test_netbox_docker_signs_in_with_its_files(place, alice):
    instance = place.netbox("docker", docker=True)
    page = Person(alice.username, alice.password).sign_in(instance)
    assert page.url == f"{instance.url}/", page.html
    assert page.json()["username"] == alice.username
    # The volume puts the pipeline where SOCIAL_AUTH_PIPELINE looks for it.
    source, target = re.search(r"^ *- (\S+?):(\S+?):z,ro$", instance.compose, re.MULTILINE).groups()
    assert source == "./keystead_roles.py"
    assert target.removeprefix("/opt/netbox/netbox/") == instance.pipeline_module().replace(".", "/") + ".py"
