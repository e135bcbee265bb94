"""The sections of docs/INSTALL.md that documents_test.py cannot execute beside others: the commands are run, the settings are used, and
mail arrives.

What is different from a real machine:
  /var/spool/postfix -> the queue directory of a private Postfix     /etc/mail -> the directory of a private Sendmail
  /run/waxseal -> a directory of the test's own                      -o waxseal -> -o root where there is no such user
  (in what is pasted, and in the file that it installs)
  sudo runs the command; postconf and postfix work on the private Postfix (-c); systemctl is noted down and done by the test.
"""

import os
import pwd
import re
import shutil
import stat
import subprocess
import tempfile
import unittest

import documents
import shapes
from demo import mail
from harness import BINARIES, InstallationTest, Postfix, eventually, skip_file
from sendmail import Sendmail

SHIMS = {"sudo": 'exec "$@"', "postconf": 'exec /usr/sbin/postconf -c "$POSTFIX_ETC" "$@"',
         "postfix": 'exec /usr/sbin/postfix -c "$POSTFIX_ETC" "$@"', "systemctl": 'echo "$*" >> "$SYSTEMCTL_CALLS"'}


class Installed(InstallationTest):
    def setUp(self):
        super().setUp()
        self.sink = shapes.LmtpSink()
        self.sink.start()
        self.addCleanup(self.sink.close)
        self.site = self.installation.path("documented")
        # Sendmail takes no socket below a directory that everybody may write to, as /tmp is.
        self.run_directory = tempfile.mkdtemp(prefix="waxseal-test-", dir="/run")
        self.addCleanup(shutil.rmtree, self.run_directory)
        for name in ("shims", "mta"):
            os.makedirs(os.path.join(self.site, name))
        os.chmod(self.site, 0o755)
        for name, line in SHIMS.items():
            path = os.path.join(self.site, "shims", name)
            with open(path, "w") as out:
                out.write(f"#!/bin/sh\n{line}\n")
            os.chmod(path, 0o755)
        self.settings, self.spool, self.etc = "", "/nonexistent", "/nonexistent"

    def tearDown(self):
        log = os.path.join(self.site, "daemon.log")
        if not self._outcome.success and os.path.exists(log):
            with open(log) as text:
                print(text.read()[-3000:])
        super().tearDown()

    def mapped(self, text):
        text = text.replace("/var/spool/postfix", self.spool).replace("/etc/mail", os.path.join(self.site, "mta"))
        text = text.replace("/run/waxseal/", self.run_directory + "/")
        if "waxseal" not in (user.pw_name for user in pwd.getpwall()):
            text = text.replace("-o waxseal", "-o root")
        return text

    def map_installed_file(self, name):
        path = os.path.join(self.site, name)
        if os.path.exists(path):
            with open(path) as installed:
                text = installed.read()
            with open(path, "w") as out:
                out.write(self.mapped(text))

    def calls(self):
        try:
            with open(os.path.join(self.site, "calls")) as text:
                return text.read().split("\n")[:-1]
        except FileNotFoundError:
            return []

    def execute(self, heading, services):
        blocks = [each for each in documents.blocks_of("docs/INSTALL.md") if each.heading == heading]
        self.assertGreaterEqual(len(blocks), 3, heading)
        environment = dict(os.environ, PATH=os.path.join(self.site, "shims") + ":" + os.environ["PATH"], POSTFIX_ETC=self.etc,
                           SYSTEMCTL_CALLS=os.path.join(self.site, "calls"))
        for block in blocks:
            if block.language == "toml":
                self.settings += self.mapped(block.text)
                continue
            ran = subprocess.run(["bash", "-e", "-c", self.mapped(block.text)], cwd=documents.ROOT, env=environment, capture_output=True, text=True)
            self.assertEqual(ran.returncode, 0, block.text + ran.stderr)
            self.map_installed_file("mta/m4/waxseal.m4")
        self.assertEqual(self.calls(), ["restart " + service for service in services])

    def start(self, daemon, socket_path):
        with open(self.installation.config) as base:
            text = re.sub(r"(?ms)^\[(milter|lmtp)\].*?(?=^\[)", "", base.read())
        config = os.path.join(self.site, "waxseal.toml")
        with open(os.open(config, os.O_WRONLY | os.O_CREAT, 0o600), "w") as out:
            out.write(text + "\n" + self.settings)
        with open(os.path.join(self.site, "daemon.log"), "wb") as log:
            process = subprocess.Popen([os.path.join(BINARIES, daemon), "--config", config], stdin=subprocess.DEVNULL,
                                       stdout=log, stderr=log)
        self.addCleanup(process.wait, 20)
        self.addCleanup(process.terminate)
        eventually(lambda: os.path.exists(self.mapped(socket_path)), 20, socket_path)

    def check(self, port, results):
        message = mail.detached(mail.header(self.sender, self.recipient, "documented"), self.pki.issue("alice", self.sender))
        shapes.send(port, message, self.sender, [self.recipient], ("BODY=8BITMIME",))
        email = eventually(self.jmap.emails, 30, "the message")[0]
        self.assertEqual(email["smimeStatus"], "signed/verified")
        self.assertEqual(len(shapes.results(self.jmap.download(email["blobId"]))), results)

    def make_postfix(self):
        postfix = Postfix(os.path.join(self.site, "postfix"), self.sink.port, self.installation.milter_port,
                          extra="smtpd_milters =\nmilter_default_action = accept")
        self.addCleanup(postfix.stop)
        self.spool, self.etc = os.path.join(postfix.directory, "queue"), postfix.etc
        master = os.path.join(postfix.etc, "master.cf")
        with open(master) as text:
            services = text.read().replace("inet n - n - 20 smtpd", "inet n - y - 20 smtpd")
        with open(master, "w") as out:
            out.write(services)
        postfix.start()
        return postfix


class OnPostfix(Installed):
    def test_the_milter_stores(self):
        postfix = self.make_postfix()
        self.execute("Postfix chrooted, the milter stores: copy and paste", ["waxseal-milter"])
        self.start("waxseal-milter", "/var/spool/postfix/waxseal/milter.sock")
        self.check(postfix.port, 1)
        eventually(lambda: self.sink.messages, 20, "the delivery")
        self.assertEqual(len(shapes.results(self.sink.messages[0][1])), 1)

    def test_lmtp_stores(self):
        postfix = self.make_postfix()
        # The service is to be made by the commands.
        subprocess.run(["postconf", "-c", postfix.etc, "-MX", "waxlmtp/unix"], check=True)
        self.execute("Postfix chrooted, LMTP stores: copy and paste", ["waxseal-lmtpd"])
        subprocess.run(["postconf", "-c", postfix.etc, "-e", "virtual_mailbox_domains=example.test"], check=True)  # ours
        subprocess.run(["postfix", "-c", postfix.etc, "reload"], check=True, capture_output=True)
        self.start("waxseal-lmtpd", "/var/spool/postfix/waxseal/lmtp.sock")
        mode = os.stat(self.mapped("/var/spool/postfix/waxseal/lmtp.sock")).st_mode
        self.assertEqual(stat.S_IMODE(mode), 0o660)
        self.check(postfix.port, 1)
        self.assertEqual(self.sink.messages, [])


class OnSendmail(Installed):
    def test_the_milter_stores(self):
        sendmail = Sendmail(os.path.join(self.site, "mta"), self.sink.port)
        self.addCleanup(sendmail.stop)
        sendmail.make()
        with open(os.path.join(self.site, "mta", "sendmail.cf")) as text:
            self.assertNotIn("Xwaxseal", text.read())
        os.utime(sendmail.configuration)
        self.execute("Sendmail, the milter stores: copy and paste", ["waxseal-milter", "sendmail"])
        self.start("waxseal-milter", "/run/waxseal/milter.sock")
        sendmail.start()
        self.check(sendmail.port, 1)
        eventually(lambda: self.sink.messages, 30, "the delivery")
        self.assertEqual(len(shapes.results(self.sink.messages[0][1])), 1)


if __name__ == "__main__":
    if os.geteuid() != 0 or not os.path.exists("/usr/sbin/postfix"):
        skip_file("needs root and Postfix")
    unittest.main()
