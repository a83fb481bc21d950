"""What a lesson leaves behind: its figures, recorded as JSON and held to bounds, and small tables."""

import json
import math
import os
from html import escape
from pathlib import Path

_TEXT = {
    "es": {"figure": "Cifra", "value": "Valor", True: "sí", False: "no"},
    "en": {"figure": "Figure", "value": "Value", True: "yes", False: "no"},
}
_ALIGNED = {"<": "left", ">": "right"}

SPANISH = {  # headings of the lessons' tables; one that is missing here is shown as it is
    "language": "idioma", "passages": "pasajes", "shortest": "más corto", "longest": "más largo", "window": "ventana",
    "from": "desde", "to": "hasta", "begins": "empieza", "ends": "acaba", "position": "posición",
    "sequence": "secuencia", "offset": "caracteres", "text": "texto", "answer": "respuesta",
    "by equality": "por igualdad", "by overlap": "los que la tocan", "exact": "exacta", "edge": "en el borde",
    "wrong": "equivocada", "cut": "cortada", "elsewhere": "en otra ventana", "unanswerable": "sin respuesta",
    "label": "etiqueta", "windows": "ventanas", "equal": "iguales", "source": "origen", "lost": "perdidas",
    "answers": "respuestas", "without windows": "sin ventanas", "with windows": "con ventanas", "padding": "relleno",
    "padded": "con relleno", "start": "inicio", "new start": "nuevo inicio", "questions": "preguntas",
    "tokens padded": "tokens con relleno", "set": "conjunto", "no answer": "sin respuesta", "valid": "válido",
    "outside": "fuera", "end < start": "fin < inicio", "too long": "largo", "end": "fin", "score": "puntuación",
    "probability": "probabilidad", "prediction": "predicción", "gold": "correcta", "golds": "respuestas",
    "changed": "cambian", "holds answer": "contiene la respuesta", "null_score": "puntuación nula", "null": "nula",
    "silent": "calla", "spread": "vaivén", "decoding": "lectura", "threshold": "umbral", "impossible": "imposibles",
    "train": "entrenamiento", "test": "prueba", "validation": "validación", "what": "qué", "format": "formato",
    "largest": "el mayor", "windows of the whole set": "ventanas de todo el conjunto", "all": "todos",
    "chosen": "elegidos", "different": "distintos", "old": "viejo", "new": "nuevo",
    "old accepted": "¿acepta el viejo?", "new accepted": "¿acepta el nuevo?", "part": "parte",
    "parameters": "parámetros", "percent": "por ciento", "trainable": "entrenables",
    "frozen embeddings": "embeddings congelados", "frozen layers": "capas congeladas", "precision": "precisión",
    "attention": "atención", "seconds": "segundos", "minutes": "minutos", "windows per second": "ventanas por segundo",
    "run": "ejecución", "last loss": "última pérdida", "step": "paso", "encoder": "codificador", "epochs": "épocas",
    "model": "modelo", "asked in": "preguntas en", "question": "pregunta", "file": "archivo", "identical": "¿idéntico?",
    "argument": "argumento", "field": "campo", "course": "curso",
    # lesson 02
    "shape": "forma", "with mask": "con máscara", "without mask": "sin máscara", "percent lost": "% perdido",
    "output": "salida", "how many": "cuántos", "shape of each": "forma de cada uno", "layers": "capas",
    "heads": "cabezas", "width": "ancho", "a weight": "un peso", "spread of the weights": "dispersión de los pesos",
    "pairs": "pares", "pretrained": "preentrenado", "random": "al azar", "shared_pieces": "piezas comunes",
    "of": "de",
    "topic": "tema", "cosine": "coseno", "wording": "redacción", "mean": "media", "texts in": "textos en",
    "labels in": "etiquetas en", "right": "aciertos", "accuracy": "exactitud", "low": "desde", "high": "hasta",
    "articles": "artículos", "majority": "mayoritaria", "chance": "azar", "both right": "ambas aciertan",
    "only in Spanish": "solo en español", "only in English": "solo en inglés", "neither": "ninguna",
    "same topic (%)": "mismo tema (%)",
    "word": "palabra", "entity_group": "tipo", "token_str": "token", "seed": "semilla",
    "sum of start": "suma de inicio",
    # lesson 06
    "profile": "perfil", "device": "dispositivo", "cores": "núcleos", "positive": "positivos",
    "balanced": "equilibrado", "articles shared": "artículos comunes", "English": "inglés",
    "Spanish": "español", "pair": "par", "median": "mediana", "times": "veces", "head": "cabeza",
    "epoch": "época", "eval_loss": "pérdida en validación",
    "eval_accuracy": "exactitud en validación", "eval_f1": "F1 en validación", "shared words": "palabras comunes",
    "cosine wrong (%)": "falla el coseno (%)", "tuned wrong (%)": "falla el ajustado (%)", "series": "serie",
    "expected (%)": "lo esperado (%)", "cosine (%)": "coseno (%)", "fine-tuned (%)": "ajustado (%)",
    "unchanged (%)": "sin cambio (%)", "first": "primera", "second": "segunda", "here": "aquí",
    # lesson 08
    "value": "valor", "exam": "examen", "windows of the exam": "ventanas del examen", "epoch 1": "época 1",
    "epoch 2": "época 2", "patient": "paciente", "moved (%)": "movidos (%)", "bug": "error", "switch": "interruptor",
    "name test": "prueba del nombre", "tensors": "tensores", "of the head": "de la cabeza",
    "step of int8": "paso de int8", "update": "actualización", "with gradient": "con gradiente", "labels": "etiquetas",
    "labelled": "señaladas",
    "first window": "en la primera ventana", "beyond": "más allá", "empty": "vacías",
    "words": "palabras por respuesta", "bugs left": "errores que quedan", "characters": "caracteres",
    "misplaced": "en otro sitio",
    # lesson 03
    "twins": "gemelas", "alone": "sueltas", "same answerability": "contestables por igual",
    "titles differ": "título distinto (%)", "title": "título", "column": "columna",
    "order in passage": "orden en el pasaje", "no answer (%)": "sin respuesta (%)",
    "misplaced answers": "fuera de sitio", "smallest article": "artículo menor", "largest article": "artículo mayor",
    "nulls": "nulos", "repeated ids": "id repetidos", "repeated questions": "preguntas repetidas",
    "stray spaces": "espacios en los bordes", "repeated": "repetidas", "change": "cambio", "split": "división",
    "by row": "por fila", "by article": "por artículo", "passage in train": "pasaje ya visto",
    "twin in train": "gemela ya vista", "difference": "diferencia", "rows": "filas",
    "times read": "veces leído", "minutes an epoch": "minutos por época",
    "questions per article": "preguntas por artículo", "title_es": "título (es)", "title_en": "título (en)",
    "question_es": "pregunta (es)", "question_en": "pregunta (en)", "answer_es": "respuesta (es)",
    "answer_en": "respuesta (en)",
    # lesson 10
    "below 0.05": "menor que 0,05", "class": "clase",
    "step f − m": "salto f − m", "of the jobs' step": "del salto de los oficios", "noun": "sustantivo",
    "es (midpoint)": "es (punto medio)", "variant": "variante",
    "answered": "contestadas (%)",
    "passages about": "pasajes sobre", "both names": "los dos nombres",
    "woman": "la mujer (%)", "name first": "el primero (%)", "by sex": "por sexo", "by place": "por orden",
    "by sex (es)": "por sexo (es)", "by sex (en)": "por sexo (en)", "kind": "clase", "is right": "acierta",
    "grid": "red",
    "tokens, clean": "tokens, limpias", "tokens, typos": "tokens, con erratas",
    "cost −": "coste −", "cost +": "coste +",
    # lesson 12
    "steps": "pasos", "drawn": "se sortean", "words in all": "palabras en total", "silent (%)": "calla (%)",
    "points lost": "puntos perdidos", "verdict": "veredicto", "edges": "bordes", "same sentence": "misma frase",
    "other sentence": "otra frase", "spoke": "habla de más", "expected": "lo esperado",
    "only the first right": "solo acierta la primera", "only the second right": "solo acierta la segunda",
    "margin": "margen", "± points": "± puntos", "words per passage": "palabras por pasaje",
    "tokens per word": "tokens por palabra", "words per answer": "palabras por respuesta", "better": "mejor",
    "worse": "peor", "says something": "dice algo", "in the passage": "está en el pasaje", "coherent": "coherente",
    "spoken_f1": "F1 sin callar", "best span": "mejor tramo", "10 of 10": "10 de 10", "trained on": "se entrenó con",
    # lesson 11
    "processor": "procesador", "largest difference": "mayor diferencia", "spans": "tramos",
    "one by one": "de una en una", "as they come": "según llegan", "by length": "por longitud",
    "words of the document": "palabras del documento",
    "same (%)": "iguales (%)", "passage alone": "con el pasaje solo", "long document": "en el documento largo",
    "wanted (%)": "precisión pedida (%)", "coverage, validation": "cobertura en validación",
    "precision, validation": "precisión en validación", "coverage, test": "cobertura en prueba",
    "precision, test": "precisión en prueba", "one step a matrix (%)": "un paso por matriz (%)",
    "one step a row (%)": "un paso por fila (%)", "latency": "latencia",
    "throughput": "rendimiento", "processes": "procesos", "windows a process": "ventanas por proceso",
    "loss, step 1": "pérdida, paso 1", "loss, step 10": "pérdida, paso 10", "loss, step 20": "pérdida, paso 20",
    "loss, step 30": "pérdida, paso 30", "machine 0": "máquina 0", "machine 1": "máquina 1", "same": "igual",
    # lesson 09
    "passage": "pasaje", "test pairs": "parejas de prueba", "seen in training": "vistas al entrenar",
    "known name": "nombre conocido", "known value": "valor conocido", "input": "entrada", "decoder": "decodificador",
    "extractive": "extractivo", "always silent": "quien calla siempre", "tokens": "tokens", "reads": "lee",
    "must write": "debe escribir", "loss": "pérdida", "uniform": "reparto igual", "beam": "haz",
    "mean probability": "probabilidad media", "beams": "haces", "micro-world": "micromundo",
    "made up": "inventadas", "silence (%)": "calla (%)", "made up (%)": "inventadas (%)",
    "is made up": "inventada", "kept": "se queda", "always the same": "siempre lo mismo",
    "the other": "la del otro", "year in the passage": "año en el pasaje",
    "digits in the passage": "cifras en el pasaje", "year in the passage (%)": "año en el pasaje (%)",
    "digits in the passage (%)": "cifras en el pasaje (%)", "get better": "mejoran", "get worse": "empeoran",
    # lesson 13
    "section": "sección", "sections": "secciones", "occurrence": "aparición",
    "stands there": "lo que hay ahí", "shared words (%)": "palabras comunes (%)",
    "own": "lo propio", "fine-tuned": "ajustado", "with rehearsal": "con repaso", "as it is": "tal cual",
    "new threshold": "umbral nuevo", "F1 (validation)": "F1 (validación)", "rightly silent (%)": "calla bien (%)",
    "against": "frente a", "only it right": "solo acierta él", "only the other right": "solo acierta el otro",
    "same answers": "respuestas iguales",
}  # fmt: skip


def record(output, /, language="es", **figures):
    """Record the figures of a lesson and show them as a table.

    `figures` are finite numbers or booleans, numpy and torch scalars too; anything else raises ValueError.
    They are written to the path `output` as one flat JSON object; `output=""` writes nothing.
    """
    plain = {name: _scalar(value) for name, value in figures.items()}
    for name, value in plain.items():
        if not isinstance(value, (bool, int, float)) or not math.isfinite(value):
            raise ValueError(f"figure {name} is {value!r}: record finite numbers and booleans only")
    if output:
        write_whole(output, json.dumps(plain, indent=1) + "\n")
    rows = [{"figure": name, "value": value} for name, value in plain.items()]
    table(rows, {key: _text(language)[key] for key in ("figure", "value")}, language)


def out_of_bounds(figures, bounds, lesson):
    """The ways in which the figures of a lesson break its bounds, a sentence each.

    `bounds` is `{figure: [low, high]}`, both ends included; None leaves an end open. A figure without a bound
    and a bound without a figure count too.
    """
    found = []
    for name in sorted(figures.keys() | bounds.keys()):
        if name not in bounds:
            found.append(f"{lesson}: figure {name} = {figures[name]} has no bound")
            continue
        low, high = bounds[name]
        if name not in figures:
            found.append(f"{lesson}: figure {name}, bound [{low}, {high}], was not recorded")
        elif not (-math.inf if low is None else low) <= figures[name] <= (math.inf if high is None else high):
            found.append(f"{lesson}: figure {name} = {figures[name]} is outside [{low}, {high}]")
    return found


def table(rows, columns=None, language="es", decimals=None):
    """Show rows as a table: HTML in a notebook, aligned text elsewhere.

    `rows` is a list of dicts or a pandas DataFrame, without its index. `columns` chooses and orders the
    keys: a list, or a dict from key to heading; without a dict, headings are the keys in the reader's language.
    A key that a row lacks shows as a dash. With `decimals`, every float has so many.
    """
    from IPython.display import display

    arguments = rows, columns, language, decimals
    display({"text/html": html_table(*arguments), "text/plain": text_table(*arguments)}, raw=True)


def word(key, language="es"):
    """A table's key in the reader's language, as a heading; a key without a translation as it is."""
    return SPANISH.get(key, key) if language == "es" else key


def html_table(rows, columns=None, language="es", decimals=None):
    """The same table as an HTML string, every cell escaped."""
    headings, body = _cells(rows, columns, language, decimals)
    sides = [side for _, side in body[0]] if body else ["<"] * len(headings)
    cell = '<{2} style="text-align: {1}">{0}</{2}>'.format
    head = "".join(cell(escape(text), _ALIGNED[side], "th") for text, side in zip(headings, sides, strict=True))
    lines = ["".join(cell(escape(text), _ALIGNED[side], "td") for text, side in row) for row in body]
    inner = "\n".join(f"<tr>{line}</tr>" for line in lines)
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{inner}\n</tbody>\n</table>"


def text_table(rows, columns=None, language="es", decimals=None):
    """The same table as plain text, columns aligned."""
    headings, body = _cells(rows, columns, language, decimals)
    lines = [[(heading, "<") for heading in headings], *body]
    widths = [max(len(text) for text, _ in column) for column in zip(*lines, strict=True)]
    padded = [[f"{text:{side}{width}}" for (text, side), width in zip(row, widths, strict=True)] for row in lines]
    return "\n".join("  ".join(row).rstrip() for row in padded)


def write_whole(path, text):
    """Write `text` to `path`, making its folders; a reader never sees half of it."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def _cells(rows, columns, language, decimals):
    """Headings, and for each row its (text, side) pairs."""
    if hasattr(rows, "to_dict"):
        columns = list(rows.columns) if columns is None else columns
        rows = rows.to_dict("records")
    if columns is None:
        columns = list(dict.fromkeys(key for row in rows for key in row))
    headings = columns.values() if isinstance(columns, dict) else [word(key, language) for key in columns]
    return list(map(str, headings)), [[_cell(row.get(key), language, decimals) for key in columns] for row in rows]


def _cell(value, language, decimals):
    """A value as text, and the side it is aligned to, "<" or ">"."""
    value = _scalar(value)
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–", ">"
    if isinstance(value, bool):
        return _text(language)[value], "<"
    if isinstance(value, float) and decimals is not None:
        return f"{value:.{decimals}f}", ">"
    if isinstance(value, float):
        short = value == 0 or 0.01 <= abs(value) < 1e6
        return f"{value:.3f}".rstrip("0").rstrip(".") if short else f"{value:.3g}", ">"
    return str(value), ">" if isinstance(value, int) else "<"


def _scalar(value):
    """A numpy or torch scalar as the plain Python value; anything else as it is."""
    return value.item() if hasattr(value, "item") and getattr(value, "ndim", 0) == 0 else value


def _text(language):
    if language not in _TEXT:
        raise ValueError(f'language is {language!r}: choose "es" or "en"')
    return _TEXT[language]
