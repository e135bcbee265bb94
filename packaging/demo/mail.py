"""Demo messages: plain, signed in several ways, and the ways in which a signature fails."""

import base64
import datetime
import email.utils
import uuid

from .pki import run

TEXT = b"Content-Type: text/plain; charset=utf-8\r\n\r\nThe meeting is moved to Thursday, 10:00.\r\n"


def header(sender, recipient, subject, date=None):
    date = date or datetime.datetime.now(datetime.timezone.utc)
    return (f"From: {sender}\r\nTo: {recipient}\r\nSubject: {subject}\r\nDate: {email.utils.format_datetime(date)}\r\n"
            f"Message-ID: <{uuid.uuid4()}@example.test>\r\nMIME-Version: 1.0\r\n").encode()


def _wrapped_base64(octets):
    text = base64.b64encode(octets)
    return b"\r\n".join(text[i:i + 76] for i in range(0, len(text), 76)) + b"\r\n"


def cms(entity, signer, *options):
    """DER SignedData over `entity`, made by the openssl command."""
    return run("openssl", "cms", "-sign", "-binary", "-outform", "DER", "-md", "sha256", "-signer", signer.certificate,
               "-inkey", signer.key, "-certfile", signer.chain, *options, input=entity)


def plain(head, entity=TEXT):
    return head + entity


def detached(head, signer, entity=TEXT):
    signature = cms(entity, signer)
    boundary = b"----=_seal_" + uuid.uuid4().hex.encode()
    return (head + b'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256;\r\n boundary="' +
            boundary + b'"\r\n\r\nThis is a cryptographically signed message in MIME format.\r\n\r\n--' + boundary + b"\r\n" +
            entity + b"\r\n--" + boundary +
            b'\r\nContent-Type: application/pkcs7-signature; name="smime.p7s"\r\nContent-Transfer-Encoding: base64\r\n'
            b'Content-Disposition: attachment; filename="smime.p7s"\r\n\r\n' + _wrapped_base64(signature) + b"\r\n--" +
            boundary + b"--\r\n")


def opaque(head, signer, entity=TEXT):
    return (head + b'Content-Type: application/pkcs7-mime; smime-type=signed-data; name="smime.p7m"\r\n'
            b'Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename="smime.p7m"\r\n\r\n' +
            _wrapped_base64(cms(entity, signer, "-nodetach")))


def encrypted(head, recipient, entity=TEXT):
    der = run("openssl", "cms", "-encrypt", "-binary", "-outform", "DER", "-aes-256-cbc", recipient.certificate,
              input=entity)
    return (head + b'Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name="smime.p7m"\r\n'
            b"Content-Transfer-Encoding: base64\r\n\r\n" + _wrapped_base64(der))


def openpgp(head, entity=TEXT):
    boundary = b"----=_pgp_" + uuid.uuid4().hex.encode()
    return (head + b'Content-Type: multipart/signed; protocol="application/pgp-signature"; micalg=pgp-sha256;\r\n boundary="' +
            boundary + b'"\r\n\r\n--' + boundary + b"\r\n" + entity + b"\r\n--" + boundary +
            b"\r\nContent-Type: application/pgp-signature\r\n\r\n-----BEGIN PGP SIGNATURE-----\r\n\r\n"
            b"iHUEABYKAB0WIQQ=\r\n-----END PGP SIGNATURE-----\r\n\r\n--" + boundary + b"--\r\n")


def altered(message):
    """The same message with one word of the signed text changed."""
    assert b"Thursday" in message
    return message.replace(b"Thursday", b"Saturday")
