"""What transformers 5.2.0 makes of the same input, in its own environment: a line of JSON in, a line of JSON out."""

import json
import sys
import time
from functools import cache


def strings(pairs):
    """Exact match and F1 of each pair of a gold and a prediction."""
    from transformers.data.metrics.squad_metrics import compute_exact, compute_f1

    return [[compute_exact(gold, text), compute_f1(gold, text)] for gold, text in pairs]


def scores(golds, predictions, null_odds=None):
    """`squad_evaluate` over `{id: gold texts}` and `{id: text}`."""
    from types import SimpleNamespace

    from transformers.data.metrics.squad_metrics import squad_evaluate

    examples = [SimpleNamespace(qas_id=name, answers=[{"text": t} for t in texts]) for name, texts in golds.items()]
    return squad_evaluate(examples, predictions, null_odds)


def labels(vocabulary, rows, max_length, stride):
    """The labelled windows of each row, or None for a row that `squad_convert_example_to_features` throws away."""
    from transformers.data.processors import squad
    from transformers.models.bert.tokenization_bert_legacy import BertTokenizerLegacy

    tokenizer = BertTokenizerLegacy(vocabulary, model_max_length=512)
    squad.squad_convert_example_to_features_init(tokenizer)
    made = []
    for row in rows:
        texts, starts = row["answers"]["text"], row["answers"]["answer_start"]
        example = squad.SquadExample(
            row["id"],
            row["question"],
            row["context"],
            texts[0] if texts else None,
            starts[0] if starts else None,
            row["title"],
            is_impossible=not texts,
        )
        # Here a stride is the way from one window to the next, in the course what two windows share.
        room = max_length - len(tokenizer.encode(row["question"], add_special_tokens=False)) - 3
        features = squad.squad_convert_example_to_features(
            example, max_length, room - stride, max_length, "do_not_pad", is_training=True
        )
        made.append([[f.input_ids, f.start_position, f.end_position] for f in features] or None)
    return made


def answers(model, calls, options):
    """What `pipeline("question-answering")` returns to each call, a dict of question and context."""
    return [loaded(model)(**call, **options) for call in calls]


def together(model, calls, options, batch_size):
    """The same, all calls at once in batches; seconds are `timed`."""
    texts = {name: [call[name] for call in calls] for name in ("question", "context")}
    return loaded(model)(**texts, **options, batch_size=batch_size)


def decode(path):
    """The best span of tokens of each window whose logits a file holds, by the pipeline's own search."""
    import numpy as np
    from transformers.pipelines.question_answering import decode_spans

    stored = np.load(path)
    starts, ends, inside = (np.split(stored[name], stored["edges"]) for name in ("starts", "ends", "inside"))
    found = []
    for start, end, wanted in zip(starts, ends, inside, strict=True):
        probabilities = []
        for logits in (start, end):
            logits = np.where(wanted, logits, -10000.0)
            shifted = np.exp(logits - logits.max())
            probabilities.append(shifted / shifted.sum())
        first, last, _ = decode_spans(*(each[None] for each in probabilities), 20, 30, wanted.astype(int))
        found.append([int(first[0]), int(last[0])])
    return found


def timed(name, **payload):
    """The seconds that a function of this module takes, models and tokenizers loaded beforehand, and its result."""
    began = time.perf_counter()
    result = globals()[name](**payload)
    return [time.perf_counter() - began, result]


@cache
def loaded(model):
    from transformers import pipeline

    return pipeline("question-answering", model=model, tokenizer=model, device="cpu")


if __name__ == "__main__":
    functions = {each.__name__: each for each in (strings, scores, labels, answers, together, decode, timed)}
    out, sys.stdout = sys.stdout, sys.stderr  # what the library prints is no answer
    for line in sys.stdin:
        name, payload = json.loads(line)
        print(json.dumps(functions[name](**payload)), file=out, flush=True)
