# SPDX-License-Identifier: Apache-2.0
"""The servers that http_bench.py compares: how each is started, filled, and asked."""

import base64
import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import time

START_SECONDS_MAX = 60
VALUE = "v" * 100


def key(i):
    return "key:%012d" % i


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Server:
    """A process that serves on one port. Use it as a context."""

    name = ""
    programs = []  # what must be installed

    def __init__(self, setup, directory, synced):
        self.setup = setup
        self.directory = directory
        self.synced = synced
        self.port = free_port()

    def command(self):
        raise NotImplementedError

    def fill(self):
        pass

    def __enter__(self):
        self.process = subprocess.Popen(
            self.command(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, cwd=self.directory)
        end = time.monotonic() + START_SECONDS_MAX
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                break
            except OSError:
                if self.process.poll() is not None or time.monotonic() > end:
                    self.process.kill()
                    raise RuntimeError("%s does not start" % self.name) from None
                time.sleep(0.01)
        self.fill()
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def cpu_seconds(self):
        with open("/proc/%d/stat" % self.process.pid, encoding="utf-8") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_bytes(self):
        with open("/proc/%d/status" % self.process.pid, encoding="utf-8") as file:
            return int(re.search(r"VmRSS:\s+(\d+)", file.read())[1]) * 1024

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, path, body)
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        if answer.status >= 300:
            raise RuntimeError("%s: %s %s: %d" % (self.name, method, path, answer.status))
        return data

    def wrk(self, kind, connections, depth, seconds):
        """Starts wrk; its last line is JSON."""
        return subprocess.Popen(
            ["wrk", "-t", str(self.setup.threads), "-c", str(connections),
             "-d", "%ds" % max(1, round(seconds)), "--timeout", "30s",
             "-s", os.path.join(os.path.dirname(__file__), "requests.lua"),
             "http://127.0.0.1:%d" % self.port, "--", kind, str(self.setup.keys), str(depth)],
            stdout=subprocess.PIPE, encoding="utf-8")

    def start_load(self, workload, connections, seconds):
        """Starts the client of a workload."""
        kind, depth = {"get": ("get", 1), "get16": ("get", 16), "put": ("put", 1),
                       "put16": ("put", 16), "putsync": ("put", 1), "mixed": ("mixed", 1)}[workload]
        return self.wrk(kind, connections, depth, seconds)

    @staticmethod
    def figures(text):
        found = json.loads(text.strip().splitlines()[-1])
        # With requests in bundles wrk loses the slowest from its statistics, and says 0.
        return {name: value or None if name == "p99_us" else value
                for name, value in found.items()}


class Strata(Server):
    name = "strata"
    programs = ["wrk"]

    def command(self):
        return [self.setup.serve, "--listen", "127.0.0.1:%d" % self.port, "-q",
                "--threads", str(self.setup.threads),
                "--sync", "sync" if self.synced else "none", "store"]

    def fill(self):
        lines = "".join('{"key":"%s","value":"%s"}\n' % (key(i), VALUE)
                        for i in range(self.setup.keys))
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("POST", "/v1/import", lines, {"Content-Type": "application/x-ndjson"})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        if answer.status >= 300:
            raise RuntimeError("strata: import: %d" % answer.status)


class Bare(Server):
    name = "bare loop"
    programs = ["wrk"]

    def command(self):
        return [self.setup.bare, str(self.port), str(self.setup.threads)]


class Redis(Server):
    name = "redis"
    programs = ["redis-server", "redis-benchmark"]

    def command(self):
        # Standard configuration but for what is written to the disk, and when.
        log = ["--appendonly", "yes", "--appendfsync", "always"] if self.synced else []
        return ["redis-server", "--bind", "127.0.0.1", "--port", str(self.port), "--save", "",
                "--dir", self.directory, *log]

    def fill(self):
        if not self.synced:
            self.benchmark("set", 20 * self.setup.keys, 32, 64).communicate()

    def benchmark(self, test, requests, connections, depth):
        return subprocess.Popen(
            ["redis-benchmark", "-p", str(self.port), "-t", test, "-n", str(requests),
             "-c", str(connections), "-P", str(depth), "-d", str(len(VALUE)),
             "-r", str(self.setup.keys), "--csv"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8")

    def start_load(self, workload, connections, seconds):
        # It counts requests, not seconds; these are rates that a small machine reaches.
        test, depth, rate = {"get": ("get", 1, 80_000), "put": ("set", 1, 80_000),
                             "putsync": ("set", 1, 25_000), "get16": ("get", 16, 600_000),
                             "put16": ("set", 16, 500_000)}[workload]
        self.requests = max(1000, int(rate * seconds))
        return self.benchmark(test, self.requests, connections, depth)

    def figures(self, text):
        cells = text.strip().splitlines()[-1].replace('"', "").split(",")
        rate, p50, p99 = float(cells[1]), float(cells[4]), float(cells[6])
        return {"requests": self.requests, "seconds": self.requests / rate,
                "p50_us": p50 * 1000, "p99_us": p99 * 1000, "errors": 0}


class Etcd(Server):
    name = "etcd"
    programs = ["etcd", "wrk"]

    def command(self):
        peer = "http://127.0.0.1:%d" % free_port()
        client = "http://127.0.0.1:%d" % self.port
        return ["etcd", "--data-dir", os.path.join(self.directory, "etcd"),
                "--listen-client-urls", client, "--advertise-client-urls", client,
                "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
                "--initial-cluster", "default=" + peer]

    def fill(self):
        end = time.monotonic() + START_SECONDS_MAX
        while True:
            try:
                self.put(key(0))
                break
            except (OSError, RuntimeError, http.client.HTTPException):
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)
        self.wrk("etcd_put", 64, 1, 2).communicate()

    def put(self, name):
        encoded = [base64.b64encode(text.encode()).decode() for text in (name, VALUE)]
        self.ask("POST", "/v3/kv/put", '{"key":"%s","value":"%s"}' % tuple(encoded))

    def start_load(self, workload, connections, seconds):
        kind = {"get": "etcd_get", "putsync": "etcd_put"}[workload]
        return self.wrk(kind, connections, 1, seconds)


ALL = {"strata": Strata, "bare": Bare, "redis": Redis, "etcd": Etcd}

# What each can do, or is asked to: etcd syncs every put, and the bare loop stores nothing.
WORKLOADS = {
    "get": ["strata", "bare", "redis", "etcd"],
    "put": ["strata", "redis"],
    "putsync": ["strata", "redis", "etcd"],
    "mixed": ["strata"],
    "get16": ["strata", "bare", "redis"],
    "put16": ["strata", "redis"],
}


def missing(name):
    return [program for program in ALL[name].programs if shutil.which(program) is None]
