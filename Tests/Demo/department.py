#!/usr/bin/env python3
"""A department's own system, as small as one can be: takes its assignments from the broker and answers them.

usage: EBINDA_DEPARTMENT_PASSWORD=… department.py --code chengguan --user … [--policy mixed] [--count 10]

An assignment is acknowledged only after the broker has confirmed the answer to it; if this program dies in between, the
assignment comes again and the answer goes out again under the same message id. Ends with 0 after --count assignments,
after --idle seconds without one, or on SIGTERM; with 1 when an answer could not be routed or the broker refused the account.
"""
import argparse
import datetime
import json
import os
import signal
import sys
import time
import uuid

import pika
import pika.exceptions

import wire

# Seconds between two looks at the stop flag while the queue is empty.
LOOK = 0.5
# Unacknowledged assignments at a time: enough to keep busy, few enough to come back quickly after a crash.
PREFETCH = 10
# Seconds before another attempt, doubled up to the most.
FIRST_WAIT, MOST_WAIT = 0.5, 30
# Days until a commitment of outcome B is due.
COMMITMENT_DAYS = 90


class Refused(Exception):
    """The broker will not take an answer, whatever is tried again."""


class Stopped(Exception):
    """Told to stop while an answer waits for room; its assignment stays unacknowledged and comes again."""


class Desk:
    """One department's connection, its policy and its counts."""

    def __init__(self, given):
        self.given = given
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
        try:
            item = wire.assignment(body)
        except ValueError as error:
            self.say(f"unreadable message {properties.message_id}: {error}")
            return
        if item is None:
            # Titles and reasons may stand in it; a log shows its kind alone.
            self.say(f"notice {properties.type} {properties.message_id}")
            return
        self.say(f"assignment {item['number']} {item['role']} due {item['due']}")
        if self.given.delay:
            self.connection.sleep(self.given.delay)
        cause = properties.message_id or item["assignment"]
        for number, (action, content) in enumerate(answers(self.given, item, cause)):
            self.send(action, content, wire.answer_id(cause, action, number))
        self.handled += 1

    def send(self, action, content, message_id):
        """Publishes one answer and returns when the broker has confirmed it; a full inbox is waited for."""
        body = content if isinstance(content, bytes) else wire.encoded(content)
        properties = pika.BasicProperties(
            user_id=self.given.user, message_id=message_id, type=action,
            content_type=wire.CONTENT_TYPE, delivery_mode=wire.PERSISTENT, timestamp=int(time.time()),
        )
        wait = FIRST_WAIT
        while True:
            try:
                self.channel.basic_publish(
                    wire.exchange(self.given.namespace), wire.key(self.given.code, action), body, properties,
                    mandatory=True,
                )
                self.sent += 1
                return
            except pika.exceptions.UnroutableError as error:
                raise Refused(f"{wire.key(self.given.code, action)} reaches no queue") from error
            except pika.exceptions.NackError:
                # The inbox is full: the answer stays here, the assignment unacknowledged, until there is room.
                self.say(f"not accepted now, again in {wait:g} s")
                if self.stopping:
                    raise Stopped from None
                self.connection.sleep(wait)
                wait = min(2 * wait, MOST_WAIT)

    def say(self, text):
        print(f"{self.given.code}: {text}", flush=True)


def answers(given, item, cause):
    """What the policy answers to an assignment: pairs of action and content."""
    one = item["assignment"]
    if given.policy == "silent":
        return
    if given.policy == "garbage":
        yield from garbage(one)
        return
    yield wire.RECEIPT, wire.receipt(one, "收发室 值班")
    if given.policy == "flood":
        for _ in range(given.copies - 1):
            yield wire.RECEIPT, wire.receipt(one, "收发室 值班")
        return
    # The same assignment is always answered alike: six of ten A, two B, one C, one returned.
    choice = 0 if given.policy == "all-a" else digits(cause) % 10
    if choice < 6:
        yield wire.REPLY, wire.reply(one, wire.SOLVED, f"您提出的“{item['title']}”已经办理完毕。", contact_how="phone")
    elif choice < 8:
        due = datetime.date.today() + datetime.timedelta(days=COMMITMENT_DAYS)
        yield wire.REPLY, wire.reply(
            one, wire.PLANNED, "已列入年度计划，将按期完成并再次答复。", contact_how="visit", commitment_due=due)
    elif choice < 9:
        yield wire.REPLY, wire.reply(
            one, wire.NOT_NOW, "因客观条件限制，目前暂不能解决。", contact_how="station", reason="现有管线无法迁移")
    else:
        yield wire.RETURN, wire.returned(one, "不属于本单位职责范围", given.proposed)


def digits(text):
    """A number that depends on the text alone, the same in every run."""
    return int.from_bytes(uuid.uuid5(uuid.NAMESPACE_OID, text).bytes[-4:], "big")


def garbage(one):
    """Messages that eBinda must refuse one by one, with what is wrong, and that must hurt nobody else."""
    yield wire.REPLY, b"not JSON {"
    yield wire.REPLY, b"\xff\xfe\x00"
    yield wire.REPLY, {}
    yield wire.REPLY, {"assignment": one, "outcome": "Z", "text": ""}
    yield wire.REPLY, {"assignment": one, "outcome": wire.PLANNED, "text": "没有期限的承诺"}
    yield wire.RECEIPT, wire.receipt("00000000-0000-7000-8000-000000000000", "不存在的承办件")
    yield wire.RETURN, {"assignment": one, "reason": "", "proposedUnit": 7}
    yield wire.REPLY, json.dumps({"assignment": one, "outcome": wire.SOLVED, "text": "长" * 200_000}).encode()


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--code", required=True, help="the department's code")
    arguments.add_argument("--user", required=True, help="its broker account; the password is in EBINDA_DEPARTMENT_PASSWORD")
    arguments.add_argument("--host", default=os.environ.get("EBINDA_BROKER_HOST", "127.0.0.1"))
    arguments.add_argument("--port", type=int, default=int(os.environ.get("EBINDA_BROKER_PORT", "5672")))
    arguments.add_argument("--vhost", default="/")
    arguments.add_argument("--namespace", default="", help="put before queue and exchange, in tests")
    arguments.add_argument("--policy", choices=["all-a", "mixed", "silent", "flood", "garbage"], default="mixed")
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
