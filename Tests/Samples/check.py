#!/usr/bin/env python3
"""Checks the samples and the routing rules: schema, codes, uniqueness, counts. Pure Python.

usage: check.py [--counts]
Exits 1 and names file and field when something is wrong.
"""
import argparse
import collections
import json
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
RULES = HERE.parent.parent / "Deploy" / "Rules"
sys.path.insert(0, str(RULES))
import evaluate  # noqa: E402 (the reference reading lies beside the rules)

# What the samples must hold at least, so that a deletion is noticed.
LEAST_SAMPLES, LEAST_FORMAL, LEAST_PER_CATEGORY, LEAST_REFUSED = 130, 30, 6, 12
LEAST_GROUPS, LEAST_LONG, LONG_CHARACTERS, LEAST_PERSONAL, MOST_LINES = 5, 3, 1500, 3, 400
# One district station, three subdistrict stations, 68 grassroots stations.
STATIONS = {"district": 1, "centre": 3, "grassroots": 68}

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int}
# The keywords of JSON Schema that this checker knows; one beyond them is an error, not ignored.
KNOWN = {
    "$schema", "$defs", "$ref", "title", "type", "required", "additionalProperties", "properties", "items", "enum",
    "pattern", "minLength", "maxLength", "minItems", "uniqueItems", "minimum", "maximum",
}
PERSONAL = {
    "phone": re.compile(r"(?<![0-9])1[3-9][0-9]{9}(?![0-9])"),
    "plate": re.compile(r"[京沪浙苏皖赣闽粤][A-Z]·?[A-Z0-9]{5,6}"),
}


def violations(value, schema, root, where):
    """Every place where a value departs from its schema."""
    unknown = set(schema) - KNOWN
    if unknown:
        yield where, f"the schema uses {sorted(unknown)}, which this checker does not know"
    if "$ref" in schema:
        target = root
        for step in schema["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        yield from violations(value, target, root, where)
        return
    if "enum" in schema and value not in schema["enum"]:
        yield where, f"{value!r} is none of {schema['enum']}"
        return
    expected = schema.get("type")
    if expected and (not isinstance(value, TYPES[expected]) or (expected == "integer" and isinstance(value, bool))):
        yield where, f"is no {expected}"
        return
    if isinstance(value, str):
        if "pattern" in schema and not re.search(schema["pattern"], value):
            yield where, f"{value!r} does not match {schema['pattern']}"
        if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
            yield where, f"has {len(value)} characters"
    elif isinstance(value, int):
        if not schema.get("minimum", value) <= value <= schema.get("maximum", value):
            yield where, f"{value} is out of range"
    elif isinstance(value, list):
        if len(value) < schema.get("minItems", 0):
            yield where, "has too few items"
        if schema.get("uniqueItems") and len({json.dumps(item) for item in value}) < len(value):
            yield where, "holds an item twice"
        for place, item in enumerate(value):
            name = item.get("id") or item.get("code") or place if isinstance(item, dict) else place
            yield from violations(item, schema.get("items", {}), root, f"{where}[{name}]")
    elif isinstance(value, dict):
        properties = schema.get("properties", {})
        for name in schema.get("required", []):
            if name not in value:
                yield f"{where}.{name}", "is missing"
        for name, item in value.items():
            if name in properties:
                yield from violations(item, properties[name], root, f"{where}.{name}")
            elif schema.get("additionalProperties") is False:
                yield f"{where}.{name}", "is not known to the schema"


def rules_faults(data):
    """What a schema cannot say of the rules: every code is defined once, every rule can be reached."""
    codes = {}
    for part in ("subdistricts", "stationCategories", "stations", "committees", "departments", "categories"):
        codes[part] = [entry["code"] for entry in data[part]]
        for code, times in collections.Counter(codes[part]).items():
            if times > 1:
                yield f"{part}[{code}]", "stands twice"
    tiers = collections.Counter(station["tier"] for station in data["stations"])
    if tiers != STATIONS:
        yield "stations", f"are {dict(tiers)}, not {STATIONS}"
    for station in data["stations"]:
        if station["tier"] != "district" and station.get("subdistrict") not in codes["subdistricts"]:
            yield f"stations[{station['code']}].subdistrict", "is not known"
        if station["tier"] == "grassroots" and station.get("category") not in codes["stationCategories"]:
            yield f"stations[{station['code']}].category", "is not known"
    for entry in data["subdistricts"]:
        for field, part in (("office", "departments"), ("congress", "committees"), ("centre", "stations")):
            if entry[field] not in codes[part]:
                yield f"subdistricts[{entry['code']}].{field}", f"{entry[field]!r} is not among the {part}"
    token = data["model"]["officeToken"]
    for rule in data["rules"]:
        where = f"rules[{rule['id']}]"
        for field, part in (("category", "categories"), ("committee", "committees")):
            if rule[field] not in codes[part]:
                yield f"{where}.{field}", f"{rule[field]!r} is not among the {part}"
        for field in [rule["lead"], *rule["assisting"]]:
            if field != token and field not in codes["departments"]:
                yield f"{where}.lead/assisting", f"{field!r} is not among the departments"
        if rule["lead"] in rule["assisting"]:
            yield f"{where}.assisting", "names the lead"
        for place in rule.get("subdistricts", []):
            if place not in codes["subdistricts"]:
                yield f"{where}.subdistricts", f"{place!r} is not known"
        if not rule["words"]:
            yield f"{where}.words", "are none"
    for part in ("rules", "refusals"):
        for name, times in collections.Counter(rule["id"] for rule in data[part]).items():
            if times > 1:
                yield f"{part}[{name}]", "stands twice"
        for rule in data[part]:
            for text, times in collections.Counter(word["text"] for word in rule["words"]).items():
                if times > 1:
                    yield f"{part}[{rule['id']}].words", f"{text!r} stands twice"


def sample_faults(sample, data):
    """What a schema cannot say of one sample."""
    formal = sample["kind"] == "formal"
    for part in ("situation", "analysis", "proposal"):
        if (part in sample) != formal:
            yield part, "must stand in a formal suggestion and in no other"
    if ("text" in sample) == formal:
        yield "text", "must stand in an opinion and in no other"
    if "cosigners" in sample and not formal:
        yield "cosigners", "belong to a formal suggestion"
    if formal and "contact" not in sample:
        yield "contact", "is missing"
    stations = {station["code"]: station for station in data["stations"]}
    if sample["station"] not in stations:
        yield "station", f"{sample['station']!r} is not known"
    elif stations[sample["station"]].get("subdistrict", sample["subdistrict"]) != sample["subdistrict"]:
        yield "subdistrict", "is not the station's"
    label = sample["label"]
    for field, part in (("category", "categories"), ("committee", "committees"), ("lead", "departments")):
        if label[field] not in {entry["code"] for entry in data[part]}:
            yield f"label.{field}", f"{label[field]!r} is not among the {part}"
    for unit in label["assisting"]:
        if unit not in {entry["code"] for entry in data["departments"]} or unit == label["lead"]:
            yield "label.assisting", f"{unit!r} is no other department"
    if "refuse" in label and label["refuse"]["reason"] not in {rule["reason"] for rule in data["refusals"]}:
        yield "label.refuse.reason", f"{label['refuse']['reason']!r} is not known to the rules"
    words = "\n".join(sample.get(part, "") for part in ("title", "text", "situation", "analysis", "proposal"))
    found = {kind for kind, pattern in PERSONAL.items() if pattern.search(words)}
    if found != set(label.get("containsPersonalData", [])):
        yield "label.containsPersonalData", f"the text holds {sorted(found)}"


def length(sample):
    return sum(len(sample.get(part, "")) for part in ("text", "situation", "analysis", "proposal"))


def count_faults(samples, data):
    """What must be true of all samples together."""
    for name, times in collections.Counter(sample["id"] for sample in samples).items():
        if times > 1:
            yield f"id {name}", "stands twice"
    kept = collections.Counter(s["label"]["category"] for s in samples if "refuse" not in s["label"])
    for category in data["categories"]:
        if kept[category["code"]] < LEAST_PER_CATEGORY:
            yield f"category {category['code']}", f"has {kept[category['code']]} samples, not {LEAST_PER_CATEGORY}"
    groups = collections.Counter(s["label"]["duplicateGroup"] for s in samples if "duplicateGroup" in s["label"])
    for group, times in groups.items():
        if not 2 <= times <= 5:
            yield f"duplicateGroup {group}", f"has {times} members"
    figures = (
        ("samples", len(samples), LEAST_SAMPLES),
        ("formal", sum(s["kind"] == "formal" for s in samples), LEAST_FORMAL),
        ("refused", sum("refuse" in s["label"] for s in samples), LEAST_REFUSED),
        ("duplicate groups", len(groups), LEAST_GROUPS),
        (f"of {LONG_CHARACTERS} characters and more", sum(length(s) >= LONG_CHARACTERS for s in samples), LEAST_LONG),
        ("with personal data", sum("containsPersonalData" in s["label"] for s in samples), LEAST_PERSONAL),
    )
    for name, number, least in figures:
        if number < least:
            yield name, f"are {number}, not {least}"


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--counts", action="store_true", help="print the counts that README.md shows")
    given = arguments.parse_args()
    faults = []

    def read(path):
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            sys.exit(f"{path}: {error}")

    rules_schema, schema = read(RULES / "routing.schema.json"), read(HERE / "schema.json")
    data = read(RULES / "routing.json")
    faults += [("Deploy/Rules/routing.json", *fault) for fault in violations(data, rules_schema, rules_schema, "")]
    if not faults:
        faults += [("Deploy/Rules/routing.json", *fault) for fault in rules_faults(data)]
    samples = []
    for path in sorted((HERE / "suggestions").glob("*.json")):
        name, content = f"suggestions/{path.name}", read(path)
        if path.read_text(encoding="utf-8").count("\n") > MOST_LINES:
            faults.append((name, "file", f"has more than {MOST_LINES} lines"))
        wrong = [(name, *fault) for fault in violations(content, schema, schema, "")]
        faults += wrong
        if wrong:
            continue
        for sample in content:
            faults += [(name, f"{sample['id']}.{field}", what) for field, what in sample_faults(sample, data)]
        samples += content
    if not faults:
        faults += [("suggestions", *fault) for fault in count_faults(samples, data)]
    if not faults:
        written = (HERE / "proposals.json").read_text(encoding="utf-8")
        if written != evaluate.proposals(evaluate.Router(data), sorted(samples, key=lambda sample: sample["id"])):
            faults.append(("proposals.json", "file", "is not what evaluate.py --proposals writes"))
    for fault in faults:
        print("{}: {}: {}".format(*fault), file=sys.stderr)
    if faults:
        sys.exit(1)
    formal, refused = sum(s["kind"] == "formal" for s in samples), sum("refuse" in s["label"] for s in samples)
    print(f"{len(samples)} samples, {formal} formal, {refused} to be refused; {len(data['rules'])} rules: all in order")
    if given.counts:
        rows = collections.Counter((s["label"]["category"], s["kind"], "refuse" in s["label"]) for s in samples)
        print("| category | opinions | formal | of these to be refused |\n| --- | --- | --- | --- |")
        for category in data["categories"]:
            kind = lambda name: sum(n for (c, k, _), n in rows.items() if (c, k) == (category["code"], name))
            no = sum(n for (c, _, r), n in rows.items() if c == category["code"] and r)
            print(f"| `{category['code']}` {category['name']['zh']} | {kind('opinion')} | {kind('formal')} | {no} |")
        reasons = collections.Counter(s["label"]["refuse"]["reason"] for s in samples if "refuse" in s["label"])
        groups = collections.Counter(s["label"]["duplicateGroup"] for s in samples if "duplicateGroup" in s["label"])
        lengths = sorted(length(s) for s in samples)
        print(f"reasons: {dict(reasons)}\ngroups: {dict(groups)}\nlongest: {lengths[-6:]}, shortest: {lengths[:3]}")
        print("cosigned:", sum("cosigners" in s for s in samples), "observer:", sum("observer" in s for s in samples),
              "anonymous:", sum("contact" not in s for s in samples),
              "personal:", sum("containsPersonalData" in s["label"] for s in samples))


if __name__ == "__main__":
    main()
