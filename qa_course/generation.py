"""Answers that are written, not cut out: text to text, and the training of a small T5."""

import json
import string
from dataclasses import asdict, dataclass, field, replace

import numpy as np

from qa_course import corpus, profiles, scoring, training

IGNORED = -100  # the label that the loss of torch leaves out
SPECIAL = ("<pad>", "</s>", "<unk>")  # ids 0, 1 and 2, as in T5

# --- text to text ---


def prompt(question, context):
    """What T5 reads: the question and the passage as one text, each behind its name (Raffel et al. 2020)."""
    return f"question: {question} context: {context}"


def train_tokenizer(texts, size):
    """A byte-pair tokenizer that closes every text with `</s>`: words with their space, digits and signs alone.

    Args:
        texts: what it learns its pieces from; the letters and signs of both languages are always known.
        size: most pieces.
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    steps = [pre_tokenizers.Metaspace(), pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.Punctuation()]
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(steps)
    tokenizer.decoder = decoders.Metaspace()
    alphabet = list(string.digits + string.ascii_letters + string.punctuation + "áéíóúüñÁÉÍÓÚÜÑ¿¡")
    options = {"special_tokens": list(SPECIAL), "initial_alphabet": alphabet, "show_progress": False}
    trainer = trainers.BpeTrainer(vocab_size=size, **options)
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    names = dict(zip(("pad_token", "eos_token", "unk_token"), SPECIAL, strict=True))
    inputs = ["input_ids", "attention_mask"]
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names, model_input_names=inputs)


def new_model(tokenizer, config):
    """A T5 with random weights, as small as the `Config` says."""
    from transformers import T5Config, T5ForConditionalGeneration, set_seed

    set_seed(config.seed)
    return T5ForConditionalGeneration(
        T5Config(
            vocab_size=len(tokenizer),
            d_model=config.width,
            d_kv=config.width // config.heads,
            d_ff=2 * config.width,
            num_layers=config.layers,
            num_decoder_layers=config.decoder_layers,
            num_heads=config.heads,
            dropout_rate=0.0,
            decoder_start_token_id=0,
        )
    )


def features(examples, tokenizer, max_length=384):
    """A table of questions as token ids, for `datasets.Dataset.map(..., batched=True)`.

    Returns `input_ids` and `attention_mask` of question and passage (cut at `max_length`), and `labels`: the first
    right answer, or the empty text, and `</s>`.
    """
    texts = [prompt(*pair) for pair in zip(examples["question"], examples["context"], strict=True)]
    made = dict(tokenizer(texts, truncation=True, max_length=max_length))
    golds = [(answers["text"] or [""])[0] for answers in examples["answers"]]
    return made | {"labels": tokenizer(golds)["input_ids"]}


def collator(tokenizer, ignored=IGNORED):
    """What makes a batch of features, as tensors: all filled up to the longest, labels with `ignored`."""
    from transformers import DataCollatorForSeq2Seq

    return DataCollatorForSeq2Seq(tokenizer, label_pad_token_id=ignored)


def generate(model, tokenizer, examples, batch_size=64, max_length=384, max_new_tokens=16, **options):
    """The answers that a model writes to a table of questions, `{id: text}`.

    `options` go to `model.generate` (`num_beams`, `no_repeat_ngram_size`, ...); without them, the most probable token
    each time.
    """
    import torch

    model.eval()
    texts = [prompt(*pair) for pair in zip(examples["question"], examples["context"], strict=True)]
    names, found = list(examples["id"]), {}
    order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
    shape = {"truncation": True, "max_length": max_length, "padding": True, "return_tensors": "pt"}
    for first in range(0, len(order), batch_size):
        chosen = order[first : first + batch_size]
        batch = tokenizer([texts[row] for row in chosen], **shape).to(model.device)
        with torch.inference_mode():
            written = model.generate(**batch, max_new_tokens=max_new_tokens, do_sample=False, **options)
        said = tokenizer.batch_decode(written, skip_special_tokens=True)
        found |= {names[row]: text.strip() for row, text in zip(chosen, said, strict=True)}
    return found


# --- training ---


@dataclass(frozen=True)
class Config:
    """All that the training of a T5 depends on but the tables."""

    width: int = 128
    layers: int = 2
    decoder_layers: int = 2
    heads: int = 4
    vocabulary: int = 4000
    max_length: int = 384
    epochs: int = 6
    learning_rate: float = 1e-3
    warmup: float = 0.1  # share of the steps in which the learning rate rises
    batch_size: int = 32
    start: str = ""  # what goes on learning: the name of another run's folder, or a Hub id; "" for random weights
    precision: str = "float32"
    threads: int = field(default_factory=profiles.cores)
    seed: int = 0


def course_config(profile="auto"):
    """The `Config` of the lesson's models of the micro-world for a profile."""
    if profiles.resolve(profile) == "smoke":
        return Config(width=32, layers=1, decoder_layers=1, heads=2, vocabulary=1000, epochs=2, threads=1)
    return Config()


def real_config(folder, profile="auto"):
    """The `Config` by which the model in a folder of `fit` goes on learning from CuadernoQA."""
    return replace(course_config(profile), start=folder.name, epochs=1, batch_size=16, learning_rate=5e-4)


def hub_config():
    """The `Config` by which mT5 learns from CuadernoQA; in fp16 its loss would overflow."""
    precision = "bf16" if training.best_precision() == "bf16" else "float32"
    return Config(start="google/mt5-small", epochs=4, batch_size=16, learning_rate=5e-4, precision=precision)


def cuadernoqa(split, profile="auto"):
    """Questions of CuadernoQA in both languages as `fit` takes them, with a column `language`.

    One in three of "train", so that learning takes minutes, one in four of "validation", the first 160 each of "test".
    """
    import datasets

    tables = []
    for language in corpus.LANGUAGES:
        table = corpus.load("cuadernoqa", split, language)
        rows = {"train": range(0, len(table), 3), "validation": range(0, len(table), 4), "test": range(160)}[split]
        table = table.select(rows[:24] if profiles.resolve(profile) == "smoke" else rows)
        names = [f"{name}@{language}" for name in table["id"]]
        table = table.remove_columns("id").add_column("id", names)
        tables.append(table.add_column("language", [language] * len(table)))
    return datasets.concatenate_datasets(tables)


def has_sentencepiece(language="es"):
    """Whether the package is there that mT5's tokenizer needs; where it is not, says so in one line."""
    from importlib.util import find_spec

    if find_spec("sentencepiece"):
        return True
    remedy = "pip install sentencepiece protobuf"
    print({"es": f"A mT5 le falta un paquete: {remedy}.", "en": f"mT5 lacks a package: {remedy}."}[language])
    return False


def fit(config, train, validation, texts=()):
    """The folder of a T5 trained on a table, from the cache or freshly trained.

    After each epoch the loss on the validation set is taken and its answers are generated and scored; the model kept
    is that of the lowest loss. An interrupted run goes on from its last whole checkpoint.

    Args:
        config: a `Config`.
        train, validation: tables as `microworld.questions` or `corpus.load` gives them.
        texts: what the tokenizer learns from; with `config.start` that of the other run is taken.

    Returns the path of a folder with the model, its tokenizer and `history.json` (`history`).
    """
    return training.cached(
        config, lambda work: _train(config, train, validation, texts, work), train, validation, texts
    )


def load(folder):
    """Tokenizer and model from a folder of `fit` or from the Hub, on the GPU where there is one, ready to generate."""
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

    model = AutoModelForSeq2SeqLM.from_pretrained(folder)
    model.generation_config.max_length = None  # `max_new_tokens` says it, and both together are warned of
    device = "cuda" if profiles.has_cuda() else "cpu"
    return AutoTokenizer.from_pretrained(folder), model.to(device).eval()


def history(folder):
    """What was logged during a run of `fit`, and its seconds: a dict of `log` (list of dicts) and `seconds`."""
    return json.loads((folder / "history.json").read_text(encoding="utf-8"))


def arguments(config, folder):
    """The `transformers.Seq2SeqTrainingArguments` of a configuration."""
    from transformers import Seq2SeqTrainingArguments

    return Seq2SeqTrainingArguments(
        **training.shared_arguments(config, folder),
        per_device_eval_batch_size=100,
        weight_decay=0.01,
        adam_beta2=0.98,
        predict_with_generate=True,
        generation_max_length=24,
        load_best_model_at_end=True,
        metric_for_best_model="loss",
        logging_steps=20,
        eval_strategy="epoch",
        save_strategy="epoch",
    )


def _train(config, train, validation, texts, folder):
    import transformers

    if config.start:
        run = profiles.cache_folder() / "runs" / config.start
        tokenizer, model = load(run if run.is_dir() else config.start)
        transformers.set_seed(config.seed)
    else:
        tokenizer = train_tokenizer(texts, config.vocabulary)
        model = new_model(tokenizer, config)

    def encoded(table):
        options = {"tokenizer": tokenizer, "max_length": config.max_length}
        return table.map(features, batched=True, remove_columns=table.column_names, fn_kwargs=options)

    clock = training.clock(folder)
    trainer = transformers.Seq2SeqTrainer(
        model,
        arguments(config, folder),
        train_dataset=encoded(train),
        eval_dataset=encoded(validation),
        data_collator=collator(tokenizer),
        processing_class=tokenizer,
        compute_metrics=lambda found: exact_by_language(found.predictions, validation, tokenizer),
        callbacks=[clock],
    )
    training.show_bar(trainer)
    with training.threads(config.threads):
        trainer.train(resume_from_checkpoint=training.last_checkpoint(folder, clock))
    facts = {"log": trainer.state.log_history, "seconds": clock.seconds, "config": asdict(config)}
    training.save(trainer, folder, "history.json", facts)


def training_step(model, batch, optimizer):
    """One step of training: loss, gradients, weights; returns the loss (nats) as a number."""
    loss = model(**batch).loss
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss.item()


def exact_by_language(ids, examples, tokenizer):
    """Exact match (percent) of generated ids, `{"exact_match_en": ..., "exact_match_es": ...}`.

    Args:
        ids: array of shape (questions, tokens), filled up with -100 or padding.
        examples: their table, with a column `language`.
    """
    texts = tokenizer.batch_decode(np.where(ids < 0, tokenizer.pad_token_id, ids), skip_special_tokens=True)
    marks = {language: [] for language in corpus.LANGUAGES}
    for text, answers, language in zip(texts, examples["answers"], examples["language"], strict=True):
        marks[language].append(scoring.exact_match(text, (answers["text"] or [""])[0]))
    return {f"exact_match_{language}": 100 * float(np.mean(each or [0])) for language, each in marks.items()}
