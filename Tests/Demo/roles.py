"""Who plays what over HTTP: authors, committee officers, departments without a queue, deputies."""
import collections
import typing

import ledger
import policies
import wire
from edge import DEPUTY, Edge
from ledger import Ledger, Matter, Reply

# Of so many submits one is sent twice, as a phone does that has not heard the first answer.
REPEATED = 10
# Of so many matters the result of one is judged dissatisfied, once.
DISSATISFIED_OF = 8


class Authors:
    """Hand every sample in and ask for it by number and secret."""

    def __init__(self, edge: Edge, book: Ledger, router: typing.Any, applied: set[str]):
        self.edge, self.book, self.router, self.applied = edge, book, router, applied
        self.repeated = 0

    def hand_in(self, sample: dict, run: str):
        form = {"kind": sample["kind"], "station": sample["station"], "title": sample["title"]}
        if sample["kind"] == "formal":
            form |= {"text": sample["situation"]}
            form |= {"analysis": sample["analysis"], "proposal": sample["proposal"]}
        else:
            form |= {"text": sample["text"]}
        if "contact" in sample:
            form["contact"] = sample["contact"]
        key = f"demo-{run}-{sample['id']}"
        receipt = self.edge.submit(form, key)
        if len(self.book.matters) % REPEATED == 0:
            self.repeated += 1
            if self.edge.submit(form, key) != receipt:
                raise AssertionError(f"{sample['id']}: the same request twice gave two receipts")
        route = self.router.route(sample)
        by_rule = sample["kind"] in self.applied and route is not None and self.router.refusal(sample) is None
        matter = Matter(sample, receipt["number"], receipt["secret"], route, by_rule)
        if by_rule:
            matter.decide(route["committee"], route["category"], [route["lead"], *route["assisting"]])
        self.book.matters[matter.number] = matter


class Officers:
    """Decide what the rules have not: by the clerk's label."""

    def __init__(self, edge: Edge, book: Ledger, committees: list[str], departments: list[str]):
        self.edge, self.book, self.committees, self.departments = edge, book, committees, departments
        self.did: collections.Counter = collections.Counter()

    def play(self):
        for committee in self.committees:
            for item in self.edge.waiting(committee):
                matter = self.book.matters.get(item["number"])
                # What no rule has placed is taken up by the committee that a clerk would choose.
                if matter and (item.get("committee") or matter.sample["label"]["committee"]) == committee:
                    self.decide(committee, item, matter)
            for item in self.edge.given_back(committee):
                if item["number"] in self.book.matters:
                    self.reassign(committee, item, self.book.matters[item["number"]])

    def decide(self, committee: str, item: dict, matter: Matter):
        label = matter.sample["label"]
        if "refuse" in label:
            self.edge.refuse(committee, item["id"], label["refuse"]["reason"], "经审查，依法不予受理。")
            matter.refusal = label["refuse"]["reason"]
            self.did["refused"] += 1
            return
        self.edge.accept(
            committee, item["id"], label["category"], label["lead"], label["assisting"], "按职责分工交办。")
        matter.decide(committee, label["category"], [label["lead"], *label["assisting"]])
        self.did["accepted"] += 1

    def reassign(self, committee: str, item: dict, matter: Matter):
        """Gives each leg that came back to a department that has none of the matter: the clerk's choice first."""
        # The list may leave the legs out; the matter itself has them.
        item = self.edge.matter(committee, item["id"])
        back = [entry["leg"] for entry in item["legs"] if entry["state"] == "returned"]
        label, had = matter.sample["label"], {entry["leg"]["department"] for entry in item["legs"]}
        choice = (code for code in [label["lead"], *label["assisting"], *self.departments] if code not in had)
        lead, assisting = None, []
        for leg in back:
            if leg["role"] == wire.ASSISTING:
                assisting.append(next(choice))
            else:
                lead = next(choice)
        self.edge.reassign(
            committee, item["id"], [leg["assignment"] for leg in back], lead, assisting, "退办后重新交办。")
        matter.given += ([lead] if lead else []) + assisting
        self.did["reassigned"] += len(back)


class Departments:
    """Those without a queue, at their desk's page."""

    def __init__(self, edge: Edge, book: Ledger, departments: list[str], proposed: str):
        self.edge, self.book, self.departments, self.proposed = edge, book, departments, proposed
        self.did: collections.Counter = collections.Counter()

    def play(self):
        for department in self.departments:
            for item in self.edge.desk(department):
                if item["number"] in self.book.matters:
                    self.answer(department, item)

    def answer(self, department: str, item: dict):
        for answer in policies.answers("mixed", item, self.proposed):
            if answer.action == wire.RECEIPT and item["state"] == "received":
                continue
            self.edge.answer(department, item["assignment"], answer.action, answer.content)
            self.did[answer.action] += 1
            record(self.book, department, answer.action, answer.content, item)


def record(book: Ledger, department: str, action: str, content: dict, item: dict):
    """Enters an answer that has been taken, whichever way it went."""
    if action == wire.REPLY:
        reply = Reply(
            department, content["assignment"], item["role"], item["round"], content["outcome"], "contact" in content)
        book.reply(item["number"], reply)
    elif action == wire.RETURN:
        book.give_back(item["number"], department, content["assignment"])


class Deputies:
    """Judge what has been answered; one in some is dissatisfied with the first round."""

    def __init__(self, edge: Edge, book: Ledger):
        self.edge, self.book = edge, book
        self.did: collections.Counter = collections.Counter()

    def play(self):
        for item in self.edge.shown(DEPUTY, "answered"):
            matter = self.book.matters.get(item.get("number") or "")
            if matter is None or matter.ended:
                continue
            # The list may be a moment old; the desk itself knows.
            handling = self.edge.handling(item["suggestion"])
            if handling["state"] == "answered":
                self.judge(item["suggestion"], handling["round"], matter)

    def judge(self, suggestion: str, round_: int, matter: Matter):
        choice = policies.digits(matter.sample["id"]) % DISSATISFIED_OF
        result = ledger.SATISFIED if choice > 2 else ledger.ACCEPTED
        if choice == 0 and round_ == 1:
            result = ledger.DISSATISFIED
        comment = "问题没有真正解决，请重新办理。" if result == ledger.DISSATISFIED else None
        after = self.edge.evaluate(suggestion, ledger.SATISFIED, result, comment)
        matter.verdicts.append(result)
        matter.closed = after["state"] == "closed"
        self.did[result] += 1
