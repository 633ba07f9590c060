# SPDX-License-Identifier: Apache-2.0
"""Runs engine_bench for every engine, workload and round, and compares the engines.

Each run is a process of its own in a directory of its own. Engines take turns within a round, so
that a machine that is slow for a while is slow for all of them. What is compared are medians over
the rounds.
"""

import argparse
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import report
from report import Target, note

# Far more than any workload of the default size takes.
RUN_SECONDS_MAX = 3600

ENGINES = ["strata", "rocksdb", "leveldb", "lmdb"]

TITLES = {
    "fillseq": "{entries:,} puts in key order, not synced",
    "fillrandom": "{entries:,} puts of distinct keys in random order, not synced",
    "fillrandom2": "the same by 2 threads, each its own keys",
    "fillrandom4": "the same by 4 threads, each its own keys",
    "overwrite": "{entries:,} puts, every key of a compacted store once, not synced",
    "fillbatch": "{entries:,} puts in random order, 1000 in one atomic write, not synced; "
                 "times are of batches",
    "fillsync": "{sync_entries:,} puts in random order, each synced",
    "fillsync4": "{sync_entries_4:,} puts in random order by 4 threads, each synced",
    "fillsync16": "{sync_entries_16:,} puts in random order by 16 threads, each synced",
    "fillsync64": "{sync_entries_64:,} puts in random order by 64 threads, each synced",
    "readrandom": "{entries:,} gets of live keys, compacted, warm",
    "readrandom2": "as many gets by each of 2 threads",
    "readzipf": "{entries:,} gets of live keys by Zipf's law (0.99), compacted, warm",
    "readsmallcache": "{entries:,} gets of live keys, compacted, block cache of 8 MB, files in "
                      "the kernel's cache",
    "readmissing": "{entries:,} gets of absent keys among the live ones, compacted, warm",
    "readuncompacted": "{entries:,} gets of live keys right after filling and overwriting",
    "scan": "5 walks over {entries:,} entries, compacted, warm",
    "scanreverse": "5 walks over {entries:,} entries from the last to the first, compacted, warm",
    "seek10": "{seeks_10:,} seeks of live keys in a new view each, 10 steps from there",
    "seek100": "{seeks_100:,} seeks of live keys in a new view each, 100 steps from there",
    "readwhilewriting": "{entries:,} gets of live keys beside a thread that overwrites",
    "ycsba": "{entries:,} operations: half reads, half updates, Zipf 0.99",
    "ycsbb": "{entries:,} operations: 95 % reads, 5 % updates, Zipf 0.99",
    "ycsbc": "{entries:,} reads, Zipf 0.99",
    "ycsbd": "{entries:,} operations: 95 % reads of what came lately, 5 % inserts",
    "ycsbe": "{scans:,} operations: 95 % scans of 1 to 100 entries from Zipf 0.99, 5 % inserts",
    "ycsbf": "{entries:,} operations: half reads, half reads that write back, Zipf 0.99",
    "recover64": "opening and one get after kill -9, {recover_64:.0f} MiB written, not synced",
    "recover256": "opening and one get after kill -9, {recover_256:.0f} MiB written, not synced",
    "stratakv": "{scale:g} of 50,000 inserts, 200,000 overwrites, 80,000 deletes, 8 KB, synced",
    "growth": "{entries_10:,} puts of distinct keys in random order, not synced, by tenths",
}

# Takes minutes per engine, so it is run when named or with --long.
LONG = ["growth"]

# What is no store can only do these.
RAW_WORKLOADS = ["fillsync", "fillsync4", "fillsync16", "fillsync64"]
# A store in memory is gone with its process.
NOT_IN_MEMORY = ["recover64", "recover256"]

# What strata sets out to be, as how many times as good as a peer in the same run: `must` at least,
# and `aim`. Of times the inverse ratio is meant: twice as good takes half the time. Peers: an
# engine, "lsm" for the better of RocksDB and LevelDB, "all" for the best of all.
TARGETS = [
    Target("fillseq", "leveldb", 2.5, "leveldb", 6),
    Target("fillrandom", "lsm", 3, "lsm", 6),
    Target("fillrandom2", "lsm", 3, "lsm", 6),
    Target("fillrandom4", "lsm", 3, "lsm", 6),
    Target("overwrite", "lsm", 3, "lsm", 5),
    Target("fillbatch", "lsm", 2.5, "lsm", 5),
    Target("fillsync", "raw", 0.95, "raw", 1.4),
    Target("fillsync4", "leveldb", 1.5, "leveldb", 1.75),
    Target("fillsync16", "leveldb", 1.5, "leveldb", 2),
    Target("fillsync64", "leveldb", 1.5, "leveldb", 3),
    Target("readrandom", "lmdb", 1, "lmdb", 2.5),
    Target("readrandom", "leveldb", 1.5, "lmdb", 2.5),
    Target("readrandom2", "lmdb", 1, "lmdb", 2.5),
    Target("readrandom2", "leveldb", 1.5, "lmdb", 2.5),
    Target("readzipf", "lmdb", 1, "lmdb", 2.5),
    Target("readsmallcache", "leveldb", 1, "leveldb", 1.5),
    Target("readmissing", "rocksdb", 1.2, "rocksdb", 2.5),
    Target("readuncompacted", "rocksdb", 2.5, "lmdb", 1.5),
    Target("scan", "leveldb", 1.2, "lmdb", 3),
    Target("scanreverse", "lmdb", 0.8, "lmdb", 3),
    Target("seek10", "leveldb", 1.2, "lmdb", 2.5),
    Target("seek100", "leveldb", 1.2, "lmdb", 2.5),
    Target("readwhilewriting", "lsm", 2.5, "lmdb", 2),
    Target("readwhilewriting", "lsm", 2.5, "rocksdb", 4, figure="writes_per_s"),
    Target("ycsba", "lsm", 1.2, "all", 4),
    Target("ycsbb", "lsm", 1.2, "all", 3),
    Target("ycsbc", "lsm", 1.2, "all", 2.5),
    Target("ycsbd", "lsm", 1.2, "all", 3),
    Target("ycsbe", "lsm", 1.2, "all", 2.2),
    Target("ycsbf", "lsm", 1.2, "all", 4),
    Target("recover64", "lsm", 5, "leveldb", 10, figure="seconds"),
    Target("recover256", "lsm", 5, "leveldb", 15, figure="seconds"),
    Target("stratakv", "rocksdb", 1 / 0.7, "rocksdb", 1 / 0.45, figure="seconds"),
    Target("stratakv", "rocksdb", 2, "rocksdb", 4, figure="get_before_us"),
    Target("stratakv", "rocksdb", 2, "rocksdb", 4, figure="get_after_us"),
    Target("growth", "rocksdb", 1, "rocksdb", 1, figure="last_over_first"),
    Target("growth", "leveldb", 1, "leveldb", 4),
]

# Size of everything: what a comparison needs, and what shows that everything works.
FULL = {"entries": 1_000_000, "sync_entries": 10_000, "scale": 0.1, "rounds": 3}
QUICK = {"entries": 20_000, "sync_entries": 80, "scale": 0.002, "rounds": 1}


def names(text):
    return [name for name in text.split(",") if name]


def parser():
    parser = argparse.ArgumentParser(
        prog="tests/bench/run",
        description="Compares strata with RocksDB, LevelDB and LMDB.",
        epilog="Workloads: " + ", ".join(TITLES) + ".",
    )
    parser.add_argument("--program", help=argparse.SUPPRESS)
    parser.add_argument("--engines", type=names, default=ENGINES, metavar="A,B",
                        help="the first is compared with the others (default %s; there is also "
                        "'memory', strata without a disk)" % ",".join(ENGINES))
    parser.add_argument("--workload", "--workloads", type=names, metavar="A,B", dest="workloads",
                        help="default: all but " + ", ".join(LONG))
    parser.add_argument("--long", action="store_true", help="with " + ", ".join(LONG))
    parser.add_argument("--quick", action="store_true",
                        help="everything small and read back: shows that it works, no more")
    parser.add_argument("--rounds", type=int, metavar="N", help="default %d" % FULL["rounds"])
    parser.add_argument("--entries", type=int, metavar="N", help="default %d" % FULL["entries"])
    parser.add_argument("--sync-entries", type=int, metavar="N",
                        help="synced puts of one thread; 2, 4 and 8 times as many of 4, 16 and 64 "
                        "(default %d)" % FULL["sync_entries"])
    parser.add_argument("--value-size", type=int, default=100, metavar="BYTES", help="default 100")
    parser.add_argument("--memory", type=int, default=512, metavar="MIB",
                        help="for memtables and block cache together (default 512)")
    parser.add_argument("--scale", type=float, metavar="F",
                        help="part of the published size for stratakv (default %g)" % FULL["scale"])
    parser.add_argument("--seed", type=int, default=42, metavar="N", help="default 42")
    parser.add_argument("--dir", default="/var/tmp", metavar="DIR",
                        help="where stores are made and removed; on a disk (default /var/tmp)")
    parser.add_argument("--json", metavar="FILE", help="write every figure of every round")
    parser.add_argument("--markdown", action="store_true",
                        help="print the comparison at the end as a table in Markdown")
    parser.add_argument("--from", metavar="FILE", dest="source",
                        help="run nothing: print what --json wrote")
    return parser


def arguments():
    reader = parser()
    options = reader.parse_args()
    for name, value in (QUICK if options.quick else FULL).items():
        if getattr(options, name) is None:
            setattr(options, name, value)
    if options.workloads is None:
        options.workloads = [name for name in TITLES
                             if options.long or options.quick or name not in LONG]
    unknown = [name for name in options.workloads if name not in TITLES]
    if unknown:
        reader.error("no workload named " + ", ".join(unknown))
    if min(options.rounds, options.entries, options.sync_entries, options.value_size) < 1:
        reader.error("--rounds, --entries, --sync-entries and --value-size are at least 1")
    if options.scale <= 0:
        reader.error("--scale is above 0")
    return options


def title(workload, setup):
    """What a workload does at these sizes; engine_bench decides them in the same way."""
    entries, synced = setup["entries"], setup["sync_entries"]
    return TITLES[workload].format(
        entries=entries, sync_entries=synced, scale=setup["scale"], entries_10=10 * entries,
        sync_entries_4=4 * max(1, synced // 2), sync_entries_16=16 * max(1, synced // 4),
        sync_entries_64=64 * max(1, synced // 8), seeks_10=max(1, entries * 10 // 20),
        seeks_100=max(1, entries * 10 // 110), scans=max(1, entries // 5),
        recover_64=64 * entries / 1e6, recover_256=256 * entries / 1e6)


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
        "directory": options.dir,
        "file_system": file_system_of(options.dir),
        "load_at_start": os.getloadavg()[0],
        "compiler": program["compiler"],
        "build_type": program["build_type"],
        "versions": program["engines"],
    }


class Runner:
    """Starts engine_bench. Stores that a workload begins with are loaded once per engine, closed
    and copied for each run."""

    def __init__(self, options, program, home):
        self.options = options
        self.program = program
        self.home = home
        self.loaded = {}

    def run(self, workload, engine):
        """One process in one directory; its figures, or None when it failed."""
        directory = tempfile.mkdtemp(prefix="%s-%s-" % (workload, engine), dir=self.home)
        try:
            if self.program["workloads"][workload]["loaded"]:
                source = self.load(engine)
                if source is None:
                    return None
                # It keeps the holes of a sparse file.
                subprocess.run(["cp", "-a", source + "/.", directory], check=True)
                os.sync()
            return self.start(workload, engine, directory)
        finally:
            shutil.rmtree(directory, ignore_errors=True)
            # What one run left to be written must not slow the next.
            os.sync()

    def load(self, engine):
        """The directory of the loaded and compacted store, or None when loading failed."""
        if engine not in self.loaded:
            directory = tempfile.mkdtemp(prefix="load-%s-" % engine, dir=self.home)
            done = self.start("load", engine, directory)
            self.loaded[engine] = directory if done else None
        return self.loaded[engine]

    def start(self, workload, engine, directory):
        options = self.options
        try:
            done = subprocess.run(
                [options.program, "--engine", engine, "--workload", workload, "--dir", directory,
                 "--entries", str(options.entries), "--sync-entries", str(options.sync_entries),
                 "--value-size", str(options.value_size), "--memory", str(options.memory << 20),
                 "--scale", str(options.scale), "--seed", str(options.seed),
                 "--verify", "yes" if options.quick else "no"],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, encoding="utf-8", check=False,
                timeout=RUN_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            return None
        return json.loads(done.stdout) if done.returncode == 0 else None


def engines_of(options, program, workload):
    """Those that take part; the raw file where it can and there is something to compare it with."""
    engines = [name for name in options.engines
               if not (name == "memory" and workload in NOT_IN_MEMORY)]
    if workload in RAW_WORKLOADS and "raw" in program["engines"] and "raw" not in engines:
        engines.append("raw")
    return engines


def run_workload(options, program, runner, workload):
    """Figures of every round by engine, and whether all went well. An engine that fails once is
    left out, as is one that did other work than the first."""
    results = {engine: [] for engine in engines_of(options, program, workload)}
    complete = True
    digest = None
    for turn in range(options.rounds):
        for engine in list(results):
            started = time.monotonic()
            figures = runner.run(workload, engine)
            took = time.monotonic() - started
            if figures is not None and digest is None:
                digest = figures["digest"]
            if figures is None or figures["digest"] != digest:
                note("%s %s: %s; left out" % (
                    workload, engine,
                    "failed" if figures is None else "asked or found something else than others"))
                del results[engine]
                complete = False
                continue
            results[engine].append(figures)
            note("%s round %d %s: %s/s (%.1f s)"
                 % (workload, turn + 1, engine, f"{figures['ops_per_s']:,.0f}", took))
    return results, complete


def run_all(options):
    """Everything that was measured, as --json writes it, and whether all went well."""
    program = json.loads(subprocess.run([options.program, "--list"], stdout=subprocess.PIPE,
                                        encoding="utf-8", check=True).stdout)
    for engine in [name for name in options.engines if name not in program["engines"]]:
        note("%s: not in this build; skipped" % engine)
        options.engines.remove(engine)
    if not options.engines:
        sys.exit("no engine is left")
    setup = {name: value for name, value in vars(options).items()
             if name in ("engines", "rounds", "entries", "sync_entries", "value_size", "memory",
                         "scale", "seed")}
    record = {"environment": environment(options, program), "setup": setup, "workloads": {}}
    report.print_environment(record)
    if record["environment"]["file_system"] in ("tmpfs", "ramfs"):
        note("%s is in memory: syncs and written bytes mean nothing; see --dir" % options.dir)
    complete = True
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="strata-bench-", dir=options.dir) as home:
        runner = Runner(options, program, home)
        for workload in options.workloads:
            results, good = run_workload(options, program, runner, workload)
            complete = complete and good
            record["workloads"][workload] = {
                "title": title(workload, setup),
                "engines": {engine: {"rounds": rounds} for engine, rounds in results.items()
                            if rounds},
            }
            report.print_workload(record, workload, TARGETS)
    record["environment"]["load_at_end"] = os.getloadavg()[0]
    record["environment"]["minutes"] = round((time.monotonic() - started) / 60, 1)
    return record, complete


def main():
    options = arguments()
    if options.source:
        with open(options.source, encoding="utf-8") as file:
            record = json.load(file)
        complete = True
        report.print_environment(record)
        for workload in record["workloads"]:
            report.print_workload(record, workload, TARGETS)
    else:
        record, complete = run_all(options)
    report.print_summary(record, TARGETS)
    if options.markdown:
        report.print_markdown(record, TARGETS)
    if options.json and not options.source:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(report.with_medians(record, TARGETS), file, indent=1)
            file.write("\n")
    sys.exit(0 if complete else 1)


if __name__ == "__main__":
    # To be told to end is no reason to leave a process and its store behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
