#!/usr/bin/python3
"""Sends every sample through all services to its end, and holds every screen against what was sent and done.

usage: demo.py [--name demo]

Authors, committees, deputies and most departments are played over HTTP through the edge, the departments with a queue over
AMQP. What runs already under that name is used and left running; else it is started, and ended afterwards. Ends with 0 when
everything agrees, with 1 when anything does not.
"""
import argparse
import json
import pathlib
import shlex
import subprocess
import sys
import tempfile
import time
import uuid

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "Deploy" / "Rules"))

import evaluate  # noqa: E402 (the reference reading of the rules)
import ledger  # noqa: E402
import pasted  # noqa: E402
import screen  # noqa: E402
import wire  # noqa: E402
from correspondents import Correspondents  # noqa: E402
from edge import DEPUTY, Edge, Problem  # noqa: E402
from roles import Authors, Departments, Deputies, Officers  # noqa: E402

SERVICES = ("intake", "routing", "replies", "reminders", "dashboard", "directory")
# Seconds without any step forward until it is given up, and between two looks.
PATIENCE, LOOK = 60, 0.1
# Seconds between two lines about how far it has come.
LINE = 3
# Whom a department proposes in its place.
PROPOSED = "quban"


def say(text: str):
    print(f"demo: {text}", flush=True)


def settings(path: pathlib.Path) -> dict[str, str]:
    """The variables of a file that a shell would read."""
    pairs = (line.partition("=") for line in path.read_text(encoding="utf-8").splitlines() if "=" in line)
    return {name: "".join(shlex.split(value)) for name, _, value in pairs}


class Demo:
    """One run from the first submit to the last figure."""

    def __init__(self, directory: pathlib.Path):
        self.directory = directory
        self.environment = settings(directory / "environment") | settings(directory / "services.env")
        self.edge = Edge(directory)
        data = json.loads((REPOSITORY / "Deploy/Rules/routing.json").read_text(encoding="utf-8"))
        self.samples = evaluate.load(REPOSITORY / "Tests/Samples/suggestions")
        codes = [unit["code"] for unit in data["departments"]]
        self.queued = sorted(filter(None, self.environment.get("EBINDA_DEPARTMENTS_QUEUED", "").split(",")))
        applied = set(filter(None, self.environment.get("EBINDA_ROUTING_APPLIED", "").split(",")))
        self.book = ledger.Ledger()
        self.authors = Authors(self.edge, self.book, evaluate.Router(data), applied)
        self.officers = Officers(self.edge, self.book, [unit["code"] for unit in data["committees"]], codes)
        self.departments = Departments(self.edge, self.book, [c for c in codes if c not in self.queued], PROPOSED)
        self.deputies = Deputies(self.edge, self.book)
        self.correspondents = Correspondents(
            self.book, self.queued, PROPOSED, self.environment, directory / "logs")
        self.wrong: list[str] = []
        self.compared = 0

    def appoint(self):
        """Adds the deputy who judges, unless an earlier demo in this run has."""
        lines = (REPOSITORY / "Deploy/Directory/units.csv").read_text(encoding="utf-8").splitlines()
        stations = ";".join(line.split(",")[0] for line in lines if line.split(",")[1] == "station")
        with tempfile.NamedTemporaryFile("w", suffix=".csv", encoding="utf-8") as file:
            file.write("login,name,role,unit,from,until,delegation,level,stations,deputies\n"
                       f"{DEPUTY},何演,deputy,binjiang,2022-01-10,,西兴代表团,district,{stations},\n")
            file.flush()
            subprocess.run([self.directory / "ebinda", "people", "import", file.name], check=True, stdout=subprocess.DEVNULL)

    def play(self):
        self.appoint()
        self.wrong += [f"wire.py: {line}" for line in wire.departures(self.edge.document())]
        with self.correspondents:
            self.clear_desks()
            before = screen.read(self.edge)
            started = time.monotonic()
            self.hand_in()
            self.work()
            say(f"all {self.book.ended} ended after {time.monotonic() - started:.0f} s")
            self.wait_for_screen(before)
        say("asking as every author")
        self.look_at_authors()
        say("comparing every item's line and timeline")
        self.look_at_items()
        self.wrong += self.correspondents.faults()
        self.compared += self.correspondents.refused
        self.operate()

    def clear_desks(self):
        """What others have handed in is answered first, so that the figures that follow are this run's alone."""
        end = time.monotonic() + PATIENCE
        say("waiting until the departments' desks are clear")
        while any(self.edge.desk(code) for code in self.queued):
            if time.monotonic() > end:
                raise TimeoutError("departments with a queue do not answer what was open before")
            time.sleep(LOOK)
        screen.settled(self.edge, LOOK, PATIENCE)
        self.correspondents.play()

    def hand_in(self):
        run = uuid.uuid4().hex[:12]
        started = time.monotonic()
        say(f"handing in {len(self.samples)} samples")
        for sample in self.samples:
            self.authors.hand_in(sample, run)
        took = time.monotonic() - started
        say(f"{len(self.samples)} samples handed in within {took:.1f} s, {self.authors.repeated} of them twice")

    def work(self):
        """Everybody does what lies on the desk, in turn, until every matter has ended."""
        said = moved = time.monotonic()
        steps = -1
        while self.book.ended < len(self.samples):
            for role in (self.officers, self.departments, self.deputies, self.correspondents):
                role.play()
            now, done = time.monotonic(), self.steps()
            if now - said > LINE:
                said = now
                say(f"{self.book.ended} of {len(self.samples)} ended; {done} steps")
            if done != steps:
                steps, moved = done, now
            elif now - moved > PATIENCE:
                still = [m.number for m in self.book.matters.values() if not m.ended]
                raise TimeoutError(f"nothing has moved for {PATIENCE} s; {len(still)} open, among them {still[:5]}")
            else:
                time.sleep(LOOK)

    def steps(self) -> int:
        return sum(sum(role.did.values()) for role in (
            self.officers, self.departments, self.deputies, self.correspondents))

    def wait_for_screen(self, before: dict[str, ledger.Figures]):
        """The screen follows within moments; what still differs after that is wrong."""
        end = time.monotonic() + PATIENCE
        while True:
            self.correspondents.play()
            now = screen.read(self.edge)
            compared, wrong = screen.compare(before, now, self.book.expected())
            if not wrong and not self.correspondents.faults() or time.monotonic() > end:
                break
            time.sleep(LOOK)
        screen.show(self.edge, before, now)
        self.compared += compared
        self.wrong += wrong

    def expect(self, what: str, seen: object, wanted: object):
        self.compared += 1
        if seen != wanted:
            self.wrong.append(f"{what}: {seen!r}, not {wanted!r}")

    def look_at_authors(self):
        """Each author sees the end by receipt number and secret, and nobody sees it with another secret."""
        for matter in self.book.matters.values():
            status = self.edge.status(matter.number, matter.secret)
            name = f"status of {matter.sample['id']} ({matter.number})"
            self.expect(f"{name}: state", status["state"], matter.state)
            self.expect(f"{name}: outcome", status.get("outcome"), matter.outcome)
            refusal = (status.get("refusal") or {}).get("reason")
            self.expect(f"{name}: refusal", refusal, matter.refusal)
            if matter.refusal:
                continue
            self.expect(f"{name}: committee", status["committee"], matter.committee)
            self.expect(f"{name}: departments", sorted(leg["department"] for leg in status["legs"]), sorted(matter.given))
            replies = {(r.department, r.outcome) for r in matter.replies.values() if r.round == len(matter.verdicts)}
            seen = {(leg["department"], leg["outcome"]) for leg in status["legs"] if leg["state"] == "replied"}
            self.expect(f"{name}: replies", seen, replies)
        first, second = list(self.book.matters.values())[:2]
        try:
            self.edge.status(first.number, second.secret)
            self.wrong.append("another's secret opens a status")
        except Problem as problem:
            self.expect("status with another's secret", problem.status, 404)

    def look_at_items(self):
        """Each item's line and timeline on the screen."""
        numbers: list[tuple[str, str]] = []
        for matter in self.book.matters.values():
            page = self.edge.item(matter.number)
            item, events = page["item"], [line["event"] for line in page["timeline"]]
            name = f"item {matter.sample['id']} ({matter.number})"
            self.expect(f"{name}: state", item["state"], matter.state)
            self.expect(f"{name}: station", item["station"], matter.sample["station"])
            self.expect(f"{name}: category", item.get("category"), matter.category)
            self.expect(f"{name}: committee", item.get("committee"), matter.committee)
            for event, count in (
                ("suggestion.received", 1), ("suggestion.refused", int(matter.refusal is not None)),
                ("suggestion.closed", int(matter.closed)), ("reply.issued", len(matter.replies)),
                ("reply.evaluated", len(matter.verdicts)), ("assignment.returned", len(matter.returns)),
                ("contact.recorded", sum(reply.contacted for reply in matter.replies.values())),
            ):
                self.expect(f"{name}: {event} in its timeline", events.count(event), count)
            numbers += [
                (line["detail"]["department"], line["detail"]["documentNumber"])
                for line in page["timeline"] if line["event"] == "reply.issued"]
        self.expect("documents under numbers of their own", len(set(numbers)), len(numbers))

    def operate(self):
        for arguments, wanted in ((["dashboard", "rebuild"], "equal"), (["status"], "nothing wants an operator")):
            done = subprocess.run(
                [str(self.directory / "ebinda"), *arguments], capture_output=True, text=True, check=False)
            print(f"\n$ ebinda {' '.join(arguments)}\n{done.stdout.strip()}")
            self.expect(f"ebinda {' '.join(arguments)}", (done.returncode, wanted in done.stdout), (0, True))
            if done.returncode:
                print(done.stderr.strip())
        run, wrong = pasted.paste(self.directory / "try")
        self.compared += run
        self.wrong += [f"what to try: {line}" for line in wrong]

    def summary(self) -> int:
        matters = list(self.book.matters.values())
        refused = sum(m.refusal is not None for m in matters)
        late = [m.sample["id"] for m in matters if m.by_rule and "refuse" in m.sample["label"]]
        queue, page, officer, verdict = (
            self.correspondents.did, self.departments.did, self.officers.did, self.deputies.did)
        print()
        say(f"{sum(m.by_rule for m in matters)} applied by rule, {officer['accepted']} accepted and {refused} refused by "
            f"officers; {len(late)} that a clerk would have refused were applied by rule ({', '.join(late) or 'none'})")
        say(f"{len(self.queued)} departments over AMQP: {queue[wire.RECEIPT]} receipts, {queue[wire.REPLY]} replies, "
            f"{queue[wire.RETURN]} returns, {queue[wire.VERDICT]} verdicts heard, {self.correspondents.refused} bad messages "
            f"refused; {len(self.departments.departments)} over HTTP: {page[wire.RECEIPT]} receipts, {page[wire.REPLY]} "
            f"replies, {page[wire.RETURN]} returns")
        say(f"{officer['reassigned']} legs reassigned; verdicts: " + ", ".join(f"{n} {k}" for k, n in verdict.items()))
        for line in self.wrong[:40]:
            print(f"  differs: {line}")
        if self.wrong:
            say(f"{len(self.wrong)} of {self.compared} things differ")
            return 1
        say(f"{len(matters)} sent, {len(matters) - refused} closed, {refused} refused; screen, authors' statuses, timelines, "
            f"rebuild, queues and the commands to try agree in all {self.compared} things compared")
        return 0


def is_running(directory: pathlib.Path) -> bool:
    try:
        edge = Edge(directory)
        return all(edge.ask("GET", f"/api/{service}/health/ready") for service in SERVICES)
    except (OSError, Problem):
        return False


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--name", default="demo", help="the name that it runs under, as in Deploy/run --name")
    name = arguments.parse_args().name
    directory = REPOSITORY / ".local" / name
    starts = not is_running(directory)
    if starts:
        subprocess.run([str(REPOSITORY / "Deploy/run"), "--name", name, "--detach"], check=True)
    try:
        demo = Demo(directory)
        demo.play()
        return demo.summary()
    except (TimeoutError, Problem, RuntimeError, AssertionError) as error:
        say(f"given up: {error}")
        return 1
    finally:
        if starts:
            subprocess.run([str(REPOSITORY / "Deploy/run"), "stop", "--name", name], check=False)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
    except subprocess.CalledProcessError as failed:
        sys.exit(failed.returncode)
