"""The page that jmapd serves, in a real browser: sign in, read a verdict, see it change while looking, explain a file, overview.

WAXSEAL_SCREENSHOTS=DIR keeps pictures at desktop and phone width, light and dark.
"""

import json
import os
import shutil
import unittest

from demo import mail
from harness import InstallationTest, eventually, skip_file, temporary_directory

try:
    from selenium import webdriver
    from selenium.common.exceptions import StaleElementReferenceException
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.chrome.service import Service
except ImportError:
    webdriver = None

BROWSER = shutil.which("chromium")
DRIVER = shutil.which("chromedriver")
PICTURES = os.environ.get("WAXSEAL_SCREENSHOTS")
SIZES = {"desktop": (1280, 1000), "phone": (390, 844)}


class Page(InstallationTest):
    @classmethod
    def setUpClass(cls):
        if not (webdriver and BROWSER and DRIVER):
            skip_file("chromium, chromium-driver and python3-selenium are not installed (packaging/install-build-deps --tests)")

    def setUp(self):
        super().setUp()
        options = webdriver.ChromeOptions()
        options.binary_location = BROWSER
        profile = self.enterContext(temporary_directory())
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                         "--disable-background-networking", f"--user-data-dir={profile}", "--lang=en-GB"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.browser = webdriver.Chrome(service=Service(DRIVER), options=options)
        self.addCleanup(self.browser.quit)
        self.browser.set_window_size(*SIZES["desktop"])

    # What a reader does and sees.

    def all(self, selector):
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def text(self, selector):
        found = self.all(selector)
        return found[0].text if found else ""

    def wait(self, check, what):
        def settled():
            try:
                return check()
            except StaleElementReferenceException:  # the page has just drawn itself again
                return False
        return eventually(settled, 30, what)

    def sign_in(self, password):
        self.browser.get(f"http://127.0.0.1:{self.installation.jmap_port}/")
        user = self.browser.switch_to.active_element  # where the reader starts typing
        user.send_keys(self.recipient + Keys.TAB + password + Keys.ENTER)

    def badges(self):
        return [each.text.split()[-1] for each in self.all(".messages .badge")]

    def picture(self, name):
        if not PICTURES:
            return
        for scheme in ("light", "dark"):
            self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia",
                                         {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
            for size, (width, height) in SIZES.items():
                self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                                             {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": size == "phone"})
                self.browser.save_screenshot(os.path.join(PICTURES, f"{name}-{size}-{scheme}.png"))
        self.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})

    def deliver(self, message):
        self.installation.lmtp(message, self.recipient, self.sender)

    def test_a_reader_sees_verdicts_and_their_changes(self):
        alice = self.pki.issue("Alice", self.sender)
        good = mail.detached(mail.header(self.sender, self.recipient, "Minutes"), alice)
        self.deliver(mail.plain(mail.header(self.sender, self.recipient, "Lunch")))
        self.deliver(mail.altered(good))

        self.sign_in("wrong")
        self.wait(lambda: "wrong" in self.text("#sign-in-error"), "the refusal of a wrong password")
        self.sign_in(self.password)
        self.wait(lambda: sorted(self.badges()) == ["failed", "signed"], "the two messages")

        self.assertFalse(self.browser.find_element(By.ID, "sign-in").is_displayed(), "the form has gone")
        self.deliver(good)
        self.wait(lambda: sorted(self.badges()) == ["failed", "signed", "verified"], "a new message, without a reload")

        self.all(".messages button")[0].send_keys(Keys.ENTER)  # the keyboard is enough
        self.wait(lambda: self.text("article h2") == "Minutes", "the message's details")
        self.assertEqual([each.text.split()[-1] for each in self.all("article .badge")], ["verified", "verified"])
        self.assertIn("The meeting is moved to Thursday", self.text("article pre"))
        roles = [each.text for each in self.all("article .certificate > .quiet")]
        self.assertEqual(roles, ["trust anchor", "issuing authority", "signer"])
        self.picture("verified")

        anchor = self.installation.cli("trust", "list", "--json").splitlines()[0]
        self.installation.cli("trust", "remove", json.loads(anchor)["sha256"])
        self.wait(lambda: [each.text.split()[-1] for each in self.all("article .badge")] == ["failed", "verified"],
                  "the verdict's change, while it is looked at")
        self.assertTrue(self.all("article .reasons li"), "the reason is told")
        self.picture("failed")

        self.browser.find_element(By.CSS_SELECTOR, "[data-view=overview]").click()
        self.wait(lambda: self.all(".bars .bad"), "the overview")
        self.picture("overview")
        self.assertEqual(self.complaints(), [])

    def test_a_file_is_explained_and_kept_nowhere(self):
        alice = self.pki.issue("Alice", self.sender)
        good = mail.detached(mail.header(self.sender, self.recipient, "From a file"), alice)
        self.sign_in(self.password)
        self.wait(lambda: self.all("[data-view=explain]") and self.all("#content .columns"), "the mail view")
        self.browser.find_element(By.CSS_SELECTOR, "[data-view=explain]").click()
        directory = self.enterContext(temporary_directory())
        for name, message, badge in (("good", good, "verified"), ("altered", mail.altered(good), "failed")):
            path = os.path.join(directory, name + ".eml")
            with open(path, "wb") as file:
                file.write(message)
            self.browser.find_element(By.ID, "message-file").send_keys(path)
            self.wait(lambda name=name: name + ".eml" in self.text("#content dl"), "the explanation")
            self.assertEqual([each.text.split()[-1] for each in self.all("#content .badge")], [badge])
        self.picture("explain")
        self.assertEqual(self.jmap.emails(), [], "nothing was stored")
        self.assertEqual(self.complaints(), [])

    def test_nothing_of_a_message_is_taken_for_html(self):
        subject = "<img src=x onerror=document.title='taken'>"
        self.deliver(mail.plain(mail.header(self.sender, self.recipient, subject)))
        self.sign_in(self.password)
        self.wait(lambda: subject in self.text(".messages .what"), "the subject as text")
        self.assertEqual(self.all(".messages img"), [])
        self.assertEqual(self.browser.title, "waxseal")
        self.assertEqual(self.complaints(), [])

    def complaints(self):
        """What the browser itself had to say: refused loads, errors of scripts."""
        return [entry["message"] for entry in self.browser.get_log("browser")
                if entry["level"] == "SEVERE" and "401" not in entry["message"]]


if __name__ == "__main__":
    unittest.main()
