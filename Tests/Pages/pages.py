"""Drives the pages in a real Chromium, as a phone and as a desk, with scripts and without, and keeps a picture of each page.

All goes through a whole eBinda of its own: a station's officer is let in, sets a second factor with an authenticator (staff.py),
confirms somebody, makes a code and prints its sheet; a citizen comes by that code, hands in with a photo and follows the item; a flood
is held back and decided about; the code is ended. Ends with what was seen, and 1 when something was not as it must be.
"""
import base64
import pathlib
import re
import subprocess
import sys
import time
import urllib.parse

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

import staff

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
# Which screen, whether with scripts, and a station of its own.
RUNS = [("phone", False, "ST-X01"), ("phone", True, "ST-X02"), ("desk", True, "ST-X03")]
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


def citizen(browser: Browser, station: str, code: str):
    """Hands in, sees the receipt, follows the item; by the first page, and by a code."""
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
    must(browser.find("html").get_attribute("lang") == "zh-Hans", "Chinese again, and for the pages that follow")
    browser.picture("not-found")
    browser.open("/privacy")
    must("个人信息" in browser.text(), "the choice of a language holds, whatever the page")
    browser.picture("privacy")
    browser.open("/?lang=zh")
    browser.open(code)
    must("社区服务大厅" in browser.text(), "the code shows where it hangs")
    browser.picture("code-station")
    browser.type("#title", "楼道堆放杂物")
    browser.type("#text", "三单元楼道长期堆放杂物，有消防隐患。")
    photo = PICTURES / "photo.png"
    subprocess.run(["vips", "gaussnoise", photo, "640", "480"], check=True)
    browser.find("#photos").send_keys(str(photo))
    browser.press("form#form button")
    photo.unlink()
    codes = [element.text for element in browser.driver.find_elements(By.CSS_SELECTOR, ".receipt .code")]
    must(len(codes) == 2, f"what came through the code, with a photo, has its receipt: {browser.text()[:300]}")
    browser.picture("receipt-code")


def officer(browser: Browser, operator: staff.Operator, screen: str, station: str) -> str:
    """Is let in, sets a password and a second factor, looks after people, makes a code; gives the path that it leads to."""
    login, asker = f"fang.{browser.name}", f"lei.{browser.name}"
    invitation = operator.admit(login, "王芳", station)
    browser.open("/register")
    browser.type("#name", "赵磊")
    browser.type("#login", login)
    Select(browser.find("#role")).select_by_value("observer")
    Select(browser.find("#unit")).select_by_value(station)
    browser.press("main form button")
    must("已被使用" in browser.text() or "已有" in browser.text(), f"a login that is taken is told: {browser.text()[:200]}")
    browser.picture("register")
    browser.type("#login", asker)
    browser.press("main form button")
    browser.picture("registered")
    browser.open("/invitation")
    browser.picture("invitation")
    browser.type("#token", invitation)
    browser.type("#password", staff.PASSWORD)
    browser.type("#again", staff.PASSWORD)
    browser.press("main form button")
    browser.picture("invited")
    browser.open("/account")
    browser.type("#login", login)
    browser.type("#password", "wrong")
    browser.press("main form button")
    must("不正确" in browser.text(), "a wrong password is refused")
    browser.picture("sign-in")
    sign_in(browser, login)
    must("王芳" in browser.text() and "联络员" in browser.text(), "signed in, in the role that wants no second factor")
    browser.click("input[name=holding]:not(:checked)")
    browser.press("form[action='/account/role'] button")
    browser.picture("role-refused")
    must("/account/factor" in browser.find(".actions a").get_attribute("href"), "the other role wants one, and the page leads there")
    secret = second_factor(browser)
    browser.open("/account")
    must("重新登录" in browser.text(), "every session has ended with it")
    browser.picture("signed-out")
    browser.open("/sign-in")
    sign_in(browser, login)
    browser.picture("factor")
    browser.type("#code", "000000")
    browser.press("main form button")
    must("不正确" in browser.text(), "a guessed code is refused")
    # That of now was used to turn it on, and is good once.
    browser.type("#code", staff.code(secret, 1))
    browser.press("main form button")
    must("王芳" in browser.text(), "signed in with both")
    act_as(browser, "人员管理员")
    browser.picture("account")
    for path, name in {"/account/sessions": "sessions", "/account/password": "password", "/account/factor": "factor-on"}.items():
        browser.open(path)
        browser.picture(name)
    own_data(browser)
    browser.open("/unit/people")
    must(asker in browser.text(), "who has registered is asked about")
    browser.picture("people-asked")
    browser.press("button[value=confirm]")
    must("已确认" in browser.text(), "and is confirmed")
    browser.picture("people")
    # Who has just been confirmed: nobody invites one who answers for people as they do.
    invited = browser.driver.find_element(By.XPATH, f"//article[contains(., '{asker}')]//input[@name='person']").get_attribute("value")
    browser.click(f"article:has(input[value='{invited}']) summary")
    browser.press(f"form[action='/unit/invitation']:has(input[value='{invited}']) button")
    must(len(browser.driver.find_elements(By.CSS_SELECTOR, ".facts .code")) == 2, "and is given a token to set a password with")
    browser.picture("invite")
    others_data(browser, asker)
    choose_station(browser, station)
    browser.open("/account")
    act_as(browser, "联络员")
    browser.open("/hand-in")
    browser.picture("hand-in-behalf")
    return make_code(browser, station)


def own_data(browser: Browser):
    """What is held of whoever has signed in; who holds a role cannot have it erased."""
    browser.open("/account")
    must("/account/data" in [urllib.parse.urlparse(link.get_attribute("href")).path for link in browser.driver.find_elements(By.CSS_SELECTOR, ".menu a")], "the account leads to one's own data")
    browser.open("/account/data")
    browser.press("button[value=show]")
    must("王芳" in browser.find(".facts").text, "they are shown")
    browser.picture("own-data")
    browser.click("#sure")
    browser.type("#password", "not the password")
    browser.press("button[value=erase]")
    must("没有删除" in browser.text(), "a wrong password erases nothing")
    browser.picture("own-data-wrong")


def others_data(browser: Browser, login: str):
    """What is held of somebody else, who has asked the officer for it; who holds a role is not erased."""
    browser.open("/account")
    browser.press(".menu a[href='/unit/people/data']")
    browser.picture("others-data")
    browser.type("#called", "没有此人")
    browser.press("button[value=find]")
    must("没有这个人" in browser.text(), "nobody of that name is in the unit")
    browser.type("#called", login)
    browser.press("button[value=find]")
    must(login in browser.find("article.person").text, "the person is found by their login")
    browser.picture("others-data-found")
    browser.press("button[value=choose]")
    must("赵磊" in browser.find(".facts").text, "and shown with name and roles")
    browser.picture("others-data-chosen")
    browser.type("#erase-reason", "本人书面申请")
    browser.press("button[value=erase]")
    must("请先勾选确认" in browser.text(), "an erasure wants the tick")
    must(browser.find("#erase-reason").get_attribute("value") == "本人书面申请", "the reason is still there")
    browser.click("#sure")
    browser.press("button[value=erase]")
    must("任职" in browser.find(".alert-danger").text, f"who holds a role keeps their account: {browser.text()[:200]}")
    browser.picture("others-data-refused")


def sign_in(browser: Browser, login: str):
    """With the password."""
    browser.type("#login", login)
    browser.type("#password", staff.PASSWORD)
    browser.press("main form button")


def act_as(browser: Browser, role: str):
    """Chooses the role of a name."""
    for label in browser.driver.find_elements(By.CSS_SELECTOR, ".choice label"):
        if role in label.text:
            browser.click(f"#{label.get_attribute('for')}")
            browser.press("form[action='/account/role'] button")
            break
    must(role in browser.find(".lead").text, f"acts as {role}")


def second_factor(browser: Browser) -> str:
    """Turns it on; the symbol on the screen is what an authenticator's camera sees."""
    browser.open("/account/factor")
    browser.picture("factor-off")
    browser.press("main form button")
    browser.picture("second-factor")
    secret = browser.find(".secret").text.replace(" ", "")
    seen = staff.read(PICTURES / f"{browser.name}-second-factor.png")
    must(len(seen) == 1 and seen[0].startswith("otpauth://totp/") and f"secret={secret}&" in seen[0], f"the symbol reads as the key: {seen}")
    browser.type("#code", "000000")
    browser.press("main form button")
    must(browser.find(".secret").text.replace(" ", "") == secret, "a wrong code keeps the key")
    browser.picture("second-factor-wrong")
    browser.type("#code", staff.code(secret))
    browser.press("main form button")
    must(len(browser.driver.find_elements(By.CSS_SELECTOR, ".codes .code")) == 10, "ten recovery codes")
    browser.picture("recovery")
    return secret


def choose_station(browser: Browser, station: str):
    """Makes a code as who answers for several stations: says for which, and is told when they do not."""
    browser.open("/unit/codes")
    browser.type("#activity", "代表接待日")
    browser.press("form[action='/unit/codes'] button")
    must("请选择站点" in browser.text(), "a station must be chosen")
    must(browser.find("#activity").get_attribute("value") == "代表接待日", "what was typed is still there")
    browser.picture("codes-choice")
    choice = Select(browser.find("#station"))
    must(len(choice.options) == 25, f"a subdistrict's stations are offered: {len(choice.options) - 1}")
    choice.select_by_value(station)
    browser.press("form[action='/unit/codes'] button")
    must("代表接待日" in browser.text() and "活动码" in browser.text(), "the activity's code is listed")
    browser.picture("codes-registrar")
    browser.press("article:has(form[action='/unit/codes/change']):first-of-type button[value=revoke]")
    must("活动码 代表接待日" in browser.text(), "what is to be ended is named")
    browser.press("main form button")


def make_code(browser: Browser, station: str) -> str:
    """Makes a code of the station, prints its sheet, and reads both."""
    browser.open("/unit/codes")
    browser.type("#place", "社区服务大厅")
    browser.press("form[action='/unit/codes'] button")
    must("社区服务大厅" in browser.text(), "the code is listed")
    browser.picture("codes")
    image = browser.find(".code-row img")
    address = staff.read_drawing(staff.fetch(browser, urllib.parse.urlsplit(image.get_attribute("src")).path))[0]
    sheet = staff.read_sheet(staff.fetch(browser, "/unit/sheets/A4"), PICTURES / f"{browser.name}-sheet.png")
    must(sheet == [address], f"sheet and symbol read alike: {sheet} {address}")
    must(address.lower().startswith(browser.base), f"it leads here: {address}")
    return urllib.parse.urlsplit(address).path


def held(browser: Browser, operator: staff.Operator, station: str):
    """Looks at a flood through the station, lets one of it go, and refuses the rest."""
    operator.flood(station)
    browser.open("/account")
    must("待核查件" in browser.text(), "the officer's menu leads to what is held back")
    browser.open("/unit/quarantine")
    # As many as have not flowed: the measure fills again while they come.
    count = int(re.search(r"共 (\d+) 件", browser.text()).group(1))
    must("提交过多" in browser.text() and count > 2, f"the flood is listed with its reason: {browser.text()[:300]}")
    browser.picture("quarantine")
    browser.press("article.flood .actions a")
    must(len(browser.driver.find_elements(By.CSS_SELECTOR, "article.held")) == count, "each of its items is there")
    browser.picture("quarantine-items")
    browser.press("article.held button[value=release]")
    must("已放行" in browser.text(), "one is let go")
    browser.open("/unit/quarantine")
    must(f"共 {count - 1} 件" in browser.text(), "the others wait")
    browser.press("article.flood button[value=refuse]")
    must("请写明理由" in browser.text(), "a refusal wants its reason")
    browser.picture("quarantine-reason")
    browser.type("article.flood input[name=reason]", "重复提交")
    browser.press("article.flood button[value=refuse]")
    must("目前没有待核查的件" in browser.text(), "the rest is refused at once")
    browser.picture("quarantine-empty")


def revoke(browser: Browser, path: str, deputy: str):
    """Ends the code, after which it shows so; and looks at others."""
    browser.open("/unit/codes")
    browser.press("button[value=revoke]")
    browser.picture("code-change")
    browser.press("main form button")
    must("二维码已停用" in browser.text(), "the code is ended")
    browser.open(path)
    must("停用" in browser.text(), "what hangs on the wall says so")
    browser.picture("code-revoked")
    browser.open("/c/0123456789ABCDEFGHJKMNPQ")
    must("假冒" in browser.text(), "one that nobody has made is called forged")
    browser.picture("code-forged")
    browser.open(deputy)
    must("代表" in browser.find(".card-kind").text, "a deputy's code shows the card")
    browser.picture("code-deputy")
    browser.open("/account")
    browser.press("form[action='/sign-out'] button")
    browser.open("/account")
    must("密码" in browser.text(), "signed out")


def main() -> int:
    """All of it, on every screen."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for old in PICTURES.glob("*.png"):
        old.unlink()
    directory = REPOSITORY / ".local" / NAME
    subprocess.run(["Deploy/run", "--name", NAME, "--build", "debug", "--detach"], cwd=REPOSITORY, check=True, stdout=subprocess.DEVNULL)
    try:
        base = "http://" + (directory / "address").read_text(encoding="ascii").strip()
        operator = staff.Operator(directory, base)
        for screen, scripts, station in RUNS:
            deputy = operator.deputy_code(station)
            of_staff, of_citizen = Browser(base, screen, scripts), Browser(base, screen, scripts)
            try:
                path = officer(of_staff, operator, screen, station)
                citizen(of_citizen, station, path)
                held(of_staff, operator, station)
                revoke(of_staff, path, deputy)
            except Exception:
                # What stood there when it went no further.
                of_staff.picture("failed")
                of_citizen.picture("failed-citizen")
                raise
            finally:
                of_staff.close()
                of_citizen.close()
    finally:
        subprocess.run(["Deploy/run", "stop", "--name", NAME], cwd=REPOSITORY, check=False, stdout=subprocess.DEVNULL)
        subprocess.run(["Deploy/stack", "reset", "--name", NAME], cwd=REPOSITORY, check=False)
    print(f"pages: {len(list(PICTURES.glob('*.png')))} pictures in {PICTURES}, {len(wrong)} not as it must be")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
