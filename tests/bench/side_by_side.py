# SPDX-License-Identifier: Apache-2.0
"""Runs engine_bench for every engine, workload and round, and compares the engines.

Each run is a process of its own in an empty directory. Engines take turns within a round, so that
a machine that is slow for a while is slow for all of them. What is printed are medians over the
rounds. Nothing is judged: floors are shown beside the ratios they belong to.
"""

import argparse
import json
import os
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

# Far more than any workload of the default size takes.
RUN_SECONDS_MAX = 3600

ENGINES = ["strata", "rocksdb", "leveldb", "lmdb"]

TITLES = {
    "fillrandom": "{entries:,} puts of distinct keys in random order, 1 thread, not synced",
    "fillseq": "{entries:,} puts in key order, 1 thread, not synced",
    "fillsync": "{sync_entries:,} puts in random order, 1 thread, each synced",
    "fillsync16": "{sync_entries_16:,} puts in random order, 16 threads, each synced",
    "readrandom": "{entries:,} gets of random live keys, 1 thread, compacted, warm",
    "readmissing": "{entries:,} gets of absent keys among the live ones, 1 thread, compacted, warm",
    "scan": "5 walks over {entries:,} entries, compacted, warm",
    "scanreverse": "5 walks over {entries:,} entries from the last to the first, compacted, warm",
    "readwhilewriting": "{entries:,} gets of random live keys beside a thread that overwrites",
    "stratakv": "{scale:g} of 50,000 inserts, 200,000 overwrites, 80,000 deletes, 8 KB, synced",
}

# What strata sets out to reach at least, as ratio of operations per second.
FLOORS = {
    ("fillrandom", "rocksdb"): 2.0,
    ("fillseq", "rocksdb"): 1.5,
    ("fillsync", "rocksdb"): 1.2,
    ("fillsync16", "leveldb"): 1.0,
    ("readrandom", "rocksdb"): 1.5,
    ("readmissing", "rocksdb"): 1.0,
    ("scan", "leveldb"): 1.0,
    ("scanreverse", "leveldb"): 1.0,
    ("stratakv", "rocksdb"): 1.0,
}

# Column of the table, field of engine_bench, number format.
COLUMNS = [
    ("p50 us", "p50_us", "{:,.2f}"),
    ("p99 us", "p99_us", "{:,.2f}"),
    ("max us", "max_us", "{:,.0f}"),
    ("CPU us/op", "cpu_us_per_op", "{:,.2f}"),
    ("written/user", "written_per_user_byte", "{:.2f}"),
    ("disk MB", "disk_mb", "{:,.1f}"),
    ("peak MB", "peak_mb", "{:,.0f}"),
]


def names(text):
    return [name for name in text.split(",") if name]


def arguments():
    parser = argparse.ArgumentParser(
        prog="tests/bench/run",
        description="Compares strata with RocksDB, LevelDB and LMDB.",
        epilog="Workloads: " + ", ".join(TITLES) + ".",
    )
    parser.add_argument("--program", help=argparse.SUPPRESS)
    parser.add_argument("--engines", type=names, default=ENGINES, metavar="A,B",
                        help="the first is compared with the others (default %s; there is also "
                        "'memory', strata without a disk)" % ",".join(ENGINES))
    parser.add_argument("--workloads", type=names, default=list(TITLES), metavar="A,B",
                        help="default: all")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="default 3")
    parser.add_argument("--entries", type=int, default=1_000_000, metavar="N",
                        help="default 1000000")
    parser.add_argument("--sync-entries", type=int, default=2_000, metavar="N",
                        help="synced puts of one thread; 8 times as many of 16 (default 2000)")
    parser.add_argument("--value-size", type=int, default=100, metavar="BYTES", help="default 100")
    parser.add_argument("--memory", type=int, default=512, metavar="MIB",
                        help="for memtables and block cache together (default 512)")
    parser.add_argument("--scale", type=float, default=0.1, metavar="F",
                        help="part of the published size for stratakv (default 0.1)")
    parser.add_argument("--seed", type=int, default=42, metavar="N", help="default 42")
    parser.add_argument("--dir", default="/var/tmp", metavar="DIR",
                        help="where stores are made and removed; on a disk (default /var/tmp)")
    parser.add_argument("--json", metavar="FILE", help="write every figure of every round")
    options = parser.parse_args()
    unknown = [name for name in options.workloads if name not in TITLES]
    if unknown:
        parser.error("no workload named " + ", ".join(unknown))
    if options.rounds < 1 or options.entries < 1 or options.sync_entries < 2:
        parser.error("--rounds and --entries are at least 1, --sync-entries at least 2")
    return options


def note(text):
    print(text, file=sys.stderr, flush=True)


def first_value(path, name):
    """The value of the first "name : value" line of a file in /proc."""
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            key, _, value = line.partition(":")
            if key.strip() == name:
                return value.strip()
    return "unknown"


def file_system_of(directory):
    """The type of the file system that holds a directory: that of the deepest mount above it."""
    directory = os.path.realpath(directory)
    best, kind = "", "unknown"
    with open("/proc/self/mounts", encoding="utf-8") as mounts:
        for line in mounts:
            _, where, what = line.split()[:3]
            inside = directory == where or directory.startswith(where.rstrip("/") + "/")
            if inside and len(where) >= len(best):
                best, kind = where, what
    return kind


def environment(options, program):
    memory_kib = int(first_value("/proc/meminfo", "MemTotal").split()[0])
    return {
        "processor": first_value("/proc/cpuinfo", "model name"),
        "processors": os.cpu_count(),
        "memory_gb": round(memory_kib * 1024 / 1e9, 1),
        "kernel": platform.release(),
        "file_system": file_system_of(options.dir),
        "load_at_start": os.getloadavg()[0],
        "compiler": program["compiler"],
        "build_type": program["build_type"],
        "versions": program["engines"],
    }


def print_environment(facts, options):
    versions = ", ".join("%s %s" % (name, facts["versions"][name]) for name in options.engines)
    print("machine   {processor}, {processors} processors, {memory_gb} GB, Linux {kernel}, "
          "load {load_at_start:.2f}".format(**facts))
    print("disk      %s, %s" % (options.dir, facts["file_system"]))
    print("built     %s, %s; %s" % (facts["compiler"], facts["build_type"], versions))
    print("data      %s entries of 16 + %d bytes, no compression, 10 filter bits per key, "
          "%d MiB of memory, two memtables of 64 MiB in it"
          % (f"{options.entries:,}", options.value_size, options.memory))
    print("rounds    %d, seed %d" % (options.rounds, options.seed), flush=True)


def run_once(options, workload, engine):
    """One process in one empty directory; its figures, or None when it failed."""
    directory = tempfile.mkdtemp(prefix="strata-bench-", dir=options.dir)
    try:
        done = subprocess.run(
            [options.program, "--engine", engine, "--workload", workload, "--dir", directory,
             "--entries", str(options.entries), "--sync-entries", str(options.sync_entries),
             "--value-size", str(options.value_size), "--memory", str(options.memory << 20),
             "--scale", str(options.scale), "--seed", str(options.seed)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, encoding="utf-8", check=False,
            timeout=RUN_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        return None
    finally:
        shutil.rmtree(directory, ignore_errors=True)
        # What one run left to be written must not slow the next.
        os.sync()
    return json.loads(done.stdout) if done.returncode == 0 else None


def run_workload(options, workload):
    """Figures of every round by engine; an engine that fails once is left out."""
    results = {engine: [] for engine in options.engines}
    for turn in range(options.rounds):
        for engine in list(results):
            started = time.monotonic()
            figures = run_once(options, workload, engine)
            took = time.monotonic() - started
            if figures is None:
                note("%s %s: failed; left out" % (workload, engine))
                del results[engine]
                continue
            results[engine].append(figures)
            note("%s round %d %s: %s/s (%.0f s)"
                 % (workload, turn + 1, engine, f"{figures['ops_per_s']:,.0f}", took))
    return results


def median(rounds, field):
    return statistics.median(figures[field] for figures in rounds)


def spread_percent(rounds):
    """Distance of the fastest from the slowest round, in percent of the median."""
    speeds = [figures["ops_per_s"] for figures in rounds]
    return 100 * (max(speeds) - min(speeds)) / statistics.median(speeds)


def ratio(results, subject, peer, field="ops_per_s"):
    """How many times as much of a field the subject has as the peer, or None."""
    if subject == peer or subject not in results or peer not in results:
        return None
    base = median(results[peer], field)
    return median(results[subject], field) / base if base > 0 else None


def print_table(rows):
    """Rows of cells, the first column to the left, the others to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
        print("  " + "  ".join(cells).rstrip())


def print_workload(options, workload, results):
    facts = dict(vars(options), sync_entries_16=8 * options.sync_entries)
    print("\n%s: %s" % (workload, TITLES[workload].format(**facts)))
    subject = options.engines[0]
    columns = [column for column in COLUMNS
               if any(column[1] in rounds[0] for rounds in results.values())]
    rows = [["", "ops/s", "spread"] + [column[0] for column in columns]
            + ["%s is" % subject, "floor"]]
    for engine, rounds in results.items():
        row = [engine, f"{median(rounds, 'ops_per_s'):,.0f}", "%.0f%%" % spread_percent(rounds)]
        row += [form.format(median(rounds, field)) for _, field, form in columns]
        times = ratio(results, subject, engine)
        floor = FLOORS.get((workload, engine))
        row += ["" if times is None else "%.2fx" % times, "" if floor is None else "%.1fx" % floor]
        rows.append(row)
    print_table(rows)
    print_more(results)
    sys.stdout.flush()


def print_more(results):
    """Figures that only this workload has, one line each."""
    fields = list(next(iter(results.values()))[0]["more"]) if results else []
    if fields:
        rows = [[""] + list(results)]
        for field in fields:
            rows.append([field] + [
                f"{statistics.median(figures['more'][field] for figures in rounds):,.2f}"
                for rounds in results.values()])
        print()
        print_table(rows)


def print_summary(options, everything):
    subject, peers = options.engines[0], options.engines[1:]
    print("\n%s against each peer, ratio of medians of ops/s (floor)" % subject)
    print_ratios(everything, subject, peers, "ops_per_s", FLOORS)
    print("\nthe same of CPU time per operation: less than 1 is better, and other load on the "
          "machine changes it little")
    print_ratios(everything, subject, peers, "cpu_us_per_op", {})


def print_ratios(everything, subject, peers, field, floors):
    rows = [[""] + peers]
    for workload, results in everything.items():
        row = [workload]
        for peer in peers:
            times = ratio(results, subject, peer, field)
            floor = floors.get((workload, peer))
            cell = "-" if times is None else "%.2fx" % times
            row.append(cell if floor is None else "%s (%.1fx)" % (cell, floor))
        rows.append(row)
    print_table(rows)


def write_json(options, facts, everything):
    setup = {name: value for name, value in vars(options).items()
             if name not in ("program", "json", "dir")}
    workloads = {}
    for workload, results in everything.items():
        engines = {}
        for engine, rounds in results.items():
            fields = [field for field in rounds[0] if field != "more"]
            engines[engine] = {
                "median": {field: median(rounds, field) for field in fields},
                "spread_percent": spread_percent(rounds),
                "ratio": ratio(results, options.engines[0], engine),
                "floor": FLOORS.get((workload, engine)),
                "rounds": rounds,
            }
        workloads[workload] = engines
    with open(options.json, "w", encoding="utf-8") as file:
        json.dump({"environment": facts, "setup": setup, "workloads": workloads}, file, indent=1)
        file.write("\n")


def main():
    options = arguments()
    program = json.loads(subprocess.run([options.program, "--list"], stdout=subprocess.PIPE,
                                        encoding="utf-8", check=True).stdout)
    for engine in [name for name in options.engines if name not in program["engines"]]:
        note("%s: not in this build; skipped" % engine)
        options.engines.remove(engine)
    if not options.engines:
        sys.exit("no engine is left")
    facts = environment(options, program)
    print_environment(facts, options)
    if facts["file_system"] in ("tmpfs", "ramfs"):
        note("%s is in memory: syncs and written bytes mean nothing; see --dir" % options.dir)
    everything = {}
    for workload in options.workloads:
        everything[workload] = run_workload(options, workload)
        print_workload(options, workload, everything[workload])
    if len(options.engines) > 1:
        print_summary(options, everything)
    facts["load_at_end"] = os.getloadavg()[0]
    if options.json:
        write_json(options, facts, everything)
    complete = all(len(results) == len(options.engines) for results in everything.values())
    sys.exit(0 if complete else 1)


if __name__ == "__main__":
    # To be told to end is no reason to leave a process and its store behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
