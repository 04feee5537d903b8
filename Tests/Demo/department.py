#!/usr/bin/env python3
"""A department's own system, as small as one can be: takes its assignments from the broker and answers them.

usage: EBINDA_DEPARTMENT_PASSWORD=… department.py --code chengguan --user … [--policy mixed] [--journal FILE] [--count 10]

An assignment is acknowledged only after the broker has confirmed the answer to it; if this program dies in between, the
assignment comes again and the answer goes out again under the same message id. Ends with 0 after --count assignments,
after --idle seconds without one, or on SIGTERM; with 1 when an answer could not be routed or the broker refused the account.
With --journal every confirmed answer and every notice is a line of JSON in the file.
"""
import argparse
import json
import os
import signal
import sys
import time

import pika
import pika.exceptions

import policies
import wire

# Seconds between two looks at the stop flag while the queue is empty.
LOOK = 0.5
# Unacknowledged assignments at a time: enough to keep busy, few enough to come back quickly after a crash.
PREFETCH = 10
# Seconds before another attempt, doubled up to the most.
FIRST_WAIT, MOST_WAIT = 0.5, 30


class Refused(Exception):
    """The broker will not take an answer, whatever is tried again."""


class Stopped(Exception):
    """Told to stop while an answer waits for room; its assignment stays unacknowledged and comes again."""


class Desk:
    """One department's connection, its policy and its counts."""

    def __init__(self, given):
        self.given = given
        self.journal = open(given.journal, "a", encoding="utf-8") if given.journal else None
        self.stopping = False
        self.handled = 0
        self.sent = 0
        self.channel = None
        self.connection = None
        self.heard = time.monotonic()

    def stop(self, *_):
        self.stopping = True

    def run(self):
        """Works until told to stop, and connects again when the broker goes away."""
        wait = FIRST_WAIT
        while not self.done():
            try:
                self.connect()
                wait = FIRST_WAIT
                self.work()
            except (
                pika.exceptions.ProbableAuthenticationError,
                pika.exceptions.ProbableAccessDeniedError,
                pika.exceptions.AuthenticationError,
            ) as error:
                raise Refused(f"the account is refused: {error!r}") from error
            except pika.exceptions.ChannelClosedByBroker as error:
                raise Refused(f"the channel was closed: {error.reply_code} {error.reply_text}") from error
            except pika.exceptions.AMQPConnectionError as error:
                self.say(f"no broker ({type(error).__name__}), again in {wait:g} s")
                self.pause(wait)
                wait = min(2 * wait, MOST_WAIT)
            except Stopped:
                return
            finally:
                self.close()

    def connect(self):
        given = self.given
        password = os.environ.get("EBINDA_DEPARTMENT_PASSWORD", "")
        self.connection = pika.BlockingConnection(pika.ConnectionParameters(
            host=given.host, port=given.port, virtual_host=given.vhost,
            credentials=pika.PlainCredentials(given.user, password),
            heartbeat=30, blocked_connection_timeout=60,
            client_properties={"connection_name": f"department {given.code}"},
        ))
        self.channel = self.connection.channel()
        self.channel.confirm_delivery()
        self.channel.basic_qos(prefetch_count=PREFETCH)

    def close(self):
        if self.connection is not None and self.connection.is_open:
            self.connection.close()

    def pause(self, seconds):
        """Waits in short steps, because a signal does not end a sleep."""
        end = time.monotonic() + seconds
        while not self.stopping and time.monotonic() < end:
            time.sleep(min(LOOK, seconds))

    def done(self):
        return self.stopping or (self.given.count and self.handled >= self.given.count)

    def work(self):
        """Takes one delivery after the other; acknowledges what has been answered."""
        queue = wire.queue(self.given.code, self.given.namespace)
        for method, properties, body in self.channel.consume(queue, inactivity_timeout=LOOK):
            if method is None:
                if self.given.idle and time.monotonic() - self.heard > self.given.idle:
                    self.stopping = True
            else:
                self.heard = time.monotonic()
                self.handle(properties, body)
                self.channel.basic_ack(method.delivery_tag)
            if self.done():
                break
        self.channel.cancel()

    def handle(self, properties, body):
        """Takes a message in; what cannot be read is said and left alone."""
        kind = properties.type or ""
        try:
            item = wire.heard(kind, body)
        except ValueError as error:
            self.say(f"unreadable message {properties.message_id}: {error}")
            self.note(kind="unreadable", id=properties.message_id)
            return
        if kind != wire.ASSIGNMENT:
            # Comments may stand in it; a log shows its kind alone.
            self.say(f"notice {kind} {properties.message_id}")
            self.note(kind=kind, id=properties.message_id, content=item)
            return
        self.say(f"assignment {item['number']} {item['role']} due {item['clock']['dueAt']}")
        if self.given.delay:
            self.connection.sleep(self.given.delay)
        given = self.given
        for number, answer in enumerate(policies.answers(given.policy, item, given.proposed, given.copies)):
            message_id = wire.answer_id(properties.message_id, answer.action, number) if answer.named else None
            self.send(answer, message_id)
            self.note(
                kind=answer.action, id=message_id or "", number=item["number"], role=item["role"], round=item["round"],
                content=None if answer.refused is not None else answer.content, refused=answer.refused)
        self.handled += 1

    def note(self, **line):
        """Writes a line of the journal, where one is kept."""
        if self.journal is not None:
            print(json.dumps(line, ensure_ascii=False), file=self.journal, flush=True)

    def send(self, answer, message_id):
        """Publishes one answer and returns when the broker has confirmed it; a full inbox is waited for."""
        body = answer.content if isinstance(answer.content, bytes) else wire.encoded(answer.content)
        key = wire.key(self.given.code, answer.action)
        properties = pika.BasicProperties(
            user_id=self.given.user, message_id=message_id, type=answer.action,
            content_type=wire.CONTENT_TYPE, delivery_mode=wire.PERSISTENT, timestamp=int(time.time()),
        )
        wait = FIRST_WAIT
        while True:
            try:
                self.channel.basic_publish(
                    wire.exchange(self.given.namespace), key, body, properties, mandatory=True)
                self.sent += 1
                return
            except pika.exceptions.UnroutableError as error:
                raise Refused(f"{key} reaches no queue") from error
            except pika.exceptions.NackError:
                # The inbox is full: the answer stays here, the assignment unacknowledged, until there is room.
                self.say(f"not accepted now, again in {wait:g} s")
                if self.stopping:
                    raise Stopped from None
                self.connection.sleep(wait)
                wait = min(2 * wait, MOST_WAIT)

    def say(self, text):
        print(f"{self.given.code}: {text}", flush=True)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--code", required=True, help="the department's code")
    arguments.add_argument("--user", required=True, help="its broker account; the password is in EBINDA_DEPARTMENT_PASSWORD")
    arguments.add_argument("--host", default=os.environ.get("EBINDA_BROKER_HOST", "127.0.0.1"))
    arguments.add_argument("--port", type=int, default=int(os.environ.get("EBINDA_BROKER_PORT", "5672")))
    arguments.add_argument("--vhost", default="/")
    arguments.add_argument("--namespace", default="", help="put before queue and exchange, in tests")
    arguments.add_argument("--policy", choices=policies.NAMES, default="mixed")
    arguments.add_argument("--journal", help="a file for a line of JSON about every answer and notice")
    arguments.add_argument("--count", type=int, default=0, help="end after so many assignments (0: never)")
    arguments.add_argument("--idle", type=float, default=0, help="end after so many seconds without a message (0: never)")
    arguments.add_argument("--delay", type=float, default=0, help="seconds between taking and answering")
    arguments.add_argument("--copies", type=int, default=1000, help="receipts for each assignment with --policy flood")
    arguments.add_argument("--proposed", default="zhujian", help="the unit proposed in a return")
    desk = Desk(arguments.parse_args())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, desk.stop)
    try:
        desk.run()
    except Refused as refused:
        sys.exit(f"{desk.given.code}: {refused}")
    print(f"{desk.given.code}: {desk.handled} assignments, {desk.sent} answers confirmed", flush=True)


if __name__ == "__main__":
    main()
