"""The matrix: every version of python-social-auth on SQLite, one of them on PostgreSQL too."""

import os
import re
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace

import pytest

from harness import postgres
from harness.keystead import Keystead
from harness.netbox import NetBox
from harness.person import PASSWORD, Person

VERSIONS = sorted(
    (path.stem.removeprefix("rp-") for path in (Path(__file__).parent / "requirements").glob("rp-*.txt")),
    key=lambda version: [int(part) for part in version.split(".")],
)
PLACES = [("sqlite", version) for version in VERSIONS] + [("postgresql", "4.8.7")]
GROUPS = ("netbox-users", "netbox-superusers", "netbox-staff", "network-team")


def pytest_report_header():
    return f"keystead: {os.environ.get('KEYSTEAD_BIN', 'target/debug/keystead')}; python-social-auth: {', '.join(VERSIONS)}"


def pytest_generate_tests(metafunc):
    if "place" in metafunc.fixturenames:
        # One worker a place, because its people and stand-ins are shared by its tests.
        names = [f"{version}-{database}" for database, version in PLACES]
        places = [
            pytest.param(place, id=name, marks=pytest.mark.xdist_group(name)) for place, name in zip(PLACES, names)
        ]
        metafunc.parametrize("place", places, scope="session", indirect=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    """Shows what the servers logged beside a failure."""
    report = yield
    if report.failed and "place" in item.funcargs:
        place = item.funcargs["place"]
        report.sections.append(("keystead", place.keystead.log()[-4000:]))
        report.sections += [(instance.client_id, instance.log()[-2000:]) for instance in place.opened[-1:]]
    return report


@pytest.fixture(scope="session")
def keysteads():
    """The servers, one a database, each started when first asked for."""
    running = {}
    with ExitStack() as stack:

        def get(database):
            if database not in running:
                url = stack.enter_context(postgres.database()) if database == "postgresql" else None
                running[database] = Keystead(url)
                stack.callback(running[database].close)
                for group in GROUPS:
                    running[database].create_group(group)
            return running[database]

        yield get


@pytest.fixture(scope="session")
def place(request, keysteads):
    """One version on one database, with people and stand-ins named after it so that no two share anything."""
    database, version = request.param
    keystead = keysteads(database)
    key = version.replace(".", "-")
    opened = []

    def person(name, *groups):
        username = f"{name}-{key}"
        keystead.create_user(
            username, PASSWORD, email=f"{username}@example.test", given_name=name.title(), family_name="Jones"
        )
        for group in groups:
            keystead.cli("group", "add-member", group, username)
        keystead.settle()
        return Person(username, PASSWORD)

    def netbox(case, **options):
        client_id = f"netbox-{case}-{key}"
        opened.append(NetBox(keystead, version, client_id, group="netbox-users", **options))
        return opened[-1]

    number = tuple(int(part) for part in re.findall(r"\d+", version))
    yield SimpleNamespace(
        keystead=keystead, key=key, version=number, person=person, netbox=netbox, opened=opened
    )
    for instance in opened:
        instance.remove()


@pytest.fixture(scope="session")
def netbox(place):
    """The stand-in with the generated files and nothing else."""
    return place.netbox("plain")


@pytest.fixture(scope="session")
def alice(place):
    """A member of the group that may use NetBox."""
    return place.person("alice", "netbox-users")


@pytest.fixture
def fresh(alice):
    """Alice at a machine she never used: no cookies."""
    return Person(alice.username, alice.password)
