#!/usr/bin/env python3
"""Checks the labelled set: schema, codes, numbers, spread. Prints a table; exit 1 naming file and field at a fault.

Needs the standard library only; with `jsonschema` installed the schema is checked in full too.
"""
import collections
import glob
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
COMMITTEES = """bangongshi daibiao fazhi caijing jiaokewenwei chengjian shehui minzongqiaowai
xixing-gongwei changhe-gongwei puyan-gongwei""".split()
DEPARTMENTS = """fagai jingxin keji caizheng zhujian shangwu wenlv renshe tongji shuiwu xixing changhe puyan jiaoyu gongan
minzheng sifa guihua huanbao chengguan weijian shijian yingji xiaofang tuiyi yibao shuju xinfang quban""".split()
CATEGORIES = """transport education health elderly city-management environment housing safety culture industry employment
social-security digital-government market-regulation grassroots planning""".split()
REASONS = """academic-promotion bidding case-petition emergency hotline more-than-one-matter no-content other-organ
pending-case private-matter promotion""".split()
LEAST_ITEMS, LEAST_PER_COMMITTEE, LEAST_REFUSED, LEAST_GROUPS, LEAST_LONG, LONG = 330, 12, 20, 25, 12, 1500
SUBDISTRICT = {"X": "xixing", "C": "changhe", "P": "puyan"}
PARTS = ("text", "situation", "analysis", "proposal")

faults = []


def fault(file, item, field, what):
    faults.append(f"{os.path.relpath(file, HERE)}: {item}: {field}: {what}")


def length(item):
    return sum(len(item.get(part, "")) for part in PARTS)


def length_class(count):
    for bound, name in ((40, "up to 40"), (100, "41-100"), (300, "101-300"), (LONG - 1, "301-1499")):
        if count <= bound:
            return name
    return f"{LONG} and more"


def check_item(file, item):
    name = item.get("id", "?")
    label = item.get("label", {})
    wanted = {"opinion": {"text"}, "formal": {"situation", "analysis", "proposal"}}.get(item.get("kind"))
    if wanted is None:
        fault(file, name, "kind", "opinion or formal")
    elif {part for part in PARTS if item.get(part, "").strip()} != wanted:
        fault(file, name, "kind", f"{item['kind']} has exactly the parts {sorted(wanted)}, none empty")
    if not re.fullmatch(r"i[0-9]{3}", name):
        fault(file, name, "id", "pattern i000")
    for field, known in (("committee", COMMITTEES), ("category", CATEGORIES)):
        if label.get(field) not in known:
            fault(file, name, f"label.{field}", f"unknown code {label.get(field)!r}")
    if label.get("lead") is not None and label["lead"] not in DEPARTMENTS:
        fault(file, name, "label.lead", f"unknown code {label['lead']!r}")
    for code in label.get("assisting", []):
        if code not in DEPARTMENTS or code == label.get("lead"):
            fault(file, name, "label.assisting", f"unknown, or the lead itself: {code!r}")
    for code in label.get("alsoRight", []):
        if code not in COMMITTEES or code == label.get("committee"):
            fault(file, name, "label.alsoRight", f"unknown, or the committee itself: {code!r}")
    if "refuse" in label and label["refuse"].get("reason") not in REASONS:
        fault(file, name, "label.refuse.reason", f"unknown code {label['refuse'].get('reason')!r}")
    if label.get("category") != os.path.basename(file)[:-5]:
        fault(file, name, "label.category", "the file bears the category's name")
    station = item.get("station", "")
    if station != "ST-00" and SUBDISTRICT.get(station[3:4]) != item.get("subdistrict"):
        fault(file, name, "subdistrict", "the station lies in another subdistrict")
    for number in re.findall(r"1[3-9][0-9]{9}", json.dumps(item, ensure_ascii=False)):
        if not re.fullmatch(r"1380000[0-9]{4}", number):
            fault(file, name, "contact.phone", f"{number} could be somebody's")


def main():
    try:
        import jsonschema
        validator = jsonschema.Draft202012Validator(json.load(open(os.path.join(HERE, "schema.json"), encoding="utf-8")))
    except ImportError:
        validator = None
        print("jsonschema is not installed: only the checks of this file")
    items, seen, texts = [], {}, {}
    for file in sorted(glob.glob(os.path.join(HERE, "items", "*.json"))):
        try:
            entries = json.load(open(file, encoding="utf-8"))
        except ValueError as error:
            fault(file, "-", "-", f"not JSON: {error}")
            continue
        for error in validator.iter_errors(entries) if validator else ():
            index = error.path[0] if error.path else None
            where = entries[index].get("id", index) if isinstance(index, int) else "-"
            fault(file, where, ".".join(str(step) for step in list(error.path)[1:]) or "-", error.message[:120])
        for item in entries:
            check_item(file, item)
            for known, key, field in ((seen, item.get("id"), "id"), (texts, "".join(item.get(p, "") for p in PARTS), "text")):
                if key in known:
                    fault(file, item.get("id"), field, f"the same as in {known[key]}")
                known[key] = f"{os.path.basename(file)} {item.get('id')}"
            items.append(item)

    labels = [item["label"] for item in items]
    committees = collections.Counter(label["committee"] for label in labels)
    groups = collections.Counter(label["duplicateGroup"] for label in labels if "duplicateGroup" in label)
    refused = collections.Counter(label["refuse"]["reason"] for label in labels if "refuse" in label)
    long = sum(length(item) >= LONG for item in items)
    for what, count, least in (("items", len(items), LEAST_ITEMS), ("refused", sum(refused.values()), LEAST_REFUSED),
                               ("duplicate groups", len(groups), LEAST_GROUPS), (f"of {LONG} characters", long, LEAST_LONG),
                               *((f"of {code}", committees[code], LEAST_PER_COMMITTEE) for code in COMMITTEES),
                               *((f"of {code}", sum(l["category"] == code for l in labels), 1) for code in CATEGORIES)):
        if count < least:
            fault(os.path.join(HERE, "items"), "-", what, f"{count}, at least {least}")
    for group, count in groups.items():
        if count not in (2, 3):
            fault(os.path.join(HERE, "items"), "-", "label.duplicateGroup", f"{group} has {count}, two or three")
        if len({label["committee"] for label in labels if label.get("duplicateGroup") == group}) > 1:
            fault(os.path.join(HERE, "items"), "-", "label.committee", f"{group} is labelled with several committees")

    def table(title, counter):
        print(f"\n{title}")
        for code, count in sorted(counter.items(), key=lambda pair: (-pair[1], pair[0])):
            print(f"  {code:24}{count:5}")

    print(f"{len(items)} items, {len(groups)} duplicate groups of {sum(groups.values())} items, {sum(refused.values())} to refuse, "
          f"{sum(bool(label['alsoRight']) for label in labels)} with alsoRight, {sum(label['lead'] is None for label in labels)} without lead")
    table("committee", committees)
    table("category", collections.Counter(label["category"] for label in labels))
    table("kind", collections.Counter(item["kind"] for item in items))
    table("length, characters", collections.Counter(length_class(length(item)) for item in items))
    table("to refuse", refused)
    for line in faults:
        print(line, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
