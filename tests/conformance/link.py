"""The way to the peer: transformers 5.2.0 in an environment of its own, asked through lines of JSON."""

import json
import os
import subprocess
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PYTHON = ROOT / ".venv-peer" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


@contextmanager
def connected():
    """A function that asks peer.py by the name of one of its functions: `ask("strings", pairs=...)`."""
    script = Path(__file__).with_name("peer.py")
    with subprocess.Popen(
        [PYTHON, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:

        def ask(function, **payload):
            process.stdin.write(json.dumps([function, payload]) + "\n")
            process.stdin.flush()
            answer = process.stdout.readline()
            assert answer, f"the peer broke off in {function}: its traceback stands above"
            return json.loads(answer)

        yield ask
        process.stdin.close()
