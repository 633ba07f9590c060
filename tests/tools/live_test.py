#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Proves that whatever reads a store works beside its owner and leaves no trace.

usage: live_test.py STRATA_CLI STRATA_DUMP STRATA_WAL_DUMP

First an owner puts, overwrites, deletes, flushes and compacts without pause, while every reading
verb and inspector runs again and again: none may fail, block, or call damaged what is only gone,
and what was there before must be found. Then, on the store at rest, each of them runs once more,
and names, bytes and times of all files must be what they were.
"""
import os
import random
import subprocess
import sys
import tempfile
import threading

LIMIT_SECONDS = 60
ROUNDS = 40 if os.environ.get('STRATA_LONG') else 4
KEYS_AT_REST = 500


class Programs:
    def __init__(self, cli, dump, wal_dump, store):
        self.cli, self.dump, self.wal_dump, self.store = cli, dump, wal_dump, store

    def readers(self):
        """Each command with the statuses that it may have."""
        cli, store = self.cli, self.store
        verbs = [['get', 'rest:0007'], ['scan', 'rest:', '--limit', '5'], ['count', 'rest:'],
                 ['stats'], ['runs', '--tables'], ['files'], ['check'], ['check', '--fast'],
                 ['export', 'rest:'], ['history', 'rest:0007'], ['du'], ['digest', 'rest:'],
                 ['scan', 'hot:', '--all-versions', '--limit', '50'],
                 ['explain', 'get', 'rest:0007'], ['explain', 'scan', 'rest:'],
                 ['explain', 'put', 'rest:0007', 'new'],
                 ['diff', store, '--prefix', 'rest:']]
        commands = [([cli, store, *verb], {0}) for verb in verbs]
        for command in ('records', 'identify', 'props', 'check', 'layout', 'index', 'filter',
                        'hist', 'space', 'manifest'):
            commands.append(([self.dump, command, store], {0}))
        commands.append(([self.dump, 'find', 'rest:0007', store], {0}))
        for options in ([], ['--check'], ['--stats'], ['--batches'], ['--tail', '3'], ['--gaps']):
            commands.append(([self.wal_dump, *options, store], {0}))
        return commands


def run(command):
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=LIMIT_SECONDS, check=False)


def fail(command, finished, why):
    sys.exit(f'{" ".join(command)}: {why}; status {finished.returncode}\n'
             f'{finished.stdout[-2000:].decode("utf-8", "replace")}'
             f'{finished.stderr[-2000:].decode("utf-8", "replace")}')


def check_answer(command, finished, statuses):
    if finished.returncode not in statuses:
        fail(command, finished, f'expected one of {sorted(statuses)}')
    said = (finished.stdout + finished.stderr).lower()
    if b'corrupt' in said or b'damaged@' in said:
        fail(command, finished, 'speaks of damage')
    wanted = {'get': b'value', 'count': b'%d\n' % KEYS_AT_REST}.get(
        command[2] if len(command) > 2 else '')
    if wanted is not None and finished.stdout != wanted:
        fail(command, finished, f'expected {wanted!r}')


class Owner:
    """A shell that writes from the day it is started to the day it is told to stop."""

    def __init__(self, programs, seed):
        self.random = random.Random(seed)
        self.process = subprocess.Popen([programs.cli, '-q', programs.store], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE)
        self.stop = threading.Event()
        self.lines = 0
        self.thread = threading.Thread(target=self.write)

    def write(self):
        while not self.stop.is_set():
            what = self.random.random()
            key = f'hot:{self.random.randrange(3000)}'
            if what < 0.01:
                line = 'compact'
            elif what < 0.05:
                line = 'flush'
            elif what < 0.2:
                line = f'del {key} --async'
            else:
                line = f'put {key} {"x" * self.random.randrange(300)}v --async'
            try:
                self.process.stdin.write(line + '\n')
                self.process.stdin.flush()
            except BrokenPipeError:
                return
            self.lines += 1

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()
        self.process.stdin.close()
        said = self.process.stderr.read()
        if self.process.wait(LIMIT_SECONDS) != 0:
            sys.exit(f'the owner failed after {self.lines} lines: {said}')


def traces(store):
    found = {}
    for name in sorted(os.listdir(store)):
        path = os.path.join(store, name)
        status = os.stat(path)
        with open(path, 'rb') as file:
            found[name] = (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns,
                           file.read())
    status = os.stat(store)
    found['.'] = (status.st_ino, status.st_mtime_ns, status.st_ctime_ns)
    return found


def main():
    seed = int(os.environ.get('STRATA_SEED', '1'))
    print(f'STRATA_SEED={seed}')
    with tempfile.TemporaryDirectory() as directory:
        programs = Programs(*sys.argv[1:4], os.path.join(directory, 'store'))
        records = ''.join(f'rest:{i:04}\tvalue\n' for i in range(KEYS_AT_REST))
        subprocess.run([programs.cli, '-q', programs.store, 'import', '-', '-f', 'tsv'],
                       input=records, text=True, check=True, timeout=LIMIT_SECONDS)
        runs = 0
        with Owner(programs, seed) as owner:
            for _ in range(ROUNDS):
                for command, statuses in programs.readers():
                    check_answer(command, run(command), statuses)
                    runs += 1
        print(f'{runs} commands beside {owner.lines} lines of the owner')
        before = traces(programs.store)
        for command, _ in programs.readers():
            check_answer(command, run(command), {0})
            if traces(programs.store) != before:
                sys.exit(f'{" ".join(command)}: changed the store')


if __name__ == '__main__':
    main()
