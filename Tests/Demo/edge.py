"""The services' HTTP as their users see it, through the edge: every address and every field of a request stands here."""
import http.client
import json
import pathlib
import subprocess
import time
import typing
import urllib.parse

# Seconds that an answer may take.
PATIENCE = 30
# Seconds that a token is used; it is good for ten minutes.
USED = 300
# A deputy who receives people at every station, so that one judges whatever names nobody.
DEPUTY = "demo.deputy"


class Problem(Exception):
    """An answer that is none of those wanted."""

    def __init__(self, method: str, path: str, status: int, content: typing.Any):
        super().__init__(f"{method} {path}: {status} {json.dumps(content, ensure_ascii=False)}")
        self.status = status


class Edge:
    """One connection to the one address, kept open."""

    def __init__(self, directory: pathlib.Path):
        self.directory = directory
        self.address = (directory / "address").read_text(encoding="ascii").strip()
        # Of each account and person: the token, and until when that is used.
        self.tokens: dict[str, tuple[str, float]] = {}
        self.connection: http.client.HTTPConnection | None = None

    def ask(
        self, method: str, path: str, unit: str | None = None, body: dict | None = None, headers: dict | None = None
    ) -> typing.Any:
        """Asks as a unit, or as nobody; an idle connection that the edge has closed is opened again.

        Raises Problem for any status but 200 and 201.
        """
        sent = dict(headers or {})
        if unit:
            sent["Authorization"] = f"Bearer {self.token(unit)}"
        data = None
        if body is not None:
            sent["Content-Type"] = "application/json"
            data = json.dumps(body, ensure_ascii=False).encode("utf-8")
        return self.exchange(method, path, data, sent)

    def token(self, account: str) -> str:
        """The account's or the person's token, as the run's own program gets it; a new one before the last ends."""
        token, until = self.tokens.get(account, ("", 0.0))
        if time.monotonic() < until:
            return token
        token = subprocess.run(
            [self.directory / "token", account], stdout=subprocess.PIPE, text=True, timeout=PATIENCE, check=True).stdout.strip()
        self.tokens[account] = (token, time.monotonic() + USED)
        return token

    def exchange(self, method: str, path: str, data: bytes | None, sent: dict) -> typing.Any:
        """One request and its answer, parsed."""
        for attempt in (1, 2):
            if self.connection is None:
                self.connection = http.client.HTTPConnection(self.address, timeout=PATIENCE)
            try:
                self.connection.request(method, path, data, sent)
                answer = self.connection.getresponse()
                content = answer.read()
                break
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                self.connection.close()
                self.connection = None
                if attempt == 2:
                    raise
        parsed = json.loads(content) if content else None
        if answer.status not in (200, 201):
            raise Problem(method, path, answer.status, parsed)
        return parsed

    def pages(self, path: str, unit: str, **query: str) -> typing.Iterator[dict]:
        """Every item of a list, page after page."""
        after: dict[str, str] = {}
        while True:
            page = self.ask("GET", f"{path}?{urllib.parse.urlencode(query | after)}", unit)
            yield from page["items"]
            if not page.get("next"):
                return
            after = {"after": page["next"]}

    # --- authors ---

    def submit(self, form: dict, idempotency_key: str) -> dict:
        """A formal suggestion is a deputy's, who is known by a token."""
        path, unit = ("/formal", DEPUTY) if form["kind"] == "formal" else ("", None)
        return self.ask("POST", f"/api/intake/v1/suggestions{path}", unit, form, {"Idempotency-Key": idempotency_key})

    def status(self, number: str, secret: str) -> dict:
        return self.ask("GET", f"/api/intake/v1/suggestions/{number}", headers={"Receipt-Secret": secret})

    # --- committees ---

    @staticmethod
    def officer(committee: str) -> str:
        """The login of the committee's officer."""
        return f"officer.{committee}"

    def waiting(self, committee: str) -> list[dict]:
        """What awaits a decision: the committee's own, and what no rule has placed."""
        path, officer = "/api/routing/v1/suggestions", self.officer(committee)
        return [*self.pages(path, officer), *self.pages(path, officer, unplaced="true")]

    def given_back(self, committee: str) -> list[dict]:
        return list(self.pages("/api/routing/v1/suggestions", self.officer(committee), state="returned"))

    def matter(self, committee: str, suggestion: str) -> dict:
        return self.ask("GET", f"/api/routing/v1/suggestions/{suggestion}", self.officer(committee))

    def accept(self, committee: str, suggestion: str, category: str, lead: str, assisting: list[str], reason: str) -> dict:
        body = {"category": category, "lead": lead, "assisting": assisting, "reason": reason}
        return self.ask("POST", f"/api/routing/v1/suggestions/{suggestion}/acceptance", self.officer(committee), body)

    def refuse(self, committee: str, suggestion: str, reason: str, explanation: str) -> dict:
        body = {"reason": reason, "explanation": explanation}
        return self.ask("POST", f"/api/routing/v1/suggestions/{suggestion}/refusal", self.officer(committee), body)

    def reassign(
        self, committee: str, suggestion: str, withdraw: list[str], lead: str | None, assisting: list[str], reason: str
    ) -> dict:
        body = {"withdraw": withdraw, "lead": lead, "assisting": assisting, "reason": reason}
        return self.ask("POST", f"/api/routing/v1/suggestions/{suggestion}/reassignment", self.officer(committee), body)

    # --- departments ---

    def desk(self, department: str) -> list[dict]:
        return list(self.pages("/api/replies/v1/assignments", department))

    def answer(self, department: str, assignment: str, action: str, content: dict) -> dict:
        """A receipt, a return or a reply: the queue's content without the leg, which stands in the address."""
        body = {field: value for field, value in content.items() if field != "assignment"}
        path = f"/api/replies/v1/assignments/{assignment}/{action}"
        return self.ask("POST", path, department, body or None)

    # --- deputies ---

    def handling(self, suggestion: str) -> dict:
        return self.ask("GET", f"/api/replies/v1/suggestions/{suggestion}", DEPUTY)

    def evaluate(self, suggestion: str, attitude: str, result: str, comment: str | None) -> dict:
        body = {"attitude": attitude, "result": result} | ({"comment": comment} if comment else {})
        return self.ask("POST", f"/api/replies/v1/suggestions/{suggestion}/evaluation", DEPUTY, body)

    # --- the screen ---

    def figures(self, part: str) -> dict:
        return self.ask("GET", f"/api/dashboard/v1/{part}", "screen")

    def shown(self, unit: str, state: str) -> list[dict]:
        return list(self.pages("/api/dashboard/v1/suggestions", unit, state=state))

    def item(self, number: str) -> dict:
        return self.ask("GET", f"/api/dashboard/v1/suggestions/{number}", "screen")

    def document(self) -> dict:
        return self.ask("GET", "/api/asyncapi.json")
