"""nginx with TLS from a private CA in front of local servers."""

import shutil
import subprocess
import tempfile
import time
from pathlib import Path

CONFIGURATION = """
daemon off; pid nginx.pid; error_log error.log; worker_processes 1;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  ssl_certificate server.pem; ssl_certificate_key server.key;
  {servers}
}}
"""
SERVER = """
  server {{
    listen 127.0.0.1:{port} ssl;
    location / {{
      proxy_pass http://{upstream};
      {lines}
    }}
  }}
"""


def openssl(folder, *arguments):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def certify(folder):
    """A private CA, and a certificate of it for both names that this host has."""
    names = "subjectAltName=DNS:localhost,IP:127.0.0.1"
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")
    openssl(folder, "req", "-x509", *curve, "-subj", "/CN=Test CA", "-keyout", "ca.key", "-out", "ca.pem")
    openssl(
        folder, "req", "-x509", *curve, "-subj", "/CN=localhost", "-addext", names, "-CA", "ca.pem", "-CAkey", "ca.key",
        "-addext", "basicConstraints=critical,CA:FALSE", "-keyout", "server.key", "-out", "server.pem",
    )  # fmt: skip


class Proxy:
    """Makes its CA at once; serves when told what stands behind which port."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="nginx-"))
        self.ca = self.folder / "ca.pem"
        self.process = None
        certify(self.folder)

    def serve(self, servers):
        """Each server: (port, upstream address, directives for its location)."""
        blocks = "".join(SERVER.format(port=port, upstream=upstream, lines=lines) for port, upstream, lines in servers)
        self.run(blocks)

    def run(self, blocks):
        """Serves what stands in these server blocks."""
        (self.folder / "nginx.conf").write_text(CONFIGURATION.format(servers=blocks))
        binary = shutil.which("nginx") or "/usr/sbin/nginx"
        command = [binary, "-p", self.folder, "-c", "nginx.conf", "-e", "error.log"]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(100):
            if (self.folder / "nginx.pid").exists():
                return
            if self.process.poll() is not None:
                raise RuntimeError(f"nginx did not start:\n{(self.folder / 'error.log').read_text()}")
            time.sleep(0.05)
        raise RuntimeError("nginx did not start within 5 s")

    def close(self):
        if self.process:
            self.process.terminate()
            self.process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)
