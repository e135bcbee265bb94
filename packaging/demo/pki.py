"""A small PKI made with the openssl command: a root, an issuing CA and signers with any validity."""

import datetime
import os
import subprocess

CA_CONFIG = """
[ca]
default_ca = issuing
[issuing]
dir = {directory}
database = $dir/index.txt
new_certs_dir = $dir/issued
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
copy_extensions = none
email_in_dn = no
[any]
commonName = supplied
[root_extensions]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[issuing_extensions]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[signer_extensions]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = emailProtection
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = email:{address}
"""


def run(*command, **options):
    """Runs a command; on failure raises with what it printed."""
    done = subprocess.run([str(c) for c in command], capture_output=True, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def utc_now():
    return datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)


class Signer:
    """A certificate with its key and the chain that a mail client would send along."""

    def __init__(self, certificate, key, chain):
        self.certificate, self.key, self.chain = certificate, key, chain


class Pki:
    """Root and issuing CA in `directory`; `issue` makes signers."""

    def __init__(self, directory, name="Waxseal Demo"):
        self.directory = os.path.abspath(directory)
        self.name = name
        os.makedirs(os.path.join(self.directory, "issued"), exist_ok=True)
        self.root = self._path("root.crt")
        self.issuing = self._path("issuing.crt")
        if not os.path.exists(self.issuing):
            self._make_authorities()

    def _path(self, name):
        return os.path.join(self.directory, name)

    def _key(self, name):
        path = self._path(name + ".key")
        run("openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", path)
        os.chmod(path, 0o600)
        return path

    def _config(self, address="nobody@example.test", more=()):
        path = self._path("ca.cnf")
        with open(path, "w") as out:
            out.write(CA_CONFIG.format(directory=self.directory, address=address) + "\n".join(more) + "\n")
        return path

    def _sign(self, subject, key, extensions, issuer, issuer_key, begin, end, out, address="nobody@example.test",
              more=()):
        config = self._config(address, more)
        request = self._path("request.csr")
        run("openssl", "req", "-new", "-key", key, "-subj", f"/CN={subject}", "-out", request, "-config", "/dev/null")
        stamp = lambda t: t.strftime("%Y%m%d%H%M%SZ")
        issuer_options = ["-selfsign"] if issuer is None else ["-cert", issuer]
        run("openssl", "ca", "-batch", "-notext", "-config", config, "-extensions", extensions, "-keyfile", issuer_key,
            *issuer_options, "-startdate", stamp(begin), "-enddate", stamp(end), "-in", request, "-out", out)
        return out

    def _make_authorities(self):
        open(self._path("index.txt"), "a").close()
        now = utc_now()
        day = datetime.timedelta(days=1)
        root_key, issuing_key = self._key("root"), self._key("issuing")
        self._sign(f"{self.name} Root", root_key, "root_extensions", None, root_key, now - 1000 * day, now + 3650 * day,
                   self.root)
        self._sign(f"{self.name} Issuing CA", issuing_key, "issuing_extensions", self.root, root_key, now - 900 * day,
                   now + 1825 * day, self.issuing)

    def issue(self, name, address, begin=None, end=None, more=()):
        """A signer for `address`, valid from `begin` to `end` (default: yesterday to a year from now).  `more`: lines like
        "crlDistributionPoints = URI:http://..." for its certificate."""
        now = utc_now()
        key = self._key(name)
        certificate = self._path(name + ".crt")
        self._sign(name, key, "signer_extensions", self.issuing, self._path("issuing.key"),
                   begin or now - datetime.timedelta(days=1), end or now + datetime.timedelta(days=365), certificate, address, more)
        return Signer(certificate, key, self.issuing)
