"""The one screen: read, compared with what was done, and printed."""
import time

import ledger
from edge import Edge
from ledger import Figures


def read(edge: Edge) -> dict[str, Figures]:
    """Every part of the screen."""
    return {part: ledger.shown(part, edge.figures(part)) for part in ledger.PARTS}


def settled(edge: Edge, look: float, patience: float) -> dict[str, Figures]:
    """The screen once it has not moved for ten looks.

    Raises TimeoutError when it does not come to rest.
    """
    end, quiet, last = time.monotonic() + patience, 0, read(edge)
    while quiet < 10:
        if time.monotonic() > end:
            raise TimeoutError("the screen does not come to rest")
        time.sleep(look)
        now = read(edge)
        quiet, last = quiet + 1 if now == last else 0, now
    return last


def compare(
    before: dict[str, Figures], now: dict[str, Figures], expected: dict[str, Figures]
) -> tuple[int, list[str]]:
    """How many figures were compared, and those that are not what they must be."""
    compared, wrong = 0, []
    for part in ledger.PARTS:
        count, differing = ledger.differences(part, before[part], now[part], expected[part])
        compared, wrong = compared + count, wrong + differing
    return compared, wrong


def show(edge: Edge, before: dict[str, Figures], now: dict[str, Figures]):
    """Prints what the screen says, and what of it was there before where anything was."""
    page = edge.figures("overview")
    earlier = sum(before["overview"]["kinds"].values())
    print(f"\nthe screen, as of {page['asOf']}" + (f" ({earlier} items were there before)" if earlier else ""))
    for name, zh in (("kinds", "类型"), ("states", "状态"), ("outcomes", "答复结果")):
        print(f"  {zh} {name}: " + ", ".join(f"{key} {count}" for key, count in sorted(page[name].items())))
    for name, zh in (("onTime", "按时答复率"), ("satisfaction", "满意率")):
        rate = page[name]
        share = "-" if rate["value"] is None else f"{100 * rate['value']:.2f} %"
        print(f"  {zh} {name}: {rate['numerator']} / {rate['denominator']} = {share}")
    handling = page["handling"]
    print(f"  逾期 overdue: {page['overdue']}; 办结 handled: {handling['items']}, p50 {handling['p50Days']} days, "
          f"p90 {handling['p90Days']} days")
    for part, zh in (("committees", "工委"), ("categories", "类别")):
        print(f"  {zh} {part}: " + ", ".join(
            f"{key} {sum(counts.values())}" for key, counts in sorted(now[part].items())))
    print("  承办单位 departments (legs, returned, replies in time): " + ", ".join(
        f"{key} {line['legs']}/{line['returned']}/{line['inTime']}" for key, line in sorted(now["departments"].items())))
    busy = sorted(now["stations"].items(), key=lambda entry: (-sum(entry[1].values()), entry[0]))
    print(f"  联络站 stations: {len(busy)} with items, the busiest " + ", ".join(
        f"{key} {sum(counts.values())}" for key, counts in busy[:6]))
