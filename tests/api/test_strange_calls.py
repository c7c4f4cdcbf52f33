"""Calls that the description allows, and many that it does not, made up by Schemathesis.

A running server must never answer 5xx, and refuse what it refuses as a problem document.
"""

import atexit
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import hypothesis
import requests
import schemathesis

TOOLS = Path(__file__).resolve().parents[1] / "tools"
FOLDER = Path(tempfile.mkdtemp(prefix="keystead-api-"))
# Password hashes are made on purpose to be slow; here they would only be slow.
CHEAP = {"KEYSTEAD_PASSWORD__MEMORY_KIB": "8", "KEYSTEAD_PASSWORD__ITERATIONS": "1"}


def keystead(verb, *arguments):
    command = [TOOLS / "keystead.sh", verb, FOLDER, *arguments]
    done = subprocess.run(command, env=os.environ | CHEAP, input="", capture_output=True, text=True, timeout=90)
    if done.returncode != 0:
        raise RuntimeError(f"keystead {verb} {' '.join(arguments)}: exit {done.returncode}\n{done.stderr}")
    return done.stdout.strip()


def close():
    keystead("stop")
    shutil.rmtree(FOLDER, ignore_errors=True)


URL = keystead("start")
atexit.register(close)
keystead("run", "user", "create", "root", "--admin")
SCOPES = ["read", "users:write", "roles:write", "groups:write", "clients:write", "keys:write", "settings:write", "sessions:write"]
FLAGS = [flag for scope in SCOPES for flag in ("--scope", scope)]
TOKEN = json.loads(keystead("run", "token", "create", "fuzz", "--user", "root", *FLAGS, "--json"))["token"]

# Something of everything, so that made-up names sometimes meet something.
for line in (
    "user create alice",
    "group create staff",
    "client create wiki --redirect-uri https://wiki.example.com/cb",
    "client scope-map wiki staff openid",
    "client claim-map wiki roles staff reader",
):
    keystead("run", *line.split())



def with_token(request):
    """Comes last, since Schemathesis leaves out and makes up headers as it likes."""
    request.headers["Authorization"] = f"Bearer {TOKEN}"
    return request


session = requests.Session()
session.auth = with_token
schema = schemathesis.openapi.from_url(f"{URL}/api/openapi.json")


@schema.parametrize()
@hypothesis.settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(hypothesis.HealthCheck),
)
def test_nothing_breaks(case):
    answer = case.call(session=session, timeout=30)
    assert answer.status_code < 500, f"{answer.status_code} {answer.text}"
    assert answer.status_code != 401, answer.text
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == ["application/problem+json"], answer.headers
        assert json.loads(answer.text)["code"], answer.text
