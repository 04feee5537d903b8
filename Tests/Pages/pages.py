"""Drives the pages in a real Chromium, as a phone and as a desk, with scripts and without, and keeps a picture of each page.

The citizen's way (hand in, receipt, status) goes through a whole eBinda of its own; those of people who sign in go through a
Portal beside it, whose Directory is played (player.py). Ends with what was seen, and 1 when something was not as it must be.
`pages.py officer` and `pages.py citizen` do one of the two.
"""
import base64
import os
import pathlib
import re
import socket
import subprocess
import sys
import time
import urllib.request

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

import player

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
PICTURES = REPOSITORY / ".local" / "pages"
# Of the run that is looked at: another than the folder of the pictures.
NAME = "browsed"
# Seconds for a page, and for something to happen behind it.
PATIENCE, LONG = 20, 60
# Seconds after which a page that has not moved lies still.
SETTLED = 0.15
# A phone of today, at two pixels a point, and a desk.
SCREENS = {"phone": (390, 844, 2), "desk": (1280, 900, 1)}
STATIONS = {"phone": "ST-X01", "desk": "ST-C02"}
# What a target for a finger measures at least, in points (WCAG 2.2, 2.5.8 asks 24, this project 44 for what is pressed).
TARGET = 44
# One pixel, red: the smallest PNG that is one.
PIXEL = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC")
wrong: list[str] = []


def must(holds: bool, words: str):
    """Notes what is not as it must be."""
    if not holds:
        wrong.append(words)
        print(f"pages: WRONG: {words}")


class Browser:
    """Chromium with one screen."""

    def __init__(self, base: str, screen: str, scripts: bool):
        self.base, self.name = base, f"{screen}{'' if scripts else '-noscript'}"
        width, height, ratio = SCREENS[screen]
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--lang=zh-CN",
                         f"--window-size={width},{height}", "--no-proxy-server"):
            options.add_argument(argument)
        if screen == "phone":
            options.add_experimental_option("mobileEmulation", {"deviceMetrics": {"width": width, "height": height, "pixelRatio": ratio, "touch": True}})
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        self.driver.set_page_load_timeout(PATIENCE)
        if not scripts:
            # Of pages; the driver's own still run.
            self.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
        self.scripts, self.width = scripts, width

    def open(self, path: str):
        """Goes to a page."""
        self.driver.get(self.base + path)

    def find(self, selector: str):
        """An element; waits for it."""
        return WebDriverWait(self.driver, PATIENCE).until(lambda driver: driver.find_element(By.CSS_SELECTOR, selector))

    def type(self, selector: str, text: str):
        """Types into a field."""
        field = self.find(selector)
        field.clear()
        field.send_keys(text)

    def click(self, selector: str):
        """Presses where the element is, as a mouse does: the driver's own click waits for a script of the page."""
        element = self.find(selector)
        # Scrolling brings pictures into view, which may move what is below them.
        before = None
        while before != element.location_once_scrolled_into_view:
            before = element.location_once_scrolled_into_view
            time.sleep(SETTLED)
        place, size = element.location_once_scrolled_into_view, element.size
        where = {"x": place["x"] + size["width"] / 2, "y": place["y"] + size["height"] / 2, "button": "left", "clickCount": 1}
        for kind in ("mousePressed", "mouseReleased"):
            self.driver.execute_cdp_cmd("Input.dispatchMouseEvent", {"type": kind, **where})

    def press(self, selector: str):
        """Presses, and waits for the page that follows."""
        body = self.find("body")
        self.click(selector)
        WebDriverWait(self.driver, PATIENCE).until(lambda _: self.is_gone(body))
        self.find("footer")

    @staticmethod
    def is_gone(element) -> bool:
        """Whether another page has come."""
        try:
            element.is_enabled()
            return False
        except Exception:  # noqa: BLE001 - whatever the driver calls it, the page is another
            return True

    def text(self) -> str:
        """What is to be read."""
        return self.find("body").text

    def picture(self, name: str):
        """Keeps a picture of the whole page, and looks at what every page must be."""
        size = self.driver.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
        must(size["width"] <= self.width, f"{self.name} {name}: wider than the screen ({size['width']})")
        shot = self.driver.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True, "clip": {
            "x": 0, "y": 0, "width": size["width"], "height": max(size["height"], 200), "scale": 1}})
        (PICTURES / f"{self.name}-{name}.png").write_bytes(base64.b64decode(shot["data"]))
        for element in self.driver.find_elements(By.CSS_SELECTOR, "button, a.btn, nav a, .menu a, summary, input[type=text], select"):
            if element.is_displayed():
                must(element.size["height"] >= TARGET or "btn-sm" in (element.get_attribute("class") or ""),
                     f"{self.name} {name}: «{element.text[:20]}» is {element.size['height']} high")
        for field in self.driver.find_elements(By.CSS_SELECTOR, "input:not([type=hidden]), select, textarea"):
            label = self.driver.find_elements(By.CSS_SELECTOR, f"label[for='{field.get_attribute('id')}']")
            must(len(label) == 1, f"{self.name} {name}: {field.get_attribute('name')} has no label")
        must(len(self.driver.find_elements(By.TAG_NAME, "h1")) == 1, f"{self.name} {name}: one h1")
        for entry in self.driver.get_log("browser"):
            # A page that says 4xx is told of too; what the policy has stopped is not as it must be.
            must("Content Security Policy" not in entry["message"], f"{self.name} {name}: {entry['message'][:200]}")

    def close(self):
        """Ends it."""
        self.driver.quit()


def citizen(browser: Browser, station: str):
    """Hands in, sees the receipt, follows the item."""
    browser.open("/")
    browser.picture("home")
    browser.open("/hand-in")
    browser.press("form#form button")
    must("请修改" in browser.text(), "an empty form is answered with what is missing")
    browser.picture("hand-in-faults")
    browser.open(f"/hand-in?station={station}")
    browser.picture("hand-in")
    browser.type("#title", "小区门口公交站太远")
    browser.type("#text", "早晚高峰公交班次太少，老人走到最近的公交站要二十分钟。\n希望在西兴路口增设公交站，并加密班次。")
    browser.click("#mode-confidential")
    browser.type("#phone", "不是号码")
    browser.press("form#form button")
    must("电话" in browser.text() and "早晚高峰" in browser.find("#text").get_attribute("value"), "what was typed is still there")
    browser.picture("hand-in-again")
    browser.type("#phone", "13800000000")
    browser.press("form#form button")
    browser.picture("receipt")
    codes = [element.text for element in browser.driver.find_elements(By.CSS_SELECTOR, ".receipt .code")]
    must(len(codes) == 2 and re.fullmatch(r"BJ-[0-9A-Z]{10}", codes[0]) is not None, f"the receipt has its number: {codes}")
    must(browser.driver.current_url.endswith("/receipt"), "no secret stands in the address")
    browser.press(".actions button")
    must("小区门口公交站太远" in browser.text(), "the receipt leads to the item")
    seen = time.monotonic()
    # Routing and Replies tell Intake what has become of it.
    while "交给承办单位" not in browser.text() and time.monotonic() - seen < LONG:
        browser.open("/status")
        browser.type("#number", codes[0].lower())
        browser.type("#secret", codes[1])
        browser.press("main form button")
    must("交给承办单位" in browser.text(), "the item was assigned, and its author sees it")
    browser.picture("item")
    browser.open("/status")
    browser.type("#number", codes[0])
    browser.type("#secret", "WRONGSECRET0")
    browser.press("main form button")
    must("不对" in browser.text(), "a wrong secret shows nothing")
    browser.picture("status")
    browser.open("/?lang=en")
    must(browser.find("html").get_attribute("lang") == "en", "English on demand")
    browser.picture("home-en")
    browser.open("/hand-in")
    browser.picture("hand-in-en")
    browser.open("/nothing?lang=zh")
    browser.picture("not-found")
    browser.open("/privacy")
    browser.picture("privacy")


def officer(browser: Browser):
    """Comes by a code, signs in, looks after people and codes."""
    browser.open(player.DEPUTY)
    must("陈建国" in browser.text(), "a deputy's code shows the card")
    browser.picture("code-deputy")
    browser.open("/C/STATION0000000000000000")
    browser.picture("code-station")
    browser.open("/c/OLD00000000000000000000")
    browser.picture("code-old")
    browser.open("/account")
    browser.type("#login", player.LOGIN)
    browser.type("#password", "wrong")
    browser.press("main form button")
    must("不正确" in browser.text(), "a wrong password is refused")
    browser.picture("sign-in")
    browser.type("#login", player.LOGIN)
    browser.type("#password", player.PASSWORD)
    browser.press("main form button")
    browser.picture("factor")
    browser.type("#code", player.CODE)
    browser.press("main form button")
    must("王芳" in browser.text(), "signed in")
    browser.picture("account")
    for path, name in {"/account/sessions": "sessions", "/account/password": "password", "/unit/people": "people",
                       "/unit/codes": "codes", "/hand-in": "hand-in-behalf"}.items():
        browser.open(path)
        browser.picture(name)
    browser.open("/unit/codes")
    browser.press("button[value=rotate]")
    browser.picture("code-change")
    browser.open("/unit/people")
    browser.press("main article .btn-sm")
    browser.picture("invite")
    browser.open("/account/factor")
    browser.press("main form button")
    browser.picture("second-factor")
    browser.type("#code", player.CODE)
    browser.press("main form button")
    browser.picture("recovery")
    browser.open("/account")
    browser.press("form[action='/sign-out'] button")
    browser.open("/account")
    must("密码" in browser.text(), "signed out")
    browser.open("/register")
    browser.type("#name", "赵磊")
    browser.type("#login", "zhao.lei")
    Select(browser.find("#role")).select_by_value("observer")
    Select(browser.find("#unit")).select_by_value("ST-X01")
    browser.press("main form button")
    must("已被使用" in browser.text(), "a login that is taken is told")
    browser.picture("register")
    browser.open("/invitation")
    browser.picture("invitation")


def portal(directory: str, intake: str) -> tuple[subprocess.Popen, str]:
    """A Portal beside the one that runs, whose Directory is another."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    process = subprocess.Popen([REPOSITORY / ".build" / "debug" / "Portal"], env=os.environ | {
        "EBINDA_PORTAL_HTTP_PORT": str(port), "EBINDA_PORTAL_PUBLIC_BASE": base, "EBINDA_PORTAL_KEY": "5a" * 32,
        "EBINDA_PORTAL_INTAKE": intake, "EBINDA_PORTAL_DIRECTORY": directory, "EBINDA_LOG_LEVEL": "warning",
        "EBINDA_PORTAL_RULES_FILE": str(REPOSITORY / "Deploy" / "Rules" / "routing.json")})
    begun = time.monotonic()
    while time.monotonic() - begun < PATIENCE:
        try:
            urllib.request.urlopen(f"{base}/health/ready", timeout=1).close()
            return process, base
        except OSError:
            time.sleep(0.05)
    raise SystemExit("pages: the Portal does not begin")


def main() -> int:
    """Both, on every screen."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for old in PICTURES.glob("*.png"):
        old.unlink()
    only = sys.argv[1:]
    runs = [("phone", False), ("phone", True), ("desk", True)]
    server, directory = player.start()
    process, staff = portal(directory, "http://127.0.0.1:9")
    try:
        for screen, scripts in runs if "citizen" not in only else []:
            browser = Browser(staff, screen, scripts)
            try:
                officer(browser)
            finally:
                browser.close()
        if "officer" not in only:
            subprocess.run(["Deploy/run", "--name", NAME, "--build", "debug", "--detach"], cwd=REPOSITORY, check=True, stdout=subprocess.DEVNULL)
            base = "http://" + (REPOSITORY / ".local" / NAME / "address").read_text(encoding="ascii").strip()
            try:
                for screen, scripts in runs:
                    browser = Browser(base, screen, scripts)
                    try:
                        citizen(browser, STATIONS[screen])
                    finally:
                        browser.close()
            finally:
                subprocess.run(["Deploy/run", "stop", "--name", NAME], cwd=REPOSITORY, check=False, stdout=subprocess.DEVNULL)
                subprocess.run(["Deploy/stack", "reset", "--name", NAME], cwd=REPOSITORY, check=False)
    finally:
        process.terminate()
        process.wait(PATIENCE)
        server.shutdown()
    print(f"pages: {len(list(PICTURES.glob('*.png')))} pictures in {PICTURES}, {len(wrong)} not as it must be")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
