"""The exercises of lesson 11: serving and scaling."""

from qa_course.checks.verdict import check, given


@check
def token_batches(function):
    """`function(lengths, budget)` gives batches, lists of indices: none has more than `budget` tokens with its padding,
    and they are as few as when windows are sorted by length.
    """
    import numpy as np

    random = np.random.default_rng(11)
    cases = [([40, 10, 30, 10, 20], 60), ([5], 5), ([8] * 9, 32)]
    cases += [(random.integers(10, 384, int(random.integers(5, 60))).tolist(), 2048) for _ in range(20)]
    for lengths, budget in cases:
        call = f"token_batches({lengths if len(lengths) < 10 else f'[... {len(lengths)} ...]'}, {budget})"
        try:
            batches = [[int(index) for index in batch] for batch in given(function(list(lengths), budget))]
        except TypeError:
            return {
                "es": f"{call}: se espera una lista de listas de índices.",
                "en": f"{call}: a list of lists of indices is expected.",
            }
        if fault := _batch_fault(batches, lengths, budget):
            return {language: f"{call}: {said}" for language, said in fault.items()}
    return None


def _batch_fault(batches, lengths, budget):
    used = [index for batch in batches for index in batch]
    if sorted(used) != list(range(len(lengths))):
        if sorted(used) == sorted(lengths):
            return {
                "es": "van los índices de las ventanas, no sus longitudes.",
                "en": "batches hold the windows' indices, not their lengths.",
            }
        missing = len(set(range(len(lengths))) - set(used))
        if missing and len(used) + missing == len(lengths):
            return {
                "es": f"faltan {missing} ventanas. ¿Has cerrado el último lote?",
                "en": f"{missing} windows are missing. Did you close the last batch?",
            }
        return {
            "es": f"cada índice de 0 a {len(lengths) - 1} va una vez, en un solo lote.",
            "en": f"each index from 0 to {len(lengths) - 1} goes once, in one batch.",
        }
    paid = [len(batch) * max(lengths[index] for index in batch) for batch in batches if batch]
    if len(paid) < len(batches):
        return {"es": "hay un lote vacío.", "en": "there is an empty batch."}
    if max(paid) > budget:
        return {
            "es": f"un lote pasa {max(paid)} tokens por el modelo. Cuenta también el relleno: "
            "ventanas por la longitud de la más larga.",
            "en": f"one batch puts {max(paid)} tokens through the model. Count the padding too: "
            "windows times the length of the longest.",
        }
    orders = (sorted(range(len(lengths)), key=lengths.__getitem__, reverse=way) for way in (False, True))
    enough = max(_greedy(order, lengths, budget) for order in orders)
    if len(batches) > enough:
        return {
            "es": f"salen {len(batches)} lotes y bastan {enough}: ordena por longitud y llena cada uno "
            "mientras quepa la siguiente.",
            "en": f"{len(batches)} batches come out, and {enough} are enough: sort by length and fill each one "
            "as long as the next window fits.",
        }
    return None


def _greedy(order, lengths, budget):
    """How many batches come of filling them in an order."""
    count, size, longest = 0, 0, 0
    for index in order:
        longest = max(longest, lengths[index])
        if not count or (size + 1) * longest > budget:
            count, size, longest = count + 1, 0, lengths[index]
        size += 1
    return count


@check
def precision_threshold(function):
    """`function(odds, right, wanted)` gives a threshold that answers most questions with precision `wanted`."""
    import numpy as np

    random = np.random.default_rng(12)
    for case in range(60):
        count = int(random.integers(4, 12))
        odds = random.normal(0, 4, count).round(case % 2)
        right = (random.random(count) < 0.75).astype(float)
        wanted = float(random.choice([0.5, 0.6, 0.75, 0.8, 1.0]))
        if case % 3 == 1:  # neighbours so close that a grid of thresholds steps over them, one right and one wrong
            odds[1], right[:2] = round(odds[0] - 0.0005, 4), (0.0, 1.0)
        if case % 10 == 9:  # out of reach: silence is all that is left
            right[:] = 0.0
        try:
            found = function(odds.copy(), right.copy(), wanted)
            if found is None and case:
                return {
                    "es": "La función devolvió None: si nada llega a lo pedido, el umbral es un número menor que todos "
                    "los odds.",
                    "en": "The function returned None: where nothing reaches what is wanted, the threshold is a number "
                    "below all odds.",
                }
            threshold = float(given(found))
        except (TypeError, ValueError) as error:
            return {
                "es": f"La función debe devolver un solo número, el umbral ({type(error).__name__}: {error}).",
                "en": f"The function should return a single number, the threshold ({type(error).__name__}: {error}).",
            }
        if fault := _precision_fault(odds, right, wanted, threshold):
            table = f"odds = {odds.tolist()}, right = {right.tolist()}, wanted = {wanted:g}"
            es = f"Con {table}, tu umbral es {threshold:g}: {fault['es']}"
            return {"es": es, "en": f"With {table}, your threshold is {threshold:g}: {fault['en']}"}
    return None


def _precision_fault(odds, right, wanted, threshold):
    best = max((int((odds <= each).sum()) for each in odds if right[odds <= each].mean() >= wanted), default=0)
    answered = odds <= threshold
    count = int(answered.sum())
    turned = odds >= threshold
    reversed_rule = {"es": "", "en": ""}
    if turned.sum() > count and right[turned].mean() >= wanted:
        reversed_rule = {
            "es": " ¿Has invertido la regla? Se contesta cuando odds no pasa del umbral.",
            "en": " Is the rule turned round? A question is answered where odds do not exceed the threshold.",
        }
    if count and right[answered].mean() < wanted:
        hint = reversed_rule
        if (odds == threshold).sum() > 1:
            hint = {
                "es": " Las preguntas con los mismos odds se contestan todas o ninguna.",
                "en": " Questions of equal odds are answered all or none.",
            }
        elif not best:
            hint = {
                "es": " Aquí nada llega a lo pedido: hay que callar siempre, con un umbral menor que todos los odds.",
                "en": " Nothing reaches what is wanted here: be silent throughout, with a threshold below all odds.",
            }
        precision = f"{right[answered].mean():.2f}"
        return {
            "es": f"la precisión de las {count} contestadas es {precision}.{hint['es']}",
            "en": f"the precision of the {count} answered is {precision}.{hint['en']}",
        }
    if count < best:
        return {
            "es": f"contesta {count} preguntas y se puede llegar a {best}. La precisión sube y baja: prueba los "
            f"propios odds, sin pararte en el primero que falla ni buscar la precisión más alta.{reversed_rule['es']}",
            "en": f"it answers {count} questions, and {best} are possible. Precision goes up and down: try the "
            f"odds themselves, do not stop at the first failure, nor seek the highest precision.{reversed_rule['en']}",
        }
    return None


@check
def quantised_rows(function):
    """`function(weight)` gives int8 numbers and a step a row; their product is the weight but for half a step."""
    import torch

    random = torch.Generator().manual_seed(13)
    weight = torch.randn(6, 40, generator=random) * torch.tensor([[3.0], [1.0], [0.3], [0.1], [0.01], [0.0]])
    weight[0, 0], weight[1, 1] = -9.0, 4.0
    try:
        result = given(function(weight.clone()))
    except (TypeError, RuntimeError) as error:
        if "return_types.max" in str(error):
            return {
                "es": "`max` con una dimensión devuelve valores y posiciones: usa `amax`, que da solo los valores.",
                "en": "`max` along a dimension returns values and places: use `amax`, which gives the values alone.",
            }
        if "size of tensor" in str(error):
            return {
                "es": "Los pasos no encajan con la matriz al dividir: dales la forma (filas, 1) con `keepdim=True`.",
                "en": "The steps do not fit the matrix in the division: give them the shape (rows, 1), `keepdim=True`.",
            }
        raise
    if not (isinstance(result, tuple) and len(result) == 2):
        return {
            "es": "Devuelve dos tensores: los enteros y los pasos (`return numbers, steps`).",
            "en": "Return two tensors: the integers and the steps (`return numbers, steps`).",
        }
    numbers, steps = map(given, result)
    if numbers.dtype != torch.int8 or numbers.shape != weight.shape:
        name, shape = str(numbers.dtype).removeprefix("torch."), tuple(numbers.shape)
        return {
            "es": f"Los enteros son {name} de forma {shape}: se espera int8 de forma {tuple(weight.shape)}.",
            "en": f"The integers are {name} of shape {shape}: int8 of shape {tuple(weight.shape)} is expected.",
        }
    if tuple(steps.shape) != (len(weight), 1):
        shape, wanted = tuple(steps.shape), (len(weight), 1)
        return {
            "es": f"Los pasos tienen la forma {shape}: con uno por fila es {wanted} (`keepdim=True`).",
            "en": f"The steps have the shape {shape}: with one a row it is {wanted} (`keepdim=True`).",
        }
    if not torch.isfinite(steps).all():
        return {
            "es": "Hay un paso que no es finito.",
            "en": "One step is not finite.",
        }
    return _rounding_fault(weight, numbers, steps)


def _rounding_fault(weight, numbers, steps):
    import torch

    highest = weight.abs().amax(1, keepdim=True)
    error = (numbers.float() * steps - weight).abs()
    if (error <= 0.505 * highest / 127 + 1e-12).all():
        return None
    row = int((error - 0.505 * highest / 127).amax(1).argmax())
    hint = {
        "es": "el paso de cada fila es su mayor magnitud entre 127",
        "en": "the step of each row is its largest magnitude over 127",
    }
    if highest[row] == 0 or error.isnan().any():
        hint = {
            "es": "una fila de ceros da un paso 0, y dividir por él no da un número: ponle un mínimo al paso",
            "en": "a row of zeros has the step 0, and dividing by it gives no number: keep the step above a minimum",
        }
    elif (torch.sign(numbers) * torch.sign(weight) < 0).any():
        hint = {
            "es": "hay números que cambiaron de signo: pasaron de 127 y en int8 dan la vuelta",
            "en": "some numbers changed their sign: they went beyond 127, and int8 wraps round",
        }
    elif torch.allclose(steps, steps[0].expand_as(steps)):
        hint = {
            "es": "todas las filas comparten el mismo paso, y a las de números pequeños les queda grande",
            "en": "all rows share one step, which is too large for those of small numbers",
        }
    elif torch.allclose(steps, highest / 127, rtol=1e-3, atol=1e-10):
        hint = {
            "es": "convertir a int8 corta los decimales: redondea antes",
            "en": "converting to int8 cuts the decimals off: round first",
        }
    found, limit = f"{float(error[row].max()):.2g}", f"{float(highest[row]) / 254:.2g}"
    return {
        "es": f"En la fila {row} el error llega a {found}, y medio paso es {limit}: {hint['es']}.",
        "en": f"In row {row} the error reaches {found}, and half a step is {limit}: {hint['en']}.",
    }
