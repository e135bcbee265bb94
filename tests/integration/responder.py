"""An authority that publishes: lists and OCSP answers made by the openssl command, over HTTP on loopback."""

import base64
import http.server
import threading
import urllib.parse

from demo.pki import Pki, run


class Authority(Pki):
    """The PKI in `directory`, with what its issuing CA says about its certificates now."""

    def _issuing(self):
        return ["-config", self._config(), "-keyfile", self._path("issuing.key"), "-cert", self.issuing]

    def revoke(self, signer):
        run("openssl", "ca", "-batch", *self._issuing(), "-revoke", signer.certificate)

    def crl(self):
        pem, der = self._path("list.pem"), self._path("list.crl")
        run("openssl", "ca", "-batch", *self._issuing(), "-gencrl", "-crldays", "7", "-out", pem)
        run("openssl", "crl", "-in", pem, "-outform", "DER", "-out", der)
        with open(der, "rb") as octets:
            return octets.read()

    def ocsp(self, request):
        asked, answer = self._path("request.der"), self._path("response.der")
        with open(asked, "wb") as out:
            out.write(request)
        run("openssl", "ocsp", "-index", self._path("index.txt"), "-CA", self.issuing, "-rsigner", self.issuing, "-rkey",
            self._path("issuing.key"), "-reqin", asked, "-respout", answer, "-ndays", "1")
        with open(answer, "rb") as octets:
            return octets.read()

    def issuer(self):
        der = self._path("issuing.der")
        run("openssl", "x509", "-in", self.issuing, "-outform", "DER", "-out", der)
        with open(der, "rb") as octets:
            return octets.read()


class Responder:
    """Serves `pages`: path -> function from the request's octets to the answer's.  404 otherwise.  Remembers what it heard."""

    def __init__(self):
        self.pages, self.heard, responder = {}, [], self

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self, body):
                path = "/" + self.path.split("/")[1]
                responder.heard.append(path)
                page = responder.pages.get(path)
                octets = page(body) if page else b""
                self.send_response(200 if page else 404)
                self.send_header("Content-Length", str(len(octets)))
                self.end_headers()
                self.wfile.write(octets)

            def do_GET(self):  # an OCSP request is in the path (RFC 6960 appendix A)
                encoded = urllib.parse.unquote("/".join(self.path.split("/")[2:]))
                self.answer(base64.b64decode(encoded) if encoded else b"")

            def do_POST(self):
                self.answer(self.rfile.read(int(self.headers["Content-Length"])))

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self, path):
        return f"http://localhost:{self.port}{path}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()
