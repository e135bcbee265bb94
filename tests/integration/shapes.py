"""Mail of every shape that an MTA may hand over, and what reads the fields that we add."""

import re
import smtplib
import subprocess

from demo import mail
from harness import LoopbackServer

EIGHT_BIT = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
LARGE = 25 * 1024 * 1024


def every_shape(sender, recipient, signer, smtputf8=True, line=5000):
    """{subject: (octets, sender, SMTP options)}; `line`: octets of the longest line."""
    head = lambda subject: mail.header(sender, recipient, subject)
    eight = ("BODY=8BITMIME",)
    shapes = {
        "plain": mail.plain(head("plain")),
        "signed": mail.detached(head("signed"), signer),
        "opaque": mail.opaque(head("opaque"), signer),
        "altered": mail.altered(mail.detached(head("altered"), signer)),
        "eight-bit": head("eight-bit") + EIGHT_BIT + "Grüße, Ωμέγα\r\n".encode(),
        "signed-8bit": mail.detached(head("signed-8bit"), signer, EIGHT_BIT + "Grüße am Thursday\r\n".encode()),
        "long-lines": head("long-lines") + b"\r\n" + b"x" * 998 + b"\r\n" + b"y" * line + b"\r\n.\r\n..\r\n",
        "signed-long-lines": mail.detached(head("signed-long-lines"), signer,
                                           b"Content-Type: text/plain\r\n\r\n" + b"z" * line + b"\r\n"),
        "large": head("large") + b"\r\n" + (b"z" * 76 + b"\r\n") * (LARGE // 78),
    }
    out = {subject: (octets, sender, eight) for subject, octets in shapes.items()}
    if smtputf8:
        out["smtputf8"] = (b"From: <j\xc3\xb6rg@example.test>\r\nTo: <demo@example.test>\r\nSubject: smtputf8\r\n\r\nbody\r\n",
                           "jörg@example.test", ("SMTPUTF8", *eight))
    return out


def body(octets):
    return octets.partition(b"\r\n\r\n")[2]


def offers(port, extension):
    with smtplib.SMTP("127.0.0.1", port, timeout=20) as connection:
        connection.ehlo()
        return connection.has_extn(extension)


def send(port, octets, sender, recipients, options):
    with smtplib.SMTP("127.0.0.1", port, timeout=120) as connection:
        connection.ehlo()
        connection.sendmail(sender, recipients, octets, list(options))


def results(octets):
    """Values of the Authentication-Results fields."""
    head = octets.partition(b"\r\n\r\n")[0] + b"\r\n"
    return [value.decode() for value in re.findall(rb"(?mi)^Authentication-Results:((?:.*\r\n)(?:[ \t].*\r\n)*)", head)]


PYTHON = """
import sys, authres
field = authres.AuthenticationResultsHeader.parse("Authentication-Results:" + sys.stdin.read().replace("\\r\\n", ""))
for r in field.results: print(field.authserv_id, r.method, r.result, *(f"{p.type}.{p.name}={p.value}" for p in r.properties))
"""
PERL = """local $/; my $h = Mail::AuthenticationResults::Parser->new(<STDIN>)->parsed();
for my $r (@{$h->children}) { print join(" ", $h->value->value, $r->key, $r->value,
  map { $_->key . "=" . $_->value } grep { $_->key ne "reason" } @{$r->children}), "\\n" }"""


def read_by_others(value):
    """What python3-authres and Mail::AuthenticationResults make of a field; those that are not installed are left out."""
    readers = (["/usr/bin/python3", "-c", PYTHON], ["/usr/bin/perl", "-MMail::AuthenticationResults::Parser", "-e", PERL])
    done = [subprocess.run(reader, input=value, capture_output=True, text=True) for reader in readers]
    return [run.stdout.strip() for run in done if run.returncode == 0]


class LmtpSink(LoopbackServer):
    """An LMTP server that takes everything and keeps the octets."""

    def __init__(self):
        super().__init__()
        self.messages = []  # (recipients, octets)

    def serve(self, client):
        stream, recipients = client.makefile("rb"), []
        client.sendall(b"220 sink LMTP\r\n")
        for line in stream:
            verb = line[:4].upper()
            if verb == b"LHLO":
                client.sendall(b"250-sink\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 PIPELINING\r\n")
            elif verb == b"DATA":
                client.sendall(b"354 go\r\n")
                octets = self._data(stream)
                with self.lock:
                    self.messages.append((recipients, octets))
                client.sendall(b"250 2.0.0 kept\r\n" * len(recipients))
                recipients = []
            elif verb == b"QUIT":
                client.sendall(b"221 bye\r\n")
                break
            else:
                if verb == b"RCPT":
                    recipients.append(line.split(b"<")[1].split(b">")[0].decode())
                client.sendall(b"250 2.0.0 ok\r\n")
        client.close()

    @staticmethod
    def _data(stream):
        lines = []
        for line in stream:
            if line == b".\r\n":
                break
            lines.append(line[1:] if line.startswith(b".") else line)
        return b"".join(lines)
