# SPDX-License-Identifier: Apache-2.0
"""Tables of what side_by_side.py measured: by workload, against the targets, for a README."""

import shutil
import statistics
import sys
import textwrap
from typing import NamedTuple


class Target(NamedTuple):
    """How many times as good as a peer the first engine must be, and aims to be, in a figure."""

    workload: str
    peer: str
    must: float
    aim_peer: str
    aim: float
    figure: str = "ops_per_s"


# Engines that a target may mean together.
GROUPS = {"lsm": ["rocksdb", "leveldb"], "all": ["rocksdb", "leveldb", "lmdb"]}

# Column of the table, field of engine_bench, number format.
COLUMNS = [
    ("p50 us", "p50_us", "{:,.2f}"),
    ("p99 us", "p99_us", "{:,.2f}"),
    ("max us", "max_us", "{:,.0f}"),
    ("worst s", "worst_second_per_s", "{:,.0f}"),
    ("CPU us/op", "cpu_us_per_op", "{:,.2f}"),
    ("written/user", "written_per_user_byte", "{:.2f}"),
    ("disk MB", "disk_mb", "{:,.1f}"),
    ("peak MB", "peak_mb", "{:,.0f}"),
]

# What a store costs, compared with RocksDB's in every workload: less is better.
COSTS = [("memory", "peak_mb"), ("disk", "disk_mb"), ("written", "written_per_user_byte")]
COST_PEER = "rocksdb"

# Below this most runs last less than a tenth of a second.
ENTRIES_MIN = 100_000

# A store that holds next to nothing has a size that means nothing.
DISK_MB_MIN = 1.0


def note(text):
    print(text, file=sys.stderr, flush=True)


def less_is_better(figure):
    return figure == "seconds" or figure.endswith(("_us", "_ms", "_mb", "_byte", "_per_op"))


def median(rounds, field):
    """Over the rounds, of a figure or one of the further figures; None when a round has none."""
    values = [figures.get(field, figures["more"].get(field)) for figures in rounds]
    return None if None in values or not values else statistics.median(values)


def spread_percent(rounds):
    """Distance of the fastest from the slowest round, in percent of the median."""
    speeds = [figures["ops_per_s"] for figures in rounds]
    return 100 * (max(speeds) - min(speeds)) / statistics.median(speeds)


def rounds_of(record, workload):
    engines = record["workloads"].get(workload, {"engines": {}})["engines"]
    return {engine: facts["rounds"] for engine, facts in engines.items()}


def times_as_good(results, subject, peer, figure="ops_per_s"):
    """How many times as good the subject is as the peer, or None."""
    if subject == peer or subject not in results or peer not in results:
        return None
    own, other = median(results[subject], figure), median(results[peer], figure)
    if own is None or other is None:
        return None
    if less_is_better(figure):
        own, other = other, own
    return own / other if other > 0 else None


class Verdict(NamedTuple):
    """A target and how it is met: `peer` is the engine that it came down to."""

    peer: str
    ratio: float
    aim_peer: str
    aim_ratio: float


def against(results, subject, peer, figure):
    """The engine that a target's peer comes down to, the best of a group, and the ratio to it."""
    found = [(times_as_good(results, subject, engine, figure), engine)
             for engine in GROUPS.get(peer, [peer])]
    found = [pair for pair in found if pair[0] is not None]
    return min(found) if found else (None, None)


def verdict(results, subject, target):
    """None when the peer or the subject is missing."""
    ratio, peer = against(results, subject, target.peer, target.figure)
    if ratio is None:
        return None
    aim_ratio, aim_peer = against(results, subject, target.aim_peer, target.figure)
    return Verdict(peer, ratio, aim_peer, aim_ratio)


def is_met(ratio, must):
    """To the two places that are printed."""
    return round(ratio, 2) >= round(must, 2)


def said(ratio, must):
    return "ok" if is_met(ratio, must) else "missed"


def width_of_output():
    """Of the terminal, or what COLUMNS says; wide where lines can be as long as they like."""
    return shutil.get_terminal_size((200, 24)).columns


def say(text, begin="", follow=None):
    """Prints a paragraph within the width of the output, further lines below `follow`."""
    print(textwrap.fill(text, width_of_output(), initial_indent=begin,
                        subsequent_indent=" " * len(begin) if follow is None else follow,
                        break_long_words=False, break_on_hyphens=False))


def lay_out(rows):
    """Rows of cells as lines, the first column to the left, the others to the right. A table
    wider than the output is continued below, with its first column again."""
    width = width_of_output()
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    blocks, used = [[]], 0
    for column in range(1, len(widths)):
        step = 2 + widths[column]
        if blocks[-1] and 2 + widths[0] + used + step > width:
            blocks.append([])
            used = 0
        blocks[-1].append(column)
        used += step
    lines = []
    for block in blocks:
        if lines:
            lines.append("")
        for row in rows:
            cells = [row[0].ljust(widths[0])] + [row[column].rjust(widths[column])
                                                for column in block]
            lines.append(("  " + "  ".join(cells)).rstrip())
    return lines


def print_table(rows):
    print("\n".join(lay_out(rows)))


def print_environment(record):
    facts, setup = record["environment"], record["setup"]
    versions = ", ".join("%s %s" % (name, facts["versions"][name]) for name in setup["engines"])
    lines = [
        ("machine", "{processor}, {processors} processors, {memory_gb} GB, Linux {kernel}, "
                    "load {load_at_start:.2f}".format(**facts)),
        ("disk", "%s, %s" % (facts["directory"], facts["file_system"])),
        ("built", "%s, %s; %s" % (facts["compiler"], facts["build_type"], versions)),
        ("data", "%s entries of 16 + %d bytes, no compression, 10 filter bits per key, %d MiB of "
                 "memory, two memtables of 64 MiB in it"
         % (f"{setup['entries']:,}", setup["value_size"], setup["memory"])),
        ("rounds", "%d, seed %d" % (setup["rounds"], setup["seed"])),
    ]
    if setup["entries"] < ENTRIES_MIN:
        lines.append(("", "so few entries show that everything works; the figures mean nothing"))
    for name, text in lines:
        say(text, "%-10s" % name)
    sys.stdout.flush()


def cell(form, value):
    return "" if value is None else form.format(value)


def print_workload(record, workload, targets):
    print()
    say("%s: %s" % (workload, record["workloads"][workload]["title"]), follow="  ")
    results = rounds_of(record, workload)
    subject = record["setup"]["engines"][0]
    columns = [column for column in COLUMNS
               if any(median(rounds, column[1]) is not None for rounds in results.values())]
    rows = [["", "ops/s", "spread", "%s is" % subject] + [column[0] for column in columns]]
    for engine, rounds in results.items():
        rows.append([engine, f"{median(rounds, 'ops_per_s'):,.0f}",
                     "%.0f%%" % spread_percent(rounds),
                     cell("{:.2f}x", times_as_good(results, subject, engine))]
                    + [cell(form, median(rounds, field)) for _, field, form in columns])
    print_table(rows)
    print_more(results)
    for target in [target for target in targets if target.workload == workload]:
        found = verdict(results, subject, target)
        if found:
            say("%s: must be %.2fx %s, is %.2fx: %s; aim %.2fx %s, is %s" % (
                target.figure, target.must, found.peer, found.ratio,
                said(found.ratio, target.must), target.aim, found.aim_peer or target.aim_peer,
                cell("{:.2f}x", found.aim_ratio) or "unknown"), "  ", "    ")
    sys.stdout.flush()


def print_more(results):
    """Figures that only this workload has, one line each."""
    fields = list(next(iter(results.values()))[0]["more"]) if results else []
    if fields:
        rows = [[""] + list(results)]
        for field in fields:
            rows.append([field] + [cell("{:,.2f}", median(rounds, field))
                                   for rounds in results.values()])
        print()
        print_table(rows)


def print_summary(record, targets):
    subject = record["setup"]["engines"][0]
    rows = [["", "figure", subject, "must", "is", "", "aim", "is"]]
    met = missed = 0
    for target in targets:
        results = rounds_of(record, target.workload)
        found = verdict(results, subject, target)
        if not found:
            continue
        good = is_met(found.ratio, target.must)
        met, missed = met + good, missed + (not good)
        rows.append([target.workload, target.figure,
                     cell("{:,.4g}" if target.figure != "ops_per_s" else "{:,.0f}",
                          median(results[subject], target.figure)),
                     "%.2fx %s" % (target.must, found.peer), "%.2fx" % found.ratio,
                     said(found.ratio, target.must),
                     "%.2fx %s" % (target.aim, found.aim_peer or target.aim_peer),
                     cell("{:.2f}x", found.aim_ratio) or "-"])
    if len(rows) > 1:
        print()
        say("%s against what it must be and aims to be, times as good as the peer named" % subject)
        print_table(rows)
        print("  %d met, %d missed" % (met, missed))
    print_costs(record, subject)
    if "minutes" in record["environment"]:
        print("\n%d workloads, %d rounds, %.1f minutes, load at the end %.2f" % (
            len(record["workloads"]), record["setup"]["rounds"],
            record["environment"]["minutes"], record["environment"]["load_at_end"]), flush=True)


def cost(results, subject, figure):
    """The subject's figure as a multiple of the peer's, or None where that says nothing."""
    good = times_as_good(results, subject, COST_PEER, figure)
    if not good or (figure == "disk_mb" and median(results[COST_PEER], figure) < DISK_MB_MIN):
        return None
    return 1 / good


def print_costs(record, subject):
    rows = [[""] + [text for name, _ in COSTS for text in (name, "")]]
    for workload in record["workloads"]:
        row = [workload]
        for _, figure in COSTS:
            times = cost(rounds_of(record, workload), subject, figure)
            row += ["-", ""] if times is None else ["%.2fx" % times, said(1, times)]
        rows.append(row)
    if any(text != "-" for row in rows[1:] for text in row[1::2]):
        print()
        say("what %s takes, as a multiple of what %s takes; must not be above 1"
            % (subject, COST_PEER))
        print_table(rows)


def markdown_row(record, workload, targets, peers):
    results = rounds_of(record, workload)
    subject = record["setup"]["engines"][0]
    row = [workload, cell("{:,.0f}", median(results.get(subject, []), "ops_per_s"))]
    for peer in peers:
        times = times_as_good(results, subject, peer)
        row.append("" if times is None else
                   "{:,.0f} ({:.2f}x)".format(median(results[peer], "ops_per_s"), times))
    musts, aims = [], []
    for target in [target for target in targets if target.workload == workload]:
        found = verdict(results, subject, target)
        if found:
            what = "" if target.figure == "ops_per_s" else target.figure.replace("_", " ") + " "
            musts.append("%s%.2fx %s: %.2fx %s" % (what, target.must, found.peer, found.ratio,
                                                    said(found.ratio, target.must)))
            aim = "%s%.2fx %s: %s" % (what, target.aim, found.aim_peer or target.aim_peer,
                                      cell("{:.2f}x", found.aim_ratio) or "unknown")
            aims += [] if aim in aims else [aim]
    row += ["; ".join(musts), "; ".join(aims)]
    own = results.get(subject, [])
    row += [cell("{:,.2f}", median(own, "p99_us")),
            cell("{:,.0f}", median(own, "worst_second_per_s"))]
    for _, figure in COSTS:
        times = cost(results, subject, figure)
        row.append(cell("{:,.2f}", median(own, figure)) + cell(" ({:.2f}x)", times))
    return row


def print_markdown(record, targets):
    """The table of tests/bench/README.md: a line for each workload."""
    subject = record["setup"]["engines"][0]
    peers = [name for name in record["setup"]["engines"][1:]]
    if any("raw" in rounds_of(record, workload) for workload in record["workloads"]):
        peers.append("raw")
    head = (["workload", subject] + peers
            + ["must", "aim", "p99 us", "worst second", "peak MB", "disk MB", "written/user"])
    print("\n| " + " | ".join(head) + " |")
    print("|---" + "|---:" * (len(peers) + 1) + "|---|---" + "|---:" * 5 + "|")
    for workload in record["workloads"]:
        print("| " + " | ".join(markdown_row(record, workload, targets, peers)) + " |")
    sys.stdout.flush()


def with_medians(record, targets):
    """The record and what follows from it."""
    subject = record["setup"]["engines"][0]
    for workload, facts in record["workloads"].items():
        results = rounds_of(record, workload)
        for engine, part in facts["engines"].items():
            rounds = part["rounds"]
            fields = [field for field in rounds[0] if field not in ("more", "digest")]
            fields += list(rounds[0]["more"])
            part["median"] = {field: median(rounds, field) for field in fields}
            part["spread_percent"] = spread_percent(rounds)
            part["ratio"] = times_as_good(results, subject, engine)
        facts["targets"] = []
        for target in [target for target in targets if target.workload == workload]:
            found = verdict(results, subject, target)
            if found:
                facts["targets"].append({
                    "figure": target.figure, "peer": found.peer, "must": target.must,
                    "is": found.ratio, "met": is_met(found.ratio, target.must),
                    "aim_peer": found.aim_peer, "aim": target.aim, "aim_is": found.aim_ratio})
    return record
