"""A real Dovecot LMTP server with its own configuration, mail below a directory, and one loopback port.  Needs root."""

import glob
import os
import re
import shutil
import signal
import socket
import subprocess
import time

COMMON = """
base_dir = {directory}/run
state_dir = {directory}/state
log_path = {directory}/log
protocols = lmtp
listen = 127.0.0.1
ssl = no
first_valid_uid = 1
auth_mechanisms = plain
service lmtp {{
  inet_listener lmtp {{
    {listen} = 127.0.0.1
    port = {port}
  }}
  process_min_avail = {processes}
}}
service stats {{
  client_limit = 1000
}}
lmtp_save_to_detail_mailbox = no
"""

# Debian 12 has 2.3.
OF_2_3 = """
mail_location = maildir:{directory}/mail/%u
passdb {{
  driver = passwd-file
  args = {directory}/users
}}
userdb {{
  driver = passwd-file
  args = {directory}/users
  default_fields = uid=nobody gid=nogroup home={directory}/mail/%u
}}
"""

# Debian 13 has 2.4, whose configuration must begin with the release that it was written for.
OF_2_4 = """dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
mail_driver = maildir
mail_path = {directory}/mail/%{{user}}
passdb passwd-file {{
  passwd_file_path = {directory}/users
}}
userdb passwd-file {{
  passwd_file_path = {directory}/users
  fields {{
    uid:default = nobody
    gid:default = nogroup
    home:default = {directory}/mail/%{{user}}
  }}
}}
"""


def configuration(**values):
    version = subprocess.run(["dovecot", "--version"], capture_output=True, text=True, check=True).stdout
    if tuple(int(part) for part in re.findall(r"\d+", version)[:2]) < (2, 4):
        return (OF_2_3 + COMMON).format(listen="address", **values)
    return (OF_2_4 + COMMON).format(listen="listen", **values)


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
            out.write(configuration(directory=directory, port=self.port, processes=processes))
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
