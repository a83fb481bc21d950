"""What transformers 5.2.0 makes of the same input, in its own environment: a line of JSON in, a line of JSON out."""

import json
import sys


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
    from transformers import pipeline

    pipe = pipeline("question-answering", model=model, tokenizer=model, device="cpu")
    return [pipe(**call, **options) for call in calls]


if __name__ == "__main__":
    functions = {"strings": strings, "scores": scores, "labels": labels, "answers": answers}
    out, sys.stdout = sys.stdout, sys.stderr  # what the library prints is no answer
    for line in sys.stdin:
        name, payload = json.loads(line)
        print(json.dumps(functions[name](**payload)), file=out, flush=True)
