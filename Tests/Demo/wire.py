"""What a department's system and eBinda say to each other: every name on the wire stands here and nowhere else.

The contract is Shared/Contracts/asyncapi.json; `departures` holds this module against it.
"""
import datetime
import hashlib
import json
import typing
import uuid

# The topic exchange departments write to; the broker allows an account the keys `<code>.*` alone.
ANSWERS_EXCHANGE = "ebinda.departments.in"
CONTENT_TYPE = "application/json"
# Kept over a restart of the broker (AMQP 0-9-1, delivery-mode).
PERSISTENT = 2

# What a department hears: the property `type` of a message in its queue.
ASSIGNMENT, MOVED, REMINDER, DIGEST, VERDICT, REJECTED, REDACTED = HEARD = (
    "assignment.issued", "assignment.moved", "assignment.reminded", "assignment.digest", "reply.judged",
    "message.rejected", "suggestion.redacted")
# What a department says: the last part of its routing key.
RECEIPT, RETURN, CONTACT, REPLY = "receipt", "return", "contact", "reply"
SINGLE, LEAD, ASSISTING = "single", "lead", "assisting"
OPINION, FORMAL = "opinion", "formal"
# A: solved. B: planned, with a date. C: not for now.
SOLVED, PLANNED, REFERENCE, REFERRED = "A", "B", "C", "D"
# The first bounds the text of a reply, the second the reason of a return, in characters.
REPLY_LIMIT, REASON_LIMIT = 20_000, 2_000

# Every message: the fields it always has, then those it may have.
FIELDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    ASSIGNMENT: (
        ("assignment", "suggestion", "number", "kind", "title", "text", "committee", "role", "round", "clock"),
        ("proposal", "attachments", "contact")),
    MOVED: (("assignment", "round", "clock", "previousDueAt", "reason"), ("text", "basis")),
    REMINDER: (("assignment", "stage", "dueAt"), ("level",)),
    DIGEST: (("digest", "count", "notices"), ()),
    VERDICT: (("assignment", "round", "attitude", "result"), ("comment",)),
    REJECTED: (("message", "routingKey", "faults"), ()),
    REDACTED: (("suggestion", "number", "assignments", "erasedAt"), ()),
    RECEIPT: (("assignment",), ()),
    RETURN: (("assignment", "reason"), ("proposedDepartment",)),
    CONTACT: (("assignment", "mode", "heldAt", "officer", "with", "text"), ()),
    REPLY: (("assignment", "outcome", "text"), ("commitmentDueAt", "reason", "documentNumber", "contact")),
}


def queue(code: str, namespace: str = "") -> str:
    """The queue of a department's own system."""
    return f"{namespace}department.{code}"


def exchange(namespace: str = "") -> str:
    """The exchange for its answers; a namespace is put before names in tests alone."""
    return namespace + ANSWERS_EXCHANGE


def key(code: str, action: str) -> str:
    """The routing key of an answer; the sender is read from it."""
    return f"{code}.{action}"


def heard(kind: str, body: bytes) -> dict[str, typing.Any]:
    """The content of a message of that kind; unknown fields are left alone.

    Raises ValueError when the kind is unknown, the body is no JSON object, or a field is missing.
    """
    if kind not in HEARD:
        raise ValueError(f"the type {kind!r} is not known")
    content = json.loads(body)
    if not isinstance(content, dict):
        raise ValueError("the body is no JSON object")
    missing = [field for field in FIELDS[kind][0] if field not in content]
    if missing:
        raise ValueError(f"{', '.join(missing)} missing")
    return content


def answer_id(cause: str, action: str, copy: int = 0) -> str:
    """A UUIDv7 for an answer, always the same for the same cause.

    An answer that is sent again after a crash then carries the same message id and counts once. Its time is the cause's.
    """
    milliseconds = uuid.UUID(cause).int >> 80
    digest = hashlib.sha256(f"{cause}/{action}/{copy}".encode()).digest()
    number = milliseconds << 80 | int.from_bytes(digest[:10], "big")
    # Version 7 and the variant of RFC 9562 §5.7.
    number = number & ~(0xF << 76) | 7 << 76
    number = number & ~(0x3 << 62) | 2 << 62
    return str(uuid.UUID(int=number))


def receipt(assignment: str) -> dict[str, str]:
    """Signed for."""
    return {"assignment": assignment}


def returned(assignment: str, reason: str, proposed: str | None = None) -> dict[str, str]:
    """Not within our duty: why, and whose it is in our view."""
    content = {"assignment": assignment, "reason": reason}
    if proposed:
        content["proposedDepartment"] = proposed
    return content


def met(held: datetime.datetime, officer: str, text: str) -> dict[str, str]:
    """That the department has spoken with whoever raised the matter, face to face; goes by itself or with a reply."""
    return {"mode": "face-to-face", "heldAt": written(held), "officer": officer, "with": "author", "text": text}


def reply(
    assignment: str, outcome: str, text: str, commitment: datetime.datetime | None = None, *, reason: str | None = None,
    contact: dict[str, str] | None = None,
) -> dict[str, typing.Any]:
    """The answer to the deputy; a planned solution, and no other, promises a date, and one for reference names its reason."""
    if (outcome == PLANNED) != (commitment is not None):
        raise ValueError("a commitment's date belongs to B and to B alone")
    content = {"assignment": assignment, "outcome": outcome, "text": text}
    if commitment is not None:
        content["commitmentDueAt"] = written(commitment)
    if reason is not None:
        content["reason"] = reason
    if contact is not None:
        content["contact"] = contact
    return content


def moment(text: str) -> datetime.datetime:
    """A moment of the wire."""
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def written(when: datetime.datetime) -> str:
    """A moment as it travels: RFC 3339, UTC."""
    return when.astimezone(datetime.timezone.utc).isoformat(timespec="microseconds").replace("+00:00", "Z")


def encoded(content: dict[str, typing.Any]) -> bytes:
    """The body as it travels: UTF-8, no escapes for Chinese."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def departures(document: dict[str, typing.Any]) -> list[str]:
    """Where this module says otherwise than the AsyncAPI document."""
    found = []

    def same(what, own, theirs):
        if own != theirs:
            found.append(f"{what}: {own} here, {theirs} in the document")

    channels, messages = document["channels"], document["components"]["messages"]
    own_queue = channels["department-queue"]
    same("queue", queue("{code}"), own_queue["address"])
    same("heard", set(HEARD), set(own_queue["messages"]))
    for action in (RECEIPT, RETURN, CONTACT, REPLY):
        channel = channels[f"department-{action}"]
        same(f"key of {action}", key("{code}", action), channel["address"])
        same(f"exchange of {action}", exchange(), channel["bindings"]["amqp"]["exchange"]["name"])
    for kind, (always, sometimes) in FIELDS.items():
        payload = messages[kind]["payload"]
        same(f"fields of {kind}", set(always) | set(sometimes), set(payload["properties"]))
        same(f"required of {kind}", set(always), set(payload["required"]))
    same("roles", {SINGLE, LEAD, ASSISTING}, set(messages[ASSIGNMENT]["payload"]["properties"]["role"]["enum"]))
    same("outcomes", {SOLVED, PLANNED, REFERENCE, REFERRED}, set(messages[REPLY]["payload"]["properties"]["outcome"]["enum"]))
    return found
