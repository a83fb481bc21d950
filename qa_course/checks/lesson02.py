"""The exercises of lesson 02: inside the pipeline."""

from qa_course.checks.verdict import check, given


@check
def mean_pooling(function):
    """`function(hidden, mask)`: from (b, n, d) and (b, n) to (b, d), the mean of the tokens that the mask keeps."""
    import torch

    draw = torch.Generator().manual_seed(2)
    for lengths, most, wide in (([3, 3], 3, 4), ([2, 5], 5, 3), ([1, 4, 6], 6, 5)):
        hidden = torch.randint(-9, 10, (len(lengths), most, wide), generator=draw).float()
        mask = (torch.arange(most) < torch.tensor(lengths)[:, None]).long()
        expected = torch.stack([row[:count].mean(0) for row, count in zip(hidden, lengths, strict=True)])
        try:
            found = torch.as_tensor(given(function(hidden.clone(), mask.clone())))
        except RuntimeError as error:
            if "size of tensor" not in str(error):
                raise
            sizes = f"{tuple(hidden.shape)}, {tuple(mask.shape)}"
            return {
                "es": f"Con tensores de forma {sizes}, dos formas no encajan al operar: `mask[..., None]` al "
                "multiplicar y, al dividir, `mask.sum(dim=1, keepdim=True)`, que conserva la dimensión.",
                "en": f"Given tensors of shape {sizes}, two shapes do not fit: use `mask[..., None]` to multiply and, "
                "to divide, `mask.sum(dim=1, keepdim=True)`, which keeps the dimension.",
            }
        if found.shape != expected.shape:
            return {
                "es": f"Con estados de forma {tuple(hidden.shape)} devuelves la forma {tuple(found.shape)} y se espera "
                f"{tuple(expected.shape)}: un vector por texto, así que se suma sobre los tokens (dimensión 1).",
                "en": f"Given states of shape {tuple(hidden.shape)} you return shape {tuple(found.shape)}, and "
                f"{tuple(expected.shape)} is expected: a vector a text, so the sum runs over tokens (dimension 1).",
            }
        if not torch.allclose(found.float(), expected, atol=1e-4):
            return _pooling_fault(hidden, mask, lengths, found.float())
    return None


def _pooling_fault(hidden, mask, lengths, found):
    import torch

    kept = hidden * mask[..., None]
    typical = (
        (
            hidden.mean(1),
            "has hecho la media de todos los tokens, también la de los de relleno",
            "you took the mean of all tokens, padding included",
        ),
        (
            kept.mean(1),
            "has puesto a cero el relleno, pero divides entre todos los tokens: divide entre los que la máscara deja",
            "you set the padding to zero but divide by all tokens: divide by those that the mask keeps",
        ),
        (
            kept.sum(1),
            "es la suma: falta dividir entre el número de tokens de cada texto",
            "that is the sum: divide it by the number of tokens of each text",
        ),
        (
            kept.sum(1) / mask.sum(),
            "divides entre los tokens de todo el lote: cada texto tiene su número",
            "you divide by the tokens of the whole batch: each text has its own number",
        ),
        (
            hidden[:, 0],
            "es el vector del primer token, y se pide la media",
            "that is the first token's vector, and the mean is wanted",
        ),
    )
    named = [hints for wrong, *hints in typical if torch.allclose(found, wrong, atol=1e-4)]
    other = (
        "compara tu resultado con la media de cada texto por separado",
        "compare with the mean of each text alone",
    )
    es, en = named[0] if named else other
    return {
        "es": f"Con textos de {lengths} tokens no sale la media: {es}.",
        "en": f"With texts of {lengths} tokens it is not the mean: {en}.",
    }


@check
def unmasked_run(letter, unharmed, *, alone, runs):
    """Which run, a key of `runs`, had no mask, and the numbers of the texts that it left right all the same.

    `alone` holds, for each text, its states (its tokens, d) without padding; each run, those of the batch (b, n, d).
    """
    far = {
        name: [float((states[row, : len(each)] - each).abs().max()) > 1e-4 for row, each in enumerate(alone)]
        for name, states in runs.items()
    }
    wrong = max(far, key=lambda name: sum(far[name]))
    right = [row for row, moved in enumerate(far[wrong]) if not moved]
    names = ", ".join(runs)
    if letter not in runs:
        return {"es": f"La primera respuesta es una de {names}.", "en": f"The first answer is one of {names}."}
    if letter != wrong:
        return {
            "es": f"Los estados de {letter} son los de cada texto a solas: ese lote sí llevaba máscara.",
            "en": f"The states of {letter} are those of each text alone: that batch did have its mask.",
        }
    try:
        found = sorted({int(row) for row in given(unharmed)})
    except (TypeError, ValueError):
        return {
            "es": f"La segunda respuesta es una lista de números, como [0, 2], y no {unharmed!r}.",
            "en": f"The second answer is a list of numbers, such as [0, 2], and not {unharmed!r}.",
        }
    if found == right:
        return None
    if found == [row for row, moved in enumerate(far[wrong]) if moved]:
        return {
            "es": "Esos textos son los que cambian, y se piden los que no.",
            "en": "Those are the texts that change, and the question is which do not.",
        }
    if found == [row + 1 for row in right]:
        return {"es": "Los textos se numeran desde 0.", "en": "The texts are numbered from 0."}
    return {
        "es": f"{letter} es la buena, pero los textos intactos no son {found}: compara cada fila con `alone`. "
        "¿Qué texto no lleva relleno?",
        "en": f"{letter} is right, but the unharmed texts are not {found}: compare each row with `alone`. "
        "Which text has no padding?",
    }


@check
def stable_softmax(function):
    """`function(logits)`: the softmax of a vector, of any size of numbers, as an array."""
    import warnings

    import numpy as np

    moderate = [0.0, 1.0, 2.0], [3.0, 3.0], [-5.0, 0.5, 4.0, 4.0]
    for logits in (*moderate, [1000.0, 1001.0], [-2000.0, -2001.0, -1999.0], [0.0, 3000.0]):
        powers = np.exp(np.array(logits) - max(logits))
        expected = powers / powers.sum()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # an overflow is the student's to find, in words
            found = np.asarray(given(function(np.array(logits))), dtype=float)
        if found.shape == expected.shape and np.allclose(found, expected, atol=1e-6):
            continue
        return _softmax_fault(logits, expected, found)
    return None


def _softmax_fault(logits, expected, found):
    import numpy as np

    listed = ", ".join(f"{value:.3f}" for value in expected)
    yours = ", ".join(f"{value:.3g}" for value in found.ravel())
    if found.shape != expected.shape:
        es, en = "se espera una probabilidad por logit", "one probability per logit is expected"
    elif not np.isfinite(found).all():
        es = "la exponencial desborda, o todas valen 0: resta antes a todos el logit mayor, el resultado es el mismo"
        en = "the exponential overflows, or all are 0: first subtract the largest logit from each, nothing else changes"
    elif (found < 0).any():
        es, en = "una probabilidad no es negativa: ¿y la exponencial?", "no probability is negative: where is exp?"
    elif abs(found.sum() - 1) > 1e-6:
        es, en = (
            "no suman 1: divide entre la suma de las exponenciales",
            "they do not add up to 1: divide by the sum of exp",
        )
    else:
        es, en = "suman 1, pero no son exponenciales repartidas", "they add up to 1 but are not shares of exp"
    return {
        "es": f"softmax({logits}) debe dar [{listed}] y da [{yours}]: {es}.",
        "en": f"softmax({logits}) should give [{listed}] and gives [{yours}]: {en}.",
    }
