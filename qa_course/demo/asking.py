"""A question about a text, put to the model: the answer with all that led to it."""

import re

from qa_course import spans, windows

MAX_LENGTH, STRIDE = 384, 128  # of a window, in tokens, as in training
MOST_WINDOWS = 64  # read at most, some seconds on two cores: about 60,000 characters
SHOWN = 6  # spans: the best one and those that run up
INVISIBLE = re.compile("[\0\ud800-\udfff]")  # what no page can show and no encoding can carry


def ask(tokenizer, model, text, question):
    """The answer to a question about a text, with all that led to it.

    Args:
        tokenizer, model: as `encoder.load` gives them; the null threshold is the model's own, 0 where it has none.
        text, question: strings with at least one word. Of the text, 64 windows are read at most.

    Returns what `spans.best_answers` says of one question (`text, start, end, score, null_score, n_best`), and
    `context`, the text with invisible characters replaced one by one; `question`; `threshold`; `read`, how many
    characters were read; `windows`, a list of dicts of `tokens` and `characters`: `(first, last + 1)` of the text.
    `windows` is empty where the text has no tokens. Raises ValueError where the question fills a window.
    """
    text, question = (INVISIBLE.sub("\N{REPLACEMENT CHARACTER}", each) for each in (text, question))
    batch = {"id": ["demo"], "question": [question], "context": [text]}
    length = min(tokenizer.model_max_length, MAX_LENGTH)
    made = windows.evaluation_windows(batch, tokenizer, length, min(STRIDE, length // 3))
    whole = len(made["example_id"]) <= MOST_WINDOWS
    made = {name: column[:MOST_WINDOWS] for name, column in made.items()}
    cut = _cut(made["offset_mapping"], min(STRIDE, length // 3))
    starts, ends = spans.predict_logits(model, windows.as_rows(made), tokenizer, batch_size=8)
    threshold = float(getattr(model.config, "null_threshold", 0.0))
    answer = spans.best_answers(batch, made, starts, ends, n_best=SHOWN, null_threshold=threshold)["demo"]
    read = len(text) if whole else cut[-1]["characters"][1]
    return answer | {"context": text, "question": question, "threshold": threshold, "read": read, "windows": cut}


def _cut(offsets, stride):
    """Which tokens and characters of the text each window covers."""
    cut, last = [], 0
    for window in offsets:
        inside = [offset for offset in window if offset is not None]
        if inside:
            first = last - stride if cut else 0
            last = first + len(inside)
            cut.append({"tokens": (first, last), "characters": (inside[0][0], inside[-1][1])})
    return cut
