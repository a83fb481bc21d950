"""Speed, side by side in one run: `make bench` prints a table of ratios and keeps it in build/bench/.

The sides of a comparison take turns, at least five times; its figure is the median of the turns' ratios, with the
lowest and the highest beside it. Absolute times are this machine's; the ratios are what travels.
"""

import argparse
import dataclasses
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from functools import partial
from importlib.metadata import version
from pathlib import Path
from unittest import mock

import datasets
import link
import numpy as np
import torch

from qa_course import corpus, encoder, profiles, report, spans, training, windows

ROOT = Path(__file__).resolve().parent.parent.parent
TURNS = 5


def seconds(function, *arguments, **options):
    """The seconds of a call, and what it returned."""
    began = time.perf_counter()
    result = function(*arguments, **options)
    return time.perf_counter() - began, result


def compared(name, sides, turns=TURNS, **facts):
    """A row: how much longer each other side takes than the first, over turns of all sides.

    Args:
        sides: `{name: function(turn) -> seconds}`; the first is the course's.
        facts: kept in the row.
    """
    taken = {side: [] for side in sides}
    for turn in range(turns):
        for side, measure in sides.items():
            taken[side].append(measure(turn))
    ours, *others = taken
    row = {"what": name, **facts, "seconds": {side: round(statistics.median(each), 3) for side, each in taken.items()}}
    ratios = {}
    for side in others:
        each = [other / own for own, other in zip(taken[ours], taken[side], strict=True)]
        ratios[side] = [round(value, 2) for value in (statistics.median(each), min(each), max(each))]
    print(name, row["seconds"], ratios, flush=True)
    return row | {"ratio": ratios}


# --- training ---


def padded(rows, tokenizer, length):
    """A batch as most scripts make it: every window padded to the full length."""
    batch = windows.collate(rows, tokenizer)
    extra = length - batch["input_ids"].shape[1]
    pad = torch.nn.functional.pad
    batch["input_ids"] = pad(batch["input_ids"], (0, extra), value=tokenizer.pad_token_id)
    batch["attention_mask"] = pad(batch["attention_mask"], (0, extra))
    return batch


def stepper(attention, dropout, frozen, dtype, collate):
    """A function that takes a training step on each batch of windows and returns its seconds."""
    torch.manual_seed(0)
    tokenizer, model = encoder.load("embedded", attn_implementation=attention)
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = dropout
    if frozen is not None:
        training.freeze(model, frozen)
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=1e-5, fused=frozen is not None)
    model.train()

    def run(batches):
        began = time.perf_counter()
        for rows in batches:
            with torch.autocast("cpu", dtype=dtype, enabled=dtype is not None):
                loss = model(**collate(rows, tokenizer)).loss
            loss.backward()
            torch.nn.utils.clip_grad_norm_(trained, 1.0)
            optimizer.step()
            optimizer.zero_grad()
        return time.perf_counter() - began

    return run


def bench_training(size=16, length=384):
    """Examples a second with the course's recipe against what the usual script does by default."""
    config = training.course_config("offline")
    tokenizer, _ = encoder.load("embedded")
    tables = [corpus.load("cuadernoqa", "train", language) for language in corpus.LANGUAGES]
    draw = np.random.default_rng(0)
    table = datasets.concatenate_datasets(tables)
    made = windows.training_windows(table.select(draw.permutation(len(table))[: 50 * size])[:], tokenizer)
    rows = [{name: made[name][i] for name in made} for i in range(len(made["input_ids"]))]
    rows.sort(key=lambda row: len(row["input_ids"]))  # batches of like length, as the Trainer's sampler makes them
    groups = [rows[first : first + size] for first in range(0, len(rows) - size + 1, size)]
    dtype = torch.bfloat16 if config.precision == "bf16" else None
    fast = stepper("eager", 0.0, config.frozen_layers, dtype, windows.collate)
    frozen = stepper("eager", 0.0, 6, dtype, windows.collate)
    slow = stepper("sdpa", 0.1, None, None, partial(padded, length=length))
    turns = [[groups[i] for i in draw.permutation(len(groups))[:6]] for _ in range(TURNS)]
    for run in (fast, frozen):
        run(groups[:2])
    return compared(
        "a training step, batches of 16",
        {
            "course recipe": lambda turn: fast(turns[turn]),
            "the same, six of its layers frozen": lambda turn: frozen(turns[turn]),
            "padded to 384, float32, dropout 0.1, SDPA, all layers": lambda turn: 3 * slow(turns[turn][::3]),
        },
        aim="6x against the last",
    )


def bench_quality(goal=60.0, every=200):
    """Seconds of training until the course recipe has a validation F1 of 60 in both languages."""
    from transformers import TrainerCallback

    class Watch(TrainerCallback):
        def __init__(self):
            self.seconds, self.rows = 0.0, []

        def on_step_begin(self, args, state, control, **kwargs):
            self.began = time.perf_counter()

        def on_step_end(self, args, state, control, **kwargs):
            self.seconds += time.perf_counter() - self.began  # the scoring in between is left out
            control.should_evaluate = state.global_step % every == 0

        def on_evaluate(self, args, state, control, metrics, **kwargs):
            scores = {name: round(metrics[name], 1) for name in ("f1_en", "f1_es")}
            self.rows.append({"step": state.global_step, "seconds": round(self.seconds), **scores})
            print(self.rows[-1], flush=True)
            control.should_training_stop = min(scores.values()) >= goal

    watch, known = Watch(), encoder.folder("offline")
    with tempfile.TemporaryDirectory() as folder:  # a run that stops half-way must not be taken for the course model
        Path(folder, known.name).symlink_to(known)
        with mock.patch.dict(os.environ, QA_COURSE_CACHE=folder):
            training.fit(training.course_config("offline"), [watch])
    return {"what": f"course recipe, seconds to validation F1 {goal:.0f} in both languages", "scores": watch.rows}


# --- answering ---


def bench_answering(count=160):
    """Questions answered with the course model against the pipeline of transformers 5.2.0, and how many alike."""
    from qa_course.answering import QuestionAnswerer

    model = str(training.course_model("offline"))
    rows = [row for language in corpus.LANGUAGES for row in corpus.load("cuadernoqa", "test", language)]
    order = np.random.default_rng(0).permutation(len(rows))
    calls = [{"question": rows[i]["question"], "context": rows[i]["context"]} for i in order]
    parts = [calls[turn * count : (turn + 1) * count] for turn in range(TURNS)]
    kinds = {"float32": None, "bf16": torch.bfloat16}
    answerers = {name: QuestionAnswerer(model, dtype=dtype) for name, dtype in kinds.items()}
    found = {}

    def ours(name, turn):
        questions, contexts = ([call[key] for call in parts[turn]] for key in ("question", "context"))
        taken, found[name, turn] = seconds(answerers[name], questions, contexts)
        return taken

    with link.connected() as ask:

        def theirs(size, turn):
            payload = {"model": model, "calls": parts[turn], "options": {}, "batch_size": size}
            taken, found[size, turn] = ask("timed", name="together", **payload)
            return taken

        for warm in (partial(ours, "float32"), partial(ours, "bf16"), partial(theirs, 1)):
            warm(0)
        sides = {name: partial(ours, name) for name in kinds}
        sides |= {f"pipeline 5.2.0, batch {size}": partial(theirs, size) for size in (1, 16)}
        row = compared(f"{count} questions of CuadernoQA test", sides, aim="float32 1.3x, bf16 2x")
    alike = {}
    for name in kinds:
        pairs = [
            (a["answer"], b["answer"]) for t in range(TURNS) for a, b in zip(found[name, t], found[1, t], strict=True)
        ]
        alike[name] = round(100 * sum(a == b for a, b in pairs) / len(pairs), 2)
    print("equal answers, percent:", alike, flush=True)
    return row | {"equal answers, percent": alike}


# --- windows and spans ---


def bench_windows():
    """Text to labelled windows against the tokenizer alone, and against the SQuAD code of transformers 5.2.0."""
    from tokenizers import BertWordPieceTokenizer
    from transformers import BertTokenizerFast

    tokenizer, _ = encoder.load("embedded")
    table = corpus.load("cuadernoqa", "test", "es")
    columns = table[:]
    with tempfile.TemporaryDirectory() as folder, link.connected() as ask:
        trained = BertWordPieceTokenizer()
        trained.train_from_iterator(sorted(set(columns["context"])), vocab_size=8000, show_progress=False)
        (vocabulary,) = trained.save_model(folder)
        pieces = BertTokenizerFast(vocab=vocabulary, model_max_length=512)
        options = {"truncation": "only_second", "max_length": 384, "stride": 128}
        options |= {"return_overflowing_tokens": True, "return_offsets_mapping": True}

        def floor(turn):
            return seconds(tokenizer, list(columns["question"]), list(columns["context"]), **options)[0]

        first = compared(
            "832 questions to labelled windows",
            {
                "tokenizer alone": floor,
                "course": lambda turn: seconds(windows.training_windows, columns, tokenizer)[0],
            },
            turns=9,
            aim="at most 1.25x",
        )
        payload = {"vocabulary": vocabulary, "rows": list(table), "max_length": 384, "stride": 128}
        second = compared(
            "832 questions to labelled windows, WordPiece",
            {
                "course": lambda turn: seconds(windows.training_windows, columns, pieces)[0],
                "squad_convert_example_to_features": lambda turn: ask("timed", name="labels", **payload)[0],
            },
            aim="10x",
        )
    return [first, second]


def bench_spans():
    """Logits to answers against the search of the pipeline over the same logits."""
    tokenizer, _ = encoder.load("embedded")
    table = corpus.load("cuadernoqa", "test", "es")
    made = windows.evaluation_windows(table[:], tokenizer)
    draw = np.random.default_rng(0)
    sizes = [len(ids) for ids in made["input_ids"]]
    starts, ends = ([draw.normal(size=size).astype(np.float32) for size in sizes] for _ in range(2))
    inside = [np.array([offset is not None for offset in offsets]) for offsets in made["offset_mapping"]]
    with tempfile.TemporaryDirectory() as folder, link.connected() as ask:
        path = str(Path(folder, "logits.npz"))
        joined = {"starts": starts, "ends": ends, "inside": inside}
        np.savez(path, edges=np.cumsum(sizes)[:-1], **{name: np.concatenate(each) for name, each in joined.items()})
        return compared(
            f"logits of {len(sizes)} windows to answers",
            {
                "course": lambda turn: seconds(spans.best_answers, table, made, starts, ends)[0],
                "decode_spans of the pipeline": lambda turn: ask("timed", name="decode", path=path)[0],
            },
            aim="5x",
        )


# --- growth ---


def grow(count):
    """In a process of its own: windows, logits, spans and scores of so many questions; its seconds and its memory."""
    datasets.disable_progress_bars()
    tokenizer, model = encoder.load("tiny")
    torch.set_num_threads(profiles.cores())
    base = corpus.load("cuadernoqa", "test")
    with tempfile.TemporaryDirectory() as folder:
        repeated = base.select(np.arange(count) % len(base))
        ids = datasets.Dataset.from_dict({"id": [f"{number}" for number in range(count)]})
        datasets.concatenate_datasets([repeated.remove_columns("id"), ids], axis=1).save_to_disk(folder)
        table = datasets.load_from_disk(folder)
        del repeated, ids
        seen, done = [], threading.Event()
        again = iter(partial(done.wait, 0.05), True)
        watch = threading.Thread(target=lambda: seen.extend(anonymous() for _ in again))
        watch.start()
        taken, _ = seconds(training.evaluate, model, tokenizer, table, "es", max_length=384)
        done.set()
        watch.join()
    print(json.dumps([taken, max(seen), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))


def anonymous():
    """Megabytes of memory that hold no file: pages of a table on disk are the system's to take back (Linux)."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.partition("RssAnon:")[2].split()[0]) / 1024


def bench_growth():
    """Time a question and peak memory from 1,000 to 100,000 questions."""
    rows = {}
    for count in (1_000, 10_000, 100_000):
        command = [sys.executable, __file__, "--grow", str(count)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        taken, memory, mapped = json.loads(done.stdout.splitlines()[-1])
        each = {"milliseconds a question": round(1000 * taken / count, 2)}
        rows[f"{count:,}"] = each | {"peak MB": round(memory), "with pages of the table": round(mapped)}
        print(count, rows[f"{count:,}"], flush=True)
    return {"what": "windows, logits of a tiny model, spans and scores", "aim": "time 10 %, memory 20 %", **rows}


# --- start ---


def bench_start():
    """Seconds of an import and of the help, a bare interpreter taken off."""

    def process(*arguments):
        return lambda turn: seconds(subprocess.run, [sys.executable, *arguments], capture_output=True, check=True)[0]

    sides = {
        "python": process("-c", "pass"),
        "import of qa_course": process("-c", "import qa_course"),
        "qa-course --help": process("-m", "qa_course.cli", "--help"),
    }
    return compared("start", sides, turns=9, aim="under 0.3 s")


BENCHES = {name.removeprefix("bench_"): each for name, each in list(globals().items()) if name.startswith("bench_")}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", choices=[*BENCHES, []], help="some of the comparisons (all)")
    parser.add_argument("--grow", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.grow:
        return grow(options.grow)
    datasets.disable_progress_bars()
    torch.set_num_threads(profiles.cores())
    machine = {
        "processor": f"{profiles.processor()}, {profiles.cores()} cores",
        "Python": platform.python_version(),
        **{name: version(name) for name in ("torch", "transformers", "tokenizers", "datasets", "numpy")},
        "config": dataclasses.asdict(training.course_config("offline")),
    }
    print(machine, flush=True)
    results = {}
    for name in options.names or BENCHES:
        results[name] = BENCHES[name]()
        report.write_whole(
            ROOT / "build" / "bench" / "results.json", json.dumps({"machine": machine, **results}, indent=1) + "\n"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
