"""Examples to windows: a question and as much of its context as fits, with labels to learn or offsets to decode.

A context longer than the model's input becomes several windows of at most `max_length` tokens, each repeating the
last `stride` context tokens of the one before, as in the `run_squad.py` that was published with BERT.
"""

import unicodedata

import numpy as np


def tokenize(questions, contexts, tokenizer, max_length=384, stride=128, names=None):
    """Question and context pairs as windows, unpadded.

    Args:
        questions, contexts: lists of n strings.
        tokenizer: a fast tokenizer; the question goes on the side away from the padding.
        max_length: most tokens a window has, special tokens included.
        stride: tokens that two neighbouring windows of one context share.
        names: n names for error messages (the questions themselves if left out).

    Returns a `BatchEncoding` of m >= n windows with `overflow_to_sample_mapping` and `offset_mapping`.
    Raises ValueError where a question leaves no room for its context or the tokenizer cannot do this.
    """
    if not tokenizer.is_fast or tokenizer.cls_token_id is None:
        raise ValueError(
            f"{type(tokenizer).__name__} has no offsets or no [CLS] token: choose a fast encoder tokenizer"
        )
    questions, contexts = [question.strip() for question in questions], list(contexts)
    _check_room(questions, tokenizer, max_length, stride, names or questions)
    question_first = tokenizer.padding_side == "right"
    return tokenizer(
        *((questions, contexts) if question_first else (contexts, questions)),
        truncation="only_second" if question_first else "only_first",
        max_length=max_length,
        stride=stride,
        return_overflowing_tokens=True,
        return_offsets_mapping=True,
    )


def _check_room(questions, tokenizer, max_length, stride, names):
    room = max_length - tokenizer.num_special_tokens_to_add(pair=True) - stride
    for question, name in zip(questions, names, strict=True):
        # No tokenizer makes more tokens than bytes and words of the longest normal form (one "㎨" is five
        # characters there), so only a question of many bytes needs to be tokenised twice to be counted.
        longest = unicodedata.normalize("NFKD", question)
        if len(longest.encode("utf-8", "replace")) + len(longest.split()) < room:
            continue
        length = len(tokenizer(question, add_special_tokens=False)["input_ids"])
        if length >= room:
            raise ValueError(
                f"question {name!r} has {length} tokens, which leaves no room for its context in windows of "
                f"{max_length} with a stride of {stride}: shorten it, raise max_length or lower stride"
            )


def context_sequence(tokenizer):
    """Which of the two sequences of a pair is the context: 1, or 0 where the padding is on the left."""
    return 1 if tokenizer.padding_side == "right" else 0


def training_windows(batch, tokenizer, max_length=384, stride=128):
    """Windows with labels, for `Dataset.map(batched=True, remove_columns=...)`.

    A label is the smallest token span that covers the first non-empty gold answer, or the window's [CLS] token
    where the question has no answer or the window does not hold all of it.

    Args:
        batch: columns `id, context, question, answers` of n examples.
        tokenizer, max_length, stride: as in `tokenize`.

    Returns lists of m >= n windows: `input_ids, attention_mask` (and `token_type_ids` where the model takes them),
    `start_positions, end_positions` (token indices in the unpadded window). Raises ValueError as `tokenize`.
    """
    encoded = tokenize(batch["question"], batch["context"], tokenizer, max_length, stride, batch["id"])
    samples = encoded["overflow_to_sample_mapping"]
    golds = [_first_gold(answers) for answers in batch["answers"]]
    sequence = context_sequence(tokenizer)
    spans = [
        gold and token_span(encoding, *gold, sequence)
        for encoding, gold in zip(encoded.encodings, (golds[sample] for sample in samples), strict=True)
    ]
    # A window that cuts the answer sees fewer of its characters than the windows together.
    reach = {}
    for sample, span in zip(samples, spans, strict=True):
        if span:
            first, last = reach.get(sample, (span[2], span[3]))
            reach[sample] = (min(first, span[2]), max(last, span[3]))
    features = model_inputs(encoded, tokenizer)
    starts, ends = [], []
    for window, (sample, span) in enumerate(zip(samples, spans, strict=True)):
        cls = features["input_ids"][window].index(tokenizer.cls_token_id)
        whole = span and span[2:] == reach[sample]
        starts.append(span[0] if whole else cls)
        ends.append(span[1] if whole else cls)
    return features | {"start_positions": starts, "end_positions": ends}


def evaluation_windows(batch, tokenizer, max_length=384, stride=128):
    """Windows to be answered, for `Dataset.map(batched=True, remove_columns=...)`.

    Args and errors as in `training_windows` (no `answers` needed).

    Returns lists of m >= n windows: the model's inputs, `example_id`, and `offset_mapping`: for each token the
    characters `[start, end]` of the context that it covers, None outside the context.
    """
    encoded = tokenize(batch["question"], batch["context"], tokenizer, max_length, stride, batch["id"])
    sequence = context_sequence(tokenizer)
    offsets = [
        [offset if token == sequence else None for offset, token in zip(window, encoding.sequence_ids, strict=True)]
        for window, encoding in zip(encoded["offset_mapping"], encoded.encodings, strict=True)
    ]
    ids = [batch["id"][sample] for sample in encoded["overflow_to_sample_mapping"]]
    return model_inputs(encoded, tokenizer) | {"example_id": ids, "offset_mapping": offsets}


def as_rows(columns):
    """Windows as a list of dicts, one a window, from columns of equal length as `evaluation_windows` returns them."""
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def model_inputs(encoded, tokenizer):
    """The columns of a `BatchEncoding` that the tokenizer's model takes, as a dict of lists."""
    return {name: encoded[name] for name in tokenizer.model_input_names if name in encoded}


def _first_gold(answers):
    """Characters `(start, end)` of the first gold answer that has text, or None."""
    for text, start in zip(answers["text"], answers["answer_start"], strict=True):
        if text.strip():
            return start, start + len(text)
    return None


def token_span(encoding, start, end, sequence):
    """The tokens of one window that overlap the characters `[start, end)` of a sequence of the pair.

    Args:
        encoding: a `tokenizers.Encoding`, one window.
        start, end: characters of the context.
        sequence: 0 or 1, as `context_sequence` gives it.

    Returns `(first token, last token, first character, last character + 1)`, or None where none overlaps.
    """
    # Spaces and characters that the normaliser drops belong to no token: look inwards from both ends.
    found = [(t, c) for c in range(start, end) if (t := encoding.char_to_token(c, sequence)) is not None]
    if not found:
        return None
    first, (last, character) = found[0][0], found[-1]
    # One character can make several tokens (the bytes of an emoji, the letters of a ligature): take them all.
    while (chars := encoding.token_to_chars(last + 1)) and chars[0] <= character < chars[1]:
        last += 1
    return first, last, encoding.token_to_chars(first)[0], encoding.token_to_chars(last)[1]


def collate(windows, tokenizer):
    """A batch of windows as tensors, padded to the longest of them on the tokenizer's padding side.

    Args:
        windows: a list of b windows as `training_windows` or `evaluation_windows` make them.

    Returns a dict of int64 tensors: the model's inputs, shape (b, length), and where the windows have them
    `start_positions` and `end_positions`, shape (b,), moved along with padding on the left.
    """
    import torch

    length = max(len(window["input_ids"]) for window in windows)
    left = tokenizer.padding_side == "left"
    fillers = {"input_ids": tokenizer.pad_token_id, "attention_mask": 0, "token_type_ids": tokenizer.pad_token_type_id}
    batch = {}
    for name, filler in fillers.items():
        if name in windows[0]:
            padded = np.full((len(windows), length), filler, dtype=np.int64)
            for row, window in zip(padded, windows, strict=True):
                size = len(window[name])
                row[length - size if left else 0 : length if left else size] = window[name]
            batch[name] = torch.from_numpy(padded)
    for name in ("start_positions", "end_positions"):
        if name in windows[0]:
            shifts = [length - len(window["input_ids"]) if left else 0 for window in windows]
            batch[name] = torch.tensor([window[name] + shift for window, shift in zip(windows, shifts, strict=True)])
    return batch
