"""Plays Directory for the pages: the interfaces that the Portal asks, with people who do not exist.

A player, not a Directory: it keeps nothing, checks no signature, and says the same to everybody who has its one password.
"""
import base64
import http.server
import json
import threading
import urllib.parse

LOGIN, PASSWORD, CODE = "wang.fang", "three quiet rivers", "123456"
STATION, DEPUTY = "ST-X01", "/c/DEPUTY00000000000000"
HOLDINGS = [
    {"id": "01930000-0000-7000-8000-00000000000a", "role": "registrar", "unit": STATION, "unitName": "西兴街道第1联络站（产业）"},
    {"id": "01930000-0000-7000-8000-00000000000b", "role": "liaison", "unit": STATION, "unitName": "西兴街道第1联络站（产业）",
     "until": "2026-12-31"},
]
SESSION = "01930000-0000-7000-8000-0000000000aa"
ENTRANCES = {
    "STATION0000000000000000": {"state": "good", "kind": "station", "station": {"code": STATION, "name": "西兴街道第1联络站（产业）"},
                                "place": "社区服务大厅"},
    "DEPUTY00000000000000": {"state": "good", "kind": "deputy", "station": {"code": STATION, "name": "西兴街道第1联络站（产业）"},
                             "deputy": {"id": SESSION, "name": "陈建国", "delegation": "西兴代表团", "level": "district",
                                        "stations": [{"code": STATION, "name": "西兴街道第1联络站（产业）"}]}},
    "OLD00000000000000000000": {"state": "expired", "reason": "replaced", "kind": "station",
                                "station": {"code": STATION, "name": "西兴街道第1联络站（产业）"}},
}


def holding(number: int, role: str, state: str = "confirmed", until: str | None = None) -> dict:
    """A role as Directory tells it."""
    return {"holding": f"01930000-0000-7000-8000-0000000001{number:02d}", "role": role, "unit": STATION, "state": state,
            "from": "2026-03-01", **({"until": until} if until else {}), "stations": [], "deputies": []}


PEOPLE = {"items": [
    {"id": f"01930000-0000-7000-8000-0000000002{number:02d}", "login": login, "name": name, "state": "active",
     "changedAt": "2026-11-20T02:00:00.000000Z", "holdings": [held]}
    for number, (login, name, held) in enumerate([
        ("wang.fang", "王芳", holding(1, "registrar")), ("li.qiang", "李强", holding(2, "liaison", until="2027-02-28")),
        ("zhang.min", "张敏", holding(3, "observer"))])], "next": None}
ASKED = {"items": [{"person": {"id": SESSION, "login": "zhao.lei", "name": "赵磊", "state": "pending"},
                    "holding": holding(9, "observer", "asked")}], "next": None}
CODES = {"items": [
    {"code": f"01930000-0000-7000-8000-0000000003{number:02d}", "kind": kind, "of": of, "station": STATION, "place": place,
     "state": state, "issuedAt": "2026-11-01T02:00:00.000000Z", "tokens": 1, "scans": scans, "staleScans": 0}
    for number, (kind, of, place, state, scans) in enumerate([
        ("station", STATION, "社区服务大厅", "good", 128), ("activity", "十一月接待日", "二楼会议室", "good", 17),
        ("station", STATION, "老宣传栏", "revoked", 46)])], "next": None}
SYMBOL = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 21 21'><rect width='21' height='21' fill='white'/>" + "".join(
    f"<rect x='{x}' y='{y}' width='1' height='1'/>" for x in range(21) for y in range(21) if (x * 7 + y * 13 + x * y) % 3 == 0) + "</svg>"


def token() -> str:
    """Reads as a token; nobody has signed it."""
    def part(value: dict) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
    return ".".join([part({"alg": "EdDSA", "kid": "player"}), part({"sub": "person:1", "unit": STATION, "role": "registrar"}), "x"])


class Player(http.server.BaseHTTPRequestHandler):
    """Answers by path."""
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        """Says nothing."""

    def answer(self, value, status: int = 200, kind: str = "application/json", headers: tuple = ()):
        """One answer."""
        body = value.encode() if isinstance(value, str) else json.dumps(value).encode() if value is not None else b""
        self.send_response(status)
        if body:
            self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, text in headers:
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)

    def body(self) -> dict:
        """What was sent."""
        data = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if "json" in self.headers.get("Content-Type", ""):
            return json.loads(data or b"{}")
        return dict(urllib.parse.parse_qsl(data.decode()))

    def refuse(self, pointer: str, message: str):
        """A problem (RFC 9457)."""
        self.answer({"type": "/problems/invalid-fields", "title": "请求内容不合要求", "status": 422,
                     "errors": [{"pointer": pointer, "rule": "wrong", "message": message}]}, 422, "application/problem+json")

    def do_GET(self):
        """What is read."""
        path = self.path.split("?")[0]
        if path.startswith("/v1/entrances/"):
            self.answer(ENTRANCES.get(path.split("/")[-1], {"state": "forged", "station": {"code": "ST-00", "name": "滨江区人大代表联络总站"}}))
        elif path.endswith("/qr.svg"):
            self.answer(SYMBOL, kind="image/svg+xml")
        else:
            known = {
                "/v1/me": {"person": SESSION, "login": LOGIN, "name": "王芳", "holdings": HOLDINGS, "factor": False},
                "/v1/me/sessions": {"items": [
                    {"session": SESSION, "madeAt": "2026-11-24T01:00:00.000000Z", "usedAt": "2026-11-24T09:10:00.000000Z",
                     "expiresAt": "2026-12-08T01:00:00.000000Z", "manner": "password", "factor": True, "agent": "Chrome · Android", "network": "192.0.2.0/24"},
                    {"session": SESSION[:-1] + "b", "madeAt": "2026-11-20T01:00:00.000000Z", "usedAt": "2026-11-21T03:30:00.000000Z",
                     "expiresAt": "2026-12-04T01:00:00.000000Z", "manner": "password", "factor": True, "agent": "Firefox · Linux", "network": "198.51.100.0/24"}]},
                "/v1/people": PEOPLE, "/v1/registrations": ASKED, "/v1/codes": CODES,
            }
            self.answer(known[path]) if path in known else self.answer({"type": "/problems/not-found", "status": 404}, 404)

    def do_POST(self):
        """What is done."""
        path, sent = self.path, self.body()
        if path == "/v1/sign-in":
            good = sent.get("login") == LOGIN and sent.get("password") == PASSWORD
            self.answer({"challenge": "a-challenge"}) if good else self.answer({"type": "/problems/unauthorized", "status": 401}, 401)
        elif path == "/v1/sign-in/factor":
            good = sent.get("code") == CODE
            self.answer({"session": SESSION, "secret": "a-secret", "expiresAt": "2026-12-08T01:00:00.000000Z"}) if good else self.answer({"status": 401}, 401)
        elif path == "/v1/token":
            self.answer({"access_token": token(), "token_type": "Bearer", "expires_in": 600, "holding": HOLDINGS[0]["id"], "holdings": HOLDINGS})
        elif path == "/v1/me/factor":
            self.answer({"secret": "JBSWY3DPEHPK3PXP", "uri": "otpauth://totp/e%E6%BB%A8%E8%BE%BE:wang.fang?secret=JBSWY3DPEHPK3PXP&issuer=e"})
        elif path == "/v1/me/factor/confirm":
            self.answer({"recovery": [f"k7q{n}-m2x{n}-p9d{n}" for n in range(8)]})
        elif path == "/v1/registrations":
            self.refuse("/login", "登录名已被使用 · this login is taken")
        elif path.endswith("/invitation"):
            self.answer({"token": "V7QmXn2kTq8rWd5uYb3eLs", "expiresAt": "2026-12-01T01:00:00.000000Z"}, 201)
        else:
            self.answer({"code": SESSION, "token": "X", "url": "http://127.0.0.1/C/X"})

    def do_DELETE(self):
        """What is ended."""
        self.answer(None, 204)


def start() -> tuple[http.server.ThreadingHTTPServer, str]:
    """A player on a free port of this machine, and its address."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Player)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_port}"
