"""A real Dovecot LMTP server with its own configuration, mail below a directory, and one loopback port.  Needs root."""

import glob
import os
import shutil
import signal
import socket
import subprocess
import time

CONFIGURATION = """
base_dir = {directory}/run
state_dir = {directory}/state
log_path = {directory}/log
protocols = lmtp
listen = 127.0.0.1
ssl = no
mail_location = maildir:{directory}/mail/%u
first_valid_uid = 1
mail_plugins =
auth_mechanisms = plain
passdb {{
  driver = passwd-file
  args = {directory}/users
}}
userdb {{
  driver = passwd-file
  args = {directory}/users
  default_fields = uid=nobody gid=nogroup home={directory}/mail/%u
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {port}
  }}
  process_min_avail = {processes}
}}
service stats {{
  client_limit = 1000
}}
lmtp_save_to_detail_mailbox = no
"""


class Dovecot:
    def __init__(self, directory, users, processes=0):
        self.directory = directory
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        for name in ("run", "state", "mail"):
            os.makedirs(os.path.join(directory, name))
        shutil.chown(os.path.join(directory, "mail"), "nobody", "nogroup")
        with open(os.path.join(directory, "users"), "w") as out:
            out.writelines(f"{user}:{{plain}}x::::::\n" for user in users)
        self.config = os.path.join(directory, "dovecot.conf")
        with open(self.config, "w") as out:
            out.write(CONFIGURATION.format(directory=directory, port=self.port, processes=processes))
        self.process = None

    def start(self):
        self.process = subprocess.Popen(["dovecot", "-F", "-c", self.config], start_new_session=True)
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("dovecot did not start: " + self.log()) from None
                time.sleep(0.1)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def log(self):
        try:
            with open(os.path.join(self.directory, "log"), errors="replace") as text:
                return text.read()
        except OSError:
            return ""

    def messages(self, user):
        """The octets of every message of a user, with CRLF line ends."""
        out = []
        for path in glob.glob(os.path.join(self.directory, "mail", user, "*", "*")):
            if os.path.basename(os.path.dirname(path)) in ("new", "cur"):
                with open(path, "rb") as octets:
                    out.append(octets.read().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
        return out
