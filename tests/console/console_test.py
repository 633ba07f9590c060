# SPDX-License-Identifier: Apache-2.0
"""Proves that the console works in a real browser, as people use it, under its own policy.

usage: console_test.py STRATA_SERVE [SCREENSHOT_DIRECTORY]

A server of its own for each part, a headless Chromium in front of it, and the same store asked over
HTTP beside it. Without Chromium it is skipped (status 77).
"""

import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
import urllib.parse

import chromium

SECONDS_MAX = 120
SCRIPT_KEY = b'<script>document.title = "bad"</script>'
BINARY_KEY = b"bin\x00\xff"


class Server:
    """strata-serve over an empty store of its own."""

    def __init__(self, *options, store=None):
        self.directory = tempfile.TemporaryDirectory(prefix="strata-console-")
        self.store = store or os.path.join(self.directory.name, "store")
        self.process = subprocess.Popen(
            [PROGRAM, "--listen", "127.0.0.1:0", *options, self.store],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.said = ""
        for line in self.process.stderr:
            self.said += line
            found = re.search(r"http://127\.0\.0\.1:(\d+)", line)
            if found:
                self.port = int(found[1])
                break
        else:
            raise AssertionError("strata-serve ended: " + self.said)
        self.url = "http://127.0.0.1:%d/" % self.port

    def ask(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS_MAX)
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        return answer.status, data

    def put(self, key, value):
        status, _ = self.ask("PUT", self.path(key), value)
        assert status in (201, 204), status

    def get(self, key):
        status, data = self.ask("GET", self.path(key))
        return data if status == 200 else None

    @staticmethod
    def path(key):
        return "/v1/kv/" + urllib.parse.quote(key, safe="")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stderr.close()
        self.directory.cleanup()


def text(script):
    """As a JavaScript literal."""
    return json.dumps(script)


class ConsoleTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.browser = chromium.Chromium(chromium.find()).__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.browser.__exit__()

    def setUp(self):
        self.browser.size(1280, 800)
        self.browser.complaints.clear()

    def tearDown(self):
        # Refusals that a test asked for are in the log too; everything else is a fault.
        self.browser.run("0")
        bad = [one for one in self.browser.complaints if not one.startswith("network:")]
        self.assertEqual(bad, [], "the browser complains")

    def open(self, server, view="keys"):
        self.browser.go(server.url + "#" + view)
        self.browser.wait("at('live').textContent === 'live'")

    def rows(self):
        return self.browser.run(
            "[...document.querySelectorAll('#rows button')].map(b => b.firstChild.textContent)")

    def choose(self, shown):
        """Clicks the row of a key."""
        self.browser.wait("[...document.querySelectorAll('#rows button')]"
                          ".some(b => b.firstChild.textContent === %s)" % text(shown))
        self.browser.run("[...document.querySelectorAll('#rows button')]"
                         ".find(b => b.firstChild.textContent === %s).click()" % text(shown))
        self.browser.wait("!at('value').hidden && at('key-name').textContent === %s" % text(shown))

    def click(self, name):
        self.assertFalse(self.browser.run("at(%s).hidden || at(%s).disabled" % (
            text(name), text(name))), name + " cannot be clicked")
        self.browser.run("at(%s).click()" % text(name))

    def enter(self, name, value):
        self.browser.run("at(%s).value = %s" % (text(name), text(value)))

    def shown(self, name="shown"):
        return self.browser.run("at(%s).textContent" % text(name))

    def picture(self, name):
        if PICTURES:
            self.browser.screenshot(os.path.join(PICTURES, name + ".png"))

    def test_what_looks_like_markup_is_text(self):
        value = b'<img src=x onerror="document.title = 1"> & \'quotes\''
        with Server() as server:
            server.put(SCRIPT_KEY, value)
            server.put(BINARY_KEY, bytes(range(256)))
            server.put(b"..", b"dots")
            server.put("\u202egrün".encode(), b"turned")
            self.open(server)
            self.browser.wait("document.querySelectorAll('#rows button').length === 4")
            self.assertEqual(self.rows(), [
                "..", '<script>document.title = \\"bad\\"</script>', "bin\\x00\\xff",
                "\\xe2\\x80\\xaegrün"])
            for key, shown in [(SCRIPT_KEY, self.rows()[1]), (b"..", "..")]:
                self.choose(shown)
                self.assertEqual(self.shown(), (value if key == SCRIPT_KEY else b"dots").decode())
            self.picture("keys")
            self.choose("bin\\x00\\xff")
            self.click("form-hex")
            self.assertEqual(self.shown().splitlines()[4], "00000040  40 41 42 43 44 45 46 47  "
                             "48 49 4a 4b 4c 4d 4e 4f  |@ABCDEFGHIJKLMNO|")
            self.assertEqual(self.browser.run("document.scripts.length"), 1)
            self.assertEqual(self.browser.run("document.querySelectorAll('main img').length"), 0)
            self.assertTrue(self.browser.run("document.title").startswith("strata: "))

    def test_json_is_laid_out_and_keeps_its_numbers(self):
        with Server() as server:
            server.put(b"j", b'{"n":12345678901234567890,"s":"a\\"{,}","e":[],"l":[1,{"x":null}]}')
            server.put(b"not", b"{1}")
            self.open(server)
            self.choose("j")
            self.click("form-json")
            self.assertEqual(self.shown(), '{\n  "n": 12345678901234567890,\n  "s": "a\\"{,}",\n'
                             '  "e": [],\n  "l": [\n    1,\n    {\n      "x": null\n    }\n  ]\n}')
            self.choose("not")
            self.assertIn("no JSON", self.shown("shown-note"))

    def test_put_edit_and_delete(self):
        with Server() as server:
            self.open(server)
            self.click("new-key")
            self.enter("edit-key", "a\\x00\\\\b/ü?#%")
            self.enter("edit-value", "first\nline")
            self.click("save")
            key = "a\0\\b/ü?#%".encode()
            self.browser.wait("!at('value').hidden")
            self.assertEqual(server.get(key), b"first\nline")
            self.click("edit")
            self.browser.run("at('edit-form').value = 'hex'; "
                             "at('edit-form').dispatchEvent(new Event('change'))")
            self.assertEqual(self.browser.run("at('edit-value').value"),
                             "66 69 72 73 74 0a 6c 69 6e 65")
            self.enter("edit-value", "00 ff\n0d")
            self.click("save")
            self.browser.wait("at('key-facts').textContent.startsWith('3 B')")
            self.assertEqual(server.get(key), b"\x00\xff\x0d")
            # It is no plain text now, so it is not offered as such.
            self.click("edit")
            self.assertEqual(self.browser.run("at('edit-form').value"), "hex")
            self.click("cancel")
            self.click("delete")
            self.browser.wait("at('sure-dialog').open")
            self.click("sure-yes")
            self.browser.wait("at('value').hidden && !document.querySelector('#rows button')")
            self.assertIsNone(server.get(key))

    def test_a_bad_key_is_refused_where_it_is_typed(self):
        with Server() as server:
            self.open(server)
            self.enter("prefix", "a\\q")
            self.click("open-key")
            self.browser.wait("at('notice').textContent.includes('character 2')")
            self.enter("prefix", "absent")
            self.click("open-key")
            self.browser.wait("at('notice').textContent === 'no such key: absent'")

    def test_a_conflict_shows_both_versions(self):
        with Server() as server:
            server.put(b"k", b"base")
            self.open(server)
            self.choose("k")
            self.click("edit")
            self.enter("edit-value", "mine")
            server.put(b"k", b"theirs")
            self.click("save")
            self.browser.wait("!at('conflict').hidden")
            self.assertEqual((self.shown("mine"), self.shown("theirs")), ("mine", "theirs"))
            self.assertEqual(server.get(b"k"), b"theirs")
            self.picture("conflict")
            self.click("take")
            self.browser.wait("!at('value').hidden")
            self.assertEqual(self.shown(), "theirs")

            self.click("edit")
            self.enter("edit-value", "mine")
            server.put(b"k", b"theirs again")
            self.click("save")
            self.browser.wait("!at('conflict').hidden")
            self.click("overwrite")
            self.browser.wait("!at('value').hidden")
            self.assertEqual(server.get(b"k"), b"mine")

            # A deletion loses nobody's write either.
            server.put(b"k", b"late")
            self.click("delete")
            self.browser.wait("at('sure-dialog').open")
            self.click("sure-yes")
            self.browser.wait("!at('conflict').hidden")
            self.assertEqual((self.shown("mine"), self.shown("theirs")), ("(deleted)", "late"))
            self.click("overwrite")
            self.browser.wait("at('conflict').hidden")
            self.assertIsNone(server.get(b"k"))

            # What was to be new is there already.
            self.click("new-key")
            self.enter("edit-key", "k")
            self.enter("edit-value", "mine")
            server.put(b"k", b"first")
            self.click("save")
            self.browser.wait("!at('conflict').hidden")
            self.assertEqual(self.shown("theirs"), "first")
            self.assertEqual(server.get(b"k"), b"first")

    def test_pages_and_prefixes(self):
        with Server() as server:
            for i in range(120):
                server.put(b"key:%03d" % i, b"v")
            server.put(b"other", b"v")
            self.open(server)
            self.browser.wait("document.querySelectorAll('#rows button').length === 50")
            self.click("next")
            self.browser.wait("document.querySelector('#rows span')?.textContent === 'key:050'")
            self.click("next")
            self.browser.wait("document.querySelector('#rows span')?.textContent === 'key:100'")
            self.assertTrue(self.browser.run("at('next').disabled"))
            self.assertEqual(len(self.rows()), 21)
            self.click("previous")
            self.browser.wait("document.querySelector('#rows span')?.textContent === 'key:050'")
            self.click("first")
            self.browser.wait("document.querySelector('#rows span')?.textContent === 'key:000'")
            self.enter("prefix", "o")
            self.browser.run("at('find').requestSubmit()")
            self.browser.wait("document.querySelectorAll('#rows button').length === 1")
            self.assertEqual(self.rows(), ["other"])
            self.browser.run("at('with-values').click()")
            self.browser.wait("document.querySelector('#rows .preview').textContent === ''")

    def test_counters_and_runs_are_those_of_the_server(self):
        with Server() as server:
            for i in range(50):
                server.put(b"key:%03d" % i, b"v" * 500)
            self.assertEqual(server.ask("POST", "/v1/flush?wait=1")[0], 200)
            server.put(b"more", b"v")
            self.open(server, "activity")
            for i in range(300):
                server.get(b"key:%03d" % (i % 50))
            self.browser.wait("points.some(p => p.reads > 0)")
            self.browser.wait("/\\d/.test(at('tile-ops').textContent)")
            self.browser.wait("at('plot-rate').querySelectorAll('polyline').length === 2")
            routes = self.browser.run("at('operations').textContent")
            self.assertIn("GET /v1/kv/{key}", routes)
            self.assertIn("PUT /v1/kv/{key}", routes)
            self.picture("activity")
            self.browser.run("at('tab-storage').click()")
            self.browser.wait("document.querySelectorAll('#runs .box:not(.mem,.log)').length > 0")
            runs = json.loads(server.ask("GET", "/v1/runs")[1])
            tables = sum(len(run["tables"]) for run in runs)
            self.assertEqual(self.browser.run(
                "document.querySelectorAll('#runs .box:not(.mem,.log)').length"), tables)
            about = self.browser.run("document.querySelector('#runs .box:not(.mem,.log)').title")
            self.assertIn("50 entries", about)
            self.assertIn("keys key:000 to key:049", about)
            self.assertIn("last sequence", self.shown("facts"))
            self.picture("storage")
            self.browser.run("document.querySelector('[data-job=check]').click()")
            self.browser.wait("at('notice').textContent === 'check: done'")

    def test_a_narrow_window_shows_everything(self):
        with Server() as server:
            server.put(b"k" * 300, b"v" * 3000)
            self.browser.size(400, 800, dark=True)
            self.open(server)
            self.browser.run("document.querySelector('#rows button')?.click()")
            self.browser.wait("document.querySelector('#rows button') !== null")
            self.browser.run("document.querySelector('#rows button').click()")
            self.browser.wait("!at('value').hidden")
            for tab in ["keys", "activity", "storage"]:
                self.browser.run("at('tab-%s').click()" % tab)
                self.browser.wait("!at(%s).hidden" % text(tab))
                self.assertLessEqual(
                    self.browser.run("document.documentElement.scrollWidth"), 400, tab)
                self.picture("narrow-" + tab)

    def test_read_only_offers_no_editing(self):
        with Server() as server:
            server.put(b"k", b"v")
            server.process.terminate()
            server.process.wait(SECONDS_MAX)
            with Server("--read-only", store=server.store) as reader:
                self.open(reader)
                self.choose("k")
                self.assertEqual(self.shown(), "v")
                self.assertEqual(self.shown("mode"), "read-only")
                for name in ["new-key", "edit", "delete", "care"]:
                    self.assertTrue(self.browser.run("at(%s).hidden" % text(name)), name)
                self.picture("read-only")

    def test_a_token_is_asked_for_and_kept_by_the_page_alone(self):
        with tempfile.NamedTemporaryFile("w", suffix=".tokens") as tokens:
            tokens.write("reader-token-1 read\nwriter-token-2 admin\n")
            tokens.flush()
            with Server("--token-file", tokens.name) as server:
                status, _ = server.ask("PUT", "/v1/kv/k", b"v",
                                       {"Authorization": "Bearer writer-token-2"})
                self.assertEqual(status, 201)
                self.browser.go(server.url)
                self.browser.wait("at('token-dialog').open")
                self.enter("token", "reader-token-1")
                self.browser.run("document.querySelector('#token-form .main').click()")
                self.choose("k")
                self.assertTrue(self.browser.run("at('edit').hidden && at('delete').hidden"))
                self.click("token-button")
                self.enter("token", "writer-token-2")
                self.browser.run("document.querySelector('#token-form .main').click()")
                self.browser.wait("!at('new-key').hidden")
                kept = self.browser.run("sessionStorage.length + localStorage.length + "
                                        "document.cookie.length + at('token').value.length")
                self.assertEqual(kept, 0)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    if chromium.find() is None:
        print("chromium is not installed")
        sys.exit(77)
    PROGRAM = os.path.abspath(sys.argv[1])
    PICTURES = sys.argv[2] if len(sys.argv) > 2 else None
    unittest.main(argv=[sys.argv[0], "-v", *sys.argv[3:]])
