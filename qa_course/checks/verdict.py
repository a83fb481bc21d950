"""What a check says: not attempted, right, or what is wrong, in the reader's language; it never raises.

A judge is a function that takes the student's answers. It returns None where they are right, the fault as
`{"es": ..., "en": ...}` where they are not, and raises `NotAttempted` where there is nothing yet to judge.
"""

import functools

SIGNS = {"not attempted": "○", "right": "✓", "wrong": "✗"}
WORDS = {
    "not attempted": {"es": "Sin intentar todavía.", "en": "Not attempted yet."},
    "nothing": {"es": "¿O falta un `return`?", "en": "Or is a `return` missing?"},
    "right": {"es": "¡Correcto!", "en": "Right!"},
    "raised": {"es": "Tu código produjo un error", "en": "Your code raised an error"},
}


class NotAttempted(Exception):
    """The exercise still holds its stub; `nothing` where it was None, which a function without `return` gives too."""

    def __init__(self, nothing=False):
        super().__init__()
        self.nothing = nothing


def given(value):
    """The value, unless it is the stub's `...` or None: then `NotAttempted`."""
    if value is ... or value is None:
        raise NotAttempted(nothing=value is None)
    return value


def check(judge):
    """Make a judge into a check: `check(*answers, language=)` prints the verdict and never raises."""

    @functools.wraps(judge)
    def run(*answers, language="en", **known):
        try:
            for answer in answers:
                given(answer)
            fault = judge(*answers, **known)
        except NotAttempted as stub:
            said = f"{SIGNS['not attempted']} {WORDS['not attempted'][language]}"
            if stub.nothing and callable(answers[0]):
                said += f" {WORDS['nothing'][language]}"
        except Exception as error:
            said = f"{SIGNS['wrong']} {WORDS['raised'][language]}: {type(error).__name__}: {error}"
        else:
            right = f"{SIGNS['right']} {WORDS['right'][language]}"
            said = right if fault is None else f"{SIGNS['wrong']} {fault[language]}"
        print(said)

    return run
