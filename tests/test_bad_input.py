"""Bad input: an error of ours that names place and remedy, or the right answer; never a wrong one in silence."""

import io
import json
import os
import shutil

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from qa_course import cli, corpus, encoder, report, spans, training, widgets, windows
from qa_course.answering import QuestionAnswerer

CONTEXT = "La Paz está en Bolivia."
ROW = {"id": "q-17", "title": "Bolivia", "context": CONTEXT, "question": "¿Dónde está La Paz?"}
GOLD = {"text": ["Bolivia"], "answer_start": [15]}
HOSTILE = '</td></table><script>alert("¡ay!")</script><img src=x onerror=alert(1)>&amp;'


def row(text="Bolivia", start=None, **fields):
    """A row whose gold stands where it first occurs in its context, unless told otherwise."""
    context = fields.get("context", CONTEXT)
    start = context.index(text) if start is None else start
    return ROW | {"answers": {"text": [text], "answer_start": [start]}} | fields


def rows(*entries, **options):
    return json.dumps(list(entries), ensure_ascii=False, **options).encode("utf-8", "surrogatepass")


def squad(**fields):
    entry = {"id": "q-17", "question": ROW["question"], "answers": [{"text": "Bolivia", "answer_start": 15}]} | fields
    return json.dumps({"data": [{"title": "Bolivia", "paragraphs": [{"context": CONTEXT, "qas": [entry]}]}]}).encode()


def csv(*entries, **options):
    frame = pd.DataFrame([each | {"answers": str(each["answers"])} for each in entries])
    text = frame.to_csv(index=False, **options)
    return text.encode("utf-8")


def parquet(frame):
    with io.BytesIO() as file:
        frame.to_parquet(file)
        return file.getvalue()


def without(key, **fields):
    return {name: value for name, value in row(**fields).items() if name != key}


EMOJI = "👩‍🔬👍🏽 trabajan en La Paz."
LONG = "El lago es hondo. " * 60_000 + "Su orilla es de Bolivia."
# name: (file, its bytes, the parts of the message, or None where the gold must come back from its window)
FILES = {
    # --- the file ---
    "broken JSON": ("a.json", b'{"data": [', ["line 1, column 11: no JSON"]),
    "JSON cut short": ("a.json", rows(row())[:-9], ["line 1, column", "no JSON"]),
    "comma too many": ("a.json", b'[{"id": "x",}]', ["line 1, column 13"]),
    "raw control character": ("a.json", b'["a\x01b"]', ["line 1, column 4", "control character"]),
    "two documents": ("a.json", rows(row()) * 2, ["Extra data"]),
    "a number of 5,000 digits": ("a.json", b"[" + b"9" * 5000 + b"]", ["JSON that cannot be read", "digits"]),
    "brackets 100,000 deep": ("a.json", b"[" * 100_000, ["JSON that cannot be read", "recursion"]),
    "empty file": ("a.json", b"", ["line 1, column 1: no JSON"]),
    "only spaces": ("a.json", b" \n\t", ["no JSON"]),
    "empty list": ("a.json", b"[]", ["no question in it"]),
    "no articles": ("a.json", b'{"data": []}', ["no question in it"]),
    "a bare number": ("a.json", b"42", ["neither SQuAD", "nor a list of rows"]),
    "BOM": ("a.json", b"\xef\xbb\xbf" + rows(row()), None),
    "UTF-16": ("a.json", rows(row()).decode().encode("utf-16"), ["byte 0 is not UTF-8", "save the file as UTF-8"]),
    "UTF-16 without BOM": ("a.json", b"[]".decode().encode("utf-16-le"), ["character 1 is NUL", "save the file as UTF-8"]),
    "Latin-1": ("a.json", rows(row()).decode().encode("latin-1"), ["is not UTF-8", "save the file as UTF-8"]),
    "CRLF": ("a.json", rows(row(), indent=1).replace(b"\n", b"\r\n"), None),
    "upper-case ending": ("A.JSON", rows(row()), None),
    "spaces and accents in the path": ("año nuevo/mis preguntas.json", rows(row()), None),
    "a format unknown": ("preguntas.xlsx", b"PK", ["cannot tell the format", ".csv, .parquet"]),
    "JSON lines, one broken": ("a.jsonl", rows(row())[1:-1] + b"\n{\n", ["row in line 2", "no JSON"]),
    "JSON lines, empty": ("a.jsonl", b"", ["no question in it"]),
    "JSON lines, CRLF and blank lines": ("a.jsonl", b"\r\n" + rows(row())[1:-1] + b"\r\n\r\n", None),
    "JSON lines, a line separator in a text": ("a.jsonl", rows(row(context="Uno.\u2028" + CONTEXT))[1:-1], None),
    "Parquet cut short": ("a.parquet", parquet(pd.DataFrame([row()]))[:-10], ["no Parquet"]),
    "Parquet, empty file": ("a.parquet", b"", ["no Parquet"]),
    "Parquet in Latin-1": ("a.parquet", parquet(pd.DataFrame([row()])).replace("está".encode(), b"est\xe1 "), ["no Parquet"]),
    "Parquet of something else": ("a.parquet", parquet(pd.DataFrame({"x": [1]})), ["row 1", "'id' must be a text"]),
    # --- CSV ---
    "CSV with a Python dict": ("a.csv", csv(row()), None),
    "CSV with a BOM and CRLF": ("a.csv", b"\xef\xbb\xbf" + csv(row(), lineterminator="\r\n"), None),
    "CSV, CRLF within a text": ("a.csv", csv(row(context="Uno.\r\nDos.\r\n" + CONTEXT)), None),
    "CSV with NA for a text": ("a.csv", csv(row("NA", context="NA es sodio.", question="null")), None),
    "CSV with code for answers": ("a.csv", csv(row() | {"answers": "__import__('os')"}), ["cannot read 'answers'", "as JSON"]),
    "CSV with answers 100,000 deep": ("a.csv", csv(row() | {"answers": "[" * 100_000}), ["row 1", "cannot read 'answers'"]),
    "CSV with semicolons": ("a.csv", csv(row(), sep=";"), ["row 1: the header lacks", "part them by commas"]),
    "CSV without a header": ("a.csv", csv(row(), header=False), ["row 1: the header lacks"]),
    "CSV, empty": ("a.csv", b"", ["no CSV"]),
    "CSV, header only": ("a.csv", b"id,context,question,answers\n", ["no question in it"]),
    "CSV with a quote left open": ("a.csv", csv(row()) + b'"x', ["no CSV", "row 2"]),
    "CSV with a field too many": ("a.csv", csv(row()) + b"a,b,c,d,e,f,g,h\n", ["no CSV", "line 3"]),
    "CSV in Latin-1": ("a.csv", csv(row()).decode().encode("latin-1"), ["is not UTF-8"]),
    "CSV with NUL": ("a.csv", csv(row()).replace(b"La Paz", b"La\0Paz"), ["is NUL"]),
    # --- keys and types ---
    "a row that is none": ("a.json", b"[null]", ["row 1", "expected an object, found NoneType"]),
    **{f"no {key}": ("a.json", rows(row(), without(key, id="q-18")), ["row 2", f"'{key}'"]) for key in ("id", "context", "question", "answers")},
    "a gold without text": ("a.json", squad(answers=[{"answer_start": 15}]), ["article 1, question 'q-17'", "an answer is a text and"]),
    "a gold without start": ("a.json", squad(answers=[{"text": "Bolivia"}]), ["a whole number, found 'Bolivia' and None"]),
    "a start with a fraction": ("a.json", squad(answers=[{"text": "Bolivia", "answer_start": 15.0}]), ["and 15.0"]),
    "a start that is no number": ("a.json", squad(answers=[{"text": "Bolivia", "answer_start": float("nan")}]), ["and nan"]),
    "a start that is true": ("a.json", squad(answers=[{"text": "a", "answer_start": True}]), ["and True"]),
    "a start as text": ("a.json", squad(answers=[{"text": "Bolivia", "answer_start": "15"}]), ["and '15'"]),
    "a context as list": ("a.json", rows(row() | {"context": [CONTEXT]}), ["'context' must be a text"]),
    "a question as number": ("a.json", rows(row(question=5)), ["'question' must be a text", "found 5"]),
    "answers as number": ("a.json", rows(row() | {"answers": 3}), ["'answers' must be a list"]),
    "answers null": ("a.json", rows(row() | {"answers": None}), ["'answers' must be a list"]),
    "more texts than starts": ("a.json", rows(row() | {"answers": {"text": ["La", "Paz"], "answer_start": [0]}}), ["two lists"]),
    "qas as object": ("a.json", b'{"data": [{"paragraphs": [{"context": "x", "qas": {}}]}]}', ["article 1, paragraph 1", "a list 'qas'"]),
    "impossible, yet answered": ("a.json", squad(is_impossible=True), ["is_impossible is true", "remove one"]),
    "possible, yet unanswered": ("a.json", squad(is_impossible=False, answers=[]), ["is_impossible is false", "write one"]),
    "an id twice": ("a.json", rows(row(), row(question="¿Y?")), ["row 2", "'q-17'", "occurs twice"]),
    "both languages with the same ids": ("a.json", rows(row(), row("Bolivia", context="La Paz is in Bolivia.")), ["occurs twice"]),
    # --- texts ---
    "a start one too small": ("a.json", rows(row(start=14)), ["gives ' Bolivi', expected 'Bolivia' (it first stands at 15)"]),
    "a start one too large": ("a.json", rows(row(start=16)), ["(it first stands at 15)"]),
    "a negative start": ("a.json", rows(row(start=-8)), ["answer_start -8 gives ''"]),
    "a start past the end": ("a.json", rows(row(start=10**30)), ["gives ''"]),
    "an answer that is not there": ("a.json", rows(row("Perú", 0)), ["expected 'Perú'"]),
    "a start in UTF-16 units": ("a.json", rows(row("La Paz", 21, context=EMOJI)), ["(it first stands at 18)"]),
    "an answer in decomposed letters": ("a.json", rows(row("esta\u0301", 7)), ["normalise both with NFC"]),
    "a context in decomposed letters": ("a.json", rows(row(context="La Paz esta\u0301 en Bolivia.")), None),
    "a gold in decomposed letters": ("a.json", rows(row("Potosi\u0301", context="Vive en Potosi\u0301, arriba.")), None),
    "half of a character": ("a.json", b'[{"id": "x", "context": "a \\ud83d b", "question": "q", "answers": []}]', ["half of a character", "at 2"]),
    "half of a character in the title": ("a.json", rows(row(title="\ud83d")), ["not UTF-8"]),
    "zero-width characters": ("a.json", rows(row(context="La\u200b Paz\ufeff está en Bolivia\u200d.")), None),
    "an answer without the zero-width space within": ("a.json", rows(row("Bolivia", 15, context="La Paz está en Boli\u200bvia.")), ["Boli\\u200bv"]),
    "right to left": ("a.json", rows(row("القدس", context="تقع \u200fالقدس\u200e هنا.")), None),
    "overrides of direction": ("a.json", rows(row("Bolivia", context="La Paz \u202eestá\u202c en Bolivia.")), None),
    "emoji with joiners": ("a.json", rows(row("La Paz", context=EMOJI)), None),
    "an emoji for an answer": ("a.json", rows(row("👩‍🔬👍🏽", context=EMOJI)), None),
    "ligatures that normalise to more letters": ("a.json", rows(row("ﬁn", context="Es el ﬁn ㎨ de Bolivia.")), None),
    "NUL in a text": ("a.json", json.dumps([row(context="La Paz\0 está en Bolivia.")]).encode(), None),
    "an empty context": ("a.json", rows(row() | {"context": ""}), ["'context' must be a text that is not empty"]),
    "a context of spaces": ("a.json", rows(row() | {"context": " \u3000\n"}), ["'context' must be a text that is not empty"]),
    "a question of spaces": ("a.json", rows(row(question="\t")), ["'question' must be"]),
    "a context of one megabyte": ("a.json", rows(row(context=LONG)), None),
    "the same answer twice, the second meant": ("a.json", rows(row("Bolivia", 20, context="De Bolivia vino a la Bolivia de hoy." )), ["it first stands at 3"]),
    "question and context in two languages": ("a.json", rows(row(question="Where is La Paz?")), None),
    "HTML in every field": ("a.json", rows(row("alert(1)", id=HOSTILE, title=HOSTILE, context=f"a {HOSTILE} b", question=HOSTILE)), None),
}  # fmt: skip


def placed(folder, name, data):
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("case", FILES)
def test_files(tmp_path, embedded_tokenizer, case):
    name, data, message = FILES[case]
    path = placed(tmp_path, name, data)
    if message is not None:
        with pytest.raises(corpus.CorpusError) as caught:
            corpus.load(path)
        said = str(caught.value)
        assert said.startswith(path.name + ": ")
        assert all(part in said for part in message), said
        return
    table = corpus.load(path)
    ((text,), (start,)) = table[0]["answers"].values()
    assert table[0]["context"][start : start + len(text)] == text
    # Through windows and spans, with logits that are sure of the labels, the same characters come back.
    made = windows.training_windows(table[:], embedded_tokenizer)
    offsets = windows.evaluation_windows(table[:], embedded_tokenizer)
    sizes = [len(ids) for ids in made["input_ids"]]
    starts, ends = (
        [[9.0 * (t == label) for t in range(size)] for label, size in zip(made[side], sizes, strict=True)]
        for side in ("start_positions", "end_positions")
    )
    found = spans.best_answers(table, offsets, starts, ends)[table[0]["id"]]
    assert found["text"].strip("\u200d\u200e\u200f.,\0") == text.strip("\u200d\u200e\u200f.,\0")
    assert table[0]["context"][found["start"] : found["end"]] == found["text"]


# --- what is asked of a corpus ---


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nothing.json",), "nothing.json: no such file"),
        (("no/such-set",), "cannot load 'no/such-set'.*Check the name and the connection"),
        (("cuadernoqa", "dev"), "no split 'dev': choose one of"),
        (("cuadernoqa", "train:5"), "no split 'train:5': choose one of"),
        (("cuadernoqa", "train[5]"), r"cannot read the slice '\[5\]': write it as \[first:last\]"),
        (("cuadernoqa", "train[:5%]"), "cannot read the slice"),
        (("cuadernoqa", "train", "fr"), "no language 'fr': choose one of"),
    ],
)
def test_what_is_not_there_is_named(arguments, message):
    with pytest.raises((corpus.CorpusError, FileNotFoundError), match=message):
        corpus.load(*arguments)


def test_a_file_has_no_splits_and_does_not_pretend_to(tmp_path):
    with pytest.raises(corpus.CorpusError, match="a file has no splits such as 'train'"):
        corpus.load(placed(tmp_path, "a.json", rows(row())), "train")


def test_a_question_longer_than_the_window_is_named(tmp_path, embedded_tokenizer):
    table = corpus.load(placed(tmp_path, "a.json", rows(row(question="¿Qué? " * 400))))
    with pytest.raises(ValueError, match="question 'q-17' has .* tokens.*shorten it"):
        windows.training_windows(table[:], embedded_tokenizer)


def test_a_context_without_a_single_token_is_answered_with_nothing(tmp_path, embedded_tokenizer):
    table = corpus.load(placed(tmp_path, "a.json", rows(ROW | {"context": "\u200b\u200b", "answers": []})))
    made = windows.evaluation_windows(table[:], embedded_tokenizer)
    logits = [[1.0] * len(ids) for ids in made["input_ids"]]
    assert spans.best_answers(table, made, logits, logits)["q-17"]["text"] == ""


# --- what is shown ---


@pytest.mark.parametrize("where", ["cell", "key", "heading", "token", "id", "name of a tokenizer", "typed text"])
def test_nothing_of_a_text_becomes_markup(embedded_tokenizer, where):
    page = {
        "cell": lambda: report.html_table([{"answer": HOSTILE}]),
        "key": lambda: report.html_table([{HOSTILE: 1}]),
        "heading": lambda: report.html_table([{"answer": 1}], {"answer": HOSTILE}),
        "token": lambda: widgets.token_html([HOSTILE]),
        "id": lambda: widgets.token_html(["a"], [HOSTILE]),
        "name of a tokenizer": lambda: widgets.comparison_html({HOSTILE: embedded_tokenizer}, "a"),
        "typed text": lambda: widgets.comparison_html({"e5": embedded_tokenizer}, HOSTILE),
    }[where]()
    assert "<script" not in page and "<img" not in page and "</table><" not in page.replace("</tbody>\n", "")


# --- models, folders and disks ---


@pytest.fixture
def saved(tmp_path):
    """A folder with the tiny encoder and a head, sealed as the cache seals what it holds."""
    tokenizer, model = encoder.load("tiny")
    folder = tmp_path / "modelo número 1"
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    encoder.seal(folder)
    return folder


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(path):
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes(data)


def unsealed(folder, change):
    (folder / encoder.SEAL).unlink()
    change()


DAMAGES = {
    "one bit of the weights": (lambda f: flip(f / encoder.WEIGHTS), "has changed since it was made"),
    "weights cut short": (lambda f: cut(f / encoder.WEIGHTS), "has changed since it was made"),
    "weights cut short, no seal": (lambda f: unsealed(f, lambda: cut(f / encoder.WEIGHTS)), "SafetensorError"),
    "no weights": (lambda f: (f / encoder.WEIGHTS).unlink(), "FileNotFoundError"),
    "no weights, no seal": (lambda f: unsealed(f, (f / encoder.WEIGHTS).unlink), "model.safetensors"),
    "configuration cut short": (lambda f: cut(f / "config.json"), "config.json"),
    "configuration of nothing": (lambda f: (f / "config.json").write_text("{}"), "model_type"),
    "no configuration": (lambda f: (f / "config.json").unlink(), "config.json"),
    "tokenizer cut short": (lambda f: cut(f / "tokenizer.json"), "cannot load the model"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_model_is_refused_by_name(saved, damage, capfd):
    change, message = DAMAGES[damage]
    change(saved)
    with pytest.raises(OSError) as caught:
        QuestionAnswerer(saved)
    assert str(saved) in str(caught.value) and message in str(caught.value) and "delete" in str(caught.value)


def test_a_model_with_a_part_of_its_weights_is_refused(saved, capfd):
    from safetensors.numpy import load_file, save_file

    weights = load_file(saved / encoder.WEIGHTS)
    for part, allowed in (("bert.encoder.layer.1", False), ("qa_outputs", True)):
        kept = {name: value for name, value in weights.items() if not name.startswith(part)}
        save_file(kept, saved / encoder.WEIGHTS, {"format": "pt"})
        encoder.seal(saved)
        with pytest.raises(OSError, match=f"lacks .* as {part}.*: train it, or save it anew"):
            QuestionAnswerer(saved)
        if allowed:  # a head is what training begins with
            assert encoder.load(saved)


def test_pickled_weights_from_outside_are_loaded_as_tensors_only(saved, tmp_path, capfd):
    """A `pytorch_model.bin` that runs code when unpickled is refused."""
    import pickle

    class Trap:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "ran"),)

    (saved / encoder.WEIGHTS).unlink()
    (saved / encoder.SEAL).unlink()
    (saved / "pytorch_model.bin").write_bytes(pickle.dumps({"qa_outputs.weight": Trap()}))
    with pytest.raises(OSError, match="cannot load the model"):
        encoder.load(saved)
    assert not (tmp_path / "ran").exists()


def test_logits_that_are_no_numbers_are_no_answers(saved):
    import torch

    tokenizer, model = encoder.load(saved)
    torch.nn.init.constant_(model.qa_outputs.bias, float("nan"))
    with pytest.raises(ValueError, match="logits are not finite"):
        QuestionAnswerer(model.train(), tokenizer)("¿Dónde?", CONTEXT)
    assert model.training  # it is left as it was


def test_an_empty_context_is_not_taken_for_none(saved, capsys):
    assert cli.main(["ask", "¿Dónde?", "--context", "", "--model", str(saved)]) == 1
    assert "context" in capsys.readouterr().err


RUN = {"config": {"languages": ["en"], "epochs": 1}, "folder": "x"}


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", json.dumps(RUN), json.dumps({"config": {"languages": ["en"], "of tomorrow": 1}})]
)
def test_a_run_that_is_damaged_or_of_another_version_is_named(tmp_path, text):
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(OSError, match=r"run\.json is damaged or another version's.*delete that folder"):
        training.load_run(tmp_path)


def test_a_disk_that_fills_up_while_training_is_named_and_loses_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("QA_COURSE_CACHE", str(tmp_path))

    def train(folder):
        (folder / "checkpoint-1").mkdir(exist_ok=True)
        raise RuntimeError("PytorchStreamWriter failed writing file data/3: file write failed")

    config = training.Config(encoder="tiny")
    with pytest.raises(RuntimeError, match="PytorchStreamWriter"):  # another cause: it is not hidden
        training.cached(config, train)
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(training.shutil, "disk_usage", lambda path: usage._replace(free=7_000_000))
    with pytest.raises(OSError, match="the disk is full, 7 MB are left in .*goes on from its last checkpoint"):
        training.cached(config, train)
    assert list(tmp_path.glob("runs/*.partial/checkpoint-1"))


def test_a_cache_below_a_file_is_named_with_the_remedy(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").touch()
    monkeypatch.setenv("QA_COURSE_CACHE", str(tmp_path / "file" / "cache"))
    assert cli.main(["train", "--profile", "smoke"]) == 1
    assert "set QA_COURSE_CACHE to a folder you can write" in capsys.readouterr().err


def test_an_output_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        report.record(tmp_path / "file" / "figures.json", f1=1.0)


@pytest.mark.parametrize(
    ("data", "message"),
    [(b"\xff\xfe\x00", "not UTF-8"), (b"", "context 0 is ''")],
    ids=["bytes that are no text", "an empty file"],
)
def test_ask_names_a_context_it_cannot_read(saved, tmp_path, capsys, data, message):
    path = placed(tmp_path, "texto.txt", data)
    assert cli.main(["ask", "¿Qué?", "--context", str(path), "--model", str(saved)]) == 1
    said = capsys.readouterr().err
    assert said.startswith("qa-course ask: ") and message in said and "Traceback" not in said


def test_the_threshold_zero_is_a_threshold(saved):
    """Zero is not the absence of a threshold: null exactly where it is likelier than the best span."""
    tokenizer, model = encoder.load(saved)
    model.config.null_threshold = 1e9  # the model's own would never be silent
    table = corpus.load("cuadernoqa", "validation[:8]", "es")
    found = training.answer(model, tokenizer, table)
    expected = training.score_answers(found, table, "es", null_threshold=0.0)
    assert training.evaluate(model, tokenizer, table, "es", null_threshold=0.0) == expected
    silent = training.evaluate(model, tokenizer, table, "es", null_threshold=-1e9)
    assert silent["unanswerable_f1"] == 100 and silent["answerable_f1"] == 0


# --- anything at all ---

JUNK = st.sampled_from(
    [b"", b"\0", b"\xef\xbb\xbf", b"\xff", b"\r\n", b'"', b"'", b"\\", b"\\ud800", b",", b";", b"[", b"]", b"{", b"}"]
    + [b"null", b"NaN", b"-Infinity", b"1e999", b"true", b"9" * 5000, b"[" * 3000, b"\xe2\x80\xa8", b"e\xcc\x81"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["", " ", CONTEXT]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*ROW, "text", "data", "qas"]), inner),
    max_leaves=8,
)


def places(document, path=()):
    """The paths to all parts of a JSON document."""
    yield path
    parts = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for key, part in parts:
        yield from places(part, (*path, key))


@st.composite
def damaged(draw):
    """A file of a known format with a few bytes or values that do not belong there."""
    name = draw(st.sampled_from(["a.json", "a.jsonl", "a.csv", "a.parquet", "squad.json"]))
    two = [row(), row("La Paz", id="q-18", answers={"text": [], "answer_start": []})]
    document = json.loads(squad(answers=[{"text": "Paz", "answer_start": 3}])) if name == "squad.json" else two
    for _ in range(draw(st.integers(0, 2))):
        *way, last = draw(st.sampled_from([path for path in places(document) if path]))
        part = document
        for key in way:
            part = part[key]
        part[last] = draw(VALUES)
    if name.endswith(("parquet", "csv")):
        try:
            frame = pd.DataFrame(document)
            data = parquet(frame) if name == "a.parquet" else frame.to_csv(index=False).encode("utf-8", "surrogatepass")
        except Exception:  # what cannot be written cannot be read
            reject()
    elif name == "a.jsonl":
        data = "\n".join(map(json.dumps, document)).encode()
    else:
        data = json.dumps(document).encode()
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(data)))
        data = data[:start] + draw(JUNK) + data[start + draw(st.integers(0, 4)) :]
    return name, data


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(damaged())
@pytest.mark.filterwarnings("ignore")
def test_whatever_a_file_holds_it_is_loaded_right_or_refused_by_name(tmp_path_factory, file):
    path = placed(tmp_path_factory.getbasetemp(), *file)
    try:
        table = corpus.load(path)
    except corpus.CorpusError as error:
        assert str(error).startswith(path.name + ": ")
        return
    assert len(table) == len(set(table["id"])) > 0
    for each in table:
        assert each["context"].strip() and each["question"].strip()
        for text, start in zip(*each["answers"].values(), strict=True):
            assert text.strip() and start >= 0 and each["context"][start : start + len(text)] == text
