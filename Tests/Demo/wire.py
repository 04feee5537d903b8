"""What a department's system and eBinda say to each other: every name on the wire stands here and nowhere else."""
import datetime
import hashlib
import json
import uuid

# The topic exchange departments write to; the broker allows an account the keys `<code>.*` alone.
ANSWERS_EXCHANGE = "ebinda.departments.in"
CONTENT_TYPE = "application/json"
# Kept over a restart of the broker (AMQP 0-9-1, delivery-mode).
PERSISTENT = 2

RECEIPT, RETURN, REPLY = "receipt", "return", "reply"
LEAD, ASSISTING, SEPARATE = "lead", "assisting", "separate"
# A: solved. B: taken into a plan with a date. C: cannot be done now, with the reason.
SOLVED, PLANNED, NOT_NOW = "A", "B", "C"

# What every assignment carries at least.
ASSIGNMENT_FIELDS = ("assignment", "suggestion", "number", "title", "text", "role", "due")


def queue(code, namespace=""):
    """The queue of a department's own system."""
    return f"{namespace}department.{code}"


def exchange(namespace=""):
    """The exchange for its answers; a namespace is put before names in tests alone."""
    return namespace + ANSWERS_EXCHANGE


def key(code, action):
    """The routing key of an answer; the sender is read from it."""
    return f"{code}.{action}"


def assignment(body):
    """The assignment in a message, or None when it is something else (a reminder, an evaluation, a rejection).

    Raises ValueError when the body is no JSON object.
    """
    content = json.loads(body)
    if not isinstance(content, dict):
        raise ValueError("the body is no JSON object")
    return content if all(field in content for field in ASSIGNMENT_FIELDS) else None


def answer_id(cause, action, copy=0):
    """A UUIDv7 for an answer, always the same for the same cause.

    An answer that is sent again after a crash then carries the same message id and counts once. Its time is the cause's.
    """
    try:
        milliseconds = uuid.UUID(cause).int >> 80
    except (ValueError, TypeError, AttributeError):
        milliseconds = 0
    digest = hashlib.sha256(f"{cause}/{action}/{copy}".encode()).digest()
    number = milliseconds << 80 | int.from_bytes(digest[:10], "big")
    # Version 7 and the variant of RFC 9562 §5.7.
    number = number & ~(0xF << 76) | 7 << 76
    number = number & ~(0x3 << 62) | 2 << 62
    return str(uuid.UUID(int=number))


def receipt(assignment_id, received_by):
    """Signed for, by whom."""
    return {"assignment": assignment_id, "receivedBy": received_by}


def returned(assignment_id, reason, proposed_unit):
    """Not within our duty: why, and whose it is in our view."""
    return {"assignment": assignment_id, "reason": reason, "proposedUnit": proposed_unit}


def reply(assignment_id, outcome, text, *, contact_how, commitment_due=None, reason=None):
    """The answer to the deputy: a commitment's date belongs to B, a reason to C."""
    content = {"assignment": assignment_id, "outcome": outcome, "text": text}
    if outcome == PLANNED:
        content["commitmentDue"] = commitment_due.isoformat()
    if outcome == NOT_NOW:
        content["reason"] = reason
    now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    content["contact"] = {"when": now.isoformat().replace("+00:00", "Z"), "how": contact_how}
    return content


def encoded(content):
    """The body as it travels: UTF-8, no escapes for Chinese."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
