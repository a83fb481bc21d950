"""What the course needs, checked on this machine: one line a requirement, with the remedy where it is missing."""

import importlib.metadata
import json
import shutil
import sys

from qa_course import profiles

PACKAGES = ("torch", "transformers", "datasets", "evaluate", "tokenizers", "papermill", "jupyterlab", "mlflow")
DISK = 3  # gigabytes: weights, checkpoints, models


def report():
    """Print [OK], [--] (optional, absent) or [FAIL] for each requirement; returns the number of failures."""
    failures = 0
    for name, check in CHECKS.items():
        try:
            sign, fact = "OK", check()
        except Exception as error:  # a broken installation breaks in its own ways; the report must go on
            sign, fact = "FAIL", f"{error}"
            failures += 1
        if fact.startswith("absent"):
            sign = "--"
        print(f"[{sign}]".ljust(7), f"{name}: {fact}")
    return failures


def _python():
    if sys.version_info < (3, 11):  # noqa: UP036 - the doctor is asked when something is wrong
        raise RuntimeError(f"{sys.version.split()[0]}; install Python 3.11 or newer, then make clean setup")
    return sys.version.split()[0]


def _packages():
    missing, found = [], []
    for name in PACKAGES:
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
    if missing:
        raise RuntimeError(f"{', '.join(missing)} missing; run make setup")
    return ", ".join(found)


def _disk():
    folder = profiles.cache_folder()
    free = shutil.disk_usage(folder).free / 1e9
    if free < DISK:
        raise RuntimeError(f"{free:.1f} GB free in {folder}; free {DISK} GB or set QA_COURSE_CACHE to another folder")
    return f"{free:.0f} GB free in {folder}"


def _weights():
    from qa_course import encoder

    folder = profiles.cache_folder() / f"embedded-v{encoder.RECIPE}"
    if not folder.is_dir():
        raise RuntimeError("not fetched yet; run qa-course weights")
    return f"{json.loads((folder / 'source.json').read_text(encoding='utf-8'))['source']} in {folder}"


def _model():
    runs = list((profiles.cache_folder() / "runs").glob("config-*/run.json"))
    return f"{len(runs)} trained models in the cache" if runs else "absent: qa-course train makes the course model"


def _device():
    from qa_course import training

    if not profiles.has_cuda():
        return f"CPU, {profiles.cores()} cores, {training.best_precision()}"
    import torch

    return f"{torch.cuda.get_device_name()}, {training.best_precision()}"


def _hub():
    return "answers" if profiles.hub_answers() else "absent: every lesson runs without it"


CHECKS = {
    "Python": _python,
    "packages": _packages,
    "disk": _disk,
    "embedded encoder": _weights,
    "course model": _model,
    "device": _device,
    "Hugging Face Hub": _hub,
}
