"""The demo served to a browser: Voila over the notebooks in `notebooks/demo`, one a language."""

import asyncio
import os
from pathlib import Path

from qa_course import encoder, execution, lessons, profiles, training


def serve(language="en", port=8866, model="course", profile="auto", browser=True):
    """Serve the demo, in both languages, to this machine only, until it is interrupted.

    Prints the address; opens it in a browser where there is one and `browser` is true.

    Args:
        port: where it is taken, another one is used.
        model: a folder or Hub id, or "course", which is trained first where the cache lacks it.
        profile: as `profiles.resolve` takes it.
    """
    folder = lessons.checkout() / "notebooks" / "demo"
    profile = profiles.resolve(profile)
    if model == "course":
        if not training.is_trained(training.course_config(profile)):
            print("The course model is trained first, once: 25 to 30 minutes on two cores.", flush=True)
        model = training.course_model(profile)
    else:
        encoder.load(model, trained=True)  # fetched, or found faulty, before there is a page

    os.environ["QA_COURSE_DEMO_MODEL"] = str(Path(model).resolve() if Path(model).is_dir() else model)
    os.environ |= execution.environment(profile)
    os.environ["JUPYTER_PATH"] += f"{os.pathsep}{folder}"  # where Voila finds the page's template
    from voila.app import Voila

    asyncio.set_event_loop(asyncio.new_event_loop())
    server = Voila.instance(log_level="ERROR", ip="localhost", port=port, open_browser=False)
    options = {"template": "demo", "strip_sources": True, "show_tracebacks": False}
    server.initialize([str(folder), *(f"--VoilaConfiguration.{name}={value}" for name, value in options.items())])
    asyncio.get_event_loop().call_soon(_announce, server, language, browser)
    server.start()


def _announce(server, language, browser):
    import webbrowser

    address = f"http://localhost:{server.port}/voila/render/{language}.ipynb"
    print(f"The demo is ready: {address} (Ctrl+C stops it)", flush=True)
    if browser:
        webbrowser.open(address)
