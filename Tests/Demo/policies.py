"""How a department answers: the same assignment always alike, whichever way it came."""
import datetime
import typing
import uuid

import wire

# Days that a planned solution takes beyond the end of the period.
COMMITMENT_DAYS = 90
# A leg that does not exist.
NOWHERE = "00000000-0000-7000-8000-000000000000"
NAMES = ("mixed", "all-a", "flood", "garbage", "silent")


class Answer(typing.NamedTuple):
    """One thing that a department says."""

    action: str
    content: dict | bytes
    # Of what eBinda must refuse: the fields that it has to name, between spaces; None of an answer that it must take.
    refused: str | None = None
    # Whether it carries an id, as every message must.
    named: bool = True


def digits(text: str) -> int:
    """A number that depends on the text alone, the same in every run."""
    return int.from_bytes(uuid.uuid5(uuid.NAMESPACE_OID, text).bytes[-4:], "big")


def answers(policy: str, item: dict, proposed: str, copies: int = 1) -> typing.Iterator[Answer]:
    """What a department answers to an assignment, in order."""
    leg = item["assignment"]
    if policy == "silent":
        return
    # Once a leg: without an id the same bytes again are the same message, and are answered once.
    if policy == "garbage" and item["round"] == 1:
        yield from garbage(leg)
    for _ in range(copies if policy == "flood" else 1):
        yield Answer(wire.RECEIPT, wire.receipt(leg))
    yield decision(policy, item, proposed)


def decision(policy: str, item: dict, proposed: str) -> Answer:
    """Of ten legs six are solved, two planned, one is kept for reference, one given back; of a later round none is."""
    leg, text = item["assignment"], f"您提出的“{item['title']}”收悉，"
    choice = 0 if policy == "all-a" else digits(f"{leg}/{item['round']}") % 10
    if choice == 9 and item["round"] == 1:
        return Answer(wire.RETURN, wire.returned(leg, "不属于本单位职责范围", proposed))
    contact = spoken(item)
    if choice == 8:
        reason = "因现有管线无法迁移"
        answer = text + reason + "，目前暂不能解决。"
        return Answer(wire.REPLY, wire.reply(leg, wire.REFERENCE, answer, reason=reason, contact=contact))
    if choice >= 6:
        # Reckoned from the period, so that the same assignment is answered alike on another day.
        due = wire.moment(item["clock"]["dueAt"]) + datetime.timedelta(days=COMMITMENT_DAYS)
        return Answer(wire.REPLY, wire.reply(leg, wire.PLANNED, text + "已列入年度计划，将按期完成。", due, contact=contact))
    return Answer(wire.REPLY, wire.reply(leg, wire.SOLVED, text + "现已办理完毕。", contact=contact))


def spoken(item: dict) -> dict | None:
    """Who leads the answer of a deputy's suggestion has spoken with the deputy in that round; with the reply, so that they keep together."""
    if item["kind"] != wire.FORMAL or item["role"] == wire.ASSISTING:
        return None
    # On the day on which the round began: the same on another day.
    return wire.met(wire.moment(item["clock"]["startedAt"]), "承办科 张科长", "当面听取了代表意见。")


def garbage(leg: str) -> typing.Iterator[Answer]:
    """Messages that eBinda must refuse one by one, naming what is wrong, and that must hurt nobody else."""
    planned = wire.reply(leg, wire.SOLVED, "没有期限的承诺") | {"outcome": wire.PLANNED}
    yield Answer(wire.REPLY, b"not JSON {", "")
    yield Answer(wire.REPLY, b"\xff\xfe\x00", "")
    yield Answer(wire.REPLY, b"[]", "")
    yield Answer(wire.REPLY, {}, "/assignment /outcome /text")
    yield Answer(wire.REPLY, wire.reply(leg, "Z", "没有这样的结果"), "/outcome")
    yield Answer(wire.REPLY, wire.reply(leg, wire.SOLVED, "  "), "/text")
    yield Answer(wire.REPLY, planned, "/commitmentDueAt")
    # Of 60 kB, seven seconds of the departments' door: of some legs only.
    if digits(leg) % 8 == 0:
        yield Answer(wire.REPLY, wire.reply(leg, wire.SOLVED, "长" * (wire.REPLY_LIMIT + 1)), "/text")
    yield Answer(wire.RETURN, wire.returned(leg, "长" * (wire.REASON_LIMIT + 1)), "/reason")
    yield Answer(wire.RETURN, wire.returned(leg, "职责不符") | {"proposedDepartment": 7}, "/proposedDepartment")
    yield Answer(wire.RECEIPT, wire.receipt(NOWHERE), "/assignment")
    yield Answer(wire.RECEIPT, wire.receipt(leg), "", named=False)
    yield Answer("dance", wire.receipt(leg), "")
