"""A client library that is not ours, jmap-jam from npm, against a real installation: session, query, get with S/MIME
properties and references, upload, download, event source, import and set."""

import json
import os
import subprocess
import unittest

from demo import mail
from harness import InstallationTest
from npm import node_modules

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "client", "jam.mjs")


class Jam(InstallationTest):
    modules = None

    @classmethod
    def setUpClass(cls):
        cls.modules = node_modules()

    def message(self, subject, signer=None):
        head = mail.header(self.sender, self.recipient, subject)
        return mail.detached(head, signer) if signer else mail.plain(head)

    def deliver(self, message):
        self.installation.lmtp(message, self.recipient, self.sender)

    def steps(self):
        """What the script says, step by step; a message is delivered as soon as its event source listens."""
        token = self.installation.create_token(self.recipient)
        url = f"http://127.0.0.1:{self.installation.jmap_port}/.well-known/jmap"
        process = subprocess.Popen(["node", SCRIPT, url, token], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   env={**os.environ, "NODE_MODULES": self.modules})
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        said = {}
        for line in process.stdout:
            step = json.loads(line)
            said[step["step"]] = step
            if step["step"] == "stream":
                self.deliver(self.message("heard at once"))
        self.assertEqual(process.wait(30), 0, process.stderr.read())
        return said

    def test_a_client_that_knows_nothing_of_us(self):
        signer = self.pki.issue("Alice", self.sender)
        self.deliver(self.message("signed", signer))
        self.deliver(self.message("plain"))
        said = self.steps()
        self.assertEqual(said["session"]["username"], self.recipient)
        by_subject = {email["subject"]: email for email in said["page"]["emails"]}
        self.assertEqual(by_subject["signed"]["smimeStatus"], "signed/verified")
        self.assertIsNone(by_subject["signed"]["smimeErrors"])
        self.assertIsNone(by_subject["plain"]["smimeStatus"])
        self.assertEqual(said["page"]["threads"], 2)
        self.assertEqual(said["mailboxes"]["total"], 2)
        self.assertTrue(said["blob"]["same"])
        self.assertEqual(said["blob"]["uploaded"]["type"], "message/rfc822")
        self.assertIn('filename="a b.eml"', said["blob"]["disposition"])
        self.assertEqual(said["blob_get"]["list"][0]["size"], said["blob"]["uploaded"]["size"])
        self.assertEqual(said["lenient"]["status"], 200)
        self.assertEqual(said["lenient"]["names"], ["Email/query", "Email/get"])
        self.assertEqual(said["error"]["type"], "accountNotFound")
        self.assertEqual(said["stream"]["status"], 200)
        changed = said["event"]["data"]["changed"][said["session"]["accountId"]]
        self.assertEqual(set(changed), {"Email", "EmailDelivery"})
        self.assertEqual(changed["Email"], said["after"]["state"])
        self.assertIn("answer", said["import"])
        if "error" not in said["import"]["answer"]:
            self.assertEqual(said["set"]["email"], {"id": said["set"]["email"]["id"], "keywords": {"$seen": True},
                                                    "subject": "from a client"})
            self.assertEqual(said["set"]["destroyed"], [said["set"]["email"]["id"]])


if __name__ == "__main__":
    unittest.main()
