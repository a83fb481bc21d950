"""Logits to answers: the best spans over all windows of a question, and the score of giving no answer."""

import math
import unicodedata
from collections import Counter

import numpy as np

from qa_course.windows import as_rows, collate

CHUNK = 64  # windows searched at once: few enough to stay in the processor's cache


def predict_logits(model, windows, tokenizer, batch_size=16, dtype=None, progress=None):
    """Start and end logits of every window.

    Args:
        model: a question-answering model; it runs on its own device, in the mode for inference.
        windows: a dataset or list of m windows as `windows.evaluation_windows` makes them.
        batch_size: windows at a time; they are sorted by length, so that little is padding.
        dtype: None for the model's own, or a torch type to compute in (autocast).
        progress: a label for a progress bar, or None for no bar.

    Returns two lists of m float32 arrays, in the order of the windows, one logit a token. Raises ValueError where
    the model gives logits that are not finite.
    """
    import torch
    from tqdm.auto import tqdm

    if not len(windows):
        return [], []
    names = [name for name in tokenizer.model_input_names if name in windows[0]]
    rows = as_rows({name: windows[name] for name in names}) if hasattr(windows, "column_names") else windows
    sizes = [len(row["input_ids"]) for row in rows]
    order = np.argsort(sizes, kind="stable")[::-1]
    starts, ends = [None] * len(rows), [None] * len(rows)
    left = tokenizer.padding_side == "left"
    was_training, device = model.training, next(model.parameters()).device
    model.eval()
    try:
        with torch.inference_mode(), torch.autocast(device.type, dtype=dtype, enabled=dtype is not None):
            for first in tqdm(range(0, len(rows), batch_size), desc=progress, disable=progress is None):
                chosen = order[first : first + batch_size]
                batch = collate([{name: rows[i][name] for name in names} for i in chosen], tokenizer)
                output = model(**{name: tensor.to(device) for name, tensor in batch.items()})
                pair = (output.start_logits.float().cpu().numpy(), output.end_logits.float().cpu().numpy())
                for row, i in enumerate(chosen):
                    kept = slice(-sizes[i], None) if left else slice(sizes[i])
                    starts[i], ends[i] = pair[0][row, kept].copy(), pair[1][row, kept].copy()
                    if not (np.isfinite(starts[i]).all() and np.isfinite(ends[i]).all()):
                        raise ValueError(
                            "the model's logits are not finite: its training diverged or its type overflows"
                        )
    finally:
        model.train(was_training)
    return starts, ends


def save_logits(path, starts, ends):
    """Write the logits of windows to an .npz file."""
    sizes = [len(row) for row in starts]
    np.savez(path, starts=np.concatenate(starts), ends=np.concatenate(ends), sizes=sizes)


def load_logits(path):
    """What `save_logits` wrote: two lists of arrays, one logit a token."""
    with np.load(path) as stored:
        cuts = np.cumsum(stored["sizes"])[:-1]
        return np.split(stored["starts"], cuts), np.split(stored["ends"], cuts)


def best_answers(examples, windows, start_logits, end_logits, n_best=20, max_answer_length=30, null_threshold=None):
    """The best answers of each question, searched over every valid span of every window.

    A span's score is its start logit plus its end logit (Devlin et al. 2019, section 4.2), and the null score of a
    window is that of its [CLS] token (section 4.3). A question's null score is the *minimum* over its windows, as in
    BERT's own `run_squad.py`: a window that does not hold the answer has good reason to say null, and one that holds
    it is enough. Null is the answer where null score minus best score exceeds `null_threshold`.

    Args:
        examples: n rows with `id` and `context`.
        windows: m rows with `example_id`, `offset_mapping` and `attention_mask`.
        start_logits, end_logits: m rows of logits, an array (m, length) or a list of m arrays.
        n_best: how many different spans to keep for each question; with 0 the answers come without that list.
        max_answer_length: most tokens a span has.
        null_threshold: None never answers with null.

    Returns `{id: answer}`; an answer is a dict of `text`, `start`, `end` (characters of the context), `score`,
    `null_score`, `n_best` (a list of dicts of `text, start, end, score`, best first). A null answer has the text ""
    and None for start and end; its `score` stays that of the best span.
    Raises ValueError where an example has no window or the rows do not match.
    """
    ids, contexts = examples["id"][:], examples["context"][:]
    owners, offsets, masks = (windows[name][:] for name in ("example_id", "offset_mapping", "attention_mask"))
    if not len(owners) == len(start_logits) == len(end_logits):
        raise ValueError(f"{len(owners)} windows but {len(start_logits)} and {len(end_logits)} rows of logits")
    candidates, nulls = {}, {}
    for first in range(0, len(owners), CHUNK):
        chunk = slice(first, first + CHUNK)
        kept = max(1, n_best) * max(map(_repeats, offsets[chunk]))
        found = search(offsets[chunk], start_logits[chunk], end_logits[chunk], kept, max_answer_length)
        for row, (start, end, score) in enumerate(found):
            window = first + row
            cls = masks[window].index(1)  # the first token that is no padding
            null = float(start_logits[window][cls]) + float(end_logits[window][cls])
            owner, where = owners[window], offsets[window]
            nulls[owner] = min(null, nulls.get(owner, np.inf))
            spans = candidates.setdefault(owner, {})
            for i, j, value in zip(start, end, score, strict=True):
                span = (where[i][0], where[j][1])
                spans[span] = max(float(value), spans.get(span, -np.inf))
    answers = {}
    for name, context in zip(ids, contexts, strict=True):
        if name not in nulls:
            raise ValueError(f"question {name!r} has no window: make the windows from these very examples")
        answers[name] = _answer(context, candidates[name], nulls[name], n_best, null_threshold)
    return answers


def _repeats(offsets):
    """How many spans of tokens can be the same span of characters: a lone "▁" begins where the next token does."""
    edges = zip(*(offset for offset in offsets if offset is not None), strict=True)
    return math.prod(max(Counter(each).values()) if len(set(each)) < len(each) else 1 for each in edges)


def search(offsets, start_logits, end_logits, n_best, max_answer_length):
    """The `n_best` valid spans of each of w windows.

    Args:
        offsets: w lists with one entry a token, None outside the context.
        start_logits, end_logits: w arrays of one logit a token (or more: the rest is padding).
        n_best, max_answer_length: as in `best_answers`.

    Yields for each window three arrays of equal length, best first: first tokens, last tokens, scores.
    """
    length = max(len(row) for row in offsets)
    starts = np.full((len(offsets), length), -np.inf, dtype=np.float32)
    ends = np.full((len(offsets), length + max_answer_length - 1), -np.inf, dtype=np.float32)
    for row, window in enumerate(offsets):
        positions = np.array([place for place, offset in enumerate(window) if offset is not None], dtype=int)
        starts[row, positions] = np.asarray(start_logits[row], dtype=np.float32)[positions]
        ends[row, positions] = np.asarray(end_logits[row], dtype=np.float32)[positions]
    best = np.full_like(starts, -np.inf)  # the score of the best span from each token
    for extra in range(max_answer_length):
        np.maximum(best, starts + ends[:, extra : extra + length], out=best)
    # At least n_best spans reach the best of the n-th best start, so no other start has one of them.
    floors = np.full(len(offsets), -np.inf)
    if n_best < length:
        floors = np.partition(best, -n_best, axis=1)[:, -n_best]
    reach = np.lib.stride_tricks.sliding_window_view(ends, max_answer_length, axis=1)
    for row, floor in enumerate(floors):
        kept = np.flatnonzero((best[row] >= floor) & np.isfinite(best[row]))
        scores = starts[row, kept, None] + reach[row, kept]  # scores[i, k]: from token kept[i], k tokens further
        where, extra = np.nonzero((scores >= floor) & np.isfinite(scores))
        found = scores[where, extra]
        order = np.argsort(-found, kind="stable")[:n_best]
        start = kept[where[order]]
        yield start, start + extra[order], found[order]


def whole(context, end):
    """The end of a span, moved behind the accents that follow: a normaliser may take them into the letter before."""
    while end < len(context) and unicodedata.combining(context[end]):
        end += 1
    return end


def _answer(context, spans, null_score, n_best, null_threshold):
    ranked = sorted(spans.items(), key=lambda item: (-item[1], item[0]))[: max(1, n_best)]
    best = [
        {"text": context[start : (last := whole(context, end))], "start": start, "end": last, "score": score}
        for (start, end), score in ranked
    ]
    # A context without tokens leaves null as the only answer.
    top = best[0] if best else {"text": "", "start": None, "end": None, "score": -np.inf}
    if null_threshold is not None and null_score - top["score"] > null_threshold:
        top = top | {"text": "", "start": None, "end": None}
    return top | {"null_score": null_score} | ({"n_best": best} if n_best else {})
