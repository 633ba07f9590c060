#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Proves that README.md tells the truth: runs its tour and compares what is printed.

usage: readme_test.py README PROGRAMS...

Blocks marked `console` are run in order, each command in a bash of its own, all in one scratch
directory; a line "$ COMMAND" is followed by what it prints on both outputs. Blocks marked
`transcript` are sessions of the shell, given to `strata-cli STORE --check`. In what is expected
`...` stands for any text within a line, and alone for any number of lines. Paths between backticks
must exist. Skipped (status 77) where the data of the tour is not that of Debian 12.
"""
import difflib
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile

DATA = {
    '/usr/share/dict/words':
        '9f513f1ceadb6a01c5485b7dbdfd5118dc66cd70b59cae2851292112d4066a32',
    '/usr/share/unicode/UnicodeData.txt':
        '806e9aed65037197f1ec85e12be6e8cd870fc5608b4de0fffd990f689f376a73',
}
# What bash says of a pipeline whose last command was killed; a terminal shows the last word only.
KILLED = re.compile(r'^[^\n]*: line \d+: +\d+ Done[^\n]*\n +\d+ Killed[^\n]*\n', re.MULTILINE)
LIMIT_SECONDS = 120


def blocks(text, kind):
    return re.findall(r'^```' + kind + r'\n(.*?)^```$', text, re.MULTILINE | re.DOTALL)


def steps(block):
    """[(command, expected output)] of a block."""
    result = []
    for line in block.splitlines():
        if line.startswith('$ '):
            result.append((line[2:], []))
        else:
            result[-1][1].append(line)
    return [(command, '\n'.join(lines)) for command, lines in result]


def matches(expected, printed):
    pattern = []
    for line in expected.splitlines():
        if line == '...':
            pattern.append(r'(?:[^\n]*\n)*?')
        else:
            pattern.append(r'[^\n]*'.join(re.escape(part) for part in line.split('...')) + r'\n')
    return re.fullmatch(''.join(pattern), printed) is not None


def run(command, directory, environment):
    finished = subprocess.run(
        ['bash', '-c', command], cwd=directory, env=environment, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LIMIT_SECONDS, check=False)
    printed = KILLED.sub('Killed\n', finished.stdout.decode('utf-8', 'backslashreplace'))
    return printed if not printed or printed.endswith('\n') else printed + '\n'


def report(where, expected, printed):
    print(f'README.md: {where}')
    for line in difflib.unified_diff(expected.splitlines(), printed.splitlines(), 'README.md',
                                     'printed', lineterm=''):
        print('   ', line)


def check_console(text, directory, environment):
    failures = commands = 0
    for block in blocks(text, 'console'):
        for command, expected in steps(block):
            commands += 1
            printed = run(command, directory, environment)
            if not matches(expected, printed):
                failures += 1
                report('$ ' + command, expected, printed)
    return commands, failures


def check_transcripts(text, directory, environment):
    failures = commands = 0
    for number, block in enumerate(blocks(text, 'transcript')):
        store = re.match(r'strata (\S+)\[\d+\]> ', block)[1]
        path = os.path.join(directory, f'transcript{number}')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(block)
        commands += len(re.findall(r'^strata \S+\[\d+\]> ', block, re.MULTILINE))
        printed = run(f'strata-cli -f table {store} --check {path}; echo $?', directory,
                      environment)
        if printed.splitlines()[-1:] != ['0']:
            failures += 1
            print(printed)
    return commands, failures


def check_paths(text, top):
    """Names with a slash between backticks outside of blocks; patterns and options are no paths."""
    prose = re.sub(r'^```.*?^```$', '', text, flags=re.MULTILINE | re.DOTALL)
    paths = set(re.findall(r'`((?:libstrata|man|tests|testdata|tools)/[\w./-]*)', prose))
    missing = sorted(path for path in paths if not os.path.exists(os.path.join(top, path)))
    for path in missing:
        print(f'README.md: no such file: {path}')
    return len(paths), len(missing)


def main():
    readme, programs = os.path.abspath(sys.argv[1]), [os.path.abspath(p) for p in sys.argv[2:]]
    for path, digest in DATA.items():
        if not os.path.exists(path):
            print(f'skipped: {path} is not installed')
            return 77
        with open(path, 'rb') as file:
            if hashlib.sha256(file.read()).hexdigest() != digest:
                print(f'skipped: {path} is another edition')
                return 77
    if shutil.which('dpkg-query') is None:
        print('skipped: dpkg-query is not installed')
        return 77
    with open(readme, encoding='utf-8') as file:
        text = file.read()
    with tempfile.TemporaryDirectory(prefix='strata-readme-') as directory:
        environment = {
            'PATH': ':'.join([os.path.dirname(p) for p in programs] + [os.environ['PATH']]),
            'HOME': directory, 'LC_ALL': 'C.UTF-8', 'TERM': 'dumb',
        }
        for name in os.environ:
            if name.endswith('SAN_OPTIONS'):
                environment[name] = os.environ[name]
        counts = [check_console(text, directory, environment),
                  check_transcripts(text, directory, environment),
                  check_paths(text, os.path.dirname(readme))]
    commands = sum(count for count, _ in counts)
    failures = sum(count for _, count in counts)
    print(f'{commands} commands and paths of README.md, {failures} wrong')
    return 1 if failures or any(count == 0 for count, _ in counts) else 0


sys.exit(main())
