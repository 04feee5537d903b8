#!/usr/bin/python3
"""Looks at a run whose links are all inside TLS: sends one item through it, and tries every port in clear and without a certificate.

usage: encrypted.py [--name encrypted]

The run has been started with `Deploy/run --tls`. Ends with 0 when the item came through and everything in clear was refused.
"""
import argparse
import json
import pathlib
import re
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pika

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "Tests" / "Demo"))

import pasted  # noqa: E402
from demo import settings  # noqa: E402

SERVICES = ("intake", "routing", "replies", "reminders", "dashboard", "directory", "portal")
# Seconds for an answer, and for something to happen behind it.
PATIENCE, LONG = 10, 60
# Between two looks.
LOOK = 0.2
# Where the item of the screen goes.
DEPARTMENT = "zhujian"
# What AMQP 0-9-1 begins with, and what a broker's answer to it has in it.
AMQP, WELCOME = b"AMQP\x00\x00\x09\x01", b"capabilities"


class Run:
    """A run, and what was wrong with it."""

    def __init__(self, name: str):
        self.name, self.directory = name, REPOSITORY / ".local" / name
        self.settings = settings(self.directory / "environment") | settings(self.directory / "services.env")
        self.address = "https://localhost:" + (self.directory / "address").read_text(encoding="ascii").strip().rpartition(":")[2]
        self.authority = self.settings["EBINDA_TLS_AUTHORITY"]
        self.wrong: list[str] = []
        self.looked = 0

    def must(self, holds: bool, words: str):
        """Notes what is not as it must be."""
        self.looked += 1
        if not holds:
            self.wrong.append(words)
            print(f"encrypted: WRONG: {words}", flush=True)

    def context(self, certificate: str | None = None) -> ssl.SSLContext:
        """Trusts the run's authority, and shows a certificate of its."""
        context = ssl.create_default_context(cafile=self.authority)
        if certificate:
            folder = pathlib.Path(self.authority).parent
            context.load_cert_chain(folder / f"{certificate}.pem", folder / f"{certificate}.key")
        return context

    def ask(self, path: str, token: str | None = None, method: str = "GET", headers: dict[str, str] | None = None) -> str:
        """What the edge answers."""
        sent = dict(headers or {})
        if token:
            sent["Authorization"] = f"Bearer {self.output('token', token)}"
        request = urllib.request.Request(self.address + path, method=method, headers=sent)
        with urllib.request.urlopen(request, timeout=PATIENCE, context=self.context()) as answer:
            return answer.read().decode("utf-8")

    def output(self, program: str, *arguments: str) -> str:
        """What one of the run's own programs prints."""
        return subprocess.run([self.directory / program, *arguments], capture_output=True, text=True, timeout=LONG, check=True).stdout.strip()

    def port(self, name: str) -> int:
        """A port of the run."""
        return int(self.settings[f"EBINDA_{name}_PORT"])


def until(what: str, look):
    """Looks until there is something, and gives it."""
    end = time.monotonic() + LONG
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(LOOK)
    raise TimeoutError(f"not within {LONG} s: {what}")


def said(port: int, words: bytes, context: ssl.SSLContext | None = None) -> bytes:
    """What a port answers to these bytes; nothing where it refuses."""
    try:
        with socket.create_connection(("localhost", port), timeout=PATIENCE) as plain:
            link = context.wrap_socket(plain, server_hostname="localhost") if context else plain
            link.sendall(words)
            answer = b""
            while part := link.recv(65536):
                answer += part
                if WELCOME in answer or b"\r\n\r\n" in answer:
                    break
            return answer
    except OSError:
        return b""


def item(run: Run):
    """The screen's commands, and their item's way to its department and back to the screen."""
    count, wrong = pasted.paste(run.directory / "try")
    run.must(not wrong, f"commands of the screen: {wrong}")
    print(f"encrypted: {count} commands of the screen", flush=True)
    number = until("the item is on the screen", lambda: next(
        (entry["number"] for entry in json.loads(run.ask("/api/dashboard/v1/suggestions?station=ST-X01", "screen"))["items"]), None))

    # A department's own system, through the door, with the account that was made for it over the broker's management.
    secret = run.output("ebinda", "departments", "provision", DEPARTMENT)
    host, door = run.settings["EBINDA_DEPARTMENTS_DOOR"].rsplit(":", 1)
    run.must(WELCOME not in said(int(door), AMQP), f"the departments' door {host}:{door} answers in clear")
    connection = pika.BlockingConnection(pika.ConnectionParameters(
        host="localhost", port=int(door), credentials=pika.PlainCredentials(DEPARTMENT, secret),
        ssl_options=pika.SSLOptions(run.context(), "localhost")))
    channel = connection.channel()
    body = until(f"{number} is in the department's queue", lambda: next(
        (body for _, _, body in iter(lambda: channel.basic_get(f"department.{DEPARTMENT}", auto_ack=True), (None, None, None))
         if number in body.decode("utf-8")), None))
    print(f"encrypted: {number} is assigned to {DEPARTMENT}, {len(body)} bytes in its queue", flush=True)
    links(run)
    connection.close()

    legs = json.loads(run.ask("/api/replies/v1/assignments", DEPARTMENT))["items"]
    leg = next(leg for leg in legs if leg["number"] == number)
    run.ask(f"/api/replies/v1/assignments/{leg['assignment']}/receipt", DEPARTMENT, "POST")
    until("the receipt is on the screen", lambda: '"assignment.received"' in run.ask(f"/api/dashboard/v1/suggestions/{number}", "screen"))
    # A page that Directory alone can fill: of a code that is none of its own.
    run.must("假冒" in run.ask("/c/NONE"), "the pages do not reach Directory")
    until("the day's heads are exported", lambda: list((run.directory / "heads").glob("heads-*.json")))


def links(run: Run):
    """What the servers themselves say of every connection that is open."""
    settings_ = run.settings
    folder = pathlib.Path(run.authority).parent
    found = subprocess.run(
        ["psql", "-XAtq", "-F", " ", "-c",
         "SELECT count(*), count(*) FILTER (WHERE NOT ssl OR client_dn IS NULL) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE client_addr IS NOT NULL"],
        env={"PATH": "/usr/bin:/bin", "PGHOST": "localhost", "PGPORT": settings_["EBINDA_DATABASE_PORT"], "PGUSER": settings_["EBINDA_DATABASE_USER"],
             "PGPASSWORD": settings_["EBINDA_DATABASE_PASSWORD"], "PGDATABASE": "ebinda", "PGSSLMODE": "verify-full", "PGSSLROOTCERT": run.authority,
             "PGSSLCERT": str(folder / "ebinda.pem"), "PGSSLKEY": str(folder / "ebinda.key")},
        capture_output=True, text=True, timeout=PATIENCE, check=True).stdout.split()
    run.must(int(found[0]) >= len(SERVICES) - 1, f"only {found[0]} connections to the database")
    run.must(found[1] == "0", f"{found[1]} connections to the database are not inside TLS, or show no certificate")
    rows = subprocess.run(
        [REPOSITORY / "Deploy" / "stack", "broker-ctl", "--quiet", "list_connections", "user", "auth_mechanism", "ssl", "peer_cert_subject",
         "--no-table-headers", "--name", run.name],
        capture_output=True, text=True, timeout=LONG, check=True).stdout.splitlines()
    shown = [row.split("\t") for row in rows if row.strip()]
    run.must(len([row for row in shown if row[0] == "ebinda"]) >= len(SERVICES) - 1, f"connections to the broker: {shown}")
    for user, mechanism, encrypted, subject in shown:
        fits = (mechanism, subject) == (("PLAIN", "CN=edge") if user == DEPARTMENT else ("EXTERNAL", "CN=ebinda"))
        run.must(encrypted == "true" and fits, f"a connection to the broker: {user} {mechanism} {encrypted} {subject}")
    print(f"encrypted: {found[0]} connections to the database and {len(shown)} to the broker, all inside TLS and with certificates", flush=True)


def refusals(run: Run):
    """Every port in clear, and those that want a certificate without one."""
    request = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    run.must(said(run.port("BROKER"), AMQP) == b"", "the broker's port for connections in clear answers")
    run.must(WELCOME not in said(run.port("BROKER_TLS"), AMQP), "the broker answers in clear")
    run.must(WELCOME not in said(run.port("BROKER_TLS"), AMQP, run.context()), "the broker answers without a certificate")
    run.must(WELCOME in said(run.port("BROKER_TLS"), AMQP, run.context("ebinda")), "the broker does not answer with a certificate")
    run.must(b"HTTP/" not in said(run.port("BROKER_MANAGEMENT"), request), "the broker's management answers in clear")
    run.must(b"HTTP/" not in said(run.port("BROKER_MANAGEMENT"), request, run.context()), "the broker's management answers without a certificate")
    for service in SERVICES:
        port = run.port(f"{service.upper()}_HTTP")
        run.must(b"HTTP/" not in said(port, request), f"{service} answers in clear")
        run.must(b"HTTP/" not in said(port, request, run.context()), f"{service} answers without a certificate")
        run.must(said(port, request, run.context("edge")).startswith(b"HTTP/1.1 200"), f"{service} does not answer with a certificate")
    for words, more in (("in clear", {"PGSSLMODE": "disable"}), ("without a certificate", {"PGSSLMODE": "verify-full", "PGSSLROOTCERT": run.authority})):
        refused = subprocess.run(
            ["psql", "-XAtqc", "SELECT 1", "-h", "localhost", "-p", run.settings["EBINDA_DATABASE_PORT"], "-U", run.settings["EBINDA_DATABASE_USER"], "ebinda"],
            env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "PGPASSWORD": run.settings["EBINDA_DATABASE_PASSWORD"]} | more,
            capture_output=True, text=True, timeout=PATIENCE, check=False)
        fits = re.search("no encryption|valid client certificate", refused.stderr)
        run.must(refused.returncode == 2 and fits is not None, f"the database answers {words}: {refused.stderr}")
    # The edge speaks to people, who show none; in clear it says that this is not the way, and nothing else.
    edge = int(run.address.rpartition(":")[2])
    run.must(b" 400 " in said(edge, request).split(b"\r\n")[0], "the edge answers in clear")
    print("encrypted: every port in clear, and without a certificate, is refused", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--name", default="encrypted")
    run = Run(parser.parse_args().name)
    refusals(run)
    try:
        item(run)
    except urllib.error.HTTPError as error:
        run.must(False, f"{error.url}: {error.status} {error.read().decode('utf-8', 'replace')}")
    print(f"encrypted: {'all is as it must be' if not run.wrong else f'{len(run.wrong)} wrong'}, {run.looked} looks", flush=True)
    return 1 if run.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
