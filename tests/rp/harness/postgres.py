"""A database of its own on the PostgreSQL that TEST_POSTGRES_URL names, or on one started for it."""

import os
import subprocess
import tempfile
import uuid
from contextlib import contextmanager
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "tools" / "postgres.sh"


@contextmanager
def server():
    url = os.environ.get("TEST_POSTGRES_URL")
    if url:
        yield url
        return
    folder = tempfile.mkdtemp(prefix="postgres-rp-")
    try:
        yield subprocess.run([SCRIPT, "start", folder], check=True, capture_output=True, text=True).stdout.strip()
    finally:
        subprocess.run([SCRIPT, "stop", folder], check=True)


@contextmanager
def database():
    """The URL of a new, empty database."""
    with server() as url:
        name = f"rp_{uuid.uuid4().hex[:12]}"
        sql(url, f"create database {name}")
        try:
            yield f"{url.rpartition('/')[0]}/{name}"
        finally:
            sql(url, f"drop database {name} with (force)")


def sql(url, statement):
    subprocess.run(["psql", "--no-psqlrc", "--quiet", url, "--command", statement], check=True, capture_output=True)
