# %% [markdown] lang="es"
# # 4 · Ventanas y etiquetas
#
# Un modelo **extractivo** responde señalando un tramo del pasaje. Pero no lee letras ni señala caracteres: recibe
# tokens, un número limitado de ellos, y aprende dos posiciones, dónde empieza la respuesta y dónde acaba. En esta
# lección construyes el paso que va del corpus a esas posiciones, y compruebas que no se equivoca en ninguna.
#
# **Al terminar sabrás:**
#
# - partir un pasaje largo en trozos que se solapan, las **ventanas**, con `max_length` y `stride`;
# - leer `overflow_to_sample_mapping`, `offset_mapping` y `sequence_ids`;
# - pasar de los caracteres de una respuesta a sus tokens, también cuando un token cruza su borde;
# - decidir qué ventanas llevan la etiqueta [CLS];
# - descodificar todas las etiquetas de un corpus y compararlas con las respuestas de referencia;
# - calcular cuántas ventanas salen y cuántas respuestas se pierden, y elegir con ese dato;
# - rellenar un lote por la derecha o por la izquierda sin que las etiquetas se muevan de su sitio.
#
# **Tiempo:** unos 90 minutos, sin entrenar nada. **Antes:** la lección 1 (tokens, pares de frases, posiciones) y la
# lección 3 (el formato SQuAD y `answer_start`).

# %% [markdown] lang="en"
# # 4 · Windows and labels
#
# An **extractive** model answers by pointing at a span of the passage. But it neither reads letters nor points at
# characters: it takes tokens, a limited number of them, and learns two positions, where the answer starts and where
# it ends. In this lesson you build the step that leads from the corpus to those positions, and you check that it is
# wrong nowhere.
#
# **By the end you will be able to:**
#
# - split a long passage into overlapping pieces, the **windows**, with `max_length` and `stride`;
# - read `overflow_to_sample_mapping`, `offset_mapping` and `sequence_ids`;
# - go from the characters of an answer to its tokens, even where a token crosses its edge;
# - decide which windows get the label [CLS];
# - decode every label of a corpus and compare it with the gold answer;
# - compute how many windows you get and how many answers you lose, and choose accordingly;
# - pad a batch on the right or on the left without the labels slipping out of place.
#
# **Time:** about 90 minutes, without training anything. **Before:** lesson 1 (tokens, sentence pairs, offsets) and
# lesson 3 (the SQuAD format and `answer_start`).

# %%
import textwrap
from collections import Counter

from transformers import AutoTokenizer

from qa_course import checks, corpus, encoder, plots, profiles, report, windows

folder = encoder.folder(profiles.resolve(PROFILE))
tokenizer = AutoTokenizer.from_pretrained(folder)
table = corpus.load("cuadernoqa", "validation")
batch, questions = table[:], list(table)
by_id = {row["id"]: row for row in corpus.load("cuadernoqa")}

# %% [markdown] lang="es"
# Ya tienes el tokenizador del codificador del curso y el conjunto de validación de CuadernoQA, en los dos idiomas:
# los identificadores acaban en `@es` o `@en`. En `by_id` está el corpus entero, del que saldrán los ejemplos.

# %% [markdown] lang="en"
# You now have the tokenizer of the course's encoder and the validation set of CuadernoQA, in both languages:
# identifiers end in `@es` or `@en`. The whole corpus is in `by_id`, from which the examples will come.

# %% [markdown] lang="es"
# ## 1. ¿Cabe el pasaje?
#
# El codificador del curso admite 512 tokens como mucho, y la memoria y el tiempo crecen con la longitud; por eso se
# fija un máximo, `max_length`. Mira cuántos tokens tienen los pasajes, sin contar la pregunta. ¿En qué idioma son más
# largos?

# %% [markdown] lang="en"
# ## 1. Does the passage fit?
#
# The course's encoder takes 512 tokens at most, and memory and time grow with length; so one sets a maximum,
# `max_length`. Look at how many tokens the passages have, the question not counted. In which language are they
# longer?

# %%
lengths = []
for language in ("es", "en"):
    passages = sorted({row["context"] for row in questions if row["id"].endswith(language)})
    sizes = [len(ids) for ids in tokenizer(passages, add_special_tokens=False)["input_ids"]]
    lengths.append({"language": language, "passages": len(sizes)})
    lengths[-1] |= {"shortest": min(sizes), "longest": max(sizes)}
report.table(lengths, language=LANGUAGE)

# %% [markdown] lang="es"
# Con el valor habitual, `max_length=384`, un pasaje así cabe entero y no habría nada que partir. Por eso usamos casi
# siempre ventanas pequeñas, de 96 tokens, de los que dos vecinas comparten 32; al final volvemos a las del curso, de
# 384 y 128. Lo que aprendas vale igual para un artículo de diez páginas.
#
# Este es el pasaje que vamos a partir, con una pregunta y su respuesta. Localízala en el texto antes de seguir.

# %% [markdown] lang="en"
# With the usual value, `max_length=384`, such a passage fits whole and there would be nothing to split. So we mostly
# use small windows, of 96 tokens, 32 of which two neighbours share; at the end we come back to the course's own, of
# 384 and 128. What you learn holds just as well for an article of ten pages.
#
# This is the passage that we are going to split, with a question and its answer. Find it in the text before you go on.

# %%
pair = [by_id["las-meninas-2-5@es"], by_id["las-meninas-2-5@en"]]
example = by_id[f"las-meninas-2-5@{LANGUAGE}"]
print(textwrap.fill(example["context"], 100))
print()
print(example["question"])
print(example["answers"])

# %% [markdown] lang="es"
# La salida fácil es truncar: quedarse con los primeros 96 tokens. `truncation="only_second"` recorta el segundo
# texto del par, el pasaje, y nunca la pregunta. Mira dónde se corta el texto. ¿Sigue dentro la respuesta?

# %% [markdown] lang="en"
# The easy way out is to truncate: keep the first 96 tokens. `truncation="only_second"` shortens the second text of
# the pair, the passage, and never the question. Look at where the text stops. Is the answer still in it?

# %%
cut = tokenizer(example["question"], example["context"], truncation="only_second", max_length=96)
kept = tokenizer.decode(cut["input_ids"])
print(textwrap.fill(kept, 100))
print(example["answers"]["text"][0] in kept)

# %% [markdown] lang="es"
# ## 2. Ventanas en lugar de tijeras
#
# No está: truncar ha tirado la respuesta. Con `return_overflowing_tokens=True` el tokenizador guarda también lo que
# sobra, en más ventanas: repite la pregunta delante de cada trozo y hace que dos ventanas vecinas compartan `stride`
# tokens del pasaje. El nombre engaña: aquí `stride` no es cuánto se avanza, sino el **solapamiento**, lo que se
# repite.
#
# Pasamos dos preguntas a la vez, la española y la inglesa. Verás lo que devuelve el tokenizador, los tokens de cada
# ventana y, en la última línea, `overflow_to_sample_mapping`, que dice de cuál de las dos salió cada una.

# %% [markdown] lang="en"
# ## 2. Windows instead of scissors
#
# It is not: truncating threw the answer away. With `return_overflowing_tokens=True` the tokenizer keeps what
# overflows too, in further windows: it repeats the question before each piece and makes two neighbouring windows
# share `stride` tokens of the passage. The name misleads: `stride` here is not how far one moves on, but the
# **overlap**, what is repeated.
#
# We pass two questions at once, the Spanish one and the English one. You will see what the tokenizer returns, the
# tokens of each window and, in the last line, `overflow_to_sample_mapping`, which says which of the two each came from.

# %%
encoded = tokenizer(
    [row["question"] for row in pair],
    [row["context"] for row in pair],
    truncation="only_second",
    max_length=96,
    stride=32,
    return_overflowing_tokens=True,
    return_offsets_mapping=True,
)
print(list(encoded))
print([len(ids) for ids in encoded["input_ids"]])
print(encoded["overflow_to_sample_mapping"])

# %% [markdown] lang="es"
# Todas las ventanas tienen 96 tokens salvo la última de cada pasaje, que se queda con el resto. `sequence_ids`
# distingue tres clases de tokens: `0` es la pregunta, `1` el pasaje y `None` un token especial. Abajo hay una ventana
# por línea y un signo por token, con `·` en lugar de `None`: son `<s>`, que en este tokenizador hace de **[CLS]**, y
# los tres `</s>` que separan y cierran.

# %% [markdown] lang="en"
# Every window has 96 tokens, except the last of each passage, which takes the rest. `sequence_ids` tells three kinds
# of tokens apart: `0` is the question, `1` the passage and `None` a special token. Below there is one window a line
# and one sign a token, with `·` for `None`: they are `<s>`, which plays the part of **[CLS]** in this tokenizer, and
# the three `</s>` that separate and close.

# %%
for sample, encoding in zip(encoded["overflow_to_sample_mapping"], encoded.encodings):
    signs = "".join("·" if sequence is None else str(sequence) for sequence in encoding.sequence_ids)
    print(pair[sample]["id"][-2:], signs)

# %% [markdown] lang="es"
# La otra pieza es la correspondencia de posiciones, `offset_mapping`: para cada token, el par `(primer carácter,
# último carácter + 1)` que ocupa en *su* texto. Con los tokens de secuencia `1` sabemos, pues, qué trozo del pasaje
# tiene cada ventana. (`windows.tokenize` hace la misma llamada de antes.) Compara el final de cada ventana con el
# principio de la siguiente: eso es el solapamiento.

# %% [markdown] lang="en"
# The other piece is `offset_mapping`: for each token, the pair `(first character, last character + 1)` that it takes
# up in *its* text. So the tokens of sequence `1` tell us which piece of the passage each window holds.
# (`windows.tokenize` makes the same call as before.) Compare the end of each window with the beginning of the next:
# that is the overlap.

# %%
def held(encoding):
    inside = [offset for offset, s in zip(encoding.offsets, encoding.sequence_ids) if s == 1]
    return inside[0][0], inside[-1][1]


def window_table(row, max_length, stride):
    made = windows.tokenize([row["question"]], [row["context"]], tokenizer, max_length, stride)
    for number, encoding in enumerate(made.encodings):
        first, last = held(encoding)
        piece = row["context"][first:last]
        yield {"window": number, "from": first, "to": last, "begins": piece[:28], "ends": piece[-28:]}


report.table(list(window_table(example, 96, 32)), language=LANGUAGE)

# %% [markdown] lang="es"
# ## 3. Del carácter al token
#
# El corpus dice en qué carácter empieza la respuesta; el modelo necesita saber en qué token. `gold` calcula los
# caracteres `[inicio, fin)`, o `None` si la pregunta no tiene respuesta, y `char_to_token(carácter, 1)` busca el
# token que contiene un carácter del pasaje.
#
# La tabla muestra el principio de la primera ventana que tiene la respuesta entera, y el entorno de la respuesta; los
# dos números de debajo son `first` y `last`, su primer token y el último. Las posiciones de la pregunta también
# empiezan en 0: ¿qué pasaría si buscaras un carácter sin mirar la secuencia?

# %% [markdown] lang="en"
# ## 3. From character to token
#
# The corpus says at which character the answer starts; the model needs to know at which token. `gold` works out the
# characters `[start, end)`, or `None` where the question has no answer, and `char_to_token(character, 1)` finds the
# token that holds a character of the passage.
#
# The table shows the beginning of the first window that holds the whole answer, and the surroundings of the answer;
# the two numbers below are `first` and `last`, its first token and its last. The question's offsets start at 0 as
# well: what would happen if you looked for a character without looking at the sequence?

# %%
def gold(answers):
    if not answers["text"]:
        return None
    start = answers["answer_start"][0]
    return start, start + len(answers["text"][0])


start, end = gold(example["answers"])
encodings = windows.tokenize([example["question"]], [example["context"]], tokenizer, 96, 32).encodings
window = next(each for each in encodings if held(each)[0] <= start and end <= held(each)[1])
first, last = window.char_to_token(start, 1), window.char_to_token(end - 1, 1)

# %%
def token_row(encoding, position, row):
    sequence, (a, b) = encoding.sequence_ids[position], encoding.offsets[position]
    text = "" if sequence is None else (row["question"], row["context"])[sequence][a:b]
    token = encoding.tokens[position]
    return {"position": position, "token": token, "sequence": sequence, "offset": str((a, b)), "text": text}


shown = (*range(4), *range(first - 2, last + 3))
report.table([token_row(window, position, example) for position in shown], language=LANGUAGE)
print(first, last)

# %% [markdown] lang="es"
# Esos dos números, el primer token de la respuesta y el último, los dos incluidos, son la etiqueta. Sin la secuencia,
# el carácter 5 sería ambiguo, porque lo hay en la pregunta y en el pasaje.

# %% [markdown] lang="en"
# Those two numbers, the answer's first token and its last, both included, are the label. Without the sequence,
# character 5 would be ambiguous, since the question has one and so has the passage.

# %% [markdown] lang="es"
# ### Ejercicio 1: el tramo de tokens
#
# Escribe tú la búsqueda, solo con `offsets` y `sequence_ids` de una ventana. `char_span` devuelve una pareja: las
# posiciones del primer y del último token **del pasaje** que tocan los caracteres `[start, end)`; o `None`, si
# ninguno los toca. La comprobación la compara con la función del paquete en muchas ventanas del corpus y nombra la
# primera en que difieren.

# %% [markdown] lang="en"
# ### Exercise 1: the token span
#
# Now write the search yourself, with nothing but the `offsets` and `sequence_ids` of one window. `char_span` returns
# a pair, the positions of the first and of the last token **of the passage** that touch the characters `[start,
# end)`; or `None` where none does. The check compares it with the package's function in many windows of the corpus,
# and names the first where they differ.

# %% tags=["exercise"]
def char_span(offsets, sequence_ids, start, end):
    return ...


checks.char_span(char_span, questions, tokenizer, language=LANGUAGE)

# %% [markdown] lang="es"
# Compárala con esta solución: un token toca la respuesta si empieza antes de que ella acabe y acaba después de que
# ella empiece.

# %% [markdown] lang="en"
# Compare it with this solution: a token touches the answer if it begins before the answer ends and ends after the
# answer begins.

# %% tags=["solution"]
def char_span(offsets, sequence_ids, start, end):
    touching = [
        position
        for position, ((a, b), sequence) in enumerate(zip(offsets, sequence_ids))
        if sequence == 1 and a < end and b > start
    ]
    return (touching[0], touching[-1]) if touching else None


checks.char_span(char_span, questions, tokenizer, language=LANGUAGE)

# %% [markdown] lang="es"
# ## 4. Cuando un token cruza el borde
#
# ¿Por qué «tocan» y no «empiezan en `start` y acaban en `end`»? Porque el tokenizador no sabe dónde están las
# respuestas. La figura muestra arriba una frase, con la respuesta `2022` entre líneas de puntos, y abajo sus tokens
# como cajas. ¿Hay algún token que empiece justo donde la respuesta? ¿Y alguno que acabe con ella?

# %% [markdown] lang="en"
# ## 4. When a token crosses the edge
#
# Why "touch", and not "begin at `start` and end at `end`"? Because the tokenizer does not know where the answers are.
# The figure shows a sentence above, with the answer `2022` between dotted lines, and its tokens as boxes below. Does
# any token begin just where the answer does? Does any end with it?

# %%
sentences = {"es": "Pelé (1940-2022) ganó tres Mundiales.", "en": "Pelé (1940-2022) won three World Cups."}
sentence = sentences[LANGUAGE]
start, end = sentence.index("2022"), sentence.index("2022") + 4
short = tokenizer(sentence, add_special_tokens=False).encodings[0]
plots.tokens_over_text(sentence, short.offsets, start, end, LANGUAGE)

# %% [markdown] lang="es"
# Ninguno: uno lleva el guion pegado y otro, el paréntesis. El tramo más pequeño que cubre la respuesta tiene un
# carácter de más a cada lado, y con estos tokens no hay otro mejor.
#
# Mucho código en circulación busca por igualdad, con 0 como valor de reserva. ¿Qué etiqueta pondría aquí, y qué
# querría decir ese 0? La segunda línea da los tokens que la respuesta toca de verdad.

# %% [markdown] lang="en"
# None: one has the hyphen stuck to it and another the bracket. The smallest span that covers the answer has one
# character too many on either side, and with these tokens there is no better one.
#
# Much of the code that goes around searches by equality, with 0 to fall back on. Which label would it give here, and
# what would that 0 mean? The second line gives the tokens that the answer really touches.

# %%
def equal_span(offsets, start, end):
    starts, ends = [a for a, _ in offsets], [b for _, b in offsets]
    first = starts.index(start) if start in starts else 0
    last = ends.index(end) if end in ends else 0
    return first, last


print(equal_span(short.offsets, start, end))
print(short.char_to_token(start), short.char_to_token(end - 1))

# %% [markdown] lang="es"
# En una ventana de verdad el 0 es [CLS], o sea, «aquí no hay respuesta»: la pregunta pasa por una sin respuesta y
# nadie se entera. Si solo falla un borde es peor, porque sale un tramo como (0, 57) o (57, 0).
#
# ¿Es una rareza? Repitámoslo con todo el conjunto, cada pasaje en una sola ventana. Primero verás cuántas respuestas no
# encuentra la igualdad en cada idioma, y luego las primeras de ellas, con el texto que dan los tokens que las tocan.

# %% [markdown] lang="en"
# In a real window, 0 is [CLS], that is, "there is no answer here": the question passes for an unanswerable one and
# nobody notices. It is worse where only one edge fails, since a span such as (0, 57) or (57, 0) comes out.
#
# Is this an oddity? Let us repeat it with the whole set, each passage in a single window. First you see how many
# answers equality misses in each language, then the first of them, with the text that the touching tokens give.

# %%
uncut = tokenizer(batch["question"], batch["context"])
failures = {"es": [], "en": []}
for encoding, row in zip(uncut.encodings, questions):
    if answer := gold(row["answers"]):
        offsets = [o if s == 1 else (-1, -1) for o, s in zip(encoding.offsets, encoding.sequence_ids)]
        equal = equal_span(offsets, *answer)
        first, last = encoding.char_to_token(answer[0], 1), encoding.char_to_token(answer[1] - 1, 1)
        if equal != (first, last):
            text = row["context"][offsets[first][0] : offsets[last][1]]
            spans = str(equal), str((first, last))
            failures[row["id"][-2:]].append((row["answers"]["text"][0], *spans, text))

# %%
print({language: len(found) for language, found in failures.items()})
columns = ("answer", "by equality", "by overlap", "text")
report.table([dict(zip(columns, failure)) for found in failures.values() for failure in found[:5]], language=LANGUAGE)

# %% [markdown] lang="es"
# Son muy pocas, y por eso nadie echa en falta nada: el entrenamiento no se detiene, solo aprende unas cuantas mentiras.

# %% [markdown] lang="en"
# They are very few, which is why nobody misses them: training does not stop, it only learns a handful of lies.

# %% [markdown] lang="es"
# ## 5. Entera, cortada o ausente
#
# Una ventana puede tener la respuesta entera, cortarla por un extremo o no tenerla. Solo en el primer caso la
# etiqueta son los tokens de la respuesta. En los otros dos es [CLS], posición 0: un trozo de respuesta no es una
# respuesta, y enseñárselo al modelo sería enseñarle a cortar.
#
# En la figura, cada barra es una ventana de nuestro pasaje y el rectángulo discontinuo, la respuesta. El color (y el
# rayado) dice en qué caso está. ¿Cuántas ventanas reciben [CLS]?

# %% [markdown] lang="en"
# ## 5. Whole, cut or absent
#
# A window can hold the whole answer, cut it at one end, or not hold it. Only in the first case is its label the
# tokens of the answer. In the other two it is [CLS], position 0: a piece of an answer is no answer, and to show it to
# the model would be to teach it to cut.
#
# In the figure each bar is a window of our passage, and the dashed rectangle is the answer. The colour (and the
# hatching) tells the case. How many windows get [CLS]?

# %%
plots.passage_windows([held(each) for each in encodings], gold(example["answers"]), LANGUAGE)

# %% [markdown] lang="es"
# Todas menos la oscura, también la rayada, a la que solo le falta el final de la respuesta. El solapamiento trabaja a
# nuestro favor: lo que una ventana corta cae entero en la vecina.

# %% [markdown] lang="en"
# All but the dark one, and so the hatched one too, which only lacks the end of the answer. The overlap works in our
# favour: what one window cuts falls whole into its neighbour.

# %% [markdown] lang="es"
# ### Ejercicio 2: ¿qué ventanas llevan [CLS]?
#
# Aquí tienes otra pregunta, los caracteres que ocupa su respuesta y sus ventanas, de nuevo de 96 tokens con
# solapamiento 32. Sin ejecutar nada más, escribe en `answer` la lista de los números de las ventanas que llevan
# [CLS].

# %% [markdown] lang="en"
# ### Exercise 2: which windows get [CLS]?
#
# Here is another question, the characters that its answer takes up, and its windows, again of 96 tokens with a stride
# of 32. Without running anything else, write into `answer` the list of the numbers of the windows that get [CLS].

# %%
puzzle = by_id[f"chapultepec-castle-2-4@{LANGUAGE}"]
print(puzzle["question"])
print(puzzle["answers"]["text"][0], gold(puzzle["answers"]))
report.table(list(window_table(puzzle, 96, 32)), language=LANGUAGE)

# %% tags=["exercise"]
answer = ...

checks.cls_windows(answer, puzzle, tokenizer, 96, 32, language=LANGUAGE)

# %% [markdown] lang="es"
# Compara con la solución, que lo calcula y lo dibuja. ¿Contaste también las que cortan la respuesta?

# %% [markdown] lang="en"
# Compare with the solution, which computes it and draws it. Did you count those that cut the answer too?

# %% tags=["solution"]
start, end = gold(puzzle["answers"])
held_by = [(row["from"], row["to"]) for row in window_table(puzzle, 96, 32)]
answer = [number for number, (first, last) in enumerate(held_by) if start < first or end > last]
plots.passage_windows(held_by, (start, end), LANGUAGE)
checks.cls_windows(answer, puzzle, tokenizer, 96, 32, language=LANGUAGE)

# %% [markdown] lang="es"
# ## 6. Tu propia `training_windows`
#
# Ya tienes todas las piezas. `label` decide la etiqueta de una ventana: [CLS] si la pregunta no tiene respuesta o si
# la ventana no la tiene entera; si no, sus tokens. `my_training_windows` lo hace con todas.

# %% [markdown] lang="en"
# ## 6. Your own `training_windows`
#
# You have all the pieces now. `label` decides the label of one window: [CLS] if the question has no answer or the
# window does not hold all of it; otherwise its tokens. `my_training_windows` does so for all of them.

# %%
def label(encoding, answers):
    if gold(answers) is None:
        return 0, 0
    (start, end), (first, last) = gold(answers), held(encoding)
    if start < first or end > last:
        return 0, 0
    return encoding.char_to_token(start, 1), encoding.char_to_token(end - 1, 1)


def my_training_windows(batch, encoded):
    samples = encoded["overflow_to_sample_mapping"]
    labels = [label(window, batch["answers"][s]) for window, s in zip(encoded.encodings, samples)]
    starts, ends = map(list, zip(*labels))
    inputs = {name: encoded[name] for name in tokenizer.model_input_names}
    return inputs | {"start_positions": starts, "end_positions": ends}


# %% [markdown] lang="es"
# ¿Hace lo mismo que la función con la que entrena el resto del curso? Se comparan las entradas y las dos etiquetas,
# ventana a ventana y en todo el conjunto. Los dos números deberían coincidir.

# %% [markdown] lang="en"
# Does it do the same as the function that the rest of the course trains with? Inputs and both labels are compared,
# window by window, over the whole set. The two numbers should agree.

# %%
encoded = windows.tokenize(batch["question"], batch["context"], tokenizer, 96, 32)
mine = my_training_windows(batch, encoded)
package = windows.training_windows(batch, tokenizer, 96, 32)
count = len(package["input_ids"])
equal = sum(all(mine[name][w] == package[name][w] for name in package) for w in range(count))
report.table([{"windows": count, "equal": equal}], language=LANGUAGE)

# %% [markdown] lang="es"
# La del paquete es más larga porque cuida lo que aquí no aparece: espacios en los bordes de una respuesta, caracteres
# que el normalizador borra, un carácter que da varios tokens, tokenizadores que rellenan por la izquierda. Ábrela con
# `windows.training_windows??`.

# %% [markdown] lang="en"
# The package's own is longer because it takes care of what does not occur here: spaces at the edges of an answer,
# characters that the normaliser drops, one character that makes several tokens, tokenizers that pad on the left. Open
# it with `windows.training_windows??`.

# %% [markdown] lang="es"
# ## 7. Ninguna etiqueta sin comprobar
#
# Que dos funciones coincidan no demuestra que acierten. La prueba es el camino de vuelta: descodificar **cada**
# etiqueta y compararla con la respuesta de referencia. Son exactas las que dan el mismo texto, y «en el borde» las
# que solo se distinguen dentro del primer o del último token. Las etiquetas [CLS] se cuentan según su motivo: la
# ventana corta la respuesta, la respuesta está en otra o la pregunta no la tiene. Lo demás es una equivocación.
# ¿Cuántas equivocaciones esperas?

# %% [markdown] lang="en"
# ## 7. No label unchecked
#
# That two functions agree does not prove them right. The test is the way back: decode **every** label and compare it
# with the gold answer. Those that give the same text are exact, and those that differ only inside the first or the
# last token are "edge". The [CLS] labels are counted by their reason: the window cuts the answer, the answer is
# elsewhere, or the question has none. Anything else is wrong. How many such do you expect?

# %%
def verdict(encoding, span, row):
    if (answer := gold(row["answers"])) is None:
        return "unanswerable" if span == (0, 0) else "wrong"
    (start, end), (first, last) = answer, held(encoding)
    if span == (0, 0):
        if first <= start and end <= last:
            return "wrong"
        return "elsewhere" if end <= first or start >= last else "cut"
    (a, b), (c, d) = encoding.offsets[span[0]], encoding.offsets[span[1]]
    if (a, d) == (start, end):
        return "exact"
    return "edge" if a <= start < b and c < end <= d else "wrong"


# %%
counts, edges, found = Counter(), {}, set()
spans = zip(mine["start_positions"], mine["end_positions"])
for encoding, span, sample in zip(encoded.encodings, spans, encoded["overflow_to_sample_mapping"]):
    row = questions[sample]
    kind = verdict(encoding, span, row)
    counts[row["id"][-2:], kind] += 1
    if kind in ("exact", "edge"):
        found.add(row["id"])
    if kind == "edge":
        edges[row["id"]] = row["context"][encoding.offsets[span[0]][0] : encoding.offsets[span[1]][1]]
kinds = ("exact", "edge", "wrong", "cut", "elsewhere", "unanswerable")
rows = [{"language": each} | {kind: counts[each, kind] for kind in kinds} for each in ("es", "en")]
report.table(rows, language=LANGUAGE)

# %% [markdown] lang="es"
# Fíjate en la proporción: la mayoría de las ventanas llevan [CLS]. Es lo normal con ventanas tan pequeñas; un modelo
# que siempre dijera [CLS] acertaría muchas. Ahora, las primeras respuestas del borde, una fila por pregunta, aunque
# estén en varias ventanas. ¿Qué se ha colado en cada etiqueta? Debajo, dos números: las preguntas que tienen respuesta
# y, lo que más importa, las respuestas que **ninguna** ventana tiene enteras.

# %% [markdown] lang="en"
# Note the proportion: most windows get [CLS]. That is normal with windows as small as these; a model that always said
# [CLS] would get many of them right. Now the first of the answers at the edge, one row per question, though several
# windows may hold it. What has slipped into each label? Below, two numbers: the questions that have an answer and, what
# matters most, the answers that **no** window holds whole.

# %%
some = [key for each in ("es", "en") for key in [key for key in edges if key.endswith(each)][:5]]
rows = [{"id": key, "answer": by_id[key]["answers"]["text"][0], "label": edges[key]} for key in some]
report.table(rows, language=LANGUAGE)
answerable = {row["id"] for row in questions if row["answers"]["text"]}
lost = len(answerable - found)
print(len(answerable), lost)

# %% [markdown] lang="es"
# Son las mismas que la igualdad no encontraba. Lo que se cuela son signos pegados a la respuesta, y las métricas de la
# lección 5 no cuentan la puntuación. Y no se pierde ninguna respuesta.

# %% [markdown] lang="en"
# They are the same ones that equality missed. What slips in are signs stuck to the answer, and the metrics of lesson 5
# do not count punctuation. And not one answer is lost.

# %% [markdown] lang="es"
# ## 8. ¿Cuántas ventanas?
#
# Más solapamiento protege las respuestas, pero da más ventanas, y cada ventana cuesta tiempo. Antes de mirar cuántas,
# calcúlalo.
#
# ### Ejercicio 3: la fórmula
#
# Un pasaje de `context_tokens` tokens, una pregunta de `question_tokens`, `max_length` y `stride`: ¿cuántas ventanas
# salen? La función devuelve un entero. Cada ventana repite la pregunta y los tokens especiales, que son
# `tokenizer.num_special_tokens_to_add(pair=True)`.

# %% [markdown] lang="en"
# ## 8. How many windows?
#
# More overlap protects the answers, but it makes more windows, and each window costs time. Before you look at how
# many, work it out.
#
# ### Exercise 3: the formula
#
# A passage of `context_tokens` tokens, a question of `question_tokens`, `max_length` and `stride`: how many windows?
# The function returns a whole number. Each window repeats the question and the special tokens, of which there are
# `tokenizer.num_special_tokens_to_add(pair=True)`.

# %% tags=["exercise"]
def window_count(context_tokens, question_tokens, max_length, stride):
    return ...


checks.window_count(window_count, tokenizer, language=LANGUAGE)

# %% [markdown] lang="es"
# Compárala con la solución: la primera ventana lleva `room` tokens del pasaje; cada una de las siguientes repite
# `stride` de ellos, y los demás son nuevos.

# %% [markdown] lang="en"
# Compare it with the solution: the first window takes `room` tokens of the passage; each of the next repeats `stride`
# of them, and the others are new.

# %% tags=["solution"]
import math


def window_count(context_tokens, question_tokens, max_length, stride):
    room = max_length - question_tokens - tokenizer.num_special_tokens_to_add(pair=True)
    return max(1, math.ceil((context_tokens - stride) / (room - stride)))


checks.window_count(window_count, tokenizer, language=LANGUAGE)

# %% [markdown] lang="es"
# La misma cuenta dice qué tokens tiene cada ventana, así que podemos simular cualquier configuración sin volver a
# tokenizar. De cada pregunta bastan tres cosas: sus tokens, los del pasaje y dónde cae la respuesta. La tabla da las
# ventanas y las respuestas perdidas: las dos filas deberían ser iguales.

# %% [markdown] lang="en"
# The same reckoning tells which tokens each window holds, so we can simulate any setting without tokenizing again.
# Three things per question are enough: its tokens, those of the passage, and where the answer falls. The table gives
# the windows and the lost answers: the two rows should be equal.

# %%
special = tokenizer.num_special_tokens_to_add(pair=True)
measured = []
for encoding, row in zip(uncut.encodings, questions):
    sequence, span = encoding.sequence_ids, None
    if (answer := gold(row["answers"])) is not None:
        zero = sequence.index(1)
        span = encoding.char_to_token(answer[0], 1) - zero, encoding.char_to_token(answer[1] - 1, 1) - zero
    measured.append((sequence.count(0), sequence.count(1), span))


# %%
def layout(context, room, stride):
    return [(first, first + room) for first in range(0, max(1, context - stride), room - stride)]


def simulate(max_length, stride):
    made = lost = 0
    for question, context, span in measured:
        parts = layout(context, max_length - question - special, stride)
        made += len(parts)
        lost += span is not None and not any(a <= span[0] and span[1] < b for a, b in parts)
    return made, lost


real = {"source": "windows.tokenize", "windows": count, "lost": lost}
report.table([real, {"source": "simulate"} | dict(zip(("windows", "lost"), simulate(96, 32)))], language=LANGUAGE)

# %% [markdown] lang="es"
# La figura recorre varios solapamientos (eje horizontal) y varios valores de `max_length` (una línea cada uno): a la
# izquierda, las ventanas de todo el conjunto; a la derecha, las respuestas que ninguna tiene enteras. ¿Qué
# solapamiento elegirías tú con ventanas de 96?

# %% [markdown] lang="en"
# The figure goes through several strides (horizontal axis) and several values of `max_length` (a line each): on the
# left the windows of the whole set; on the right the answers that none of them holds whole. Which stride would you
# choose with windows of 96?

# %%
strides, sizes = (0, 4, 8, 16, 24, 32, 48), (96, 128, 192, 384)
results = {size: [simulate(size, stride) for stride in strides] for size in sizes}
made = {size: [result[0] for result in line] for size, line in results.items()}
missed = {size: [result[1] for result in line] for size, line in results.items()}
plots.windows_by_stride(strides, made, missed, LANGUAGE)

# %% [markdown] lang="es"
# Es un intercambio: los primeros tokens de solapamiento salvan casi todas las respuestas, y los siguientes, si acaso,
# solo añaden ventanas. Hay incluso una garantía: si el solapamiento es al menos la longitud de la respuesta más larga
# **menos un token**, toda respuesta está entera en alguna ventana, la primera que llega hasta su último token. ¿Cuánto
# es en este conjunto? Verás la longitud de la más larga, ese solapamiento y las respuestas que se pierden con él, una
# cifra por cada `max_length`.

# %% [markdown] lang="en"
# It is a trade: the first tokens of overlap save almost every answer, and those that follow, if anything, only add
# windows. There is even a guarantee: if the stride is at least the length of the longest answer **less one token**,
# every answer is whole in some window, the first that reaches its last token. How much is that in this set? You will
# see the length of the longest, that stride, and the answers lost with it, one figure for each `max_length`.

# %%
longest = max(span[1] - span[0] + 1 for _, _, span in measured if span)
print(longest, longest - 1, [simulate(size, longest - 1)[1] for size in sizes])

# %% [markdown] lang="es"
# ## 9. El precio de truncar
#
# ¿Y sin ventanas? Con `truncation="only_second"` y sin `return_overflowing_tokens` queda solo la primera, y una
# respuesta que se ha ido con el resto se etiqueta con [CLS]: le dirías al modelo que no la hay. Mira cuántas se
# pierden con 128 tokens, y de cuántas.

# %% [markdown] lang="en"
# ## 9. The price of truncating
#
# And without windows? With `truncation="only_second"` and no `return_overflowing_tokens` only the first is left, and
# an answer that went with the rest is labelled [CLS]: you would tell the model that there is none. Look at how many
# are lost with 128 tokens, and out of how many.

# %%
cut = tokenizer(batch["question"], batch["context"], truncation="only_second", max_length=128)
ends = [gold(row["answers"]) for row in questions]
lost_128 = sum(end is not None and end[1] > held(each)[1] for each, end in zip(cut.encodings, ends))
print(lost_128, len(answerable))

# %% [markdown] lang="es"
# Y con otros tamaños: «sin ventanas» son las respuestas que truncar tira, y «con ventanas», las que se pierden con un
# solapamiento de 32. ¿Desde qué tamaño deja de importar en este conjunto?

# %% [markdown] lang="en"
# And with other sizes: "without windows" are the answers that truncation throws away, and "with windows" those that
# are lost with a stride of 32. From which size on does it no longer matter in this set?

# %%
def truncated(size):
    return sum(span[1] >= size - question - special for question, _, span in measured if span)


rows = []
for size in (96, 128, 192, 256, 384):
    losses = {"without windows": truncated(size), "with windows": simulate(size, 32)[1]}
    rows.append({"max_length": size} | losses | {"answers": len(answerable)})
report.table(rows, language=LANGUAGE)

# %% [markdown] lang="es"
# Solo deja de importar cuando caben los pasajes enteros. Con otros más largos haría falta un tamaño mayor, y el modelo
# tiene un límite. La lección 8 mide cuánto cuesta este error en coincidencia exacta, una nota que verás en la 5.

# %% [markdown] lang="en"
# It only stops mattering once whole passages fit. Longer ones would take a larger size, and the model has a limit.
# Lesson 8 measures what this mistake costs in exact match, a mark that you will meet in lesson 5.

# %% [markdown] lang="es"
# ## 10. Una pregunta que no deja sitio
#
# La pregunta no se recorta nunca, así que una demasiado larga puede llenar la ventana ella sola. Repetimos una doce
# veces para provocarlo: el mensaje, en inglés como todos los del paquete, dice cuál es y qué hacer.

# %% [markdown] lang="en"
# ## 10. A question that leaves no room
#
# The question is never shortened, so one that is too long can fill the window by itself. We repeat one twelve times
# to bring it about: the message says which question it is and what to do.

# %%
try:
    windows.tokenize([example["question"] * 12], [example["context"]], tokenizer, 96, 32, [example["id"]])
except ValueError as error:
    print(textwrap.fill(str(error), 100))

# %% [markdown] lang="es"
# ## 11. El lado del relleno
#
# Las ventanas salen sin relleno y con longitudes distintas; un lote es un tensor rectangular, así que
# `windows.collate` las rellena hasta la más larga **de ese lote**. Casi todos los codificadores rellenan por la
# derecha, y las etiquetas no se mueven. Si el relleno (*padding*) va por la izquierda, `windows.tokenize` pone el pasaje
# delante de la pregunta, y las etiquetas de una ventana rellenada se desplazan. El lote tiene dos ventanas y solo se
# rellena la corta. Compara las dos columnas de inicio y comprueba que la etiqueta descodificada no cambia.

# %% [markdown] lang="en"
# ## 11. The side of the padding
#
# Windows come out unpadded and of different lengths; a batch is a rectangular tensor, so `windows.collate` pads them
# to the longest **of that batch**. Nearly all encoders pad on the right, and the labels stay put. Where the
# padding goes on the left, `windows.tokenize` puts the passage before the question, and the labels of a padded window
# move along. The batch has two windows, and only the short one is padded. Compare the two columns of the start, and
# check that the decoded label does not change.

# %%
def padded_rows(each):
    two = {name: [example[name], puzzle[name]] for name in example}
    made = windows.training_windows(two, each)
    features = [dict(zip(made, values)) for values in zip(*made.values())]
    filled = windows.collate(features, each)
    columns = (filled[name] for name in ("input_ids", "start_positions", "end_positions"))
    for feature, ids, start, end in zip(features, *columns):
        sizes = {"padding": each.padding_side, "tokens": len(feature["input_ids"]), "padded": len(ids)}
        starts = {"start": feature["start_positions"], "new start": int(start)}
        yield sizes | starts | {"label": each.decode(ids[start : end + 1])}


left = AutoTokenizer.from_pretrained(folder, padding_side="left")
report.table([*padded_rows(tokenizer), *padded_rows(left)], language=LANGUAGE)

# %% [markdown] lang="es"
# ## 12. Las ventanas del curso
#
# Las lecciones que entrenan usan 384 y 128. Compara las ventanas con las preguntas, y las dos últimas columnas: los
# tokens que hay y los que habría si cada ventana se rellenara hasta `max_length`. La diferencia es relleno que
# también pasa por el modelo. ¿Cuál de las dos configuraciones procesa más tokens de verdad?

# %% [markdown] lang="en"
# ## 12. The course's windows
#
# The lessons that train use 384 and 128. Compare the windows with the questions, and the last two columns: the tokens
# there are, and those there would be if each window were padded to `max_length`. The difference is padding, which
# goes through the model too. Which of the two settings goes through more real tokens?

# %%
final = windows.evaluation_windows(batch, tokenizer, 384, 128)
rows = []
for size, stride, made in ((96, 32, mine), (384, 128, final)):
    tokens = sum(map(len, made["input_ids"]))
    number = len(made["input_ids"])
    settings = {"max_length": size, "stride": stride, "questions": len(questions), "windows": number}
    rows.append(settings | {"tokens": tokens, "tokens padded": number * size})
report.table(rows, language=LANGUAGE)

# %% [markdown] lang="es"
# La de ventanas pequeñas, porque repite la pregunta y el solapamiento.
#
# Para responder no hacen falta etiquetas, sino el camino de vuelta: `evaluation_windows` guarda con cada ventana su
# pregunta y la correspondencia de posiciones, con `None` fuera del pasaje, para que ninguna respuesta pueda salir de
# la pregunta. Mira las claves y los dos extremos de una ventana.

# %% [markdown] lang="en"
# The small windows do, since they repeat the question and the overlap.
#
# To answer one needs no labels, but the way back: `evaluation_windows` keeps with each window its question and its
# offsets, with `None` outside the passage, so that no answer can come out of the question. Look at the keys and at
# the two ends of one window.

# %%
print(list(final))
print(final["example_id"][0], final["offset_mapping"][0][:3], final["offset_mapping"][0][-4:])

# %% [markdown] lang="es"
# ## Lo que te llevas
#
# - **Ventanas:** `max_length` es el tamaño y `stride`, lo que comparten dos vecinas; la pregunta se repite en todas.
# - **Las tres piezas:** de qué pregunta sale cada ventana (`overflow_to_sample_mapping`), qué caracteres ocupa cada
#   token (`offset_mapping`) y a qué texto pertenece (`sequence_ids`).
# - **Del carácter al token:** se buscan los tokens que *tocan* la respuesta, porque algunos cruzan su borde.
# - **[CLS]:** lo llevan las preguntas sin respuesta, las ventanas que no tienen la respuesta y las que la cortan.
# - **Comprobar:** se descodifican todas las etiquetas; o son exactas o se distinguen solo dentro de un token del borde.
# - **Elegir:** más solapamiento da más ventanas y menos respuestas cortadas; la respuesta más larga menos un token es
#   garantía suficiente. Truncar sin ventanas convierte respuestas en preguntas sin respuesta.
# - **Relleno:** se rellena cada lote por el lado que diga el tokenizador, y las etiquetas se mueven con él.

# %% [markdown] lang="en"
# ## What you take away
#
# - **Windows:** `max_length` is their size and `stride` what two neighbours share; the question is repeated in all.
# - **The three pieces:** which question a window came from (`overflow_to_sample_mapping`), which characters a token
#   takes up (`offset_mapping`) and which text it belongs to (`sequence_ids`).
# - **From character to token:** look for the tokens that *touch* the answer, since some cross its edge.
# - **[CLS]:** is for unanswerable questions, for windows without the answer and for those that cut it.
# - **Checking:** decode every label; each is exact or differs only inside a token at the edge.
# - **Choosing:** more overlap means more windows and fewer cut answers; the longest answer less one token is guarantee
#   enough. Truncating without windows turns answers into unanswerable questions.
# - **Padding:** each batch is padded on the side that the tokenizer says, and the labels move along.

# %% [markdown] lang="es"
# ## Adónde seguir
#
# La lección 5 recorre el camino inverso: de los logits de varias ventanas a una sola respuesta. La 7 entrena con las
# ventanas que acabas de construir y la 8 repite a propósito los errores de esta lección para medir lo que cuestan.
#
# **Para leer más**
#
# - Devlin y otros (2019), *BERT: Pre-training of Deep Bidirectional Transformers*, apartados 4.2 y 4.3 (SQuAD): <https://arxiv.org/abs/1810.04805>
# - Rajpurkar, Jia y Liang (2018), *Know What You Don't Know: Unanswerable Questions for SQuAD*: <https://arxiv.org/abs/1806.03822>
# - Documentación de Transformers, *Padding and truncation*: <https://huggingface.co/docs/transformers/pad_truncation>

# %% [markdown] lang="en"
# ## Where next
#
# Lesson 5 goes the other way: from the logits of several windows to a single answer. Lesson 7 trains with the windows
# that you have just built, and lesson 8 repeats the mistakes of this lesson on purpose, to measure what they cost.
#
# **Further reading**
#
# - Devlin et al. (2019), *BERT: Pre-training of Deep Bidirectional Transformers*, sections 4.2 and 4.3 (SQuAD): <https://arxiv.org/abs/1810.04805>
# - Rajpurkar, Jia and Liang (2018), *Know What You Don't Know: Unanswerable Questions for SQuAD*: <https://arxiv.org/abs/1806.03822>
# - Transformers documentation, *Padding and truncation*: <https://huggingface.co/docs/transformers/pad_truncation>

# %%
kinds = {kind: counts["es", kind] + counts["en", kind] for kind in ("exact", "edge", "wrong")}
report.record(
    OUTPUT,
    language=LANGUAGE,
    questions=len(questions),
    answerable=len(answerable),
    windows_96_32=count,
    equal_to_package=equal / count,
    **kinds,
    lost_96_32=lost,
    simulation_agrees=simulate(96, 32) == (count, lost),
    equality_fails=sum(map(len, failures.values())),
    longest_answer=longest,
    lost_truncated_128=lost_128 / len(answerable),
    windows_384_128=len(final["input_ids"]),
)
