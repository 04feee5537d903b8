#!/usr/bin/env python3
"""Checks the message contract from outside of Swift, with Debian's python3-jsonschema.

The generated asyncapi.json must be valid AsyncAPI 3.0.0 by the official schema (asyncapi-3.0.0.json beside this file, from
asyncapi/spec-json-schemas, Apache-2.0), and every golden example valid by its message's own schema, as a department's program
would check it; and the demo's department must say and hear just what the document says. Each rule is first shown to fail on a
planted fault.

Exits 1 and names file and place when something is wrong.
"""
import copy
import json
import pathlib
import sys

import jsonschema

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "Demo"))
import wire  # noqa: E402 - it lies in the folder named just now
CONTRACTS = HERE.parent.parent / "Shared" / "Contracts"


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def resolvable(node):
    """The schema without the entries by which it describes a property called $id: version 4.10 of the library, Debian 12's,
    takes them for identifiers and fails."""
    if isinstance(node, dict):
        return {
            key: resolvable(value) for key, value in node.items() if key != "$id" or isinstance(value, str)
        }
    return [resolvable(value) for value in node] if isinstance(node, list) else node


def first_error(schema, document):
    """The most telling violation as a line; None when there is none."""
    validator = jsonschema.validators.validator_for(schema, default=jsonschema.Draft7Validator)
    error = jsonschema.exceptions.best_match(
        validator(schema, format_checker=validator.FORMAT_CHECKER).iter_errors(document)
    )
    return None if error is None else f"/{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"


def payload_schema(document, message):
    """A message's schema, with what it may refer to."""
    schema = dict(document["components"]["messages"][message]["payload"])
    schema["components"] = document["components"]
    return schema


def planted(document, official, name, example):
    """What the rules must find, or they find nothing."""
    broken = copy.deepcopy(document)
    del broken["info"]["title"]
    yield "an AsyncAPI document without a title", official, broken
    schema = payload_schema(document, name)
    lacking = {key: value for key, value in example.items() if key != schema["required"][0]}
    yield f"{name} without {schema['required'][0]}", schema, lacking
    yield f"{name} as a list", schema, [example]


def main():
    official = resolvable(read(HERE / "asyncapi-3.0.0.json"))
    document = read(CONTRACTS / "asyncapi.json")
    examples = {path: read(path) for path in sorted((CONTRACTS / "Examples").glob("*.json"))}
    faults = []
    if error := first_error(official, document):
        faults.append(f"asyncapi.json {error}")
    covered = set()
    for path, example in examples.items():
        # <message>.<number>.json
        name = path.name.rsplit(".", 2)[0]
        covered.add(name)
        if name not in document["components"]["messages"]:
            faults.append(f"{path.name}: no message {name}")
        elif error := first_error(payload_schema(document, name), example):
            faults.append(f"{path.name} {error}")
    faults += [f"{name}: no example" for name in document["components"]["messages"] if name not in covered]
    faults += [f"wire.py: {fault}" for fault in wire.departures(document)]
    if not faults:
        lacking = copy.deepcopy(document)
        del lacking["components"]["messages"][wire.MOVED]["payload"]["properties"]["reason"]
        if not wire.departures(lacking):
            faults.append("the check has not noticed a field that wire.py has alone")
    if not faults:
        path, example = next(iter(examples.items()))
        for what, schema, planted_document in planted(document, official, path.name.rsplit(".", 2)[0], example):
            if first_error(schema, planted_document) is None:
                faults.append(f"the check has not noticed {what}")
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"asyncapi.json: {len(document['components']['messages'])} messages, {len(examples)} examples"
          + (": all valid" if not faults else ""))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
