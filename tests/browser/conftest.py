"""A real browser, and servers that live as long as the tests: nothing of the user's settings is read or written."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from queue import Empty, Queue

import pytest

from qa_course import execution, profiles

ROOT = Path(__file__).resolve().parent.parent.parent
PICTURES = ROOT / "build" / "browser"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE = 180  # seconds; a model is loaded, on a machine that may do other things too
LOCAL = re.compile(r"(https?|wss?)://(localhost|127\.0\.0\.1)[:/]|(data|blob|about):")


@pytest.fixture(scope="session")
def browser():
    """Chromium, that of the system."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if not path:
        pytest.skip("no Chromium on this machine: install the package chromium, or Google Chrome")
    playwright = pytest.importorskip("playwright.sync_api", reason="no playwright: run make setup")
    arguments = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with playwright.sync_playwright() as started:
        made = started.chromium.launch(executable_path=path, args=arguments)
        yield made
        made.close()


@pytest.fixture(scope="session")
def new_page(browser):
    """A function that makes a page of so many pixels; it notes in `page.noted` what no page of ours should do."""

    def make(width=1000, height=900):
        page = browser.new_context(viewport={"width": width, "height": height}, locale="es-PE").new_page()
        page.set_default_timeout(1000 * PATIENCE)
        page.noted = []
        make.last = page
        page.on("request", lambda request: LOCAL.match(request.url) or page.noted.append(request.url))
        page.on("websocket", lambda socket: LOCAL.match(socket.url) or page.noted.append(socket.url))
        page.on("dialog", lambda dialog: (page.noted.append(dialog.message), dialog.dismiss()))
        page.on("popup", lambda popup: page.noted.append(popup.url))
        return page

    return make


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Of a test that fails, what one sees on the page that was opened last."""
    if call.excinfo and call.when == "call" and (page := getattr(item.funcargs.get("new_page"), "last", None)):
        with contextlib.suppress(Exception):
            picture(page, f"failed-{item.name}")
    return (yield)


@pytest.fixture(scope="session")
def serving(tmp_path_factory):
    """A function that starts a server and returns the address that it prints; all are ended with the tests."""
    with contextlib.ExitStack() as stack:

        def start(command, profile, **variables):
            home = tmp_path_factory.mktemp("home")
            own = execution.environment(profile) | {"HOME": str(home), "PYTHONUNBUFFERED": "1"} | variables
            own |= {"QA_COURSE_CACHE": str(profiles.cache_folder()), "PYTHONPATH": str(ROOT)}
            for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
                own[name] = str(home / name.lower())
            for name in ("JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR"):
                own.setdefault(name, str(home / name.lower()))
            return stack.enter_context(_running([sys.executable, "-m", *command], own, home))

        yield start


@contextlib.contextmanager
def _running(command, environment, folder):
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "errors": "replace"}
    process = subprocess.Popen(command, env=environment, cwd=folder, start_new_session=True, **pipes)
    lines, said = Queue(), []
    threading.Thread(target=lambda: [lines.put(line) for line in process.stdout], daemon=True).start()
    try:
        while not said or not (found := re.search(r"http://(?:localhost|127\.0\.0\.1):\d+/\S*", said[-1])):
            said.append(lines.get(timeout=PATIENCE))
        yield found[0]
    except Empty:
        pytest.fail(f"no address from {command}:\n{''.join(said)[-3000:]}")
    finally:
        process.terminate()  # a server that is asked to stop ends its kernels, which have sessions of their own
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def free_port():
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return str(probe.getsockname()[1])


def picture(page, name, **options):
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png", **options)
