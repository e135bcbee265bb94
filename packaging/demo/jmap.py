"""A JMAP client in one page (RFC 8620, RFC 8621, RFC 9219)."""

import base64
import json
import urllib.error
import urllib.parse
import urllib.request

USING = ["urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail", "urn:ietf:params:jmap:smimeverify"]
SMIME_PROPERTIES = ["smimeStatus", "smimeStatusAtDelivery", "smimeErrors", "smimeVerifiedAt"]


class JmapError(Exception):
    pass


class JmapClient:
    def __init__(self, url, user=None, password=None, token=None, timeout=30):
        self.timeout = timeout
        credentials = f"Bearer {token}" if token else "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        self.headers = {"Authorization": credentials}
        self.session = json.loads(self.request(url))
        self.account = self.session["primaryAccounts"]["urn:ietf:params:jmap:mail"]

    def request(self, url, body=None, content_type="application/json"):
        headers = dict(self.headers)
        if body is not None:
            headers["Content-Type"] = content_type
        request = urllib.request.Request(url, data=body, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            raise JmapError(f"HTTP {error.code}: {error.read().decode(errors='replace')}") from None

    def calls(self, *calls, using=USING):
        """calls: (name, arguments) pairs, accountId filled in; returns the list of (name, arguments)."""
        method_calls = [[name, {"accountId": self.account, **arguments}, str(i)] for i, (name, arguments) in enumerate(calls)]
        body = json.dumps({"using": using, "methodCalls": method_calls}).encode()
        answer = json.loads(self.request(self.session["apiUrl"], body))
        return [(name, arguments) for name, arguments, _ in answer["methodResponses"]]

    def call(self, name, using=USING, **arguments):
        got, result = self.calls((name, arguments), using=using)[0]
        if got == "error":
            raise JmapError(f"{name}: {result}")
        return result

    def emails(self, properties=None, **query):
        """Every email that matches, oldest first, with its S/MIME properties."""
        found, position = [], 0
        while True:
            page = self.call("Email/query", sort=[{"property": "receivedAt", "isAscending": True}], position=position,
                             limit=100, **query)["ids"]
            if not page:
                return found
            position += len(page)
            wanted = properties or ["id", "blobId", "subject", "from", "receivedAt", "messageId", *SMIME_PROPERTIES]
            found += self.call("Email/get", ids=page, properties=wanted)["list"]

    def download(self, blob_id, name="message.eml", content_type="message/rfc822"):
        url = self.session["downloadUrl"]
        for key, value in {"accountId": self.account, "blobId": blob_id, "name": name, "type": content_type}.items():
            url = url.replace("{" + key + "}", urllib.parse.quote(value, safe=""))
        return self.request(url)
