# SPDX-License-Identifier: Apache-2.0
"""A headless Chromium, driven through the DevTools protocol over a pair of pipes."""

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

# A browser on a busy machine; what waits for it ends as soon as it can.
SECONDS_MAX = 120


class PageError(Exception):
    pass


class Chromium:
    """One browser with one page. Use it as a context; the browser ends with it."""

    def __init__(self, program):
        self.profile = tempfile.mkdtemp(prefix="strata-console-")
        to_browser, self.commands = os.pipe()
        self.answers, from_browser = os.pipe()

        def inherit():
            # The browser reads commands from descriptor 3 and writes answers to 4.
            high = [os.dup2(to_browser, 60), os.dup2(from_browser, 61)]
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        self.process = subprocess.Popen(
            [program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
             "--no-first-run", "--disable-background-networking", "--disable-component-update",
             "--disable-extensions", "--hide-scrollbars", "--user-data-dir=" + self.profile,
             "--remote-debugging-pipe", "about:blank"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=inherit, close_fds=False)
        os.close(to_browser)
        os.close(from_browser)
        self.buffer = b""
        self.number = 0
        self.session = None
        self.complaints = []  # what the console said that is a warning or worse

    def __enter__(self):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self.session = attached["sessionId"]
        for domain in ["Page", "Runtime", "Log"]:
            self.call(domain + ".enable")
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.commands)
        os.close(self.answers)
        shutil.rmtree(self.profile, ignore_errors=True)

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.commands, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise PageError("%s: %s" % (method, answer["error"]))
                return answer["result"]
            self.note(answer)

    def receive(self):
        end = time.monotonic() + SECONDS_MAX
        while b"\0" not in self.buffer:
            if not select.select([self.answers], [], [], max(0, end - time.monotonic()))[0]:
                raise PageError("the browser says nothing")
            piece = os.read(self.answers, 1 << 20)
            if not piece:
                raise PageError("the browser has ended")
            self.buffer += piece
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def note(self, event):
        if event["method"] == "Log.entryAdded":
            entry = event["params"]["entry"]
            if entry["level"] in ("warning", "error"):
                self.complaints.append("%s: %s" % (entry["source"], entry["text"]))
        if event["method"] == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(event["params"]["exceptionDetails"]))

    def go(self, url):
        """Shows a page anew, whatever is shown now."""
        self.call("Page.navigate", url="about:blank")
        self.wait("location.protocol === 'about:'")
        self.call("Page.navigate", url=url)
        self.wait("location.protocol !== 'about:' && document.readyState === 'complete'")

    def run(self, script):
        """What an expression yields, promises awaited."""
        answer = self.call("Runtime.evaluate", expression=script, awaitPromise=True,
                           returnByValue=True, userGesture=True)
        if "exceptionDetails" in answer:
            raise PageError("%s: %s" % (script, answer["exceptionDetails"]))
        return answer["result"].get("value")

    def wait(self, condition):
        end = time.monotonic() + SECONDS_MAX
        while not self.run(condition):
            if time.monotonic() > end:
                raise PageError("never came true: %s" % condition)
            time.sleep(0.02)

    def size(self, width, height, dark=False):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def screenshot(self, path):
        data = self.call("Page.captureScreenshot", captureBeyondViewport=True)["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))


def find():
    """The browser's program, or None."""
    return shutil.which("chromium") or shutil.which("chromium-browser")
