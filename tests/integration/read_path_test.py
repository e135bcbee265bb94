"""RFC 9219 section 4.1 without waxseal-reverifyd: what waxseal-jmapd answers after a certificate's last second is true."""

import calendar
import datetime
import time
import unittest

from demo import mail
from demo.pki import utc_now
from harness import InstallationTest


class ReadPath(InstallationTest):
    def test_every_answer_after_the_last_second_says_failed(self):
        self.installation.stop_daemon("waxseal-reverifyd")
        end = utc_now() + datetime.timedelta(seconds=12)
        signer = self.pki.issue("alice", self.sender, end=end)
        self.installation.lmtp(mail.detached(mail.header(self.sender, self.recipient, "Soon over"), signer),
                               self.recipient)
        [email] = self.jmap.emails()
        self.assertEqual(email["smimeStatus"], "signed/verified", email)
        before = self.email_state()
        not_after = end.timestamp()

        verified = ({"hasVerifiedSmime": True}, [email["id"]])
        answers = []
        while time.time() < not_after + 2.5:
            asked = time.time()
            query = self.jmap.call("Email/query", filter=verified[0])["ids"]
            [got] = self.jmap.emails()
            if asked >= not_after + 1:  # notAfter is inclusive
                answers.append((query, got["smimeStatus"]))
            elif time.time() < not_after:
                self.assertEqual((query, got["smimeStatus"]), (verified[1], "signed/verified"))
        self.assertGreater(len(answers), 5)
        self.assertEqual(set(map(str, answers)), {str(([], "signed/failed"))})

        [after] = self.jmap.emails()
        self.assertEqual(after["smimeStatusAtDelivery"], "signed/verified")
        self.assertEqual(len(after["smimeErrors"]), 1)
        self.assertGreaterEqual(calendar.timegm(time.strptime(after["smimeVerifiedAt"], "%Y-%m-%dT%H:%M:%SZ")), not_after)
        self.assertEqual(self.changes_since(before)["updated"], [email["id"]])


if __name__ == "__main__":
    unittest.main()
