"""A real Chromium without a window, spoken to in the DevTools protocol over a pipe: no driver, and no port."""
import base64
import json
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import time

SHOTS = os.path.join(os.environ["PURSER_BUILD"], "dashboard")
BOUND = 300  # seconds that anything is waited for


def wait_for(what, condition):
    end = time.monotonic() + BOUND
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"waited {BOUND} s in vain for: {what}")


class Browser:
    def __init__(self):
        program = shutil.which("chromium")
        if not program:
            print("1..0 # SKIP there is no chromium")
            sys.exit(77)
        self.home = tempfile.mkdtemp(prefix="purser-chromium.")
        to_read, self.to = os.pipe()
        self.back, back_write = os.pipe()

        def descriptors():  # the browser reads commands from 3 and writes to 4
            kept = os.dup(to_read), os.dup(back_write)
            os.dup2(kept[0], 3)
            os.dup2(kept[1], 4)

        arguments = [program, "--headless=new", "--remote-debugging-pipe", "--user-data-dir=" + self.home, "--no-first-run",
                     "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-sync",
                     "--disable-component-update", "--disable-extensions", "--hide-scrollbars", "--mute-audio",
                     "--proxy-server=direct://", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1", "--lang=en"]
        if os.getuid() == 0:
            arguments.append("--no-sandbox")
        # its own configuration and caches, too: nothing of the account that runs the tests is touched
        environment = dict(os.environ, HOME=self.home, XDG_CONFIG_HOME=self.home, XDG_CACHE_HOME=self.home)
        self.log = open(os.path.join(SHOTS, "chromium.log"), "wb")
        self.process = subprocess.Popen(arguments + ["about:blank"], preexec_fn=descriptors, close_fds=False,
                                        stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, env=environment)
        os.close(to_read)
        os.close(back_write)
        self.last, self.answers, self.pages = 0, {}, {}
        self.arrived = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        held = b""
        while True:
            data = os.read(self.back, 1 << 16)
            if not data:
                self.arrived.put(None)
                return
            *messages, held = (held + data).split(b"\0")
            for message in messages:
                self.arrived.put(json.loads(message))

    def take(self, timeout):
        try:
            message = self.arrived.get(timeout=timeout)
        except queue.Empty:
            return
        if message is None:
            raise AssertionError("chromium has ended: see dashboard/chromium.log in the build directory")
        if "id" in message:
            self.answers[message["id"]] = message
        elif message.get("sessionId") in self.pages:
            self.pages[message["sessionId"]].event(message["method"], message["params"])

    def send(self, method, session=None, **parameters):
        self.last += 1
        command = {"id": self.last, "method": method, "params": parameters}
        if session:
            command["sessionId"] = session
        data = json.dumps(command).encode() + b"\0"
        while data:
            data = data[os.write(self.to, data):]
        mine, end = self.last, time.monotonic() + BOUND
        while mine not in self.answers:
            if time.monotonic() > end:
                raise AssertionError(f"no answer to {method} within {BOUND} s")
            self.take(1)
        answer = self.answers.pop(mine)
        if "error" in answer:
            raise AssertionError(f"{method}: {answer['error']}")
        return answer["result"]

    def drain(self):
        while not self.arrived.empty():
            self.take(0)

    def close(self):
        try:
            self.send("Browser.close")
        except (AssertionError, OSError):
            pass
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.home, ignore_errors=True)


class Page:
    """A tab. What goes wrong in it is in `faults`, what it asked for in `requests`."""

    def __init__(self, browser, width=1440, height=900, scheme="light", script=True, phone=False):
        self.browser, self.faults, self.requests, self.is_loaded = browser, [], [], False
        self.target = browser.send("Target.createTarget", url="about:blank")["targetId"]
        self.session = browser.send("Target.attachToTarget", targetId=self.target, flatten=True)["sessionId"]
        browser.pages[self.session] = self
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(domain + ".enable")
        self.send("Page.addScriptToEvaluateOnNewDocument", source="""
            document.addEventListener('securitypolicyviolation', e =>
                console.error('policy: ' + e.violatedDirective + ' ' + e.blockedURI));""")
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=2 if phone else 1,
                  mobile=phone)
        self.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        if not script:
            self.send("Emulation.setScriptExecutionDisabled", value=True)

    def send(self, method, **parameters):
        return self.browser.send(method, self.session, **parameters)

    def event(self, method, parameters):
        if method == "Page.loadEventFired":
            self.is_loaded = True
        elif method == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            self.faults.append(json.dumps(parameters["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning", "assert"):
            self.faults.append(json.dumps(parameters["args"]))
        elif method == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
            self.faults.append(parameters["entry"]["text"] + " " + parameters["entry"].get("url", ""))

    def open(self, url):
        self.is_loaded = False
        self.send("Page.navigate", url=url)
        wait_for("the page to load", lambda: (self.browser.drain(), self.is_loaded)[1])
        return self

    def run(self, expression):
        answer = self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def text(self):
        return self.run("document.body.innerText")

    def shot(self, name):
        size = self.send("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        data = self.send("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)["data"]
        with open(os.path.join(SHOTS, name + ".png"), "wb") as file:
            file.write(base64.b64decode(data))

    def key(self, key, code):
        for kind in ("keyDown", "keyUp"):
            self.send("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code,
                      **({"text": "\r"} if key == "Enter" and kind == "keyDown" else {}))

    def close(self):
        self.browser.send("Target.closeTarget", targetId=self.target)


# What a page says of itself that a person would stumble over. Contrast as WCAG 2 computes it, of each
# piece of text against the nearest ground that is painted below it.
AUDIT = r"""(() => {
  const bad = [];
  const rgb = text => (text.match(/[\d.]+/g) || [0, 0, 0, 0]).map(Number);
  const ground = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor);
      if (c.length < 4 || c[3] === 1) return c; } return [255, 255, 255]; };
  const light = c => { const [r, g, b] = c.slice(0, 3).map(v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
      return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || e.closest('script,style,title,svg,[hidden],.vh')) continue;
    const style = getComputedStyle(e), a = light(rgb(style.color)), b = light(ground(e));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), size = parseFloat(style.fontSize);
    if (ratio < (size >= 24 || size >= 18.66 && style.fontWeight >= 700 ? 3 : 4.5))
      bad.push('contrast ' + ratio.toFixed(2) + ': ' + walk.currentNode.data.slice(0, 40));
  }
  const shapes = [...document.querySelectorAll('.shape')];
  for (const s of shapes) { const a = light(rgb(getComputedStyle(s).fill)), b = light(ground(s));
    if ((Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 3) bad.push('a shape without contrast'); }
  for (const t of document.querySelectorAll('table'))
    if (!t.caption || !t.caption.textContent.trim() || !t.querySelector('th[scope]')) bad.push('a table without caption or heads');
  for (const s of document.querySelectorAll('svg'))
    if (s.getAttribute('aria-hidden') !== 'true' && !s.getAttribute('aria-label')) bad.push('a picture without words');
  const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) bad.push('an id twice: ' + id);
  for (const e of document.querySelectorAll('[aria-labelledby]'))
    if (!document.getElementById(e.getAttribute('aria-labelledby'))) bad.push('a label that is not there');
  let last = 0;
  for (const h of document.querySelectorAll('h1,h2,h3,h4')) { const level = +h.localName[1];
    if (level > last + 1) bad.push('a heading is left out before: ' + h.textContent); last = level; }
  if (document.querySelectorAll('h1').length !== 1 || document.querySelectorAll('main').length !== 1) bad.push('not one h1 in one main');
  if (!document.documentElement.lang) bad.push('no language');
  const root = document.documentElement;
  if (root.scrollWidth > innerWidth) bad.push('wider than the window: ' + root.scrollWidth + ' > ' + innerWidth);
  for (const e of document.querySelectorAll('main *')) { const r = e.getBoundingClientRect();
    const box = e.closest('.panel'), most = box && box !== e ? box.getBoundingClientRect().right - 8 : innerWidth;
    if (r.right > most + 1 && r.width && !e.closest('.wide,.vh') && !e.matches('.service, .service > *, .check, header')) { bad.push('sticks out: ' + e.className + ' ' + e.textContent.slice(0, 30)); break; } }
  return bad;
})()"""
