#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Proves that README.md tells the truth: runs its tour and compares what is printed.

usage: readme_test.py README PROGRAMS...

Blocks marked `console` are run in order, each command in a bash of its own, all in one scratch
directory; a line "$ COMMAND" is followed by what it prints on both outputs. Blocks marked
`transcript` are sessions of the shell, given to `strata-cli STORE --check`. In what is expected
`...` stands for any text within a line, and alone for any number of lines. In libstrata/README.md
too, paths between backticks must exist; what its walks name must be in the code. Skipped (status
77) where the data of the tour is not that of Debian 12.
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


def check_paths(name, text, tops):
    """Names with a slash between backticks outside of blocks are files below one of `tops`."""
    prose = re.sub(r'^```.*?^```$', '', text, flags=re.MULTILINE | re.DOTALL)
    folders = 'include|libstrata|man|src|tests|testdata|tools'
    paths = set(re.findall(r'`((?:' + folders + r')/[\w./-]*)', prose))
    missing = sorted(path for path in paths
                     if not any(os.path.exists(os.path.join(top, path)) for top in tops))
    for path in missing:
        print(f'{name}: no such file: {path}')
    return len(paths), len(missing)


def check_walks(name, text, library):
    """A line of a walk begins with a function or class, whose every part the code must know."""
    walks = text[text.index('\n## The walks\n'):text.index('\n## Threads and locks\n')]
    code = ''
    for directory, _, files in os.walk(library):
        for file in files:
            if file.endswith(('.hpp', '.cpp')):
                with open(os.path.join(directory, file), encoding='utf-8') as opened:
                    code += opened.read()
    words = set(re.findall(r'\w+', code))
    names = re.findall(r'^ {0,6}([A-Za-z_][\w:]*)  ', '\n'.join(blocks(walks, '')), re.MULTILINE)
    unknown = [n for n in names if not words.issuperset(re.findall(r'\w+', n))]
    for one in unknown:
        print(f'{name}: the code does not know {one}')
    return len(names), len(unknown)


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
    top, tour = os.path.dirname(readme), 'libstrata/README.md'
    with open(readme, encoding='utf-8') as file:
        text = file.read()
    with open(os.path.join(top, tour), encoding='utf-8') as file:
        inside = file.read()
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
                  check_paths('README.md', text, [top]),
                  check_paths(tour, inside, [top, os.path.join(top, 'libstrata')]),
                  check_walks(tour, inside, os.path.join(top, 'libstrata'))]
    commands = sum(count for count, _ in counts)
    failures = sum(count for _, count in counts)
    print(f'{commands} commands, paths and names, {failures} wrong')
    return 1 if failures or any(count == 0 for count, _ in counts) else 0


sys.exit(main())
