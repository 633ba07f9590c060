#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Proves that what is installed suffices: installs the build into a scratch directory, compiles
programs against it as somebody else would, with pkg-config alone, and runs them.

usage: install_test.py EXAMPLE SOURCE BUILD MESON COMPILER...

The programs are EXAMPLE, execution_cache.cpp, and those of README.md and of libstrata(3).
Everything must have been built: nothing is built here.
"""
import glob
import os
import re
import subprocess
import sys
import tempfile

LIMIT_SECONDS = 240


def run(command, **options):
    """Runs to the end and returns it; a failure ends the test."""
    options.setdefault('stdin', subprocess.DEVNULL)
    finished = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              encoding='utf-8', timeout=LIMIT_SECONDS, check=False, **options)
    if finished.returncode != 0:
        sys.exit(f'{command}: status {finished.returncode}\n{finished.stdout}{finished.stderr}')
    return finished


def expect(what, found, wanted):
    if found != wanted:
        sys.exit(f'{what}: expected {wanted!r}, found {found!r}')


class Installed:
    """A build, installed below a scratch directory, and a compiler that knows nothing else."""

    def __init__(self, build, meson, compiler, root):
        self.root, self.compiler = root, compiler
        run([meson, 'install', '-C', build, '--no-rebuild', '--destdir', root, '--quiet'])
        [description] = glob.glob(f'{root}/**/pkgconfig/strata.pc', recursive=True)
        self.environment = dict(os.environ, PKG_CONFIG_PATH=os.path.dirname(description),
                                PKG_CONFIG_SYSROOT_DIR=root)

    def find(self, name):
        found = glob.glob(f'{self.root}/**/{name}', recursive=True)
        if len(found) != 1:
            sys.exit(f'{name}: expected one installed file, found {found}')
        return found[0]

    def compile(self, source, program, *words):
        flags = run(['pkg-config', *words, '--cflags', '--libs', 'strata'], env=self.environment)
        run([*self.compiler, '-std=c++20', '-Wall', '-Wextra', '-Wpedantic', '-Werror', source,
             '-o', program, *flags.stdout.split()])


def check_cache(installed, example, directory):
    """The second run must not run the script, which would leave a second line."""
    program = f'{directory}/execution_cache'
    installed.compile(example, program, '--static')
    script, log = f'{directory}/script', f'{directory}/log'
    with open(script, 'w', encoding='utf-8') as file:
        file.write(f'echo ran >> {log}; printf "a\\0b"\n')
    for said in ('computed\n', 'remembered\n', 'remembered\n'):
        with open(script, encoding='utf-8') as file:
            finished = run([program, f'{directory}/cache'], stdin=file)
        expect('result', finished.stdout, 'a\0b')
        expect('message', finished.stderr, said)
    with open(log, encoding='utf-8') as file:
        expect('runs of the script', file.read(), 'ran\n')


def blocks(path, kind):
    with open(path, encoding='utf-8') as file:
        return re.findall(r'^```' + kind + r'\n(.*?)^```$', file.read(), re.MULTILINE | re.DOTALL)


def check_text(installed, directory, text, printed):
    """A program that stands in a text prints what it should."""
    path, program = f'{directory}/example.cpp', f'{directory}/example'
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)
    installed.compile(path, program)
    expect('output', run([program], cwd=directory).stdout, printed)


def check_texts(installed, source, directory):
    [example] = blocks(f'{source}/README.md', r'c\+\+')
    check_text(installed, directory, example, 'item:1 is a bolt\nitem:2 is a nut\n')
    example, printed = blocks(f'{source}/man/libstrata.3.scd', '')[:2]
    check_text(installed, directory, example.replace('\\\\', '\\'), printed)


def check_programs(installed, source, directory):
    """The shell that was installed reads what the programs wrote, and pages are where man looks."""
    shell = installed.find('bin/strata-cli')
    listed = run([shell, f'{directory}/inventory', 'scan'])
    expect('scan', listed.stdout, 'item:1\tbolt\nitem:2\tnut\n')
    checked = run([shell, f'{directory}/cache', 'check'])
    expect('damage', checked.stderr.endswith('no damage\n'), True)
    if glob.glob(f'{installed.root}/**/man1', recursive=True):
        for page in glob.glob(f'{source}/man/*.scd'):
            name = os.path.basename(page)[:-len('.scd')]
            installed.find(f'man{name[-1]}/{name}')


def main():
    example, source, build, meson = (os.path.abspath(path) for path in sys.argv[1:5])
    with tempfile.TemporaryDirectory(prefix='strata-install-') as directory:
        installed = Installed(build, meson, sys.argv[5:], f'{directory}/root')
        for header in glob.glob(f'{source}/libstrata/include/strata/*.hpp'):
            installed.find('include/strata/' + os.path.basename(header))
        check_cache(installed, example, directory)
        check_texts(installed, source, directory)
        check_programs(installed, source, directory)
    print('installed, compiled, ran')


main()
