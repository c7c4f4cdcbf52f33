"""Serves this folder's project on a loopback port: `serve.py PORT`. Says `ready` when it listens."""

import os
import sys
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

os.environ["NETBOX_INSTANCE"] = str(Path(__file__).resolve().parent)
os.environ["DJANGO_SETTINGS_MODULE"] = "netbox.settings"


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def address_string(self):
        return self.client_address[0]


def main(port):
    import django
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application

    django.setup()
    call_command("migrate", verbosity=0)
    server = make_server("127.0.0.1", port, get_wsgi_application(), Server, Quiet)
    print("ready", flush=True)
    server.serve_forever()


main(int(sys.argv[1]))
