#!/usr/bin/env python3
"""Measures the routing rules on the labelled set: committee first and among the first three, by committee, with and without `alsoRight`.

usage: measure.py [--part tuned|held] [--misses COMMITTEE]
Rules are adjusted on the odd numbers (`tuned`) alone; of the even ones (`held`) only totals are shown, never an item.
The rules are read as `Deploy/Rules/evaluate.py` reads them; the first three are the committees of the best rules, each once.
"""
import argparse
import collections
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "Deploy" / "Rules"))
import evaluate  # noqa: E402


def committees(router, item):
    """The proposed committees, the best first, each once; none where the best rule is below the threshold."""
    if router.route(item) is None:
        return []
    ranked = [rule["committee"] for _, rule, _ in router.ranking(item)]
    return list(dict.fromkeys(ranked))


def part(item):
    """Which part an item is of, as in `Deploy/Rules/evaluate.py`: the rules may be adjusted on odd numbers only."""
    return "held" if int(item["id"][1:]) % 2 == 0 else "tuned"


def measure(router, items, misses):
    """Prints the table of these items and, when asked, the items of one committee that are proposed wrongly."""
    rows = collections.defaultdict(collections.Counter)
    for item in items:
        label, proposed = item["label"], committees(router, item)
        right = {label["committee"], *label.get("alsoRight", [])}
        route = router.route(item)
        for row in (label["committee"], "all"):
            count = rows[row]
            count["items"] += 1
            count["nothing"] += not proposed
            count["first"] += proposed[:1] == [label["committee"]]
            count["three"] += label["committee"] in proposed[:3]
            count["first, also right"] += bool(right & set(proposed[:1]))
            count["three, also right"] += bool(right & set(proposed[:3]))
            if label["lead"] is not None:
                count["with lead"] += 1
                count["lead"] += route is not None and route["lead"] == label["lead"]
        if misses == label["committee"] and not right & set(proposed[:1]):
            print(f"{item['id']} {(proposed or ['nothing'])[0]:<16} {route['rule'] if route else '-':<24} {item['title']}")
    print(f"{'committee':<16} items  first  three  first+  three+  nothing  lead     (percent; + counts alsoRight)")
    for row, count in sorted(rows.items(), key=lambda entry: (entry[0] == "all", -entry[1]["items"])):
        share = lambda name, of="items": f"{100 * count[name] / count[of]:5.1f}" if count[of] else "    -"
        print(
            f"{row:<16} {count['items']:>5}  {share('first')}  {share('three')}  {share('first, also right'):>6}"
            f"  {share('three, also right'):>6}  {share('nothing'):>7}  {share('lead', 'with lead')}"
        )


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--misses", metavar="COMMITTEE", help="list the items of one committee that are proposed wrongly")
    arguments.add_argument("--part", choices=["tuned", "held"], help="only one part of the items")
    given = arguments.parse_args()
    if given.misses and given.part != "tuned":
        sys.exit("--misses lists items of the tuned part only: give --part tuned; held items are not to be looked at")
    router = evaluate.Router(json.loads((ROOT / "Deploy" / "Rules" / "routing.json").read_text(encoding="utf-8")))
    items = evaluate.load(ROOT / "Tests" / "Labelled" / "items")
    for name in [given.part] if given.part else ["tuned", "held"]:
        print(f"{name}:")
        measure(router, [item for item in items if part(item) == name], given.misses)


if __name__ == "__main__":
    main()
