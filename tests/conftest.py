"""What several test modules share."""

import os
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TQDM_DISABLE", "1")
os.environ.setdefault("HF_DATASETS_DISABLE_PROGRESS_BARS", "1")

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def new_cache(tmp_path_factory):
    """A function that makes an empty cache, which shares the encoders with the user's."""
    from qa_course import encoder, profiles

    encoder.tiny()
    encoders = [path for path in profiles.cache_folder().glob("*-v*") if path.is_dir()]

    def make():
        folder = tmp_path_factory.mktemp("cache")
        for path in encoders:
            (folder / path.name).symlink_to(path)
        return folder

    return make


@pytest.fixture(scope="session")
def embedded_tokenizer():
    from transformers import AutoTokenizer

    from qa_course import encoder

    return AutoTokenizer.from_pretrained(encoder.embedded())


@pytest.fixture(scope="session")
def bert_tokenizer(tmp_path_factory):
    """A small WordPiece tokenizer in the manner of BERT: lower-cases, strips accents, returns token_type_ids."""
    from tokenizers import BertWordPieceTokenizer
    from transformers import BertTokenizerFast

    from qa_course import corpus

    texts = corpus.load("cuadernoqa", "train")["context"]
    trained = BertWordPieceTokenizer()
    trained.train_from_iterator(sorted(set(texts)), vocab_size=2000, show_progress=False)
    folder = tmp_path_factory.mktemp("bert")
    trained.save(str(folder / "tokenizer.json"))
    return BertTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"), model_max_length=512)


@pytest.fixture(scope="session")
def byte_tokenizer():
    """A byte-level BPE tokenizer in the manner of RoBERTa: an emoji is several tokens, padding may be on the left."""
    from tokenizers import ByteLevelBPETokenizer
    from transformers import RobertaTokenizerFast

    from qa_course import corpus

    texts = corpus.load("cuadernoqa", "train")["context"]
    trained = ByteLevelBPETokenizer()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    trained.train_from_iterator(sorted(set(texts)), vocab_size=2000, special_tokens=special, show_progress=False)
    import json

    state = json.loads(trained.to_str())["model"]
    merges = [tuple(merge) for merge in state["merges"]]
    return RobertaTokenizerFast(vocab=state["vocab"], merges=merges, model_max_length=512)


@pytest.fixture(scope="session")
def real_data():
    """The folder of real questions for checks; tests that need it skip where it is absent."""
    folder = Path(os.environ.get("QA_COURSE_REAL_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no real data in {folder}: set QA_COURSE_REAL_DATA to a folder with xquad.en.json")
    return folder
