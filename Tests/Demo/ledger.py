"""What was sent and done, and what every screen must show of it: computed here and read from no service's figures."""
import collections
import dataclasses
import typing

import wire

SATISFIED, ACCEPTED, DISSATISFIED = "satisfied", "accepted", "dissatisfied"
CLOSED, REFUSED = "closed", "refused"
# The parts of the screen.
PARTS = ("overview", "committees", "departments", "categories", "stations")

Figures = dict[str, dict[str, int]]


@dataclasses.dataclass
class Reply:
    """A department's reply in a round."""

    department: str
    assignment: str
    role: str
    round: int
    outcome: str
    # Whether a contact came with it.
    contacted: bool = False


@dataclasses.dataclass
class Matter:
    """One sample on its way."""

    sample: dict
    number: str
    secret: str
    # What the rules propose for it, by the reference reading; and whether a rule decided alone.
    route: dict | None
    by_rule: bool
    committee: str | None = None
    category: str | None = None
    # Who has been given a leg, at first and by every reassignment.
    given: list[str] = dataclasses.field(default_factory=list)
    refusal: str | None = None
    returns: dict[str, str] = dataclasses.field(default_factory=dict)
    replies: dict[tuple[str, int], Reply] = dataclasses.field(default_factory=dict)
    # A verdict on the result for each round.
    verdicts: list[str] = dataclasses.field(default_factory=list)
    suggestion: str | None = None
    closed: bool = False

    def decide(self, committee: str, category: str, departments: list[str]):
        self.committee, self.category, self.given = committee, category, list(departments)

    @property
    def ended(self) -> bool:
        return self.closed or self.refusal is not None

    @property
    def state(self) -> str:
        return REFUSED if self.refusal else CLOSED

    @property
    def outcome(self) -> str | None:
        """The letter of the last round's reply of the department that leads."""
        last = len(self.verdicts)
        letters = [r.outcome for r in self.replies.values() if r.round == last and r.role != wire.ASSISTING]
        return letters[0] if len(letters) == 1 and not self.refusal else None


class Ledger:
    """All that this demo has sent and done, by receipt number."""

    def __init__(self):
        self.matters: dict[str, Matter] = {}

    def reply(self, number: str, reply: Reply):
        if number in self.matters:
            self.matters[number].replies[reply.assignment, reply.round] = reply

    def give_back(self, number: str, department: str, assignment: str):
        if number in self.matters:
            self.matters[number].returns[assignment] = department

    @property
    def ended(self) -> int:
        return sum(matter.ended for matter in self.matters.values())

    def expected(self) -> dict[str, Figures]:
        """What the screen must have more than before, part by part."""
        parts: dict[str, Figures] = {part: collections.defaultdict(collections.Counter) for part in PARTS}
        overview, departments = parts["overview"], parts["departments"]
        for matter in self.matters.values():
            overview["kinds"][matter.sample["kind"]] += 1
            overview["states"][matter.state] += 1
            parts["stations"][matter.sample["station"]][matter.state] += 1
            if matter.refusal:
                continue
            overview["outcomes"][matter.outcome] += 1
            overview["handling"]["items"] += 1
            overview["satisfaction"]["denominator"] += 1
            overview["satisfaction"]["numerator"] += matter.verdicts[-1] != DISSATISFIED
            parts["committees"][matter.committee][matter.state] += 1
            parts["categories"][matter.category][matter.state] += 1
            for code in matter.given:
                departments[code]["legs"] += 1
            for code in matter.returns.values():
                departments[code]["returned"] += 1
            for reply in matter.replies.values():
                departments[reply.department]["replies"] += 1
                departments[reply.department]["inTime"] += 1
                overview["onTime"]["numerator"] += 1
                overview["onTime"]["denominator"] += 1
        return parts


def shown(part: str, page: dict[str, typing.Any]) -> Figures:
    """A part of the screen in the same form."""
    figures: Figures = collections.defaultdict(collections.Counter)
    if part == "overview":
        for name in ("kinds", "states", "outcomes"):
            figures[name].update(page[name])
        for name in ("onTime", "satisfaction"):
            figures[name].update({field: page[name][field] for field in ("numerator", "denominator")})
        figures["handling"]["items"] = page["handling"]["items"]
        figures["overdue"].update(items=page["overdue"], ends=page["missedEnds"])
    elif part == "departments":
        for code, line in page["items"].items():
            figures[code].update({field: line[field] for field in ("legs", "open", "returned", "missed", "missedEnds")})
            figures[code].update(inTime=line["onTime"]["numerator"], replies=line["onTime"]["denominator"])
    else:
        for code, states in page["items"].items():
            figures[code].update(states)
    return figures


def differences(part: str, before: Figures, now: Figures, expected: Figures) -> tuple[int, list[str]]:
    """How many figures were compared, and those that are not what was there before and what was done since."""
    compared, wrong = 0, []
    for name in sorted(set(before) | set(now) | set(expected)):
        for measure in sorted(set(before[name]) | set(now[name]) | set(expected[name])):
            compared += 1
            wanted = before[name][measure] + expected[name][measure]
            if now[name][measure] != wanted:
                wrong.append(f"{part}/{name}/{measure}: shown {now[name][measure]}, done {wanted}")
    return compared, wrong
