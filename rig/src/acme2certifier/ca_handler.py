"""The CA behind acme2certifier: signs at once, or leaves an order `processing` while the file `hold` is there."""

import base64
import datetime
import os
import uuid

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

HOME = os.environ["RIG_HOME"]


def der(text):
    text = text.replace("-", "+").replace("_", "/")
    return base64.b64decode(text + "=" * (-len(text) % 4))


def read(name):
    with open(os.path.join(HOME, name), "rb") as file:
        return file.read()


def sign(csr):
    """Sign what is asked for; the chain as PEM, and the certificate as base64 of its DER form."""
    request = x509.load_der_x509_csr(der(csr))
    names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    root = x509.load_pem_x509_certificate(read("ca.pem"))
    key = serialization.load_pem_private_key(read("ca-key.pem"), None)
    now = datetime.datetime.now(datetime.timezone.utc)
    identifier = root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(root.subject)
        .public_key(request.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=1))
        .not_valid_after(now + datetime.timedelta(days=90))
        .add_extension(names.value, critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
        .sign(key, hashes.SHA256())
    )
    chain = certificate.public_bytes(serialization.Encoding.PEM).decode() + read("ca.pem").decode()
    return chain, base64.b64encode(certificate.public_bytes(serialization.Encoding.DER)).decode()


class CAhandler:
    """What acme2certifier asks a CA for."""

    def __init__(self, _debug=None, logger=None):
        self.logger = logger

    def __enter__(self):
        return self

    def __exit__(self, *_arguments):
        pass

    def handler_check(self):
        return None

    def enroll(self, csr):
        if os.path.exists(os.path.join(HOME, "hold")):
            return None, None, None, uuid.uuid4().hex
        chain, raw = sign(csr)
        return None, chain, raw, None

    def poll(self, _name, identifier, csr):
        if os.path.exists(os.path.join(HOME, "hold")):
            return "pending", None, None, identifier, False
        chain, raw = sign(csr)
        return None, chain, raw, identifier, False

    def revoke(self, _certificate, _reason, _date):
        return 200, None, None

    def trigger(self, _payload):
        return None, None, None
