"""A running Keystead with its command line."""

import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

TOOLS = Path(__file__).resolve().parents[2] / "tools"


class Keystead:
    """One server on a free port, its data in a temporary folder."""

    def __init__(self, database_url=None, *, public_url=None, flags=()):
        self.folder = Path(tempfile.mkdtemp(prefix="keystead-rp-"))
        self.env = dict(os.environ)
        if database_url:
            self.env["KEYSTEAD_DATABASE_URL"] = database_url
        if public_url:
            self.env["PUBLIC_URL"] = public_url
        self.changed = 0.0
        self.url = self._tool("start", *flags).strip()
        self.listen = (self.folder / "listen").read_text().strip()

    def _tool(self, verb, *arguments, stdin=None):
        command = [TOOLS / "keystead.sh", verb, self.folder, *arguments]
        done = subprocess.run(command, env=self.env, input=stdin or "", capture_output=True, text=True, timeout=90)
        if done.returncode != 0:
            raise RuntimeError(f"keystead {verb} {' '.join(map(str, arguments))}: exit {done.returncode}\n{done.stderr}")
        return done.stdout

    def cli(self, *arguments, stdin=None):
        """Runs a command beside the server and gives back its stdout."""
        self.changed = time.monotonic()
        return self._tool("run", *arguments, stdin=stdin)

    def settle(self):
        """Waits until the server must have noticed the last command: it promises one second."""
        time.sleep(max(0.0, self.changed + 1.1 - time.monotonic()))

    def create_user(self, name, password, **names):
        flags = [part for key, value in names.items() for part in (f"--{key.replace('_', '-')}", value)]
        self.cli("user", "create", name, *flags, "--password-stdin", stdin=password + "\n")

    def create_group(self, name, *members):
        self.cli("group", "create", name)
        if members:
            self.cli("group", "add-member", name, *members)

    def failed_flows(self, client):
        """The refused and stalled flows of one client, newest first or last, as text to look for causes in."""
        flows = json.loads(self.cli("flow", "list", "--failed", "--json"))
        flows = flows if isinstance(flows, list) else flows["flows"]
        return [json.dumps(flow) for flow in flows if client in json.dumps(flow)]

    def log(self):
        return (self.folder / "stderr").read_text(errors="replace")

    def close(self):
        self._tool("stop")
        shutil.rmtree(self.folder, ignore_errors=True)
