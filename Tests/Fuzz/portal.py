"""Hooks of schemathesis for the pages: somebody who has signed in as browsers do, and the token that each form must carry.

EBINDA_FUZZ_PAGES is the address, EBINDA_FUZZ_LOGIN who signs in, EBINDA_FUZZ_INVITATION with what they set their password.
"""
import os
import re

import requests
import schemathesis

BASE, LOGIN, PASSWORD = os.environ["EBINDA_FUZZ_PAGES"], os.environ["EBINDA_FUZZ_LOGIN"], "three quiet rivers by the gate"
browser = requests.Session()
# Not through a proxy that the environment names.
browser.trust_env = False


def token(path: str) -> str:
    """What the forms of a page carry."""
    return re.search(r'name="csrf" value="([^"]+)"', browser.get(BASE + path, timeout=10).text)[1]


def send(path: str, form: str, **fields: str):
    """Sends a form of a page, which must be taken."""
    answer = browser.post(BASE + path, {"csrf": token(form), **fields}, allow_redirects=False, timeout=10)
    assert answer.status_code in (200, 303), f"{path}: {answer.status_code}"


send("/invitation", "/invitation", token=os.environ["EBINDA_FUZZ_INVITATION"], password=PASSWORD, again=PASSWORD)
send("/sign-in", "/sign-in", login=LOGIN, password=PASSWORD)
CSRF = token("/account")
COOKIE = "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.cookies)


@schemathesis.hook
def before_call(context, case, kwargs):
    """A browser's request: its cookies, and in a form the token, unless it was left out to be wrong."""
    case.headers = {**(case.headers or {}), "Cookie": COOKIE}
    if isinstance(case.body, dict) and "csrf" in case.body:
        case.body = {**case.body, "csrf": CSRF}
