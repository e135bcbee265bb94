"""A page of another origin in a real browser: fetch with preflight, exposed fields, upload, and its own EventSource."""

import http.server
import json
import os
import queue
import shutil
import subprocess
import threading
import unittest

from demo import mail
from harness import InstallationTest, skip_file, temporary_directory

PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "client", "browser.html")
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class Origin(http.server.ThreadingHTTPServer):
    """Serves the page and hears what it has to say."""

    def __init__(self, parameters):
        super().__init__(("127.0.0.1", 0), Handler)
        self.parameters = parameters
        self.posts = queue.Queue()


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, body, content_type):
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path == "/parameters":
            return self.answer(json.dumps(self.server.parameters).encode(), "application/json")
        with open(PAGE, "rb") as page:
            self.answer(page.read(), "text/html; charset=utf-8")

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.answer(b"", "text/plain")
        self.server.posts.put((self.path, body))

    def log_message(self, *_):
        pass


class Browser(InstallationTest):
    @classmethod
    def setUpClass(cls):
        if not BROWSER:
            skip_file("chromium is not installed (packaging/install-build-deps --tests)")

    def message(self, subject, signer=None):
        head = mail.header(self.sender, self.recipient, subject)
        return mail.detached(head, signer) if signer else mail.plain(head)

    def run_page(self):
        origin = Origin({"url": f"http://127.0.0.1:{self.installation.jmap_port}/.well-known/jmap",
                         "token": self.installation.create_token(self.recipient)})
        threading.Thread(target=origin.serve_forever, daemon=True).start()
        self.addCleanup(origin.server_close)
        self.addCleanup(origin.shutdown)
        profile = self.enterContext(temporary_directory())
        browser = subprocess.Popen(
            [BROWSER, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", f"--user-data-dir={profile}",
             f"http://localhost:{origin.server_address[1]}/"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(browser.wait)
        self.addCleanup(browser.terminate)
        while True:
            path, body = origin.posts.get(timeout=60)
            if path == "/result":
                return json.loads(body)
            self.installation.lmtp(self.message("heard at once"), self.recipient, self.sender)

    def test_a_page_of_another_origin(self):
        self.installation.lmtp(self.message("signed", self.pki.issue("Alice", self.sender)), self.recipient,
                               self.sender)
        said = self.run_page()
        self.assertNotIn("error", said)
        self.assertEqual([(e["subject"], e["smimeStatus"]) for e in said["emails"]], [("signed", "signed/verified")])
        self.assertEqual(said["contentLanguage"], "en")
        self.assertEqual(said["refused"][0], 401)
        self.assertIn("Bearer", said["refused"][1])
        self.assertEqual(said["upload"], len("from a browser"))
        (changed,) = said["event"]["changed"].values()
        self.assertTrue({"Email", "EmailDelivery", "Thread", "Mailbox"} <= set(changed))


if __name__ == "__main__":
    unittest.main()
