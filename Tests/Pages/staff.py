"""What the pages' people have beside a browser: an operator who lets them in, an authenticator, and a camera that reads symbols."""
import base64
import hashlib
import hmac
import json
import pathlib
import struct
import subprocess
import tempfile
import time
import urllib.parse
import urllib.request

# Seconds of a step of an authenticator (RFC 6238).
STEP = 30
PASSWORD = "three quiet rivers by the gate"
REGISTRAR = "xixing-gongwei"


def code(secret: str, ahead: int = 0) -> str:
    """Six digits of now, or of a later step (RFC 4226 §5.3)."""
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", int(time.time()) // STEP + ahead), hashlib.sha1).digest()
    offset = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[offset:offset + 4])[0] & 0x7fffffff) % 1_000_000:06d}"


def read(picture: pathlib.Path) -> list[str]:
    """What a reader of symbols sees in a picture."""
    seen = subprocess.run(["zbarimg", "--quiet", "--raw", picture], capture_output=True, text=True, check=False)
    return seen.stdout.splitlines()


def read_drawing(drawing: bytes) -> list[str]:
    """The same of an SVG."""
    with tempfile.TemporaryDirectory() as folder:
        picture = pathlib.Path(folder) / "symbol.png"
        subprocess.run(["rsvg-convert", "-o", picture], input=drawing, check=True)
        return read(picture)


def read_sheet(document: bytes, kept: pathlib.Path) -> list[str]:
    """The same of a PDF's first page, of which a picture is kept."""
    subprocess.run(["pdftoppm", "-r", "80", "-png", "-singlefile", "-", kept.with_suffix("")], input=document, check=True)
    return read(kept)


class Operator:
    """The operators' command line of a run."""

    def __init__(self, directory: pathlib.Path, base: str):
        self.command, self.base = directory / "ebinda", base

    def run(self, *words: str) -> str:
        """One command's output."""
        ended = subprocess.run([self.command, *words], capture_output=True, text=True, check=False)
        assert ended.returncode == 0, f"{words}: {ended.stderr or ended.stdout}"
        return ended.stdout.strip()

    def admit(self, login: str, name: str, station: str) -> str:
        """Takes somebody in who runs a station and answers for its people, and gives the invitation."""
        with tempfile.NamedTemporaryFile("w", suffix=".csv", encoding="utf-8") as file:
            file.write(f"login,name,role,unit,from\n{login},{name},liaison,{station},2026-01-01\n{login},{name},registrar,{REGISTRAR},2026-01-01\n")
            file.flush()
            self.run("people", "import", file.name)
        return self.run("people", "invite", login).split()[-1]

    def deputy_code(self, station: str) -> str:
        """The path of a code of a deputy who receives people at a station."""
        with urllib.request.urlopen(f"{self.base}/api/directory/v1/deputies?station={station}", timeout=10) as answer:
            deputy = json.load(answer)["items"][0]["id"]
        made = self.run("codes", "issue", "--kind", "deputy", "--of", deputy)
        return urllib.parse.urlsplit(made.split()[-1]).path


    def flood(self, station: str, surplus: int = 15):
        """More through a station from one address, which nobody else has, than flows: so many are held back."""
        for index in range(200 + surplus):
            item = {"kind": "opinion", "station": station, "title": f"公交站太远{index}", "text": "从小区到公交站要走二十分钟。"}
            request = urllib.request.Request(
                f"{self.base}/api/intake/v1/suggestions", data=json.dumps(item).encode(), method="POST",
                headers={"Content-Type": "application/json", "Idempotency-Key": f"pages-{station}-{time.time_ns()}"})
            with urllib.request.urlopen(request, timeout=30) as answer:
                assert answer.status == 201, answer.status


def fetch(browser, path: str) -> bytes:
    """What the browser would load, with its cookies."""
    cookies = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in browser.driver.get_cookies())
    request = urllib.request.Request(browser.base + path, headers={"Cookie": cookies})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read()
