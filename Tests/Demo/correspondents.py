"""The departments with a queue: a process of department.py each, and what their journals say."""
import collections
import json
import os
import pathlib
import signal
import subprocess
import sys

import policies
import roles
import wire
from ledger import Ledger

HERE = pathlib.Path(__file__).resolve().parent
# One after the other for the departments in the order of their codes: every way to behave that ends with an answer.
POLICIES = ("mixed", "garbage", "flood", "mixed", "all-a", "mixed")
# Receipts for each assignment of a department that floods.
COPIES = 40
# Seconds that a process may take to end.
PATIENCE = 15


class Correspondents:
    """All of them; used with `with`, so that none is left behind."""

    def __init__(self, book: Ledger, departments: list[str], proposed: str, environment: dict[str, str], logs: pathlib.Path):
        self.book, self.environment, self.logs, self.proposed = book, environment, logs, proposed
        self.policies = {code: POLICIES[index % len(POLICIES)] for index, code in enumerate(departments)}
        self.processes: dict[str, subprocess.Popen] = {}
        self.read: dict[str, int] = collections.Counter()
        self.did: collections.Counter = collections.Counter()
        # Of each department: what it sent and must be refused, with the field to be named; and what was refused it.
        self.sent_wrong: dict[str, list[tuple[str, str, str]]] = collections.defaultdict(list)
        self.rejected: dict[str, list[tuple[str, str, str]]] = collections.defaultdict(list)
        self.unreadable = 0

    def __enter__(self):
        self.logs.mkdir(parents=True, exist_ok=True)
        host, port = self.environment["EBINDA_DEPARTMENTS_DOOR"].rsplit(":", 1)
        given = os.environ | {"EBINDA_DEPARTMENT_PASSWORD": self.environment["EBINDA_BROKER_PASSWORD"]}
        for code, policy in self.policies.items():
            self.journal(code).unlink(missing_ok=True)
            with open(self.logs / f"department-{code}.log", "a", encoding="utf-8") as log:
                self.processes[code] = subprocess.Popen(
                    [sys.executable, str(HERE / "department.py"), "--code", code, "--policy", policy,
                     "--user", self.environment["EBINDA_BROKER_USER"], "--host", host, "--port", port, "--copies", str(COPIES),
                     "--proposed", self.proposed, "--journal", str(self.journal(code))],
                    env=given, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        return self

    def __exit__(self, *_):
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def journal(self, code: str) -> pathlib.Path:
        return self.logs / f"department-{code}.journal"

    def play(self):
        """Takes in what the journals have more than at the last look."""
        for code, process in self.processes.items():
            if process.poll() is not None:
                raise RuntimeError(f"the department {code} has ended: {self.logs}/department-{code}.log")
            if not self.journal(code).exists():
                continue
            with open(self.journal(code), "rb") as file:
                file.seek(self.read[code])
                # A line that is being written is read whole the next time.
                lines = file.read().rpartition(b"\n")
            self.read[code] += len(lines[0]) + len(lines[1])
            for line in lines[0].splitlines():
                self.take(code, json.loads(line))

    def take(self, code: str, line: dict):
        kind = line["kind"]
        if kind == wire.REJECTED:
            content = line["content"]
            for fault in content["faults"]:
                self.rejected[code].append((content["message"], content["routingKey"], fault["pointer"]))
        elif kind in wire.HEARD:
            self.did[kind] += 1
        elif kind == "unreadable":
            self.unreadable += 1
        elif line["refused"] is not None:
            # Of a letter without any field each is named.
            for pointer in line["refused"].split() or [""]:
                self.sent_wrong[code].append((line["id"], wire.key(code, kind), pointer))
        else:
            self.did[kind] += 1
            roles.record(self.book, code, kind, line["content"], line)

    def faults(self) -> list[str]:
        """Where what was refused is not exactly what was sent wrong."""
        found = [f"{self.unreadable} notices could not be read"] if self.unreadable else []
        for code in self.policies:
            wrong, refused = collections.Counter(self.sent_wrong[code]), collections.Counter(self.rejected[code])
            for name, group in (("was not refused", wrong - refused), ("was refused", refused - wrong)):
                found += [f"{code}: {key} {message or '(no id)'} {name} for {pointer!r}" for message, key, pointer in group]
        return found

    @property
    def refused(self) -> int:
        return sum(map(len, self.rejected.values()))
