"""A NetBox stand-in: a real Django with one version of python-social-auth and the files Keystead generated."""

import ast
import os
import re
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
STANDIN = Path(__file__).resolve().parents[1] / "standin"


# What netbox-docker's own configuration.py reads of these.
DOCKER = """from os import environ
REMOTE_AUTH_ENABLED = environ.get('REMOTE_AUTH_ENABLED', 'False').lower() == 'true'
REMOTE_AUTH_BACKEND = environ.get('REMOTE_AUTH_BACKEND', 'netbox.authentication.RemoteUserBackend').split()
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def assignments(source):
    """The constants that a configuration file assigns, without running it."""
    found = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign):
            try:
                found[node.targets[0].id] = ast.literal_eval(node.value)
            except ValueError:
                continue
    return found


class NetBox:
    """Registers itself with Keystead as an operator would, then serves with what `client config` printed."""

    def __init__(
        self, keystead, version, client_id, *, group, create=(), append="", url=None, env=None, docker=False
    ):
        self.keystead = keystead
        self.version = version
        self.client_id = client_id
        self.port = free_port()
        self.listen = f"127.0.0.1:{self.port}"
        self.url = url or f"http://{self.listen}"
        self.env = {**os.environ, **(env or {})}
        self.folder = Path(tempfile.mkdtemp(prefix="netbox-"))
        self.process = None
        keystead.cli("client", "create", client_id, "--name", "NetBox", "--template", "netbox", "--url", self.url, *create)
        keystead.cli("client", "scope-map", client_id, group, "openid", "profile", "email", "groups")
        self._lay_files(append.replace("PUBLIC_URL", keystead.url), docker)
        self._start()
        keystead.settle()

    def _lay_files(self, append, docker):
        shutil.copytree(STANDIN, self.folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        generated = self._docker_files() if docker else self._files("configuration.py")["configuration.py"]
        self.settings = assignments(generated)
        name = self.client_id.replace("-", "_")
        own = f"ALLOWED_HOSTS = ['*']\nSECRET_KEY = '{'netbox' * 9}'\nINSTANCE_NAME = {name!r}\n\n"
        (self.folder / "netbox" / "configuration.py").write_text(f"{own}{generated}\n{append}\n")
        module = self.pipeline_module().replace(".", "/") + ".py"
        (self.folder / module).write_text(self._files("pipeline")["keystead_roles.py"])

    def _files(self, kind):
        """What `client config` prints, each file by its name."""
        printed = self.keystead.cli("client", "config", self.client_id, "--format", kind)
        parts = re.split(r"^# ==== (\S+) ====\n", printed, flags=re.MULTILINE)
        if len(parts) == 1:
            return {"configuration.py" if kind == "configuration.py" else "keystead_roles.py": printed}
        return dict(zip(parts[1::2], parts[2::2]))

    def _docker_files(self):
        """netbox.env goes into the environment as Docker reads it; the module is loaded after what netbox-docker
        makes of the environment."""
        files = self._files("docker-env")
        assert set(files) == {"netbox.env", "configuration/keystead.py", "docker-compose.override.yml"}
        lines = [line for line in files["netbox.env"].splitlines() if line and not line.startswith("#")]
        self.env |= dict(line.split("=", 1) for line in lines)
        self.compose = files["docker-compose.override.yml"]
        return DOCKER + files["configuration/keystead.py"]

    def pipeline_module(self):
        """The module of the one pipeline step that neither the library nor NetBox brings."""
        theirs = ("social_core.", "social_django.", "netbox.authentication.")
        steps = [step for step in self.settings["SOCIAL_AUTH_PIPELINE"] if not step.startswith(theirs)]
        assert len(steps) == 1, f"the generated pipeline should name one module of its own, but names {steps}"
        return steps[0].rpartition(".")[0]

    def _start(self):
        python = ROOT / ".venv" / f"rp-{self.version}" / "bin" / "python"
        self.log_file = open(self.folder / "log", "w")
        self.process = subprocess.Popen(
            [python, "-B", self.folder / "serve.py", str(self.port)],
            cwd=self.folder, env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.log_file, text=True,
        )
        if self.process.stdout.readline().strip() != "ready":
            self.close()
            raise RuntimeError(f"the NetBox stand-in did not start:\n{self.log()}")

    def log(self):
        return (self.folder / "log").read_text(errors="replace")

    def close(self):
        if self.process:
            self.process.terminate()
            self.process.wait(10)
            self.process.stdout.close()
            self.log_file.close()

    def remove(self):
        self.close()
        shutil.rmtree(self.folder, ignore_errors=True)
