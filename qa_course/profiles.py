"""What to run with: the profile, the device and the folder where models are cached."""

import contextlib
import os
import platform
import sys
from pathlib import Path

PROFILES = ("smoke", "offline", "gpu")


def resolve(profile="auto"):
    """The profile to run with: `"smoke"`, `"offline"` or `"gpu"`.

    `QA_COURSE_PROFILE` overrides the argument. `"auto"` is `"gpu"` where CUDA is available and the Hub answers,
    else `"offline"`. Raises ValueError for any other name.
    """
    name = os.environ.get("QA_COURSE_PROFILE") or profile
    if name == "auto":
        return "gpu" if has_cuda() and hub_answers() else "offline"
    if name not in PROFILES:
        raise ValueError(f"unknown profile {name!r}: choose auto, {', '.join(PROFILES)}")
    return name


def has_cuda():
    """Whether a CUDA device can be used."""
    import torch

    return torch.cuda.is_available()


def hub_answers(timeout=3.0):
    """Whether the Hugging Face Hub answers within `timeout` seconds; False when `HF_HUB_OFFLINE` is set."""
    from huggingface_hub import constants, get_session

    if constants.HF_HUB_OFFLINE:
        return False
    try:
        return get_session().head(constants.ENDPOINT, timeout=timeout).status_code < 500
    except Exception:  # each HTTP client behind get_session has its own family of errors; all mean "no"
        return False


@contextlib.contextmanager
def hub(needed=True):
    """Within it, the Hub is asked where it answers, else only what it gave before is used; yields which of the two.

    Its clients would ask a Hub that is down for minutes. Where it is not `needed`, it is not asked at all.
    """
    from datasets import config
    from huggingface_hub import constants

    before = config.HF_HUB_OFFLINE, constants.HF_HUB_OFFLINE
    answers = needed and hub_answers()
    config.HF_HUB_OFFLINE = constants.HF_HUB_OFFLINE = not answers
    try:
        yield answers
    finally:
        config.HF_HUB_OFFLINE, constants.HF_HUB_OFFLINE = before


def hub_ready(profile="auto", language="es"):
    """Whether cells that need the Hub run, under `gpu`; where they do not, says so in one line."""
    if resolve(profile) == "gpu":
        return True
    print({"es": "Esto necesita el Hub: perfil gpu.", "en": "This needs the Hub: profile gpu."}[language])
    return False


def may_push(name, language="es"):
    """Whether a model may be pushed as `name`: that is not empty, there is a token and the Hub answers.

    Where one of them is missing, says so in one line. The token is what `HF_TOKEN` or `hf auth login` gave.
    """
    from huggingface_hub import get_token

    if name and get_token() and hub_answers():
        return True
    said = {
        "es": "No se sube nada: hacen falta un nombre, un token (HF_TOKEN) y el Hub.",
        "en": "Nothing is pushed: that needs a name, a token (HF_TOKEN) and the Hub.",
    }
    print(said[language])
    return False


def drive_folder(name, language="es"):
    """In Colab the folder `name` of the reader's Google Drive, which is mounted and may ask for leave; else None.

    Where `name` is empty, or elsewhere, says so in one line.
    """
    if name and "google.colab" in sys.modules:
        from google.colab import drive

        drive.mount("/content/drive")
        return Path("/content/drive/MyDrive") / name
    said = {
        "es": "No se copia nada a Drive: hacen falta un nombre y Colab.",
        "en": "Nothing is copied to Drive: that needs a name and Colab.",
    }
    print(said[language])
    return None


def processor():
    """The name of the processor, as the system tells it; "" where it does not."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            names = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    except OSError:
        names = []
    return names[0] if names else platform.processor()


def cores():
    """How many processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def cache_folder():
    """The folder for weights and trained models, made if need be: `QA_COURSE_CACHE` or the user's cache folder.

    Raises OSError, with the remedy, where it cannot be made.
    """
    from platformdirs import user_cache_path

    folder = Path(os.environ.get("QA_COURSE_CACHE") or user_cache_path("qa_course")).expanduser()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OSError(
            f"cannot make the cache folder {folder} ({error.strerror}): set QA_COURSE_CACHE to a folder you can write"
        ) from error
    return folder
