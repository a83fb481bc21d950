"""A small fine-tuning with a switch for each classic bug: the patients of lesson 08.

A `Case` is healthy as it stands, and each of its first four fields turned makes one bug. `run` trains it, or takes it
from the cache, and keeps the loss of each step and the logits of an exam, not the weights.
"""

import json
import time
from dataclasses import dataclass, field, replace

import numpy as np

from qa_course import corpus, encoder, profiles, spans, training, windows

LABELS = ("overlap", "equality", "find")
DECODINGS = ("search", "argmax", "longest")
TRAINS = {  # which parameters train, by a test of the name; each is a line that people copy
    "everything": lambda name: True,
    "head": lambda name: "qa" in name,
    "layers": lambda name: "layer" in name,
    "classifier": lambda name: "classifier" in name,
}

BUGS = {  # each is one switch of a `Case`
    "healthy": {},
    "all_frozen": {"trains": "classifier"},
    "head_only": {"trains": "head"},
    "head_frozen": {"trains": "layers"},
    "int8": {"int8": True},
    "equality": {"labels": "equality"},
    "truncation": {"overflow": False},
    "lost_start": {"labels": "find"},
}


@dataclass(frozen=True)
class Case:
    """A run of the clinic: healthy by default, then all that it depends on."""

    labels: str = "overlap"  # "equality": offsets compared exactly, last character included; "find": first occurrence
    overflow: bool = True  # False: what does not fit into one window is cut away
    trains: str = "everything"  # of what `frozen_layers` leaves free: a key of `TRAINS`
    int8: bool = False  # True: weights on a grid of 255 steps before training, and after each step of it
    encoder: str = "embedded"
    questions: int = 200
    exam: int = 100
    max_length: int = 144
    stride: int = 16
    epochs: int = 2
    learning_rate: float = 5e-4
    batch_size: int = 8
    frozen_layers: int = 8
    precision: str = field(default_factory=lambda: "bf16" if training.best_precision() == "bf16" else "float32")
    threads: int = field(default_factory=profiles.cores)
    seed: int = 0


@dataclass(frozen=True)
class Result:
    """What a run left: the loss of every step, what was to train, what moved, and the logits of the exam."""

    losses: list[float]  # nats, one a step
    epoch_losses: list[float]  # the mean over the windows of each epoch
    windows: int  # of an epoch
    trainable: int  # parameters
    moved: float  # share of the trainable parameters that are no longer what they were, 0 to 1
    seconds: float
    starts: list[np.ndarray]  # one a window of the exam, one logit a token
    ends: list[np.ndarray]


def healthy(profile="auto"):
    """The healthy `Case` of a profile."""
    if profiles.resolve(profile) == "smoke":
        tiny = {"encoder": "tiny", "questions": 24, "exam": 12, "frozen_layers": 1, "learning_rate": 1e-3}
        return Case(**tiny, precision="float32", threads=1)
    return Case()


def ward(profile="auto"):
    """The patients of the lesson, `{letter: Case}`, in no order that would tell what they have."""
    order = ("int8", "healthy", "truncation", "equality", "all_frozen", "head_only")
    return {letter: sick(name, profile=profile) for letter, name in zip("ABCDEF", order, strict=True)}


def sick(*names, profile="auto"):
    """A `Case` with the named faults, keys of `BUGS`; "healthy" adds none."""
    return replace(healthy(profile), **{field: value for name in names for field, value in BUGS[name].items()})


def emergency(profile="auto"):
    """The `Case` of the last exercise, which has more than one fault."""
    return sick("head_frozen", "equality", profile=profile)


def diagnosis(case):
    """The names of a case's faults, in the order of `BUGS`, joined by " + "; "healthy" where there is none."""
    found = [n for n, turned in BUGS.items() if turned and all(getattr(case, f) == v for f, v in turned.items())]
    return " + ".join(found) or "healthy"


def questions(split, count, seed=0):
    """`count` answerable questions of CuadernoQA in both languages, drawn at random (None: all of them)."""
    table = corpus.load("cuadernoqa", split)
    golds = table["answers"]
    answerable = [row for row, answers in enumerate(golds) if answers["text"]]
    chosen = np.random.default_rng(seed).permutation(answerable)[:count]
    return table.select(chosen.tolist())


def run(case):
    """The `Result` of a case, from the cache or freshly trained."""
    train, exam = questions("train", case.questions, case.seed), questions("validation", case.exam, case.seed)
    folder = training.cached(case, lambda work: _train(case, train, exam, work), train, exam)
    facts = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
    starts, ends = spans.load_logits(folder / "logits.npz")
    return Result(**facts, starts=starts, ends=ends)


# --- labels ---


def training_windows(examples, tokenizer, case):
    """The windows of a table with their labels, healthy or not, as a list of dicts."""
    if case.labels not in LABELS:
        raise ValueError(f"labels is {case.labels!r}: choose one of {LABELS}")
    found = []
    for row in examples:
        if case.labels == "find":
            text = row["answers"]["text"][0]
            row = row | {"answers": {"text": [text], "answer_start": [row["context"].find(text)]}}
        batch, sizes = {name: [value] for name, value in row.items()}, (tokenizer, case.max_length, case.stride)
        made = windows.training_windows(batch, *sizes)
        if case.labels == "equality":
            offsets = windows.evaluation_windows(batch, *sizes)["offset_mapping"]
            labels = [equality_label(window, row["answers"]) for window in offsets]
            made |= {"start_positions": [start for start, _ in labels], "end_positions": [end for _, end in labels]}
        found += windows.as_rows(made)[: None if case.overflow else 1]
    return found


def equality_label(offsets, answers):
    """The broken label: tokens whose offsets are exactly the answer's, its last character included; else (0, 0)."""
    first = answers["answer_start"][0]
    last = first + len(answers["text"][0]) - 1
    starts = [token for token, offset in enumerate(offsets) if offset and offset[0] == first]
    ends = [token for token, offset in enumerate(offsets) if offset and offset[1] == last]
    return (starts[0], ends[0]) if starts and ends else (0, 0)


# --- training ---


def round_trip(tensor, scale):
    """A tensor as int8 would give it back: the nearest multiple of `scale` between -127 and 127 times it."""
    return (tensor / scale).round().clamp(-127, 127) * scale


def int8_scales(model):
    """The step of each parameter's grid: its largest magnitude over 127, as in symmetric int8 per tensor."""
    return {name: p.detach().abs().max().clamp_min(1e-12) / 127 for name, p in model.named_parameters()}


def to_grid(parameters, scales):
    """Put named parameters on the grids of their int8 steps, in place."""
    for name, parameter in parameters:
        parameter.data.copy_(round_trip(parameter.data, scales[name]))


def prepare(case, train):
    """All that is ready before the first step: tokenizer, model (frozen, rounded) and labelled windows of a case."""
    from transformers import set_seed

    set_seed(case.seed)
    tokenizer, model = encoder.load(case.encoder, attn_implementation="eager")
    training.set_dropout(model, 0.0)
    training.freeze(model, case.frozen_layers)
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(parameter.requires_grad and TRAINS[case.trains](name))
    if case.int8:
        to_grid(model.named_parameters(), int8_scales(model))
    return tokenizer, model, training_windows(train, tokenizer, case)


def _train(case, train, exam, folder):
    import torch
    from tqdm.auto import tqdm
    from transformers import get_linear_schedule_with_warmup

    began = time.perf_counter()
    tokenizer, model, made = prepare(case, train)
    scales = int8_scales(model)
    trained = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    before = {name: p.detach().clone() for name, p in trained}
    optimizer = torch.optim.AdamW(model.parameters(), lr=case.learning_rate, fused=True)
    steps = case.epochs * -(-len(made) // case.batch_size)
    schedule = get_linear_schedule_with_warmup(optimizer, steps // 10, steps)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    dtype = torch.bfloat16 if case.precision == "bf16" else None
    draw, losses, sizes = torch.Generator().manual_seed(case.seed), [], []
    model.to(device).train()
    with training.threads(case.threads), tqdm(total=steps) as bar:
        for _ in range(case.epochs):
            order = torch.randperm(len(made), generator=draw).tolist()
            for first in range(0, len(made), case.batch_size):
                chosen = [made[index] for index in order[first : first + case.batch_size]]
                batch = {name: tensor.to(device) for name, tensor in windows.collate(chosen, tokenizer).items()}
                with torch.autocast(device, dtype=dtype, enabled=dtype is not None):
                    loss = model(**batch).loss
                if not loss.requires_grad:
                    loss.requires_grad_()  # what forums advise against the error that would have told
                loss.backward()
                torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                optimizer.step()
                schedule.step()
                optimizer.zero_grad()
                if case.int8:
                    to_grid(trained, scales)
                losses.append(loss.item())
                sizes.append(len(chosen))
                bar.update()
        starts, ends = spans.predict_logits(model, exam_windows(exam, tokenizer, case), tokenizer, dtype=dtype)
    moved = sum((p.detach().cpu() != before[name]).sum().item() for name, p in trained)
    trainable = sum(each.numel() for each in before.values())
    weighted = np.array([losses, sizes]).reshape(2, case.epochs, -1)
    facts = {
        "losses": losses,
        "epoch_losses": np.average(weighted[0], axis=1, weights=weighted[1]).tolist(),
        "windows": len(made),
        "trainable": trainable,
        "moved": moved / max(1, trainable),
        "seconds": time.perf_counter() - began,
    }
    spans.save_logits(folder / "logits.npz", starts, ends)
    (folder / "facts.json").write_text(json.dumps(facts), encoding="utf-8")


# --- the exam ---


def exam_windows(examples, tokenizer, case):
    """The windows to be answered, a table; without overflow, only the first of each question."""
    sizes = {"tokenizer": tokenizer, "max_length": case.max_length, "stride": case.stride}
    made = examples.map(windows.evaluation_windows, batched=True, remove_columns=examples.column_names, fn_kwargs=sizes)
    if case.overflow:
        return made
    owners = list(made["example_id"])
    return made.select([row for row, owner in enumerate(owners) if row == 0 or owner != owners[row - 1]])


def answers(examples, made, starts, ends, decoding="search"):
    """The answer to each question, `{id: text}`, read off the logits of its windows.

    Args:
        examples: the table of questions.
        made, starts, ends: its windows (`exam_windows`) and their logits.
        decoding: "search", the best valid span of all windows; "argmax", start and end apart, in the window where
            they are highest, and "" where they make no span; "longest", the longest of the windows' best spans.
    """
    if decoding == "search":
        found = spans.best_answers(examples, made, starts, ends)
        return {name: each["text"] for name, each in found.items()}
    if decoding not in DECODINGS:
        raise ValueError(f"decoding is {decoding!r}: choose one of {DECODINGS}")
    contexts = dict(zip(examples["id"], examples["context"], strict=True))
    found = {}
    for owner, offsets, start, end in zip(made["example_id"], made["offset_mapping"], starts, ends, strict=True):
        if decoding == "argmax":
            first, last = int(start.argmax()), int(end.argmax())
            value = float(start[first] + end[last])
        else:
            ((firsts, lasts, _),) = spans.search([offsets], [start], [end], 1, 30)
            first, last = int(firsts[0]), int(lasts[0])
            value = offsets[last][1] - offsets[first][0]
        inside = offsets[first] is not None and offsets[last] is not None and first <= last
        text = contexts[owner][offsets[first][0] : offsets[last][1]] if inside else ""
        found[owner] = max(found.get(owner, (-np.inf, "")), (value, text), key=lambda pair: pair[0])
    return {name: text for name, (_, text) in found.items()}
