"""Training killed at any moment, begun twice at once or spread over two processes ends with the same weights."""

import contextlib
import dataclasses
import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from qa_course import training

SMALL = training.Config(
    encoder="tiny", limit=24, epochs=3, batch_size=8, learning_rate=3e-3, precision="float32", threads=1, max_length=192
)
PROCESSES = multiprocessing.get_context("forkserver")  # a process that has imported everything once, and forks
PROCESSES.set_forkserver_preload(["qa_course.training", "qa_course.encoder", "transformers", "datasets", "torch"])
LIMIT = 120


def train(cache, results=None):
    os.environ["QA_COURSE_CACHE"] = str(cache)
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        run = training.fit(SMALL)
    if results is not None:
        results.put(str(run.folder))


def begin(cache, *arguments):
    process = PROCESSES.Process(target=train, args=(cache, *arguments))
    process.start()
    return process


def end(process):
    process.join(LIMIT)
    assert process.exitcode == 0
    return process


def kill(process):
    os.kill(process.pid, signal.SIGKILL)
    process.join(LIMIT)


def outcome(cache):
    """Weights and figures of the only run in a cache."""
    from safetensors.numpy import load_file

    (folder,) = cache.glob("runs/config-*[!l]/")
    assert sorted(path.name for path in cache.glob("runs/*/")) == [folder.name]  # nothing half done beside it
    run = training.load_run(folder)
    return load_file(folder / "model.safetensors"), run.metrics, run.history


def assert_same(cache, expected):
    weights, metrics, history = outcome(cache)
    assert metrics == expected[1]
    assert [{**entry, "step": 0} for entry in history] == [{**entry, "step": 0} for entry in expected[2]]
    assert all(np.array_equal(weights[name], value) for name, value in expected[0].items())


@pytest.fixture(scope="module")
def uninterrupted(new_cache):
    """A run from start to end: its outcome and its seconds."""
    cache = new_cache()
    end(begin(new_cache()))  # the first process waits for the imports
    began = time.perf_counter()
    end(begin(cache))
    return outcome(cache), time.perf_counter() - began


def test_the_same_seed_gives_the_same_figures(uninterrupted, new_cache):
    cache = new_cache()
    end(begin(cache))
    assert_same(cache, uninterrupted[0])


def test_ten_kills_at_random_moments_change_nothing(uninterrupted, new_cache):
    expected, seconds = uninterrupted
    draw, kills, cache = random.Random(4), 0, new_cache()
    while kills < 10:
        process = begin(cache)
        process.join(draw.uniform(0, seconds))
        if process.exitcode is None:
            kill(process)
            kills += 1
        else:
            assert_same(cache, expected)
            cache = new_cache()
    end(begin(cache))
    assert_same(cache, expected)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_kill_while_a_checkpoint_is_written_changes_nothing(uninterrupted, new_cache, number):
    for _ in range(10):  # on a busy machine the kill may come too late
        cache, seen = new_cache(), {}
        process = begin(cache)
        while len(seen) < number and process.exitcode is None:
            seen |= dict.fromkeys(cache.glob("runs/*.partial/checkpoint-*"))
            time.sleep(0.001)
        if process.exitcode is None:
            kill(process)
            if torn := not (list(seen)[-1] / training.FINISHED).exists():
                break
    assert torn
    end(begin(cache))
    assert_same(cache, uninterrupted[0])


def test_two_at_once_train_once(uninterrupted, new_cache):
    cache, results = new_cache(), PROCESSES.Queue()
    processes = [begin(cache, results) for _ in range(2)]
    folders = {results.get(timeout=LIMIT) for _ in processes}
    for process in processes:
        end(process)
    assert len(folders) == 1
    assert_same(cache, uninterrupted[0])


SCRIPT = """
import dataclasses, json, sys
from qa_course import training

def arguments(config, folder, examples, made=training.arguments):
    args = made(config, folder, examples)
    return dataclasses.replace(args, train_sampling_strategy="random", logging_steps=1, max_steps=30)

training.arguments = arguments
training.fit(training.Config(**json.loads(sys.argv[1])))
"""


def test_two_processes_learn_what_one_learns_with_twice_the_batch(new_cache, tmp_path):
    """At random, for each process groups windows of like length by itself; and cut to one length, for the softmax of
    the loss runs over the padding too.
    """
    script = tmp_path / "train.py"
    script.write_text(SCRIPT)
    losses = []
    for processes, size in ((1, 8), (2, 4)):
        cache = new_cache()
        config = json.dumps(dataclasses.asdict(dataclasses.replace(SMALL, max_length=160, batch_size=size)))
        command = [sys.executable, "-m", "torch.distributed.run", f"--nproc-per-node={processes}"]
        command += ["--master-port=0", "--rdzv-backend=c10d", "--rdzv-endpoint=localhost:0", script, config]
        variables = os.environ | {"QA_COURSE_CACHE": str(cache), "OMP_NUM_THREADS": "1"}
        done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=LIMIT)
        assert done.returncode == 0, done.stderr[-3000:]
        losses.append([entry["loss"] for entry in outcome(cache)[2] if "loss" in entry])
    assert len(losses[0]) == len(losses[1]) == 30
    assert losses[0] == pytest.approx(losses[1], abs=1e-3)
    assert losses[0][-1] < losses[0][0]
