#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Proves what strata-wal-dump promises of real processes: a script or an extract of a log of random
binary data replays to the same store; a follower of a store that is written, opened and closed by
other processes shows each record once and in order, and Ctrl-C ends it with its closing line;
reading changes nothing.

usage: wal_dump_test.py STRATA_CLI STRATA_WAL_DUMP

The seed is $STRATA_SEED, else 1, and is printed.
"""
import base64
import json
import os
import random
import signal
import subprocess
import sys
import tempfile

CLI, DUMP = (os.path.abspath(path) for path in sys.argv[1:3])
SEED = int(os.environ.get('STRATA_SEED', '1'))
LIMIT_SECONDS = 120


def fail(message):
    sys.exit(f'wal_dump_test (STRATA_SEED={SEED}): {message}')


def run(command, stdin=None, status=0):
    done = subprocess.run(command, input=stdin, capture_output=True, timeout=LIMIT_SECONDS,
                          check=False)
    if done.returncode != status:
        fail(f'{command} ended with {done.returncode}, expected {status}: {done.stderr!r}')
    return done.stdout, done.stderr


def records_of(text):
    return [json.loads(line) for line in text.splitlines()]


def without_place(records):
    return [{name: value for name, value in record.items() if name not in ('file', 'offset')}
            for record in records]


def random_bytes(choice, size):
    """Some of it text, some of it what a shell and a parser would trip over."""
    kind = choice.randrange(4)
    if kind == 0:
        return bytes(choice.choice(b'abc xyz09') for _ in range(size))
    if kind == 1:
        return bytes(choice.choice(b'\\"\' \t\n\r;|>#@-{}\x00$') for _ in range(size))
    if kind == 2:
        return ''.join(choice.choice('äßλ漢🙂e') for _ in range(size)).encode()
    return choice.randbytes(size)


def random_batch(choice, keys):
    lines = []
    for _ in range(choice.randint(1, 5)):
        key = {'b64': base64.b64encode(choice.choice(keys)).decode()}
        if choice.random() < 0.25:
            lines.append({'key': key, 'type': 'del'})
            continue
        size = choice.choice([0, 1, 7, 40, 300, 5000])
        value = {'b64': base64.b64encode(random_bytes(choice, size)).decode()}
        lines.append({'key': key, 'value': value})
    return '\n'.join(json.dumps(line) for line in lines).encode()


def check_round_trip(choice):
    keys = [random_bytes(choice, choice.randint(1, 30)) for _ in range(40)]
    # In one process: a store that is opened often moves its log into tables.
    for number in range(60):
        with open(f'batch{number}', 'wb') as file:
            file.write(random_batch(choice, keys))
    batch_script = ''.join(f'batch batch{number}\n' for number in range(60))
    run([CLI, '--quiet', '--async', 'source'], batch_script.encode())
    exported, _ = run([CLI, 'source', 'export'])
    log, _ = run([DUMP, '-q', '--json', 'source'])
    script, _ = run([DUMP, '-q', '--script', 'source'])
    run([CLI, '--quiet', '--sync', 'none', 'replayed'], script)
    if without_place(records_of(run([CLI, 'replayed', 'export'])[0])) != \
            without_place(records_of(exported)):
        fail('the script does not replay to the same state')
    if run([DUMP, '-q', '--json', 'replayed'])[0] != log:
        fail('the script does not replay to the same log')
    if run([DUMP, '-q', '--script', '--ascii', 'replayed'])[0] != \
            run([DUMP, '-q', '--script', '--ascii', 'source'])[0]:
        fail('the script of the replayed log differs')
    run([DUMP, '-q', '--extract', 'extract.wal', 'source'])
    if run([DUMP, '--json', 'extract.wal'])[0] != log:
        fail('the extract does not hold the same records')
    checked, _ = run([DUMP, '--check', '--strict', 'extract.wal'])
    if checked.split(b'\t')[1] != b'clean':
        fail(f'the extract is not clean: {checked!r}')
    batches = [record['operations'] for record in
               records_of(run([DUMP, '-q', '--batches', '--json', 'source'])[0])
               if record['kind'] == 'ops']
    copied = [record['operations'] for record in
              records_of(run([DUMP, '-q', '--batches', '--json', 'extract.wal'])[0])
              if record['kind'] == 'ops']
    if batches != copied:
        fail('the extract has other batches')
    print(f'round trip: {len(records_of(log))} records in {len(batches)} batches')


def facts_of(directory):
    facts = {}
    for name in sorted(os.listdir(directory)):
        status = os.stat(os.path.join(directory, name))
        with open(os.path.join(directory, name), 'rb') as file:
            facts[name] = (status.st_size, status.st_mtime_ns, status.st_ctime_ns, file.read())
    return facts


def check_nothing_changes():
    before = facts_of('source')
    for options in (['--check'], ['--hex'], ['--script'], ['--stats'], ['--gaps'], ['--batches'],
                    ['--tail', '3'], ['--since', '1h'], ['--durable-only'],
                    ['--on-error', 'skip'], ['--follow', '--until-idle', '50ms'],
                    ['--extract', 'another.wal']):
        run([DUMP, '-q', *options, 'source'])
        if facts_of('source') != before:
            fail(f'{options} changed the store')


def check_follower():
    run([CLI, '--quiet', 'followed', 'put', 'first', '0'])
    follower = subprocess.Popen([DUMP, '--follow', '--json', 'followed'], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)
    # Each round is a process of its own: the store is opened, sealed, and opened again.
    total = 1
    for start in range(0, 300, 20):
        script = ''.join(f'put k{number} {number}\n' for number in range(start, start + 20))
        if start % 100 == 40:
            script += 'flush\n'
        run([CLI, '--quiet', '--async', 'followed'], script.encode())
        total += 20
    shown = []
    while len(shown) < total:
        record = json.loads(follower.stdout.readline())
        shown.append(record['seq'])
        if record['seq'] == total:
            break
    follower.send_signal(signal.SIGINT)
    rest, messages = follower.communicate(timeout=LIMIT_SECONDS)
    if follower.returncode != 130 or rest:
        fail(f'Ctrl-C: status {follower.returncode}, more output {rest!r}')
    # A flush may remove a segment before the follower comes to it: then the gap is told.
    told = sum(int(line.split(b' operations are missing')[0].split(b': ')[-1])
               for line in messages.splitlines() if b'operations are missing' in line)
    if shown != sorted(set(shown)) or shown[-1] != total or len(shown) + told != total:
        fail(f'{len(shown)} of {total} shown, {told} said to be missing: {messages!r}')
    closing = json.loads(messages.splitlines()[-1])
    if closing['last_seq'] != total or closing['damaged_bytes'] != 0:
        fail(f'the closing line says {closing}')
    print(f'follower: {len(shown)} of {total} shown, {told} told to be missing')


def main():
    print(f'STRATA_SEED={SEED}')
    choice = random.Random(SEED)
    with tempfile.TemporaryDirectory(prefix='strata-wal-dump-') as directory:
        os.chdir(directory)
        check_round_trip(choice)
        check_nothing_changes()
        check_follower()
        os.chdir('/')


main()
