"""The command `qa-course`: every target of the Makefile is one of its commands or a call of pytest."""

import argparse
import contextlib
import json
import os
import sys
import time
from pathlib import Path

from qa_course import corpus, profiles, scoring


def main(arguments=None):
    """Run one command; returns the exit status. Errors that a user can mend are one line, without a traceback."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.command is None:
        parser.print_help()
        return 2
    try:
        return options.run(options) or 0
    except KeyboardInterrupt:
        print("interrupted: the same command goes on where it stopped", file=sys.stderr)
        return 130
    except (OSError, ValueError, RuntimeError) as error:
        print(f"qa-course {options.command}: {error}", file=sys.stderr)
        return 1


def _parser():
    parser = argparse.ArgumentParser("qa-course", description="A bilingual course on extractive question answering.")
    commands = parser.add_subparsers(dest="command", metavar="command")

    def add(run, summary):
        command = commands.add_parser(run.__name__.strip("_"), help=summary, description=summary)
        command.set_defaults(run=run)
        return command

    profile = {"default": "auto", "choices": ("auto", *profiles.PROFILES), "help": "what to run with (auto)"}
    language = {"default": "en", "choices": corpus.LANGUAGES}
    model = {"default": "course", "help": "a folder or Hub id, or the course's own model (course)"}
    lesson = {"nargs": "*", "metavar": "NN", "help": "lessons by number or name (all)"}

    add(doctor, "say what this machine has and lacks, one line a requirement")
    add(weights, "fetch and verify the embedded encoder")

    command = add(build, "make the notebooks from the lessons' sources, keeping the outputs of unchanged cells")
    command.add_argument("--check", action="store_true", help="only say which committed notebooks differ")
    command.add_argument("--repository", metavar="OWNER/NAME", help="move every badge and link to this repository")

    add(handout, "write the student editions, without solutions, to build/handout")

    command = add(execute, "run the lessons in both languages and hold their figures to the bounds")
    command.add_argument("lessons", **lesson)
    command.add_argument("--language", action="append", choices=corpus.LANGUAGES, help="one language (both)")
    command.add_argument("--profile", **profile | {"default": "offline"})
    command.add_argument("--jobs", type=int, help="lessons at a time (2; 1 where the course model is yet untrained)")
    command.add_argument("--cell-timeout", type=int, default=7200, help="most seconds a cell may take (7200)")
    command.add_argument("--write-back", action="store_true", help="keep the outputs in the committed notebooks")

    command = add(train, "train the course model, or say where the cache holds it")
    command.add_argument("--profile", **profile)

    command = add(evaluate, "score a model on a file of questions")
    command.add_argument("--model", **model)
    data = "a file (SQuAD JSON, JSON lines, CSV, Parquet), cuadernoqa or cardiology"
    command.add_argument("--data", required=True, help=data)
    command.add_argument("--split", help="for the course's own corpora: train, validation or test")
    command.add_argument("--language", **language)
    command.add_argument("--rule", choices=scoring.RULES, default="squad_v2")
    command.add_argument("--profile", **profile)
    command.add_argument("--json", type=Path, metavar="OUT", help="write the scores to this file too")

    command = add(ask, "answer questions about a text")
    command.add_argument("question", nargs="?", help="asked interactively where it is left out")
    command.add_argument("--context", help="a text, or a file that holds it (a passage of the course where left out)")
    command.add_argument("--model", **model)
    command.add_argument("--language", **language)
    command.add_argument("--profile", **profile)

    command = add(demo, "serve the demo page to this machine")
    command.add_argument("--model", **model)
    command.add_argument("--language", **language)
    command.add_argument("--port", type=int, default=8866, help="the next free one where it is taken (8866)")
    command.add_argument("--no-browser", action="store_true", help="only print the address")
    command.add_argument("--profile", **profile)
    return parser


def doctor(options):
    from qa_course.doctor import report

    return report()


def weights(options):
    from qa_course import encoder

    print(encoder.embedded())


def build(options):
    from qa_course import lessons

    root = lessons.checkout()
    if options.check:
        found = lessons.differences(root)
        print("\n".join(found) or "the committed notebooks are what the builder makes")
        return 1 if found else 0
    if options.repository:
        lessons.rewrite_badges(root, options.repository)
    print(f"{len(lessons.build_all(root))} notebooks built")
    return 0


def handout(options):
    from qa_course import lessons

    root = lessons.checkout()
    folder = root / "build" / "handout"
    print(f"{len(lessons.handout(root, folder))} notebooks written to {folder}")


def execute(options):
    from qa_course import execution, lessons, training

    root, profile = lessons.checkout(), profiles.resolve(options.profile)
    texts = [source.read_text(encoding="utf-8") for source in lessons.sources(root, options.lessons)]
    trains = any("training." in text for text in texts)
    # A training takes every core: another lesson beside it would slow both.
    cold = trains and not training.is_trained(training.course_config(profile))
    summary = execution.execute(
        root,
        options.lessons,
        tuple(options.language or lessons.LANGUAGES),
        profile,
        jobs=options.jobs or (1 if cold else 2),
        cell_timeout=options.cell_timeout,
        write_back=options.write_back,
        before=lambda: training.course_model(profile) if trains else None,
    )
    failed = [run for run in summary if not run["ok"]]
    print(f"{len(summary) - len(failed)} of {len(summary)} lessons ran as they should; see build/summary.html")
    return 1 if failed else 0


def train(options):
    from qa_course import training

    run = training.fit(training.course_config(options.profile))
    print(run.folder)
    print(json.dumps(run.metrics | {"seconds": round(run.seconds, 1), "windows": run.windows}, indent=1))


def _model(options):
    from qa_course import encoder, training

    if options.model != "course":
        return encoder.load(options.model, trained=True)
    with contextlib.redirect_stdout(sys.stderr):  # what is said while it trains is no part of the answer
        return encoder.load(training.course_model(options.profile), trained=True)


def evaluate(options):
    from qa_course import training

    examples = corpus.load(options.data, options.split, options.language)
    tokenizer, model = _model(options)
    began = time.perf_counter()
    scores = training.evaluate(model, tokenizer, examples, options.language, options.rule, progress="answering")
    scores["seconds"] = round(time.perf_counter() - began, 2)
    text = json.dumps(scores, indent=1)
    print(text)
    if options.json:
        options.json.write_text(text + "\n", encoding="utf-8")


def ask(options):
    from qa_course.answering import QuestionAnswerer

    context = options.context
    if context is None:
        context = corpus.load("cuadernoqa", "test", options.language)[0]["context"]
    if os.path.isfile(context):  # False for a text, however long: `Path.is_file` raises where it is no possible name
        context = corpus.read_text(Path(context))
    print(context, end="\n\n")
    tokenizer, model = _model(options)
    answerer = QuestionAnswerer(model, tokenizer)
    words = {"en": ("Question: ", "no answer in the text"), "es": ("Pregunta: ", "el texto no lo dice")}
    prompt, silence = words[options.language]
    while question := options.question or _line(prompt):
        found = answerer(question=question, context=context, handle_impossible_answer=True)
        print(f"{found['answer'] or silence}  ({found['score']:.2f})")
        if options.question:
            break


def demo(options):
    from qa_course.demo import server

    server.serve(options.language, options.port, options.model, options.profile, browser=not options.no_browser)


def _line(prompt):
    try:
        return input(prompt).strip()
    except EOFError:
        return ""


if __name__ == "__main__":
    sys.exit(main())
