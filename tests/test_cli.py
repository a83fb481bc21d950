import json
import subprocess
import sys

import pytest

from qa_course import cli, corpus, doctor

HEAVY = ("torch", "transformers", "datasets", "numpy", "matplotlib", "nbformat")


@pytest.fixture
def questions(tmp_path):
    rows = [dict(row) for row in corpus.load("cuadernoqa", "validation[:4]", "es")]
    path = tmp_path / "preguntas.json"
    path.write_text(json.dumps(rows), encoding="utf-8")
    return path


def test_evaluate_prints_and_writes_flat_scores(questions, tmp_path, capsys):
    out = tmp_path / "scores.json"
    for rule, counted in (("squad_v2", 4), ("squad_v1", 4)):
        arguments = ["--data", str(questions), "--language", "es", "--rule", rule, "--json", str(out)]
        assert cli.main(["evaluate", "--profile", "smoke", *arguments]) == 0
        scores = json.loads(out.read_text(encoding="utf-8"))
        assert json.loads(capsys.readouterr().out) == scores
        assert scores["n"] == counted and 0 <= scores["exact_match"] <= scores["f1"] <= 100 and scores["seconds"] >= 0
        assert all(value is None or isinstance(value, (int, float)) for value in scores.values())


def test_what_training_says_does_not_mix_with_the_scores(questions, capsys, monkeypatch):
    from qa_course import training

    folder = training.course_model("smoke")
    monkeypatch.setattr(training, "course_model", lambda profile: print("{'loss': 1.0}") or folder)
    assert cli.main(["evaluate", "--profile", "smoke", "--data", str(questions), "--language", "es"]) == 0
    said = capsys.readouterr()
    assert "n" in json.loads(said.out) and "loss" in said.err


def test_evaluate_takes_the_models_own_threshold(questions, tmp_path, capsys):
    """A threshold below every difference makes every answer null: only unanswerable questions are right."""
    from qa_course import encoder, training

    tokenizer, model = encoder.load(training.course_model("smoke"))
    model.config.null_threshold = -1e9
    model.save_pretrained(tmp_path / "model")
    tokenizer.save_pretrained(tmp_path / "model")
    arguments = ["evaluate", "--model", str(tmp_path / "model"), "--data", str(questions), "--language", "es"]
    assert cli.main(arguments) == 0
    assert json.loads(capsys.readouterr().out)["f1"] == 0
    assert cli.main([*arguments, "--data", "cuadernoqa", "--split", "validation"]) == 0
    scores = json.loads(capsys.readouterr().out)
    assert (scores["unanswerable_f1"], scores["answerable_f1"]) == (100, 0)


def test_ask_answers_about_a_file_or_a_text(tmp_path, capsys):
    path = tmp_path / "texto.txt"
    path.write_text("Potosí está en Bolivia.", encoding="utf-8")
    text = "Potosí está en Bolivia."
    for context, expected in ((str(path), text), (text, text), (long := "ñ" * 200, long)):  # 400 bytes are no file name
        options = ["--context", context, "--language", "es", "--profile", "smoke"]
        assert cli.main(["ask", "¿Dónde está Potosí?", *options]) == 0
        shown, blank, answer, *_ = capsys.readouterr().out.splitlines()
        assert (shown, blank) == (expected, "")
        assert answer.split("  (")[0] in shown or answer.startswith("el texto no lo dice")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["evaluate", "--data", "nothing.json"], "nothing.json: no such file"),
        (["evaluate", "--data", "cuadernoqa", "--split", "dev"], "cuadernoqa has no split 'dev'"),
        (["execute", "99"], "no lesson '99'"),
        (["build", "--repository", "nonsense"], 'not the "owner/name"'),
    ],
)
def test_an_error_is_one_line_and_no_traceback(arguments, message, capsys):
    assert cli.main(arguments) == 1
    said = capsys.readouterr().err
    assert message in said and said.startswith(f"qa-course {arguments[0]}: ") and "Traceback" not in said


def test_doctor_has_a_line_for_each_requirement(capsys, monkeypatch):
    assert cli.main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(doctor.CHECKS)
    assert all(line.startswith(("[OK]", "[--]")) for line in lines)
    monkeypatch.setattr(doctor, "PACKAGES", ("torch", "no-such-package"))
    monkeypatch.setattr(doctor, "DISK", 10**9)
    assert cli.main(["doctor"]) == 2
    failed = [line for line in capsys.readouterr().out.splitlines() if line.startswith("[FAIL]")]
    assert "no-such-package missing; run make setup" in failed[0] and "set QA_COURSE_CACHE" in failed[1]


def test_help_loads_nothing_heavy():
    code = f"import sys, qa_course.cli as c; c.main([]); print(sorted(set({HEAVY}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    for command in ("doctor", "weights", "build", "execute", "train", "evaluate", "ask", "demo"):
        assert command in done.stdout


@pytest.mark.parametrize(
    ("trained", "given", "jobs"),
    [(False, [], 1), (True, [], 2), (False, ["--jobs", "3"], 3), (True, ["--jobs", "1"], 1)],
)
def test_lessons_run_one_at_a_time_until_the_course_model_is_trained(trained, given, jobs, monkeypatch):
    from qa_course import execution, training

    seen = []
    monkeypatch.setattr(training, "is_trained", lambda config: trained)
    monkeypatch.setattr(execution, "execute", lambda *_, jobs, **__: seen.append(jobs) or [])
    assert cli.main(["execute", "07", "--profile", "smoke", *given]) == 0 and seen == [jobs]
