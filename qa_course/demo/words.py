"""What the demo says, in both languages, and how it looks."""

TEXT = {
    "es": {
        "title": "Pregúntale a un texto",
        "intro": "Prueba un ejemplo, o pega un texto y haz una pregunta: el modelo del curso busca la respuesta dentro "
        "del texto. Copia un tramo o dice que no está; no inventa nada, pero puede equivocarse.",
        "other": ("en", "Use this page in English"),
        "text": "Texto",
        "question": "Pregunta",
        "hint": "Escribe la pregunta y pulsa Intro",
        "ask": "Preguntar",
        "examples": ("Ejemplo con respuesta", "Ejemplo sin respuesta"),
        "looking": "Buscando la respuesta…",
        "no_text": "Falta el texto: pega uno en el primer recuadro.",
        "no_question": "Falta la pregunta: escríbela y pulsa Intro.",
        "long_question": "La pregunta es demasiado larga: {} caracteres; caben {}.",
        "no_words": "En este texto no hay nada que se pueda leer: pega otro.",
        "error": "El modelo no pudo responder; tu texto y tu pregunta siguen en su sitio. Motivo: {}",
        "no_model": "No se pudo cargar el modelo del curso. Motivo: {}",
        "asked": "Pregunta: {}",
        "answer": "Respuesta: {} (puntuación {})",
        "null": "El texto no lo dice: la puntuación nula gana por {}.",
        "cut": "Solo se leyeron los primeros {} de {} caracteres; el texto sigue entero en su recuadro.",
        "in_text": "En el texto",
        "before": "… (antes hay {} caracteres más)",
        "after": "… (después hay {} caracteres más)",
        "score": "La puntuación de un tramo es el logit de su primer token como inicio más el del último como final: "
        "no es una probabilidad, y solo importan las diferencias.",
        "decision": "¿Hay respuesta?",
        "odds": "La puntuación nula, la de no responder, es {null}; la del mejor tramo, {score}. La diferencia "
        "es {odds}, y el modelo calla cuando pasa del umbral, {threshold}.",
        "span_wins": "Gana el tramo por {}.",
        "null_wins": "Gana la puntuación nula por {}.",
        "others": "Otros tramos",
        "losers": "Tramos descartados",
        "others_caption": "Del mejor al peor",
        "others_heads": ("Tramo", "Puntuación", "Caracteres"),
        "no_others": "No hay ninguno más.",
        "windows": "Ventanas",
        "one_window": "El texto cabe en una sola ventana de {} tokens (palabras o trozos de palabra) como máximo, con "
        "la pregunta incluida.",
        "many_windows": "El modelo lee como máximo {} tokens (palabras o trozos de palabra) de una vez, con la "
        "pregunta incluida: el texto se cortó en {} ventanas, y dos vecinas comparten {} tokens.",
        "windows_caption": "Qué parte del texto lee cada ventana y si contiene la respuesta",
        "windows_heads": ("N.º", "Tokens", "Caracteres", "¿Respuesta?"),
        True: "sí",
        False: "no",
    },
    "en": {
        "title": "Ask a text",
        "intro": "Try an example, or paste a text and ask a question: the course's model looks for the answer inside "
        "the text. It copies a span or says that there is none; it makes nothing up, but it can be wrong.",
        "other": ("es", "Usar esta página en español"),
        "text": "Text",
        "question": "Question",
        "hint": "Write the question and press Enter",
        "ask": "Ask",
        "examples": ("Example with an answer", "Example without an answer"),
        "looking": "Looking for the answer…",
        "no_text": "The text is missing: paste one into the first box.",
        "no_question": "The question is missing: write it and press Enter.",
        "long_question": "The question is too long: {} characters; {} fit.",
        "no_words": "There is nothing to read in this text: paste another one.",
        "error": "The model could not answer; your text and question are still in place. Reason: {}",
        "no_model": "The course's model could not be loaded. Reason: {}",
        "asked": "Question: {}",
        "answer": "Answer: {} (score {})",
        "null": "The text does not say: the null score wins by {}.",
        "cut": "Only the first {} of {} characters were read; the whole text is still in its box.",
        "in_text": "In the text",
        "before": "… ({} more characters before)",
        "after": "… ({} more characters after)",
        "score": "The score of a span is the logit of its first token as a start plus that of its last one as an end: "
        "it is not a probability, and only differences count.",
        "decision": "Is there an answer?",
        "odds": "The null score, that of no answer, is {null}; the best span's is {score}. The difference is "
        "{odds}, and the model stays silent when it exceeds the threshold, {threshold}.",
        "span_wins": "The span wins by {}.",
        "null_wins": "The null score wins by {}.",
        "others": "Runner-up spans",
        "losers": "Spans that lost",
        "others_caption": "Best first",
        "others_heads": ("Span", "Score", "Characters"),
        "no_others": "There are no more.",
        "windows": "Windows",
        "one_window": "The text fits in a single window of at most {} tokens (words or pieces of words), question "
        "included.",
        "many_windows": "The model reads at most {} tokens (words or pieces of words) at a time, question included: "
        "the text was cut into {} windows, and two neighbours share {} tokens.",
        "windows_caption": "Which part of the text each window reads, and whether it holds the answer",
        "windows_heads": ("No.", "Tokens", "Characters", "Answer?"),
        True: "yes",
        False: "no",
    },
}

STYLE = """\
.qa-demo { box-sizing: border-box; max-width: 60rem; width: 100%; margin: 0 auto; padding: 0 8px; overflow: visible }
.qa-demo h1 { font-size: 1.6rem; line-height: 1.2; margin: 0.8rem 0 0.4rem }
.qa-demo h2 { font-size: 1.15rem; line-height: 1.3; margin: 1.2rem 0 0.3rem }
.qa-demo p, .qa-demo td, .qa-demo th, .qa-demo caption, .qa-demo .qa-text { font-size: 1rem; line-height: 1.5 }
.qa-demo p { margin: 0.3rem 0 }
.qa-demo .jupyter-widgets { margin-left: 0; margin-right: 0; width: auto; overflow: visible }
.qa-demo .widget-html-content, .qa-demo .jupyter-widget-html-content { white-space: normal; overflow-wrap: anywhere }
.qa-demo .widget-text, .qa-demo .widget-textarea { flex-direction: column; align-items: stretch; height: auto }
.qa-demo .widget-label { width: auto; max-width: none; text-align: left; font-size: 1rem; font-weight: 600 }
.qa-demo .widget-textarea textarea, .qa-demo .widget-text input[type="text"] { flex: none; box-sizing: border-box;
  width: 100%; height: auto; padding: 6px; font-family: inherit; font-size: 1rem; line-height: 1.5;
  color: #111; background: #fff; border: 1px solid #666; border-radius: 3px }
.qa-demo .widget-hbox { flex-flow: row wrap; gap: 8px; margin-top: 10px }
.qa-demo .widget-button { width: auto; height: auto; min-height: 2.4rem; padding: 4px 14px; white-space: normal;
  font-size: 1rem; font-family: inherit; line-height: 1.4;
  color: #111; background: #e4e9ec; border: 1px solid #666; border-radius: 3px }
.qa-demo .widget-button.mod-primary { color: #fff; background: #20435c }
.qa-demo.qa-demo.qa-demo :focus-visible { outline: 3px solid #b3470a !important; outline-offset: 2px }
.qa-demo a { color: #1a4f80; text-decoration: underline }
.qa-demo .qa-text { white-space: pre-wrap; padding: 8px; color: #111; background: #f6f7f8;
  border-left: 4px solid #20435c }
.qa-demo mark { padding: 1px 0; color: #111; background: #ffd866; border-bottom: 2px solid #7a5200 }
.qa-demo table { border-collapse: collapse; margin: 0.4rem 0; max-width: 100% }
.qa-demo caption { text-align: left; font-weight: 600; padding: 0.2rem 0 }
.qa-demo th, .qa-demo td { padding: 2px 8px; text-align: left; vertical-align: top; border: 1px solid #999;
  white-space: normal }
.qa-demo th, .qa-demo td.number { overflow-wrap: normal }
.qa-demo td.number { text-align: right; font-variant-numeric: tabular-nums }
@media (max-width: 30rem) { .qa-demo th, .qa-demo td { padding: 2px 4px; font-size: 0.85rem } }
"""
