"""The front of waxseal-jmapd as an administrator sees it: TLS with a certificate that is replaced, a proxy in front, sockets
from systemd, a unix socket, and a stop that waits for nobody's event source."""

import contextlib
import http.client
import os
import signal
import socket
import ssl
import subprocess
import time
import unittest

from demo.installation import free_base_port
from harness import InstallationTest, eventually


class Front(InstallationTest):
    def setUp(self):
        super().setUp()
        self.directory = self.installation.path("tls")
        os.makedirs(self.directory)
        self.certificate, self.key = os.path.join(self.directory, "cert.pem"), os.path.join(self.directory, "key.pem")
        self.tls_port = free_base_port(1)
        self.unix = os.path.join(self.directory, "jmap.sock")
        self.make_certificate()
        self.configure(f'listen = ["inet:127.0.0.1:{self.installation.jmap_port}", "tls:127.0.0.1:{self.tls_port}", '
                       f'"unix:{self.unix}"]\ntls_certificate = "{self.certificate}"\ntls_key = "{self.key}"\n'
                       'trusted_proxies = ["127.0.0.1"]')

    def configure(self, listen):
        """Other lines instead of jmap.listen; starts waxseal-jmapd again."""
        if "waxseal-jmapd" in self.installation.processes:
            self.installation.stop_daemon("waxseal-jmapd")
        with open(self.installation.config) as config:
            text = config.read()
        before, after = text.split("[jmap]\n")
        with open(self.installation.config, "w") as config:
            config.write(before + "[jmap]\n" + listen + "\n" + "\n".join(
                line for line in after.splitlines() if not line.startswith(("listen", "base_url", "tls_", "trusted"))))
        self.installation.start_daemon("waxseal-jmapd")
        self.installation.wait_for_port(self.installation.jmap_port)

    def make_certificate(self):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout",
                        self.key, "-out", self.certificate], check=True, capture_output=True)

    def connect_tls(self, version=None):
        context = ssl.create_default_context(cafile=self.certificate)
        if version:
            context.minimum_version = context.maximum_version = version
        return context.wrap_socket(socket.create_connection(("127.0.0.1", self.tls_port), 5), server_hostname="localhost")

    def get(self, stream, path="/healthz", fields=""):
        stream.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{fields}Connection: close\r\n\r\n".encode())
        answer = b""
        while piece := stream.recv(65536):
            answer += piece
        return answer.decode()

    def signal(self, number):
        self.installation.processes["waxseal-jmapd"].send_signal(number)

    def log(self):
        return self.installation.log("waxseal-jmapd")

    def test_tls_and_a_new_certificate_without_a_restart(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with self.connect_tls(version) as stream:
                answer = self.get(stream)
            self.assertTrue(answer.startswith("HTTP/1.1 200"), answer)
            self.assertIn("Strict-Transport-Security", answer)
        with self.assertRaises(ssl.SSLError):
            self.connect_tls(ssl.TLSVersion.TLSv1_1)
        with socket.create_connection(("127.0.0.1", self.tls_port), 5) as plain:
            plain.sendall(b"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n")
            with contextlib.suppress(ConnectionResetError):  # no answer is right too
                self.assertNotIn(b"200", plain.recv(100))
        old = self.connect_tls()
        before = old.getpeercert(True)
        self.make_certificate()
        self.signal(signal.SIGHUP)
        eventually(lambda: "event=reloaded" in self.log(), what="the reload")
        with self.connect_tls() as stream:
            self.assertNotEqual(stream.getpeercert(True), before)
        self.assertIn("200", self.get(old))  # what was open goes on
        with open(self.key, "w") as key:
            key.write("not a key\n")
        self.signal(signal.SIGHUP)
        eventually(lambda: "event=reload_refused" in self.log(), what="the refusal")
        with self.connect_tls() as stream:
            self.assertIn("200", self.get(stream))

    def test_a_large_upload_through_tls(self):
        octets = os.urandom(3_000_000)
        headers = {**self.jmap.headers, "Content-Type": "application/octet-stream"}
        connection = http.client.HTTPSConnection("127.0.0.1", self.tls_port, timeout=30,
                                                 context=ssl._create_unverified_context())
        connection.request("POST", f"/jmap/upload/{self.jmap.account}/", octets, headers)
        answer = connection.getresponse()
        self.assertEqual(answer.status, 201)
        self.assertIn(str(len(octets)).encode(), answer.read())

    def test_a_proxy_is_believed_only_if_it_is_configured(self):
        forwarded = "X-Forwarded-For: 192.0.2.66, 198.51.100.7\r\nX-Forwarded-Proto: https\r\n"
        authorization = f"Authorization: {self.jmap.headers['Authorization']}\r\n"
        with socket.create_connection(("127.0.0.1", self.installation.jmap_port), 5) as stream:
            session = self.get(stream, "/jmap/session", forwarded + authorization)
        self.assertIn('"apiUrl":"https://localhost/jmap/api"', session)
        eventually(lambda: "source=198.51.100.7" in self.log(), what="the client's address in the log")
        with socket.socket(socket.AF_UNIX) as stream:
            stream.connect(self.unix)
            session = self.get(stream, "/jmap/session", forwarded + authorization)
        self.assertIn('"apiUrl":"http://localhost/jmap/api"', session)
        self.assertIn("source=unix", self.log())
        self.assertNotIn("source=192.0.2.66", self.log())

    def test_sockets_from_systemd(self):
        self.installation.stop_daemon("waxseal-jmapd")
        with socket.create_server(("127.0.0.1", 0)) as listener:
            process = subprocess.Popen(
                ["/bin/sh", "-c", 'LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=http exec "$0" --config "$1"',
                 os.path.join(self.installation.binaries, "waxseal-jmapd"), self.installation.config],
                preexec_fn=lambda: os.dup2(listener.fileno(), 3), pass_fds=(3,), stderr=subprocess.DEVNULL)
            self.installation.processes["waxseal-jmapd"] = process
            with socket.create_connection(listener.getsockname(), 10) as stream:
                self.assertIn("200", self.get(stream))
        with self.assertRaises(OSError):
            socket.create_connection(("127.0.0.1", self.installation.jmap_port), 1)

    def test_a_stop_ends_event_sources_at_once(self):
        stream = socket.create_connection(("127.0.0.1", self.installation.jmap_port), 10)
        stream.sendall(f"GET /jmap/eventsource?types=*&closeafter=no&ping=0 HTTP/1.1\r\nHost: h\r\n"
                       f"Authorization: {self.jmap.headers['Authorization']}\r\n\r\n".encode())
        self.assertIn(b"200", stream.recv(1000))
        begun = time.monotonic()
        self.installation.stop_daemon("waxseal-jmapd")
        self.assertLess(time.monotonic() - begun, 5)


if __name__ == "__main__":
    unittest.main()
