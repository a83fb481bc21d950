"""`qa_course.scoring.score` as a module of the `evaluate` library."""

import datasets
import evaluate

from qa_course import scoring

DESCRIPTION = "Exact match and F1 of extractive question answering under the rules of SQuAD v1.1, SQuAD v2.0 and MLQA."


class QAScore(evaluate.Metric):
    def _info(self):
        text = datasets.Value("string")
        answers = {"text": datasets.List(text), "answer_start": datasets.List(datasets.Value("int64"))}
        return evaluate.MetricInfo(
            description=DESCRIPTION,
            citation="Rajpurkar et al. (2016, 2018); Lewis et al. (2020)",
            inputs_description=scoring.score.__doc__,
            features=datasets.Features(
                {"predictions": {"id": text, "prediction_text": text}, "references": {"id": text, "answers": answers}}
            ),
        )

    def _compute(self, predictions, references, language="en", rule="squad_v2"):
        texts = {row["id"]: row["prediction_text"] for row in predictions}
        columns = {name: [row[name] for row in references] for name in ("id", "answers")}
        return scoring.score(texts, columns, language, rule)
