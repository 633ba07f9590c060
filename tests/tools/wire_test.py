#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Proves that a command says the same on a directory and over the wire.

usage: wire_test.py STRATA_CLI STRATA_SERVE STRATA_STRESS

Two stores begin empty: one is a directory, the other is served. Each command of a list runs on
both, and what it prints, its messages and its status must be equal, byte for byte, once the name of
the store and what time decides are taken out. Then come the ways in which a server differs from a
directory: it is not there, wants a token, serves read-only, is killed within a walk or a write,
serves on a Unix socket; and the interactive shell.
"""
import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading

LIMIT_SECONDS = 120
DIRECTORY = 'a-directory'

# $S is the store; -q where only a directory has something to note.
COMMANDS = [
    '$C -q $S put greeting "hello world"',
    '$C $S get greeting',
    '$C $S get nothing',
    '$C -q $S get nothing',
    '$C --json $S get nothing greeting',
    '$C $S put a 1 --json; $C $S put a 2 --json --bigint string; $C $S put a 3 -v',
    '$C $S put b 1 --if-absent; $C $S put b 2 --if-absent; echo $?',
    '$C $S put b 2 --if-seq 5; echo $?; $C $S put b 3 --if-seq 5; echo $?',
    '$C $S put b 3 --if-value 2; echo $?; $C $S put b 4 --if-value 2; echo $?',
    '$C $S put none x --if-value 2; echo $?; $C $S put none x --if-seq 1; echo $?',
    '$C $S put empty ""; $C $S get empty; $C $S get empty --meta; $C $S put empty2 "" --if-absent',
    r"$C $S put 'k\x00\xff\n/..%2F' 'v\x00\xfe'; $C $S get 'k\x00\xff\n/..%2F' | od -c",
    "$C $S put . dot; $C $S put .. dots; $C $S put / slash; $C $S put //a//b 'slashes'; "
    "$C $S get . .. / //a//b --json; $C $S get .. ; $C $S get //a//b",
    "$C $S put 'a b+c%20&d=e?f#g' 1; $C $S get 'a b+c%20&d=e?f#g'; $C $S scan 'a b'",
    r"$C $S put '\u{1F600}' '\u{e9}'; $C $S scan '\u{1F600}' --json; $C $S scan --ascii",
    # Keys that go in an address, and those that are too long for it.
    'for n in 2048 2049 65536 65537; do k=$(head -c $n /dev/zero | tr "\\0" k); '
    'echo "put $k v$n; get $k; del $k; get $k" | $C $S | cksum; done',
    'printf "put %s v\\n" a/1 a/2 a/3 b/1 > keys; $C $S -F keys',
    '$C $S -F keys -c "scan a/ --keys; scan --from a/2 --to b/9 --keys; scan --limit 2"',
    '$C $S scan; $C $S scan --reverse --keys; $C $S scan --after a/1 --limit 2 -f table',
    '$C $S scan --reverse --after b --limit 2 --keys; $C $S scan --match "*/1" --keys',
    '$C $S scan --match "[!a]*" --meta --json; $C $S scan nosuch; $C $S scan nosuch -f json',
    '$C $S count; $C $S count a/; $C $S count --match "a*"; $C $S count --from b --json',
    '$C $S count --limit 3; $C $S count --reverse; $C $S count --after a/1; '
    '$C $S count --reverse --after b; $C $S count --reverse --after b --to a/3',
    '$C $S count --approx --at 1; $C $S count --approx --match "a*"',
    '$C $S get a --at 999999; echo $?; $C $S scan --at 999999; echo $?; $C $S count --at 99999',
    '$C $S del a/1 a/2; $C $S del a/1 --json; $C $S del nosuch; $C $S scan a/',
    # A directory that is opened anew has other layers than one that stays open, so what is about
    # versions happens within one run.
    '$C $S -c "put h 1; put h 2; del h; put h 4; scan h --all-versions --json; '
    'scan h --all-versions --reverse; get h --at 9999"',
    "$C -q $S -c 'put h 5; put h 6; history h --limit 2' | cut -f 1-4",
    "$C -q $S -c 'put h 7; put h 8; history h --limit 2 --values --json' | "
    "sed 's/,\"file.*wal\"//'",
    "$C -q $S -c 'put h 9; put g 1; scan h --meta' | cut -f 1-2; $C $S stats last_sequence > seq; "
    '$C $S get h --at $(cat seq); $C $S scan h --at $(cat seq); $C $S count h --at $(cat seq)',
    '$C -q $S history never; echo $?',
    '$C $S -c "begin; put t1 1; put t2 2; del b; commit; scan t --meta"',
    '$C $S -c "begin; put t1 0; put t1 1 --if-absent; commit"; echo $?; $C $S get t1',
    '$C $S -c "begin; put t9 0; rollback; get t9"',
    "printf '%s\\n' '{\"if\":{\"key\":\"n1\",\"absent\":true}}' '{\"key\":\"n1\",\"value\":\"1\"}' "
    "'{\"key\":\"n2\",\"value\":{\"b64\":\"AP8=\"}}' > batch; $C $S batch batch; "
    "$C $S batch batch; "
    "echo $?; $C $S batch batch --json; $C $S batch batch --dry-run",
    "printf '%s\\n' '{\"if\":{\"key\":\"n1\",\"absent\":false}}' > present; $C $S batch present",
    '$C $S batch </dev/null; echo $?',
    "printf '%s\\n' '{\"key\":\"i1\",\"value\":\"1\"}' "
    "'{\"key\":\"i2\",\"value\":{\"b64\":\"AP8=\"}}' "
    "'{\"key\":\"a\",\"type\":\"del\"}' > records; $C $S import records; "
    "$C $S --json import records",
    "(cat records; echo '{\"key\":\"d\"') > broken; $C $S import broken; echo $?; "
    "$C $S import broken --atomic; echo $?; $C $S import broken --rejects rejected; echo $?; "
    "cat rejected",
    "seq 1 20000 | sed 's/.*/many:&\\tvalue of &/' | $C $S import - -f tsv; $C $S count many:",
    '$C $S export many: | cksum; $C $S export -f tsv | cksum; $C $S export many:1 -o out -q; '
    'cksum < out',
    '$C $S export many: | head -n 3; $C $S scan many: --limit 5',
    '$C $S digest many:; $C $S digest many: --by-prefix 6; $C $S du many:; '
    '$C $S du many: --depth 2 --json; $C $S du many: --obsolete',
    '$C $S del --prefix many:1; echo $?; $C $S del --prefix many:1 --dry-run',
    '$C $S del --prefix many:1 --yes; $C $S count many:; $C $S del --from t --to u --yes',
    '$C $S put big @../big --sync none; $C $S get big | cmp - ../big; '
    '$C $S put big @../big --if-absent; echo $?; $C $S del big',
    'head -c 67108865 /dev/zero > long; $C $S put big @long; echo $?; rm long',
    'head -c 40000000 /dev/zero | tr "\\0" x > text; $C $S put text @text; $C $S get text | cksum; '
    '$C $S scan text -f json | cksum; $C $S get text a --json | cksum; $C $S del text; rm text',
    '$C $S put k 1 --sync interval:50; $C $S put k 2 --async; $C $S put k 3 --sync sync; '
    '$C $S put k 4 --sync never; echo $?',
    '$C $S --dry-run put z 1; $C $S get z; echo $?',
    "$C $S -c 'explain put b value -f json' | sed 's/.*steps/steps/; s/\"the key is absent.*//'",
    "$C -q $S -c 'put e 1; put e 2; explain get e --json' | cut -d '\"' -f 1-8",
    '$C $S explain get nosuch -q > explained; echo $?; $C $S explain get e --at 999999; echo $?',
    "$C $S explain scan i --limit 7 --json | sed 's/;.*\"records/\"records/; s/,\"shadowed.*//'",
    '$C $S explain scan --match "a*"; $C $S explain',
    "$C $S flush | sed 's/[0-9].*//'; $C $S flush --json | sed 's/[0-9][0-9]*/N/g'",
    '$C $S stats last_sequence; $C $S stats nosuch; $C $S stats --json | '
    "tr ',' '\\n' | sed 's/:.*//'",
    "$C $S compact | sed 's/[0-9].*//'; $C $S runs --tables | cut -f 1-2,5-10; "
    '$C $S compact --estimate | sed "s/[0-9].*//"; $C $S runs --json | sed "s/\\"size.*entries//"',
    '$C $S get a --at 1; echo $?; $C --json $S get a --at 1; echo $?; $C $S scan --at 1; echo $?',
    '$C $S count --at 1; echo $?; $C $S count --approx; $C $S count i --approx --json',
    "$C -q $S check; echo $?; $C $S check --fast 2>&1 | sed 's/.*: //'",
    '$C $S files --orphans; $C $S files | grep -c LOCK',
    '$C $S get; $C $S get ""; $C $S put "" x; echo $?; $C $S put a',
    '$C --read-only $S put a 1; echo $?; $C --read-only $S get n1',
    '$C --read-only $S flush; echo $?; $C --read-only $S -c "get n1; del n1"; echo $?',
    '$C --no-create $S put nc 1; $C --wait-lock 1s $S get nc',
    'echo "scan i; put s 1; get s; nosuch; get s" | $C $S; echo $?',
    'echo "scan i; nosuch; get s" | $C --bail off $S; echo $?',
    '$C $S -c "scan i > out; count >> out; .! cat out"',
    'STRATA_STORE=$S $C get s; STRATA_STORE=$S $C count i',
    '$C diff $S $S; $C $S diff $S --summary; $C -q $S diff memory: --prefix i --patch; echo $?',
    '$C --repeat 3 $S get s; $C --timeout 10s $S get s',
    '$C memory: -c ".open $S; get s; .show" | grep -v "^transcript\\|^sync"',
]


class Server:
    """strata-serve on a free port."""

    def __init__(self, program, store, *options, env=None):
        self.process = subprocess.Popen([program, '--listen', '127.0.0.1:0', *options, store],
                                        stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, env=env)
        line = self.process.stderr.readline().decode()
        found = re.search(r'http://127\.0\.0\.1:[0-9]+', line)
        if found is None:
            sys.exit(f'strata-serve does not say where it serves: {line}')
        self.url = found.group()
        # A full pipe would stop the server.
        self.reader = threading.Thread(target=self.process.stderr.read, daemon=True)
        self.reader.start()

    def stop(self, number=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(number)
        status = self.process.wait(LIMIT_SECONDS)
        self.reader.join()
        self.process.stderr.close()
        return status

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.stop(signal.SIGKILL)


def run(command, cwd, cli, store, env=None):
    names = {**os.environ, 'C': cli, 'S': store, **(env or {})}
    names.pop('STRATA_STORE', None)
    done = subprocess.run(['sh', '-c', command], cwd=cwd, env=names, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=LIMIT_SECONDS,
                          check=False)
    return done.returncode, done.stdout, done.stderr


def neutral(answer, store):
    status, out, said = answer
    return status, out.replace(store.encode(), b'STORE'), said.replace(store.encode(), b'STORE')


def show(answer):
    status, out, said = answer
    return (f'  status {status}\n  stdout {out[:600]!r} ({len(out)} bytes)\n'
            f'  stderr {said[:600]!r}\n')


def expect(condition, what, answer):
    if not condition:
        sys.exit(f'{what}\n{show(answer)}')


def same_both_ways(cli, serve, work):
    here, there = os.path.join(work, 'here'), os.path.join(work, 'there')
    os.mkdir(here)
    os.mkdir(there)
    with open(os.path.join(work, 'big'), 'wb') as file:
        file.write(os.urandom(64 << 20))
    failures = 0
    with Server(serve, os.path.join(work, 'served')) as server:
        for command in COMMANDS:
            local = neutral(run(command, here, cli, DIRECTORY), DIRECTORY)
            remote = neutral(run(command, there, cli, server.url), server.url)
            if local != remote:
                failures += 1
                print(f'differs: {command}\n directory\n{show(local)} server\n{show(remote)}')
        status = server.stop()
        expect(status == 0, 'strata-serve ends with an error', (status, b'', b''))
    print(f'{len(COMMANDS)} command lines both ways, {failures} differ')
    if failures:
        sys.exit(1)


def fill(cli, url, work):
    """Records of more bytes than any buffer on the way holds."""
    with open(os.path.join(work, 'chunk'), 'wb') as file:
        file.write(b'x' * (1 << 18))
    script = '; '.join(f'put fill:{number:04} @chunk --async' for number in range(400))
    answer = run(f'$C -q $S -c "{script}"', work, cli, url)
    expect(answer[0] == 0, 'cannot fill the store', answer)


def ways_to_fail(cli, serve, work):
    def ask(store, *words, env=None):
        done = subprocess.run([cli, *words[:-1], store, *words[-1].split()], cwd=work,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=LIMIT_SECONDS, check=False,
                              env={**os.environ, **(env or {})})
        return done.returncode, done.stdout, done.stderr

    with socket.socket() as unused:
        unused.bind(('127.0.0.1', 0))
        url = f'http://127.0.0.1:{unused.getsockname()[1]}'
        for words in ('get a', 'put a 1', 'scan', 'stats', 'compact'):
            answer = ask(url, words)
            expect(answer[0] == 3 and url.encode() in answer[2] and
                   b'Connection refused; is strata-serve running there?' in answer[2],
                   'nobody serves there', answer)
    for name, status in (('http://', 2), ('http://u:p@h', 2), ('unix:', 2), ('unix:none', 3)):
        answer = ask(name, 'get a')
        expect(answer[0] == status, f'{name}: a wrong name', answer)

    tokens = os.path.join(work, 'tokens')
    with open(tokens, 'w', encoding='ascii') as file:
        file.write('good-token admin\nonly-reader read\n')
    os.chmod(tokens, 0o600)
    with open(os.path.join(work, 'token'), 'w', encoding='ascii') as file:
        file.write('good-token\n')
    unix = os.path.join(work, 'socket')
    with Server(serve, os.path.join(work, 'secret'), '--token-file', tokens,
                '--unix', unix) as server:
        answer = ask(server.url, 'get a')
        expect(answer[0] == 3 and b'STRATA_TOKEN' in answer[2], 'no token', answer)
        answer = ask(server.url, 'get a', env={'STRATA_TOKEN': 'bad'})
        expect(answer[0] == 3 and b'STRATA_TOKEN' in answer[2], 'a wrong token', answer)
        answer = ask(server.url, '--token-file', 'token', 'put a 1')
        expect(answer[0] == 0, 'the token of a file', answer)
        answer = ask('unix:socket', 'get a', env={'STRATA_TOKEN': 'only-reader'})
        expect(answer == (0, b'1', b''), 'the token of the environment', answer)
        answer = ask('unix:socket', 'put a 2', env={'STRATA_TOKEN': 'only-reader'})
        expect(answer[0] == 3 and b'scope' in answer[2], 'a token without the right', answer)
        answer = ask(server.url, '--token-file', 'nosuch', 'get a')
        expect(answer[0] == 3 and b'nosuch' in answer[2], 'no file of a token', answer)

    with Server(serve, os.path.join(work, 'secret'), '--read-only') as server:
        answer = ask(server.url, 'get a')
        expect(answer == (0, b'1', b''), 'a server that only reads', answer)
        for words in ('put a 2', 'del a', 'compact', 'flush'):
            answer = ask(server.url, words)
            expect(answer[0] == 7 and b'read-only' in answer[2], 'refuses writes', answer)
        for words, status in (('repair --out x', 2), ('checkpoint x', 7)):
            answer = ask(server.url, words)
            expect(answer[0] == status, 'what needs files', answer)
    print('refused, denied, read-only: as said')


def killed_in_a_scan(cli, serve, work):
    with Server(serve, os.path.join(work, 'filled')) as server:
        fill(cli, server.url, work)
        for words in (['scan'], ['export'], ['export', '-o', 'whole']):
            walk = subprocess.Popen([cli, server.url, *words], cwd=work, stdout=subprocess.PIPE,
                                    stderr=subprocess.PIPE)
            if '-o' not in words:
                begin = walk.stdout.read(1000)
                server.stop(signal.SIGKILL)
                out, said = walk.communicate(timeout=LIMIT_SECONDS)
                expect(walk.returncode == 3 and b'answer' in said and len(begin + out) < 100 << 20,
                       'a walk whose server died', (walk.returncode, out[-200:], said))
                server = Server(serve, os.path.join(work, 'filled'))
            else:
                out, said = walk.communicate(timeout=LIMIT_SECONDS)
                expect(walk.returncode == 0, 'a whole export', (walk.returncode, out, said))
        size = os.path.getsize(os.path.join(work, 'whole'))
        expect(size > 400 << 18, 'an export has everything', (size, b'', b''))
        server.stop()
    print('a server killed within a walk: an error each time')


def killed_in_a_write(cli, serve, work):
    store = os.path.join(work, 'written')
    with Server(serve, store) as server:
        writer = subprocess.Popen([cli, '-v', server.url], stdin=subprocess.PIPE,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        done = 0
        for number in range(100000):
            if number == 200:
                # Somewhere within the writes that follow.
                threading.Timer(0.05, server.process.kill).start()
            try:
                writer.stdin.write(b'put w%d %d\n' % (number, number))
                writer.stdin.flush()
            except BrokenPipeError:
                break
            line = writer.stderr.readline()
            if b': sequence ' not in line:
                break
            done += 1
        rest = line + writer.stderr.read()
        status = writer.wait(LIMIT_SECONDS)
        expect(status == 3 and done >= 200, 'a write whose server died', (status, b'', rest))
    with Server(serve, store) as server:
        answer = run('$C $S count w', work, cli, server.url)
        count = int(answer[1])
        unknown = b'may or may not' in rest
        expect(done <= count <= done + unknown, f'{done} were acknowledged', answer)
    print(f'a server killed within a write: {done} acknowledged, {count} there')


def stressed(serve, stress, work):
    """The workloads of strata-stress, and its exact model, against a server."""
    for place in ('memory:', os.path.join(work, 'stressed')):
        with Server(serve, place) as server:
            answer = run('$C verify --seed 7 --ops 3000 --target $S', work, stress, server.url)
            expect(answer[0] == 0 and re.search(rb'differences +0', answer[1]), 'verify', answer)
            answer = run('$C verify $S', work, stress, server.url)
            expect(answer[0] == 2 and b'nothing was written to' in answer[2], 'a store that is '
                   'not new', answer)
            answer = run('$C bench --preset fillrandom --ops 1000 $S', work, stress, server.url)
            expect(answer[0] == 2 and b'--use-existing' in answer[2], 'a store in use', answer)
            answer = run('$C bench --mix get=50,put=40,del=5,scan=5 --keys 500 --ops 2000 '
                         '--threads 4 --batch 1 --use-existing $S', work, stress, server.url)
            expect(answer[0] == 0 and server.url.encode() in answer[1], 'bench', answer)
            answer = run('$C bench --preset golsm $S; $C crash $S', work, stress, server.url)
            expect(answer[0] == 2 and answer[2].count(server.url.encode()) == 2, 'refused', answer)
    print('strata-stress: an exact model and a mix over the wire')


class Terminal:
    """The interactive shell, as a person has it."""

    def __init__(self, words, env):
        self.pid, self.descriptor = pty.fork()
        if self.pid == 0:
            # libedit does not free what el_set() copies.
            checks = os.environ.get('ASAN_OPTIONS', '') + ':detect_leaks=0'
            os.execvpe(words[0], words, {**os.environ, 'TERM': 'xterm', 'STRATA_HISTORY': '',
                                         'ASAN_OPTIONS': checks, 'LC_ALL': 'C.UTF-8', **env})
        self.seen = b''

    def send(self, text):
        os.write(self.descriptor, text)

    def wait_for(self, pattern):
        """Until it has been shown, behind what was waited for before."""
        while True:
            found = re.search(pattern, self.seen, re.S)
            if found is not None:
                self.seen = self.seen[found.end():]
                return
            ready, _, _ = select.select([self.descriptor], [], [], LIMIT_SECONDS)
            try:
                more = os.read(self.descriptor, 1 << 16) if ready else b''
            except OSError:
                more = b''
            if not more:
                sys.exit(f'the shell does not show {pattern!r}, but {self.seen[-600:]!r}')
            self.seen += more

    def leave(self):
        self.send(b'\x04')
        _, status = os.waitpid(self.pid, 0)
        os.close(self.descriptor)
        return os.waitstatus_to_exitcode(status)


def interactive(cli, serve, work):
    with Server(serve, os.path.join(work, 'filled')) as server:
        host = re.escape(server.url.removeprefix('http://').encode())
        shell = Terminal([cli, '--pager', 'never', '--no-init', server.url], {})
        shell.wait_for(rb'strata ' + host + rb'\[400\]> ')
        shell.send(b'put "a long key" 1\r')
        shell.wait_for(rb'\[401\]> ')
        shell.send(b'get "a l\t')
        shell.wait_for(rb'ong key')
        shell.send(b'\r')
        shell.wait_for(rb'\n[^\n]*1\r\n.*\[401\]> ')
        shell.send(b'count fill:03\t\r')
        shell.wait_for(rb'\n[^\n]*100\r\n.*\[401\]> ')
        shell.send(b'scan --limit 1000000\r')
        shell.wait_for(rb'xxxxxxxx')
        shell.send(b'\x03')
        shell.wait_for(rb'\^C\r\n.*\[401\]> ')
        shell.send(b'get "a long key"\r')
        shell.wait_for(rb'\n[^\n]*1\r\n.*\[401\]> ')
        server.stop(signal.SIGKILL)
        shell.send(b'get "a long key"\r')
        shell.wait_for(rb'cannot connect: Connection refused.*\[401\]> ')
        status = shell.leave()
        expect(status == 0, 'the shell ends', (status, b'', b''))
    print('interactive: completion of keys, Ctrl-C within a walk, a server that goes')


def main():
    cli, serve, stress = (os.path.abspath(path) for path in sys.argv[1:4])
    os.environ.pop('STRATA_STORE', None)
    with tempfile.TemporaryDirectory(prefix='strata-wire-') as work:
        same_both_ways(cli, serve, work)
        ways_to_fail(cli, serve, work)
        killed_in_a_scan(cli, serve, work)
        killed_in_a_write(cli, serve, work)
        stressed(serve, stress, work)
        interactive(cli, serve, work)


main()
