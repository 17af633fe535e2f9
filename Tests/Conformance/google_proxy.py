"""An HTTP proxy that is Google for every program sent through it: for programs that have no setting for another server.

It takes `CONNECT` for any of Google's hosts, answers TLS with a certificate of its own, and hands the bytes to the emulator, whose
paths are Google's. The program needs two settings that every HTTP library has: the proxy, and the authority to trust.

    python3 google_proxy.py --emulator http://127.0.0.1:8085 --port 8086 --authority /tmp/emulated-google.pem
    HTTPS_PROXY=http://127.0.0.1:8086 SSL_CERT_FILE=/tmp/emulated-google.pem some-program

Whoever trusts the authority file trusts this proxy to be Google, so a new one is made at every start, good for a week, and its key
is kept nowhere. Connections to other hosts are refused.
"""

import argparse
import datetime
import os
import socket
import ssl
import tempfile
import threading
import urllib.parse

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOSTS = ["googleapis.com", "*.googleapis.com", "accounts.google.com"]
HEAD_LIMIT = 16 * 1024


class GoogleProxy:
    """Listens from the start, on a free port unless one is given, and serves in threads until `close`."""

    def __init__(self, emulator, authority, port=0):
        target = urllib.parse.urlsplit(emulator)
        self.target = (target.hostname, target.port)
        self.tls = server_context(authority)
        self.listener = socket.create_server(("127.0.0.1", port))
        self.origin = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def close(self):
        self.listener.close()

    def _listen(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            with connection:
                host = read_connect(connection)
                if host is None or not is_google(host):
                    connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                    return
                connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                with self.tls.wrap_socket(connection, server_side=True) as client:
                    with socket.create_connection(self.target) as emulator:
                        back = threading.Thread(target=pump, args=(emulator, client), daemon=True)
                        back.start()
                        pump(client, emulator)
                        back.join()
        except OSError:
            pass  # The program went away, or does not trust the certificate: it says so itself.


def read_connect(connection):
    """The host of a `CONNECT host:port` request, or None for anything else."""
    head = b""
    while b"\r\n\r\n" not in head and len(head) < HEAD_LIMIT:
        part = connection.recv(4096)
        if not part:
            return None
        head += part
    words = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
    return words[1].rsplit(":", 1)[0] if len(words) == 3 and words[0] == "CONNECT" else None


def is_google(host):
    return host.lower() in HOSTS or host.lower().endswith(".googleapis.com")


def pump(source, sink):
    try:
        while data := source.recv(64 * 1024):
            sink.sendall(data)
    except OSError:
        pass
    for end in (source, sink):
        try:
            # That of the plain socket: TLS sockets forget their keys here, while the other thread still reads with them.
            socket.socket.shutdown(end, socket.SHUT_RDWR)
        except OSError:
            pass


def server_context(authority):
    """A server's TLS context for Google's hosts. The certificate to trust is written to the file `authority`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Emulated Google")])
    now = datetime.datetime.now(datetime.timezone.utc)
    # Signed by itself, and marked as an authority so that every TLS library takes it as the end of its chain.
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=7))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host) for host in HOSTS]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    public = certificate.public_bytes(serialization.Encoding.PEM)
    with open(authority, "wb") as file:
        file.write(public)
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # `load_cert_chain` reads files only; this one is readable for its owner alone and gone at once.
    with tempfile.NamedTemporaryFile() as file:
        file.write(public + secret)
        file.flush()
        context.load_cert_chain(file.name)
    return context


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--emulator", default="http://127.0.0.1:8085", help="where the emulator is (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8086, help="the port to listen on, 0 for any (default: %(default)s)")
    parser.add_argument("--authority", default="emulated-google.pem", help="the file to trust, written at the start")
    arguments = parser.parse_args()
    proxy = GoogleProxy(arguments.emulator, arguments.authority, arguments.port)
    print(f"HTTPS_PROXY={proxy.origin} SSL_CERT_FILE={os.path.abspath(arguments.authority)}", flush=True)
    try:
        proxy.thread.join()
    except KeyboardInterrupt:
        proxy.close()


if __name__ == "__main__":
    main()
