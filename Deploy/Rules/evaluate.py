#!/usr/bin/env python3
"""Measures routing.json on labelled suggestions: the reference reading of the matching model, in pure Python.

usage: evaluate.py [--rules FILE] [--samples FOLDER] [--misses] [--explain ID] [--part tuned|held|later] [--floor PERCENT]
       evaluate.py --proposals > Tests/Samples/proposals.json
Exits 1 when --floor is given and fewer leads are right (of the suggestions that are not to be refused).
"""
import argparse
import collections
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent


def text_of(sample):
    """An opinion's text, or the three parts of a formal suggestion, a line break between them."""
    if sample["kind"] == "formal":
        return "\n".join(sample[part] for part in ("situation", "analysis", "proposal"))
    return sample["text"]


def folded(text):
    """ASCII letters lose their case; nothing else is changed."""
    return "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in text)


def score(words, title, text, model):
    """The sum over the words of weight x (factor x occurrences in the title + occurrences in the text), each capped."""
    factor, cap = model["titleFactor"], model["occurrenceCap"]
    total, hits = 0, []
    for word in words:
        sought = folded(word["text"])
        in_title, in_text = min(title.count(sought), cap), min(text.count(sought), cap)
        if in_title or in_text:
            total += word["weight"] * (factor * in_title + in_text)
            hits.append(word["text"])
    return total, hits


def forbidden(rule, title, text):
    """Whether a word stands in the title or the text that leaves the rule out."""
    return any(folded(word) in title or folded(word) in text for word in rule.get("notWords", []))


class Router:
    """Proposes a route and, apart from it, a refusal; both only proposals, a person decides."""

    def __init__(self, data):
        self.data = data
        self.model = data["model"]
        self.offices = {entry["code"]: entry["office"] for entry in data["subdistricts"]}

    def ranking(self, sample):
        """Every rule that scores, best first: score, then priority, then id."""
        title, text = folded(sample["title"]), folded(text_of(sample))
        found = []
        for rule in self.data["rules"]:
            if sample["subdistrict"] not in rule.get("subdistricts", [sample["subdistrict"]]):
                continue
            if forbidden(rule, title, text):
                continue
            points, hits = score(rule["words"], title, text, self.model)
            if points:
                found.append((points, rule, hits))
        found.sort(key=lambda entry: (-entry[0], -entry[1]["priority"], entry[1]["id"]))
        return found

    def route(self, sample):
        """The best rule's category, committee, lead and assisting units; None below the threshold."""
        found = self.ranking(sample)
        if not found or found[0][0] < self.model["threshold"]:
            return None
        rule = found[0][1]
        office = self.offices[sample["subdistrict"]]
        unit = lambda code: office if code == self.model["officeToken"] else code
        return {
            "rule": rule["id"], "category": rule["category"], "committee": rule["committee"],
            "lead": unit(rule["lead"]), "assisting": [unit(code) for code in rule["assisting"]], "score": found[0][0],
        }

    def refusal(self, sample):
        """The refusal proposed: of those at their threshold the one most above it, then the first in the file."""
        title, text = folded(sample["title"]), folded(text_of(sample))
        found = self.ranking(sample)
        best = found[0][0] if found else 0
        proposed = []
        for place, rule in enumerate(self.data["refusals"]):
            if sample["kind"] not in rule["kinds"] or forbidden(rule, title, text):
                continue
            if len(text) >= rule.get("textShorterThan", len(text) + 1):
                continue
            if best >= rule.get("routingScoreBelow", best + 1):
                continue
            points, _ = score(rule["words"], title, text, self.model)
            if points >= rule["threshold"]:
                proposed.append((rule["threshold"] - points, place, rule))
        return min(proposed, key=lambda entry: entry[:2])[2] if proposed else None


def load(folder):
    """All samples of a folder, in the order of their ids."""
    samples = []
    for path in sorted(pathlib.Path(folder).glob("*.json")):
        samples += json.loads(path.read_text(encoding="utf-8"))
    return sorted(samples, key=lambda sample: sample["id"])


# The first sample of those written after the rules had been adjusted, to be hard for them.
FIRST_LATER = 205


def part(sample):
    """Which part a sample is of: the rules were adjusted on `tuned` (odd numbers) alone."""
    number = int(sample["id"][1:])
    return "later" if number >= FIRST_LATER else "held" if number % 2 == 0 else "tuned"


def proposals(router, samples):
    """What is proposed for each sample, a line each: what every other reading of the model must come to as well."""
    lines = []
    for sample in samples:
        route, refusal = router.route(sample), router.refusal(sample)
        content = {"id": sample["id"], "route": route, "refusal": refusal and refusal["id"]}
        lines.append(json.dumps(content, ensure_ascii=False))
    return "[\n" + ",\n".join(lines) + "\n]\n"


def rate(name, right, of):
    print(f"  {name:<34}{right:>4} /{of:>4}  {100 * right / of if of else 0:5.1f} %")


def measure(router, samples, title, misses):
    """Prints the figures of one set and returns the share of right leads in percent."""
    counts = collections.Counter()
    for sample in samples:
        label, route, refusal = sample["label"], router.route(sample), router.refusal(sample)
        if "refuse" in label:
            counts["refuse"] += 1
            counts["refuse proposed"] += refusal is not None
            counts["refuse reason"] += refusal is not None and refusal["reason"] == label["refuse"]["reason"]
            if misses and (refusal is None or refusal["reason"] != label["refuse"]["reason"]):
                print(f"  {sample['id']} refuse {label['refuse']['reason']} <- {refusal and refusal['id']}  {sample['title']}")
            continue
        counts["all"] += 1
        counts["refuse wrongly"] += refusal is not None
        if misses and refusal:
            print(f"  {sample['id']} refused wrongly <- {refusal['id']}  {sample['title']}")
        counts["routed"] += route is not None
        for field in ("category", "committee", "lead"):
            counts[field] += route is not None and route[field] == label[field]
        counts["lead of routed"] += route is not None and route["lead"] == label["lead"]
        if route:
            counts["assisting expected"] += len(label["assisting"])
            counts["assisting found"] += len(set(label["assisting"]) & set(route["assisting"]))
        if misses and (route is None or any(route[f] != label[f] for f in ("category", "committee", "lead"))):
            got = f"{route['rule']} ({route['score']}) {route['lead']}" if route else "nothing"
            print(f"  {sample['id']} {label['category']}/{label['lead']} <- {got}  {sample['title']}")
    print(f"{title}: {len(samples)} suggestions")
    for field in ("category", "committee", "lead"):
        rate(f"{field} right", counts[field], counts["all"])
    rate("lead right among those proposed", counts["lead of routed"], counts["routed"])
    rate("left to a person", counts["all"] - counts["routed"], counts["all"])
    rate("assisting units found", counts["assisting found"], counts["assisting expected"])
    rate("refusal proposed where due", counts["refuse proposed"], counts["refuse"])
    rate("with the right reason", counts["refuse reason"], counts["refuse"])
    rate("refusal proposed where not due", counts["refuse wrongly"], counts["all"])
    return 100 * counts["lead"] / counts["all"] if counts["all"] else 0


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rules", default=HERE / "routing.json")
    arguments.add_argument("--samples", default=HERE.parent.parent / "Tests" / "Samples" / "suggestions")
    arguments.add_argument("--misses", action="store_true", help="list what was proposed wrongly")
    arguments.add_argument("--explain", metavar="ID", help="show the best rules of one sample and the words found")
    arguments.add_argument("--part", choices=["tuned", "held", "later"], help="only one part of the samples")
    arguments.add_argument("--floor", type=float, help="fail when fewer percent of the leads are right")
    arguments.add_argument("--proposals", action="store_true", help="print what is proposed for each sample, as JSON")
    given = arguments.parse_args()
    router = Router(json.loads(pathlib.Path(given.rules).read_text(encoding="utf-8")))
    samples = load(given.samples)
    if given.proposals:
        sys.stdout.write(proposals(router, samples))
        return
    if given.explain:
        sample = next((s for s in samples if s["id"] == given.explain), None)
        if sample is None:
            sys.exit(f"no sample {given.explain}")
        for points, rule, hits in router.ranking(sample)[:5]:
            print(f"{points:>4} {rule['id']:<24} {' '.join(hits)}")
        refusal = router.refusal(sample)
        print("refusal:", refusal["id"] if refusal else "none")
        return
    parts = {name: [s for s in samples if part(s) == name] for name in ("tuned", "held", "later")}
    if given.part:
        share = measure(router, parts[given.part], given.part, given.misses)
    else:
        share = measure(router, samples, "all", given.misses)
        for name, of_part in parts.items():
            measure(router, of_part, name, False)
    if given.floor is not None and share < given.floor:
        sys.exit(f"lead {share:.1f} % is below {given.floor} %")


if __name__ == "__main__":
    main()
