# SPDX-License-Identifier: Apache-2.0
"""Compares strata-serve with a bare epoll loop, redis and etcd's JSON gateway.

Each cell is a server, a workload and a number of connections; every run of a cell has a server of
its own, in a directory of its own. Servers take turns within a round, so that a machine that is
slow for a while is slow for all of them. What is compared are medians over the rounds.
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

import servers

TITLES = {
    "get": "GET of a live key",
    "put": "PUT, not synced",
    "putsync": "PUT, synced before it is answered",
    "mixed": "half GET, half PUT, not synced",
    "get16": "GET, 16 requests sent together",
    "put16": "PUT, not synced, 16 requests sent together",
}

# What strata-serve sets out to be: workload, figure, peer, how many times as good.
FLOORS = [
    ("get", "per_cpu_second", "bare", 0.9),
    ("get", "per_second", "redis", 1.0),
    ("get16", "per_second", "redis", 1.2),
    ("putsync", "per_second", "redis", 1.5),
    ("putsync", "per_second", "etcd", 5.0),
    ("get", "per_second", "etcd", 5.0),
]
FLOOR_CONNECTIONS = 64

COLUMNS = [
    ("per second", "per_second", "{:,.0f}"),
    ("per CPU s", "per_cpu_second", "{:,.0f}"),
    ("p50 ms", "p50_ms", "{:.3f}"),
    ("p99 ms", "p99_ms", "{:.3f}"),
    ("CPU us", "cpu_us", "{:.2f}"),
    ("KiB/conn", "connection_kib", "{:.1f}"),
]


def note(text):
    print(text, file=sys.stderr, flush=True)


def names(text):
    return [name for name in text.split(",") if name]


def numbers(text):
    return [int(name) for name in names(text)]


def arguments():
    parser = argparse.ArgumentParser(prog="tests/bench/http/run", description=__doc__)
    parser.add_argument("--serve", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--bare", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--servers", type=names, default=list(servers.ALL), metavar="A,B",
                        help="default " + ",".join(servers.ALL))
    parser.add_argument("--workloads", type=names, default=list(TITLES), metavar="A,B",
                        help="default " + ",".join(TITLES))
    parser.add_argument("--connections", type=numbers, default=[16, 64, 256], metavar="N,M",
                        help="default 16,64,256")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="default 3")
    parser.add_argument("--seconds", type=float, default=3, metavar="S",
                        help="of each run (default 3)")
    parser.add_argument("--keys", type=int, default=10_000, metavar="N", help="default 10000")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), metavar="N",
                        help="of the server's network and of wrk (default: one per processor)")
    parser.add_argument("--dir", default="/var/tmp", metavar="DIR",
                        help="where stores are made and removed; on a disk (default /var/tmp)")
    parser.add_argument("--json", metavar="FILE", help="write every figure of every round")
    parser.add_argument("--markdown", action="store_true",
                        help="print the tables in Markdown")
    parser.add_argument("--quick", action="store_true",
                        help="everything short: shows that it works, no more")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.seconds, options.connections = 1, 0.3, [4]
    unknown = [name for name in options.workloads if name not in TITLES]
    unknown += [name for name in options.servers if name not in servers.ALL]
    if unknown:
        parser.error("unknown: " + ", ".join(unknown))
    options.serve, options.bare = os.path.abspath(options.serve), os.path.abspath(options.bare)
    return options


def measure(options, name, workload, connections):
    """One run of one cell: its figures."""
    directory = tempfile.mkdtemp(prefix="strata-http-", dir=options.dir)
    try:
        with servers.ALL[name](options, directory, workload == "putsync") as server:
            memory = server.memory_bytes()
            cpu = server.cpu_seconds()
            client = server.start_load(workload, connections, options.seconds)
            time.sleep(options.seconds / 2)
            most = server.memory_bytes()
            text, _ = client.communicate()
            cpu = server.cpu_seconds() - cpu
            if client.returncode != 0:
                raise RuntimeError("the client failed with status %d" % client.returncode)
            figures = server.figures(text)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
        os.sync()
    if figures["errors"]:
        raise RuntimeError("%d of %d answers are errors" % (figures["errors"],
                                                            figures["requests"]))
    requests = max(1, figures["requests"])
    return {
        "per_second": requests / figures["seconds"],
        "per_cpu_second": requests / cpu if cpu > 0 else 0.0,
        "p50_ms": figures["p50_us"] / 1000,
        "p99_ms": None if figures["p99_us"] is None else figures["p99_us"] / 1000,
        "cpu_us": 1e6 * cpu / requests,
        # Of workloads that store nothing; else it is the data that grows.
        "connection_kib": (most - memory) / 1024 / connections
                          if workload in ("get", "get16") else None,
    }


def medians(rounds):
    known = {field: [figures[field] for figures in rounds if figures[field] is not None]
             for field in rounds[0]}
    return {field: statistics.median(values) if values else None
            for field, values in known.items()}


def run_all(options):
    """A list of figures for each (workload, connections, server), and whether all went well."""
    cells, complete = {}, True
    for workload in options.workloads:
        for connections in options.connections:
            taking_part = [name for name in servers.WORKLOADS[workload] if name in options.servers]
            for turn in range(options.rounds):
                for name in list(taking_part):
                    try:
                        figures = measure(options, name, workload, connections)
                    except (RuntimeError, OSError, ValueError) as error:
                        note("%s, %d connections, %s: %s; left out" % (
                            workload, connections, name, error))
                        taking_part.remove(name)
                        complete = False
                        continue
                    cells.setdefault((workload, connections, name), []).append(figures)
                    note("%s, %d connections, round %d, %s: %s/s, %.2f us of CPU each" % (
                        workload, connections, turn + 1, servers.ALL[name].name,
                        f"{figures['per_second']:,.0f}", figures["cpu_us"]))
    return {cell: medians(rounds) for cell, rounds in cells.items()}, complete


def print_row(cells, widths, markdown):
    if markdown:
        print("| " + " | ".join(cells) + " |")
    else:
        print("  ".join(cell.ljust(width) if i == 0 else cell.rjust(width)
                        for i, (cell, width) in enumerate(zip(cells, widths))).rstrip())


def print_workload(options, cells, workload):
    own = [(connections, name) for connections in options.connections
           for name in servers.ALL if (workload, connections, name) in cells]
    if not own:
        return
    print("\n%s: %s\n" % ("`%s`" % workload if options.markdown else workload, TITLES[workload]))
    head = ["server", "conns"] + [column for column, _, _ in COLUMNS]
    widths = [10, 5] + [11] * len(COLUMNS)
    print_row(head, widths, options.markdown)
    if options.markdown:
        print("|---|" + "---:|" * (len(head) - 1))
    for connections, name in own:
        figures = cells[workload, connections, name]
        print_row([servers.ALL[name].name, str(connections)] +
                  ["" if figures[field] is None else form.format(figures[field])
                   for _, field, form in COLUMNS], widths, options.markdown)


def print_floors(options, cells):
    rows = []
    for workload, figure, peer, floor in FLOORS:
        own = cells.get((workload, FLOOR_CONNECTIONS, "strata"))
        other = cells.get((workload, FLOOR_CONNECTIONS, peer))
        if own and other and other[figure]:
            ratio = own[figure] / other[figure]
            rows.append(["%s %s, against %s" % (workload, figure.replace("_", " "),
                                                servers.ALL[peer].name),
                         "%.2f" % ratio, "%.2f" % floor, "ok" if ratio >= floor else "BELOW"])
    if not rows:
        return
    print("\nRatios at %d connections\n" % FLOOR_CONNECTIONS)
    widths = [44, 8, 8, 8]
    print_row(["what", "ratio", "floor", ""], widths, options.markdown)
    if options.markdown:
        print("|---|---:|---:|---|")
    for row in rows:
        print_row(row, widths, options.markdown)


def version_of(command):
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              encoding="utf-8", errors="replace", check=False)
        return done.stdout.strip().splitlines()[0]
    except (OSError, IndexError):
        return "not installed"


def environment(options):
    model = "unknown"
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
    return {"processor": model, "processors": os.cpu_count(), "kernel": platform.release(),
            "directory": options.dir, "load_at_start": os.getloadavg()[0],
            "strata": version_of([options.serve, "--version"]),
            "redis": version_of(["redis-server", "--version"]),
            "etcd": version_of(["etcd", "--version"]), "wrk": version_of(["wrk", "-v"])}


def main():
    options = arguments()
    for name in list(options.servers):
        gone = servers.missing(name)
        if gone:
            note("%s: %s not installed; skipped" % (name, " and ".join(gone)))
            options.servers.remove(name)
    if "strata" not in options.servers:
        # Nothing can be shown without a client; Meson takes this for a skipped test.
        sys.exit(77)
    facts = environment(options)
    for name, value in facts.items():
        print("%-14s %s" % (name, value))
    cells, complete = run_all(options)
    for workload in options.workloads:
        print_workload(options, cells, workload)
    print_floors(options, cells)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"environment": facts,
                       "cells": [{"workload": cell[0], "connections": cell[1], "server": cell[2],
                                  **figures} for cell, figures in cells.items()]}, file, indent=1)
            file.write("\n")
    sys.exit(0 if complete else 1)


if __name__ == "__main__":
    # To be told to end is no reason to leave a process and its store behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
