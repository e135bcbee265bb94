"""A reader before jmapd's page, in a real browser (headless Chromium).

WAXSEAL_SCREENSHOTS=DIR keeps pictures at desktop and phone width, light and dark.
"""

import base64
import os
import shutil

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


class PageTest(InstallationTest):
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

    def badges(self, within=".messages"):
        return [each.text.split()[-1] for each in self.all(within + " .badge")]

    def press(self, selector):
        """With the keyboard, which is enough for everything."""
        self.browser.find_element(By.CSS_SELECTOR, selector).send_keys(Keys.ENTER)

    def picture(self, name):
        if not PICTURES:
            return
        for scheme in ("light", "dark"):
            self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia",
                                         {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
            for size, (width, height) in SIZES.items():
                self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                                             {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": size == "phone"})
                octets = self.browser.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True})["data"]
                with open(os.path.join(PICTURES, f"{name}-{size}-{scheme}.png"), "wb") as out:
                    out.write(base64.b64decode(octets))
        self.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})

    def deliver(self, message, sender=None):
        self.installation.lmtp(message, self.recipient, sender or self.sender)

    def complaints(self):
        """What the browser itself had to say: refused loads, errors of scripts."""
        return [entry["message"] for entry in self.browser.get_log("browser")
                if entry["level"] == "SEVERE" and "401" not in entry["message"]]
