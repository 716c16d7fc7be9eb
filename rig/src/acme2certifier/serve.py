"""Run acme2certifier on loopback: python serve.py PORT DNS_PORT HTTP_PORT, with its files in RIG_HOME.

Three things are ours: TLS, the ports on which names are resolved and validated (the standard ones need root), and
/rig/poll and /rig/counts, by which a test has pending certificates asked for and counts.
"""

import datetime
import json
import os
import sqlite3
import ssl
import sys
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIServer, make_server

import dns.resolver
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from urllib3.util import connection

HOME = os.environ["RIG_HOME"]
PORT, DNS_PORT, HTTP_PORT = (int(argument) for argument in sys.argv[1:4])
PROCESSING = 4


def make_root():
    """Make the root that signs; it stays over restarts."""
    if os.path.exists(os.path.join(HOME, "ca.pem")):
        return
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Rig acme2certifier root")])
    now = datetime.datetime.now(datetime.timezone.utc)
    root = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = serialization.PrivateFormat.PKCS8
    secret = key.private_bytes(serialization.Encoding.PEM, private, serialization.NoEncryption())
    for file, content in (("ca-key.pem", secret), ("ca.pem", root.public_bytes(serialization.Encoding.PEM))):
        with open(os.path.join(HOME, file), "wb") as out:
            out.write(content)


def move_ports():
    """Resolve and validate where the test has its servers."""
    reset = dns.resolver.Resolver.reset
    connect = connection.create_connection

    def on_our_port(resolver):
        reset(resolver)
        resolver.port = DNS_PORT

    def to_our_port(address, *arguments, **options):
        host, port = address[:2]
        return connect((host, HTTP_PORT if port == 80 else port), *arguments, **options)

    dns.resolver.Resolver.reset = on_our_port
    connection.create_connection = to_our_port


make_root()
move_ports()

import acme2certifier.share.acme2certifier_wsgi as server  # noqa: E402  reads its configuration
from acme2certifier.acme_srv.certificate import Certificate  # noqa: E402


def poll():
    """Ask the CA for every certificate that it has left pending, as acme2certifier's cron job does."""
    with Certificate(False, None, server.LOGGER) as certificate:
        wanted = ("name", "poll_identifier", "csr", "order__name")
        for row in certificate.certlist_search("order__status_id", PROCESSING, wanted) or []:
            certificate.poll(*(row[key] for key in wanted))
    return {}


def counts():
    """Count what there is in the database."""
    with sqlite3.connect(os.path.join(HOME, "acme.db")) as database:
        count = lambda query: database.execute(query).fetchone()[0]
        return {
            "orders": count("SELECT count(*) FROM orders"),
            "certificates": count("SELECT count(*) FROM certificate WHERE cert_raw IS NOT NULL"),
        }


CONTROLS = {"/rig/poll": poll, "/rig/counts": counts}


def without_retry_after(start_response):
    """Say nothing of when to come back."""

    def start(status, headers, *arguments):
        return start_response(status, [header for header in headers if header[0] != "Retry-After"], *arguments)

    return start


def application(environ, start_response):
    if os.path.exists(os.path.join(HOME, "silent")):
        start_response = without_retry_after(start_response)
    control = CONTROLS.get(environ.get("PATH_INFO"))
    if control is None:
        return server.application(environ, start_response)
    body = json.dumps(control()).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


listener = make_server("127.0.0.1", PORT, application, server_class=Server, handler_class=server.get_handler_cls())
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
identity = os.path.join(HOME, "acme2certifier-tls-")
context.load_cert_chain(identity + "cert.pem", identity + "key.pem")
listener.socket = context.wrap_socket(listener.socket, server_side=True, do_handshake_on_connect=False)
# Links are built from Host and the scheme: TLS ends here, so say so.
listener.base_environ["HTTPS"] = "on"
listener.serve_forever()
