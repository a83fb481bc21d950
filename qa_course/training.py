"""Fine-tune an encoder for extractive question answering, keep what was trained, and measure it."""

import hashlib
import json
import math
import os
import shutil
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from qa_course import corpus, encoder, profiles, scoring, spans, windows

RECIPE = 1  # raise by hand when the same configuration trains to other figures
CHUNK = 512  # questions answered at once: the logits of a whole corpus would fill the memory
FINISHED = "finished.json"  # the mark of a whole checkpoint, written last


@dataclass(frozen=True)
class Config:
    """All that a training run depends on; two equal configurations give one and the same run."""

    encoder: str = "embedded"  # "embedded", "tiny", a folder or a Hub id
    data: str = "cuadernoqa"  # as `corpus.load` takes it
    languages: tuple[str, ...] = ("en", "es")
    limit: int | None = None  # training questions of each language
    max_length: int = 384
    stride: int = 128
    epochs: float = 4
    learning_rate: float = 2e-4
    warmup: float = 0.1  # share of the steps in which the learning rate rises
    weight_decay: float = 0.01
    batch_size: int = 8
    frozen_layers: int = 0  # of the encoder, from below
    freeze_embeddings: bool = True
    dropout: float = 0.0
    precision: str = field(default_factory=lambda: best_precision())
    threads: int = field(default_factory=profiles.cores)
    seed: int = 42


@dataclass(frozen=True)
class Run:
    """A finished run: the `folder` of its model and what was measured on the way."""

    folder: Path
    config: Config
    metrics: dict  # on the validation set, by language: `f1_en`, `exact_match_en`, ..., `null_threshold`; may be empty
    history: list[dict]  # what the Trainer logged: loss, learning rate, validation scores, by step and epoch
    seconds: float  # of training, the evaluations on the way included
    examples_per_second: float  # windows, over these seconds
    windows: int
    trainable_parameters: int
    parameters: int


@dataclass(frozen=True)
class Answered:
    """What `cached_answers` depends on but the questions."""

    run: str  # the name of the model's folder, in which all that it was made from is digested


@dataclass(frozen=True)
class Logits:
    """What `cached_logits` depends on but the windows."""

    run: str  # as in `Answered`


def best_precision():
    """ "bf16" or "fp16" where the device computes in it, else "float32"."""
    import torch

    if torch.cuda.is_available():
        return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp16"
    abilities = torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}
    return "bf16" if abilities.get("avx512_bf16") or abilities.get("amx_bf16") else "float32"


def course_config(profile="auto"):
    """The configuration of the course model: the embedded encoder on all of CuadernoQA; under `smoke` a tiny one."""
    if profiles.resolve(profile) == "smoke":
        return Config(encoder="tiny", limit=24, epochs=2, learning_rate=1e-3, precision="float32", threads=1)
    return Config(epochs=1)  # chosen on the validation set of CuadernoQA


def course_model(profile="auto"):
    """The folder of the course's question-answering model, from the cache or freshly trained."""
    return fit(course_config(profile)).folder


def fit(config, callbacks=(), table=None):
    """Train as `config` says, or take the run from the cache.

    Shows a progress bar, scores the validation set and saves a checkpoint at each quarter of the steps. An
    interrupted run goes on from its last whole checkpoint when it is asked for again.

    Args:
        config: a `Config`.
        callbacks: `transformers.TrainerCallback` objects to add.
        table: a table as `corpus.load` gives it, to train on instead of what `data`, `languages` and `limit` name.
            Then no validation set is known: nothing is scored, `metrics` is empty and the null threshold is 0.

    Returns a `Run`. Raises `corpus.CorpusError` or OSError where data or weights are missing.
    """
    train, validation = _tables(config) if table is None else (table, {})
    tables = train, *validation.values()
    return load_run(cached(config, lambda work: _train(config, train, validation, work, callbacks), *tables))


def is_trained(config):
    """Whether the cache holds what `fit(config)` would give, so that it would not train."""
    train, validation = _tables(config)
    return _folder(config, (train, *validation.values())).exists()


def _tables(config):
    """What a configuration trains on, a table, and what it is scored on, `{language: table}`."""
    import datasets

    part = f"[:{config.limit}]" if config.limit else ""
    named = [corpus.load(config.data, "train" + part, language) for language in config.languages]
    validation = {language: corpus.load(config.data, "validation" + part, language) for language in config.languages}
    return datasets.concatenate_datasets(named), validation


def load_run(folder):
    """The `Run` that `fit` left in a folder; raises OSError where it is damaged or another version's."""
    try:
        facts = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        config = facts.pop("config")
        config["languages"] = tuple(config["languages"])
        return Run(folder=folder, config=Config(**config), **facts)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise OSError(f"{folder / 'run.json'} is damaged or another version's ({error}): delete that folder") from error


def cached(config, train, *tables):
    """The folder of a run, trained only where the cache does not hold it yet.

    The key is the configuration, the data, the versions of the libraries that compute, and `RECIPE`. Of several
    processes that ask for the same run, one trains and the others wait; those of one `torchrun` train together.

    Args:
        config: a dataclass instance with all that the run depends on but the data.
        train: called with a folder to work in, the same one after an interruption; what it leaves there is kept.
        tables: the `datasets.Dataset` objects it reads.

    Returns the path of the finished folder.
    """
    from filelock import FileLock

    folder = _folder(config, tables)
    work = folder.with_name(folder.name + ".partial")
    if folder.exists():
        return folder
    folder.parent.mkdir(exist_ok=True)
    if int(os.environ.get("RANK", 0)) > 0:  # the first process of a torchrun holds the lock for all of them
        train(work)
        _wait_for_each_other()
        return folder
    with FileLock(str(folder) + ".lock"):
        if not folder.exists():
            work.mkdir(exist_ok=True)
            try:
                train(work)
            except Exception as error:
                if (free := shutil.disk_usage(work).free) > 100e6:
                    raise
                remedy = "free 2 GB and run it again, it goes on from its last checkpoint; or set QA_COURSE_CACHE"
                raise OSError(f"the disk is full, {free / 1e6:.0f} MB are left in {work}: {remedy}") from error
            encoder.seal(work)
            work.rename(folder)
            _wait_for_each_other()
    return folder


def _wait_for_each_other():
    import torch

    if torch.distributed.is_available() and torch.distributed.is_initialized():
        torch.distributed.barrier()


def _folder(config, tables):
    """Where the cache holds a run, or will."""
    return profiles.cache_folder() / "runs" / f"{type(config).__name__.lower()}-{_key(config, tables)}"


def _key(config, tables):
    import tokenizers
    import torch
    import transformers

    digest = hashlib.sha256()
    versions = [torch.__version__, transformers.__version__, tokenizers.__version__, encoder.RECIPE, RECIPE]
    digest.update(json.dumps([asdict(config), versions], sort_keys=True).encode())
    for table in tables:
        for row in table:
            digest.update(json.dumps(row, sort_keys=True).encode())
    return digest.hexdigest()[:16]


@contextmanager
def threads(count):
    """Compute with so many threads, and with as many as before afterwards."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def freeze(model, layers=0, embeddings=True):
    """Keep the embeddings and the lowest `layers` of the encoder as they are; returns the trainable parameters.

    Raises ValueError where the model has fewer layers.
    """
    import torch

    body = model.base_model
    stack = next(m for m in body.modules() if isinstance(m, torch.nn.ModuleList))
    if layers > len(stack):
        raise ValueError(f"cannot freeze {layers} layers: the encoder has {len(stack)}")
    if embeddings:
        body.embeddings.requires_grad_(False)
    for layer in stack[:layers]:
        layer.requires_grad_(False)
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


def set_dropout(model, share):
    """Drop a share, 0 to 1, of the activations; on a CPU drawing the masks takes half of the forward pass."""
    import torch

    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = share


def answer(model, tokenizer, examples, max_length=384, stride=128, dtype=None, progress=None, **options):
    """Answers to a table of questions: windows, logits, spans, some hundred questions at a time.

    Args:
        examples: a table as `corpus.load` gives it.
        dtype, progress: as in `spans.predict_logits`.
        options: `n_best, max_answer_length, null_threshold` of `spans.best_answers`.

    Returns what `spans.best_answers` returns.
    """
    found = {}
    for first in range(0, len(examples), CHUNK):
        part = examples.select(range(first, min(first + CHUNK, len(examples))))
        made = windows.evaluation_windows(part[:], tokenizer, max_length, stride)
        starts, ends = spans.predict_logits(model, windows.as_rows(made), tokenizer, dtype=dtype, progress=progress)
        found |= spans.best_answers(part, made, starts, ends, **options)
    return found


def evaluate(model, tokenizer, examples, language="en", rule="squad_v2", null_threshold=None, **options):
    """Scores of a model on a table of questions (`scoring.score`), with the best thresholds under `squad_v2`.

    `squad_v2` takes null for an answer above `null_threshold`, or, where that is None, above the one saved with the
    model. `options` go to `answer`.
    """
    found = answer(model, tokenizer, examples, n_best=0, **options)
    if null_threshold is None:
        null_threshold = getattr(model.config, "null_threshold", 0.0)
    return score_answers(found, examples, language, rule, null_threshold)


def cached_answers(folder, examples, null_threshold=None, progress=None):
    """A trained model's best span for each question, computed once and then cached.

    Args:
        folder: the model's, as in `Run`.
        examples: a table of questions; where `corpus.load` gave both languages, with their ids.
        null_threshold: as in `spans.best_answers`; None never answers with null.
        progress: a label for a progress bar, or None for no bar.

    Returns `{id: answer}` as `spans.best_answers` does, without `n_best`. Raises ValueError for a folder outside the
    cache, where two models may bear one name.
    """

    def work(made):
        tokenizer, model = _load(folder)
        found = answer(model, tokenizer, examples, n_best=0, progress=progress)
        (made / "answers.json").write_text(json.dumps(found), encoding="utf-8")

    made = cached(Answered(_name(folder)), work, examples)
    found = json.loads((made / "answers.json").read_text(encoding="utf-8"))
    for each in found.values():
        if null_threshold is not None and each["null_score"] - each["score"] > null_threshold:
            each |= {"text": "", "start": None, "end": None}
    return found


def cached_logits(folder, made, progress=None):
    """A trained model's logits for a `datasets.Dataset` of windows, computed once and then cached.

    Arguments, errors and what it returns are those of `spans.predict_logits`, but `folder`, the model's, which is as in
    `cached_answers`.
    """

    def work(kept):
        tokenizer, model = _load(folder)
        spans.save_logits(kept / "logits.npz", *spans.predict_logits(model, made, tokenizer, progress=progress))

    return spans.load_logits(cached(Logits(_name(folder)), work, made) / "logits.npz")


def _load(folder):
    tokenizer, model = encoder.load(folder)
    return tokenizer, model.to("cuda" if profiles.has_cuda() else "cpu")


def _name(folder):
    """The name by which the cache knows a model."""
    if folder.parent != profiles.cache_folder() / "runs":
        raise ValueError(f"{folder} is not in the cache of runs, which knows models by name: use `answer` instead")
    return folder.name


def question_f1(folder, examples):
    """How well a trained model answers each question when it must not be silent, `{id: F1}`, 0 to 1, by the best gold.

    Args:
        folder: the model's, as in `Run`.
        examples: a table of answerable questions; where `corpus.load` gave both languages, with their ids.
    """
    texts = {name: each["text"] for name, each in cached_answers(folder, examples).items()}
    return {name: mark for name, (_, mark) in scoring.by_question(texts, examples).items()}


def score_answers(found, examples, language="en", rule="squad_v2", null_threshold=0.0):
    """`scoring.score` of what `spans.best_answers` returned without a threshold, with null above `null_threshold`."""
    texts = {name: each["text"] for name, each in found.items()}
    if rule != "squad_v2":
        return scoring.score(texts, examples, language, rule)
    odds = {name: each["null_score"] - each["score"] for name, each in found.items()}
    best = scoring.score(texts, examples, language, rule, null_odds=odds)
    decided = {name: "" if odds[name] > null_threshold else text for name, text in texts.items()}
    chosen = scoring.score(decided, examples, language, rule)
    return chosen | {name: value for name, value in best.items() if name.startswith("best_")}


def best_threshold(found, examples):
    """The null threshold of the highest F1 under `squad_v2`; below all null odds where nothing beats silence.

    Args:
        found: what `spans.best_answers` returned without a threshold, or `cached_answers`.
        examples: `id` and `answers` of the same questions.
    """
    best = score_answers(found, examples)
    if best["best_f1"] == 100 * best["unanswerable_n"] / best["n"]:  # silence, for which the rule says 0
        return min(each["null_score"] - each["score"] for each in found.values()) - 1
    return best["best_f1_threshold"]


def arguments(config, folder, examples):
    """The `transformers.TrainingArguments` of a configuration.

    Args:
        folder: where checkpoints go.
        examples: how many windows an epoch has.
    """
    from transformers import TrainingArguments

    steps = math.ceil(math.ceil(examples / config.batch_size) * config.epochs)
    every = math.ceil(steps / 24)  # six logs a quarter, so that no log is cut in two by a checkpoint
    return TrainingArguments(
        **shared_arguments(config, folder),
        train_sampling_strategy="group_by_length",
        weight_decay=config.weight_decay,
        fp16=config.precision == "fp16",
        logging_steps=every,
        eval_strategy="steps",
        eval_steps=6 * every,
        save_strategy="steps",
        save_steps=6 * every,
    )


def shared_arguments(config, folder):
    """The arguments that the training of an encoder and that of a T5 (`generation`) have in common, a dict."""
    cuda = profiles.has_cuda()
    return {
        "output_dir": str(folder),
        "num_train_epochs": config.epochs,
        "per_device_train_batch_size": config.batch_size,
        "learning_rate": config.learning_rate,
        "warmup_steps": config.warmup,
        "optim": "adamw_torch_fused",
        "bf16": config.precision == "bf16",
        "use_cpu": not cuda,
        "dataloader_pin_memory": cuda,
        "save_total_limit": 2,
        "seed": config.seed,
        "report_to": "none",
        "disable_tqdm": True,
    }


def _train(config, train, validation, folder, callbacks):
    import torch
    from transformers import set_seed

    set_seed(config.seed)
    # On a CPU the fused attention's backward pass is slower than the plain one's.
    attention = "sdpa" if torch.cuda.is_available() else "eager"
    tokenizer, model = encoder.load(config.encoder, attn_implementation=attention)
    set_dropout(model, config.dropout)
    trainable = freeze(model, config.frozen_layers, config.freeze_embeddings)
    made = train.map(
        windows.training_windows,
        batched=True,
        remove_columns=train.column_names,
        fn_kwargs={"tokenizer": tokenizer, "max_length": config.max_length, "stride": config.stride},
    )
    args = arguments(config, folder, len(made))
    if not validation:
        args.eval_strategy = "no"
    watch = clock(folder)
    trainer = _trainer()(
        model=model,
        args=args,
        train_dataset=made,
        eval_dataset=validation or None,
        data_collator=lambda rows: windows.collate(rows, tokenizer),
        processing_class=tokenizer,
        callbacks=[watch, *callbacks],
    )
    dtype = {"bf16": torch.bfloat16, "fp16": torch.float16}.get(config.precision)
    options = {"max_length": config.max_length, "stride": config.stride}
    trainer.answer_options = options | {"dtype": dtype}
    show_bar(trainer)
    with threads(config.threads):
        trainer.train(resume_from_checkpoint=last_checkpoint(folder, watch))
        seconds = watch.seconds
        if not trainer.is_world_process_zero():
            return
        # The threshold and the figures that stay with the model are those of its own precision, not of autocast.
        model = trainer.accelerator.unwrap_model(trainer.model, keep_fp32_wrapper=False)
        metrics = validate(model, tokenizer, validation, **options) if validation else {}
    model.config.null_threshold = metrics.get("null_threshold", 0.0)
    facts = {
        "config": asdict(config),
        "metrics": metrics,
        "history": [entry for entry in trainer.state.log_history if "train_runtime" not in entry],
        "seconds": seconds,
        "examples_per_second": len(made) * config.epochs / seconds,
        "windows": len(made),
        "trainable_parameters": trainable,
        "parameters": sum(p.numel() for p in model.parameters()),
    }
    save(trainer, folder, "run.json", facts)


def save(trainer, folder, name, facts):
    """Leave in a folder the trained model and, under a name, the facts of the run; its checkpoints go last."""
    trainer.save_model(str(folder))
    (folder / "training_args.bin").unlink()  # a pickle, which nobody should have to load
    (folder / name).write_text(json.dumps(facts, indent=1), encoding="utf-8")
    for checkpoint in folder.glob("checkpoint-*"):
        shutil.rmtree(checkpoint)


def last_checkpoint(folder, clock):
    """The last whole checkpoint in a folder, or None; torn ones are removed, and the clock goes on where it stood."""
    import torch

    whole = {}
    for checkpoint in folder.glob("checkpoint-*"):
        if (checkpoint / FINISHED).exists():
            whole[int(checkpoint.name.split("-")[1])] = checkpoint
        else:
            shutil.rmtree(checkpoint)
    if not whole:
        return None
    last = whole[max(whole)]
    facts = json.loads((last / FINISHED).read_text(encoding="utf-8"))
    clock.before = facts["seconds"]
    clock.resumed = torch.tensor(facts["random_state"], dtype=torch.uint8)
    return str(last)


def show_bar(trainer):
    """Give a Trainer its progress bar, without a line for each log: the history keeps those."""
    from transformers.trainer_callback import PrinterCallback, ProgressCallback

    class Bar(ProgressCallback):
        def on_log(self, args, state, control, **kwargs):
            pass

    trainer.remove_callback(PrinterCallback)
    trainer.add_callback(Bar)


def clock(folder):
    """A callback that counts the `seconds` of training over interruptions and marks each checkpoint as whole.

    The mark also keeps the random state from which the Trainer drew the order of the epoch's batches: resumed inside
    an epoch, it would draw another.
    """
    import torch
    from transformers import TrainerCallback

    class Clock(TrainerCallback):
        def __init__(self):
            self.before, self.began, self.resumed = 0.0, None, None

        @property
        def seconds(self):
            return self.before + time.perf_counter() - self.began

        def on_train_begin(self, args, state, control, **kwargs):
            self.began = time.perf_counter()

        def on_epoch_begin(self, args, state, control, **kwargs):
            if self.resumed is not None:
                torch.set_rng_state(self.resumed)
                self.resumed = None
            self.order = torch.get_rng_state()

        def on_save(self, args, state, control, **kwargs):
            order = torch.get_rng_state() if float(state.epoch).is_integer() else self.order  # of the epoch to go on in
            mark = folder / f"checkpoint-{state.global_step}" / FINISHED
            mark.write_text(json.dumps({"seconds": self.seconds, "random_state": order.tolist()}), encoding="utf-8")

    return Clock()


def _trainer():
    """The Trainer, with an evaluation that answers questions instead of averaging the loss."""
    from transformers import Trainer

    class QATrainer(Trainer):
        def evaluate(self, eval_dataset=None, ignore_keys=None, metric_key_prefix="eval"):
            model = self.accelerator.unwrap_model(self.model)
            metrics = validate(model, self.processing_class, self.eval_dataset, **self.answer_options)
            self.log({f"{metric_key_prefix}_{name}": value for name, value in metrics.items()})
            self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
            return metrics

    return QATrainer


def validate(model, tokenizer, tables, **options):
    """Scores by language under `squad_v2`, at the threshold that is best for all languages together.

    Args:
        tables: `{language: table}`.
        options: as in `answer`.

    Returns a flat dict: `null_threshold`, and for each language `f1_en, exact_match_en, answerable_f1_en,
    unanswerable_f1_en` (percent).
    """
    found = {language: answer(model, tokenizer, table, n_best=0, **options) for language, table in tables.items()}
    pooled = {(language, name): each for language, answers in found.items() for name, each in answers.items()}
    golds = {
        "id": [(language, name) for language, table in tables.items() for name in table["id"]],
        "answers": [answers for table in tables.values() for answers in table["answers"]],
    }
    threshold = best_threshold(pooled, golds)
    metrics = {"null_threshold": threshold}
    for language, table in tables.items():
        scores = score_answers(found[language], table, language, null_threshold=threshold)
        for name in ("f1", "exact_match", "answerable_f1", "unanswerable_f1"):
            metrics[f"{name}_{language}"] = scores[name]
    return metrics
