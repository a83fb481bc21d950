# %% [markdown] lang="es"
# # 1 · El tokenizador por dentro
#
# Un modelo de lenguaje no lee letras ni palabras: lee números. Quien traduce es el **tokenizador**, y lo que él pierda por el camino
# no lo recupera después ningún modelo. En esta lección abres uno, entrenas varios y mides qué hacen con el español y con el inglés.
#
# **Objetivos.** Al terminar podrás:
#
# - convertir un texto en tokens e identificadores, volver atrás y decir qué se pierde;
# - entrenar tokenizadores de palabras, de caracteres y de subpalabras, y explicar por qué se usan estas últimas;
# - situar cada token en el texto con `offset_mapping`;
# - codificar un par de textos y explicar qué son los `token_type_ids`;
# - guardar un tokenizador y volver a cargarlo;
# - predecir qué pierde el español cuando se quitan mayúsculas y tildes;
# - comparar con justicia cuántos tokens cuesta cada lengua;
# - recortar un vocabulario sin cambiar ninguna tokenización, y comprobarlo.
#
# **Tiempo:** unos 75 minutos. **Requisitos:** Python básico (listas, diccionarios, funciones). No hacen falta GPU ni nociones de
# aprendizaje automático.

# %% [markdown] lang="en"
# # 1 · Looking inside a tokenizer
#
# A language model reads neither letters nor words: it reads numbers. The **tokenizer** is what translates, and whatever it loses on
# the way no model will ever get back. In this lesson you open one, train several, and measure what they do to English and to Spanish.
#
# **Objectives.** By the end you will be able to:
#
# - turn a text into tokens and ids, go back, and say what gets lost;
# - train tokenizers of words, of characters and of subwords, and explain why the last kind is used;
# - place each token in the text with `offset_mapping`;
# - encode a pair of texts and explain what `token_type_ids` are;
# - save a tokenizer and load it again;
# - predict what Spanish loses when capitals and accents are removed;
# - compare fairly how many tokens each language costs;
# - trim a vocabulary without changing any tokenisation, and check it.
#
# **Time:** about 75 minutes. **Prerequisites:** basic Python (lists, dictionaries, functions). You need neither a GPU nor any
# machine learning.

# %% [markdown] lang="es"
# ## 1. De texto a números, y vuelta
#
# Las dos celdas de arriba preparan Colab y eligen la lengua y el perfil, es decir, con qué modelo y cuántos datos se trabaja; no
# hace falta tocarlas.
#
# Trabajamos con **CuadernoQA**, el corpus del curso: cada pasaje y cada pregunta existen en español y en inglés. Cargamos también
# el tokenizador de `multilingual-e5-small`, el modelo del que parte casi todo el curso: un **codificador**, que convierte un texto
# en números con los que se puede calcular.

# %% [markdown] lang="en"
# ## 1. From text to numbers, and back
#
# The two cells above prepare Colab and choose the language and the profile, that is, which model and how much data to work with;
# you need not touch them.
#
# We work with **CuadernoQA**, the corpus of the course: every passage and every question exists in English and in Spanish. We also
# load the tokenizer of `multilingual-e5-small`, the model that nearly all of the course starts from: an **encoder**, which turns a
# text into numbers one can compute with.

# %%
import json
import re
import tempfile
import textwrap
import unicodedata
from collections import defaultdict
from pathlib import Path

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import AutoTokenizer

from qa_course import checks, corpus, encoder, plots, profiles, report, widgets, windows

tokenizer = AutoTokenizer.from_pretrained(encoder.folder(profiles.resolve(PROFILE)))
questions = corpus.load("cuadernoqa", split="train", language=LANGUAGE)
row = next(row for row in questions if row["id"] == "gabriela-mistral-1-1")
print(row["question"], "\n")
print(textwrap.fill(row["context"], 100))

# %% [markdown] lang="es"
# Llamar al tokenizador es todo lo que hace falta. Fíjate en lo que devuelve para la pregunta: una lista de números
# (`input_ids`) y otra de unos (`attention_mask`), de la que se ocupa la lección 2. No hay ni rastro de letras.

# %% [markdown] lang="en"
# Calling the tokenizer is all it takes. Look at what it returns for the question: one list of numbers (`input_ids`) and one of
# ones (`attention_mask`), which lesson 2 deals with. Not a letter in sight.

# %%
print(tokenizer(row["question"]))

# %% [markdown] lang="es"
# Cada número identifica una pieza de texto, un **token**: es su puesto, contando desde 0, en el **vocabulario**, la lista de todas
# las piezas que el tokenizador conoce. Aquí está la primera frase del pasaje con cada pieza en su caja y su identificador debajo.
# Busca tres cosas: la marca `▁`, que señala dónde empieza una palabra; las cajas de línea discontinua, que son **tokens especiales**
# y no están en el texto; y las palabras partidas en varias cajas. ¿Por qué crees que unas se parten y otras no? La respuesta llega en
# el apartado 2.

# %% [markdown] lang="en"
# Each number identifies a piece of text, a **token**: it is its place, counting from 0, in the **vocabulary**, the list of all the
# pieces that the tokenizer knows. Here is the first sentence of the passage, each piece in its box with its id below. Look for three
# things: the mark `▁`, which shows where a word begins; the dashed boxes, which are **special tokens** and do not stand in the text;
# and the words that are cut into several boxes. Why do you think some are cut and others are not? The answer comes in section 2.

# %%
sentence = row["context"].partition(". ")[0] + "."
widgets.show_tokens({"multilingual-e5-small": tokenizer}, sentence, language=LANGUAGE)

# %% [markdown] lang="es"
# `decode` hace el camino de vuelta. La primera línea conserva los tokens especiales (`<s>` abre y `</s>` cierra); la segunda los
# salta. La tercera enumera los papeles y el token especial de cada uno; algunos tienen dos. `<pad>` rellena los textos cortos
# (lección 2), `<mask>` tapa una pieza para que el modelo la adivine y `<unk>` ocupa el lugar de lo desconocido.

# %% [markdown] lang="en"
# `decode` takes the way back. The first line keeps the special tokens (`<s>` opens and `</s>` closes); the second skips them. The
# third lists the roles, each with its special token; some tokens have two. `<pad>` pads short texts (lesson 2), `<mask>` hides a
# piece for the model to guess, and `<unk>` stands for what is unknown.

# %%
ids = tokenizer(row["question"])["input_ids"]
print(tokenizer.decode(ids))
print(tokenizer.decode(ids, skip_special_tokens=True))
print(tokenizer.special_tokens_map)

# %% [markdown] lang="es"
# ¿Vuelve siempre el mismo texto? Antes de ejecutar la celda, apuesta: ¿cuáles de estos cinco regresan intactos? El primero
# tiene dos espacios seguidos; el segundo, una `ﬁ` que es un solo carácter tipográfico; el último está en ruso. Cada línea da el texto,
# lo que vuelve y si son iguales.

# %% [markdown] lang="en"
# Does the same text always come back? Before you run the cell, place your bet: which of these five return intact? The first
# has two spaces in a row; the second has an `ﬁ` that is a single typographic character; the last one is in Russian. Each line gives
# the text, what comes back, and whether they are equal.

# %%
for text in ("Hola,  mundo", "El ﬁn del año", "¡Olé!", "2 m²", "Москва"):
    back = tokenizer.decode(tokenizer(text, add_special_tokens=False)["input_ids"])
    print(repr(text), "→", repr(back), text == back)

# %% [markdown] lang="es"
# Antes de partir el texto, el tokenizador lo **normaliza**: junta los espacios y cambia los caracteres tipográficos por los
# corrientes (forma NFKC de Unicode). Eso ya no se recupera. Y lo que no puede escribir con sus piezas lo sustituye por `<unk>`; en
# el apartado 8 verás por qué no sabe ruso.

# %% [markdown] lang="en"
# Before cutting the text, the tokenizer **normalises** it: it collapses spaces and replaces typographic characters by plain ones
# (Unicode's NFKC form). That is gone for good. And what it cannot write with its pieces becomes `<unk>`; section 8 shows
# why it knows no Russian.

# %% [markdown] lang="es"
# ## 2. ¿Palabras, caracteres o subpalabras?
#
# Entrenemos nuestros propios tokenizadores con la biblioteca `tokenizers`. Aprenden con los pasajes de entrenamiento en las
# dos lenguas y los probamos con los de prueba, que no han visto. La tabla dice cuántos hay de cada clase.

# %% [markdown] lang="en"
# ## 2. Words, characters or subwords?
#
# Let us train tokenizers of our own with the `tokenizers` library. They learn from the training passages in both languages, and
# we try them on the test passages, which they have not seen. The table says how many passages there are of each.

# %%
def passages(split, language):
    loaded = corpus.load("cuadernoqa", split=split, language=language)
    return list(dict.fromkeys(loaded["context"]))


learn = {name: passages("train", name) for name in ("en", "es")}
held_out = {name: passages("test", name) for name in ("en", "es")}
report.table(
    [{"": name, "train": len(learn[name]), "test": len(held_out[name])} for name in learn], language=LANGUAGE
)

# %% [markdown] lang="es"
# Todo tokenizador tiene un **modelo** (cómo parte), un **entrenador** (cómo aprende sus piezas) y un pretokenizador, que aquí
# separa palabras y signos. Probamos tres, con 2000 piezas como mucho: `WordLevel` guarda las palabras más frecuentes; **BPE** empieza
# por los caracteres y fusiona una y otra vez la pareja de piezas que más se repite, hasta llenar el vocabulario; y un BPE con
# `vocab_size=1`, en el que no cabe ninguna fusión, se queda en los caracteres.

# %% [markdown] lang="en"
# Every tokenizer has a **model** (how it cuts), a **trainer** (how it learns its pieces) and a pre-tokenizer, which here splits words
# and punctuation marks. We try three, with 2,000 pieces at most: `WordLevel` keeps the most frequent words; **BPE** starts
# from characters and merges, again and again, the pair of pieces that occurs most often, until the vocabulary is full; and a BPE with
# `vocab_size=1`, which has no room for a merge, never gets beyond characters.

# %%
def train(model, trainer, texts, **options):
    trained = Tokenizer(model)
    trained.pre_tokenizer = pre_tokenizers.Whitespace()
    trained.train_from_iterator(texts, trainer(special_tokens=["[UNK]"], show_progress=False, **options))
    return trained


def train_bpe(texts, size):
    return train(models.BPE(unk_token="[UNK]"), trainers.BpeTrainer, texts, vocab_size=size)


both = learn["en"] + learn["es"]
words = train(models.WordLevel(unk_token="[UNK]"), trainers.WordLevelTrainer, both, vocab_size=2000)
characters, bpe = train_bpe(both, 1), train_bpe(both, 2000)

# %% [markdown] lang="es"
# Ahora, una frase que ninguno ha visto. Compara los tres cortes: ¿cuál pierde información?, ¿cuál gasta más tokens? Un
# `[UNK]` en lugar de una palabra es una palabra que el modelo ya no podrá leer.

# %% [markdown] lang="en"
# Now a sentence that none of them has seen. Compare the three cuts: which one loses information? Which one spends the most tokens?
# An `[UNK]` in place of a word is a word that the model will never be able to read.

# %%
unseen = held_out[LANGUAGE][0].partition(". ")[0] + "."
own = {"WordLevel": words, "BPE, vocab_size=1": characters, "BPE, vocab_size=2000": bpe}
widgets.show_tokens(own, unseen, language=LANGUAGE)

# %% [markdown] lang="es"
# Una frase es solo una frase. La tabla mide todos los pasajes de prueba: qué parte de los tokens son `[UNK]`, de 0 a 1, con cada
# tokenizador y en cada lengua. Es el defecto de las palabras: por larga que sea la lista, siempre llega un nombre propio o una forma
# verbal que no está. A los otros dos solo se les escapa algún carácter que no aparecía en los textos de entrenamiento (`1e-05` es
# 0,00001).

# %% [markdown] lang="en"
# One sentence is only one sentence. The table measures all the test passages: the share of tokens that are `[UNK]`, from 0 to 1,
# for each tokenizer and language. That is the flaw of words: however long the list, a name or a verb form that is not in it
# always turns up. The other two only miss the odd character that did not occur in the training texts (`1e-05` is 0.00001).

# %%
def unknown_share(trained, texts):
    tokens = [token for text in texts for token in trained.encode(text).tokens]
    return tokens.count("[UNK]") / len(tokens)


unknown = {
    name: {language: unknown_share(trained, held_out[language]) for language in held_out}
    for name, trained in own.items()
}
report.table([{"": name, **shares} for name, shares in unknown.items()], language=LANGUAGE)

# %% [markdown] lang="es"
# ¿Y cómo aprende BPE sin que nadie le enseñe gramática? Mira sus primeras fusiones, por orden: cada fila une dos piezas, `a` y `b`.
# ¿Reconoces ya alguna palabra? Aquí está la respuesta a la pregunta del apartado 1: las palabras frecuentes acaban fusionadas en una
# pieza; las que fueron raras en los textos de entrenamiento se quedan partidas.

# %% [markdown] lang="en"
# And how does BPE learn without anyone teaching it grammar? Look at its first merges, in order: each row joins two pieces, `a` and
# `b`. Do you already recognise a word? Here is the answer to the question of section 1: frequent words end up merged into one piece;
# those that were rare in the training texts stay cut.

# %%
merges = json.loads(bpe.to_str())["model"]["merges"]
report.table(
    [{"": number, "a": a, "b": b, "a + b": a + b} for number, (a, b) in enumerate(merges[:15], 1)],
    language=LANGUAGE,
)

# %% [markdown] lang="es"
# BPE no es la única forma de aprender subpalabras. **WordPiece**, la de BERT (el modelo de 2018 del que desciende el nuestro), marca
# con `##` las piezas que continúan una palabra. **Unigram**, la de nuestro codificador, parte de muchas piezas candidatas, asigna una
# probabilidad a cada una y elimina las que menos aportan. Compáralas con BPE. Sus entrenadores dan un vocabulario algo distinto cada
# vez, así que tus cortes no tienen por qué coincidir con los que ves aquí.

# %% [markdown] lang="en"
# BPE is not the only way to learn subwords. **WordPiece**, the way of BERT (the model of 2018 that ours descends from), marks with
# `##` the pieces that continue a word. **Unigram**, our encoder's way, starts from many candidate pieces, gives each a probability
# and drops those that help least. Compare them with BPE. The trainers of these two give a slightly different vocabulary every time,
# so do not worry if your cuts are not those that you see here.

# %% tags=["nbval-ignore-output"]
wordpiece = train(models.WordPiece(unk_token="[UNK]"), trainers.WordPieceTrainer, both, vocab_size=2000)
unigram = train(models.Unigram(), trainers.UnigramTrainer, both, unk_token="[UNK]", vocab_size=2000)
widgets.show_tokens({"BPE": bpe, "WordPiece": wordpiece, "Unigram": unigram}, unseen, language=LANGUAGE)

# %% [markdown] lang="es"
# Ahora escribe tú. En un cuaderno abierto (JupyterLab, Colab) los colores cambian con cada tecla; en GitHub solo ves el ejemplo.
# Prueba tu nombre, una palabra inventada, una errata, un emoji. Y piensa: mirando solo las piezas de nuestro BPE, ¿sabrías dónde
# iban los espacios? ¿Y con las del otro? Si ves un `[UNK]`, ¿qué signo no habrá aparecido nunca en los pasajes?

# %% [markdown] lang="en"
# Now type something yourself. In an open notebook (JupyterLab, Colab) the colours change at every key; on GitHub you only see the
# example. Try your name, an invented word, a typo, an emoji. And think: from the pieces of our BPE alone, could you tell where the
# spaces were? And from those of the other one? If you see an `[UNK]`, which mark may never have occurred in the passages?

# %%
rivals = {"BPE, vocab_size=2000": bpe, "multilingual-e5-small": tokenizer}
widgets.type_tokens(rivals, row["question"], language=LANGUAGE)

# %% [markdown] lang="es"
# Nuestro BPE ha tirado los espacios: escribe arriba `a parte` y luego `aparte`, y compara las piezas. La marca `▁` del otro los guarda,
# y por eso `decode` puede reconstruir el texto.
#
# **Ejercicio 1.** Escribe `tokens_per_word(tokenizer, text)`: cuántos tokens, sin los especiales, salen por término medio de cada
# palabra de un texto: un número con decimales. Una palabra es lo que da `text.split()`. El primer argumento es un objeto de la
# biblioteca `tokenizers`: su método `encode(text, add_special_tokens=False)` da un resultado con los atributos `.tokens` e `.ids`.

# %% [markdown] lang="en"
# Our BPE has thrown the spaces away: type `a part` above, then `apart`, and compare the pieces. The mark `▁` of the other one keeps
# them, which is why `decode` can rebuild the text.
#
# **Exercise 1.** Write `tokens_per_word(tokenizer, text)`: how many tokens, special ones apart, a word of a text yields on average: a
# number with decimals. A word is what `text.split()` gives. The first argument is an object of the `tokenizers` library: its method
# `encode(text, add_special_tokens=False)` gives a result with the attributes `.tokens` and `.ids`.

# %% tags=["exercise"]
def tokens_per_word(tokenizer, text):
    return ...


checks.tokens_per_word(tokens_per_word, tokenizer=tokenizer.backend_tokenizer, language=LANGUAGE)

# %% [markdown] lang="es"
# ¿La tienes? Despliega la solución y compárala con la tuya. (`backend_tokenizer` es el objeto de `tokenizers` que el tokenizador de
# `transformers` lleva dentro.)

# %% [markdown] lang="en"
# Done? Unfold the solution and compare it with yours. (`backend_tokenizer` is the object of `tokenizers` that the tokenizer of
# `transformers` has inside.)

# %% tags=["solution"]
def tokens_per_word(tokenizer, text):
    return len(tokenizer.encode(text, add_special_tokens=False).ids) / len(text.split())


checks.tokens_per_word(tokens_per_word, tokenizer=tokenizer.backend_tokenizer, language=LANGUAGE)

# %% [markdown] lang="es"
# Con esa función, que el paquete tiene como `encoder.tokens_per_word`, se ve qué se gana al ampliar el vocabulario. La figura muestra
# los tokens por palabra en los pasajes de prueba (eje vertical) según las piezas del vocabulario (eje horizontal, logarítmico), con
# una curva por lengua. Cada punto tiene el doble de piezas que el anterior: ¿ahorra siempre lo mismo? Un vocabulario grande acorta las
# secuencias, pero cada pieza ocupa memoria y las raras se aprenden mal; por eso se elige un término medio.

# %% [markdown] lang="en"
# With that function, which the package has as `encoder.tokens_per_word`, you can see what a larger vocabulary buys. The figure shows
# tokens per word in the test passages (vertical axis) against the pieces in the vocabulary (horizontal axis, logarithmic), one curve
# per language. Each point has twice the pieces of the one before: does it always save the same? A large vocabulary shortens the
# sequences, but each piece takes up memory and rare ones are learnt badly; that is why one picks a middle way.

# %%
growing = [train_bpe(both, size) for size in (150, 300, 600, 1200, 2400, 4800)]
sizes = [trained.get_vocab_size() for trained in growing]
ratios = {
    name: [encoder.tokens_per_word(trained, " ".join(held_out[name])) for trained in growing] for name in held_out
}
plots.vocabulary_curve(sizes, ratios, language=LANGUAGE)

# %% [markdown] lang="es"
# ## 3. ¿Dónde está cada token?
#
# En este curso, la respuesta a una pregunta es casi siempre un tramo del texto, así que hay que saber qué caracteres cubre cada
# token. Con `return_offsets_mapping=True` el tokenizador da para cada uno su inicio y su final; el final no se incluye, como en
# `text[start:end]`. En la figura, la fila de arriba es el texto, carácter a carácter, y las cajas son los tokens. Fíjate en que los
# espacios quedan fuera de todas las cajas.

# %% [markdown] lang="en"
# ## 3. Where is each token?
#
# In this course the answer to a question is nearly always a span of the text, so one has to know which characters each token covers.
# With `return_offsets_mapping=True` the tokenizer gives the start and the end of each one; the end is excluded, as in
# `text[start:end]`. In the figure, the upper row is the text, character by character, and the boxes are the tokens. Notice that the
# spaces stay outside all the boxes.

# %%
question = tokenizer(row["question"], return_offsets_mapping=True)
plots.token_boxes(row["question"], question.tokens(), question["offset_mapping"], language=LANGUAGE)

# %% [markdown] lang="es"
# Los mismos datos en una tabla. La última columna corta el texto original por esas posiciones. Mira los tokens especiales: como no
# están en el texto, ocupan `(0, 0)`, un tramo vacío.

# %% [markdown] lang="en"
# The same data in a table. The last column cuts the original text at those positions. Look at the special tokens: since they
# do not stand in the text, they get `(0, 0)`, an empty span.

# %%
report.table(
    [
        {"": index, "token": token, "offset": str((start, end)), "text[start:end]": row["question"][start:end]}
        for index, (token, (start, end)) in enumerate(zip(question.tokens(), question["offset_mapping"]))
    ],
    language=LANGUAGE,
)

# %% [markdown] lang="es"
# **Ejercicio 2.** Escribe `overlapping_tokens(offsets, start, end)`: la lista de índices de los tokens que comparten al menos un
# carácter con el tramo `text[start:end]`. `offsets` es una lista de parejas como `question["offset_mapping"]`. Cuidado con dos
# trampas: los tokens especiales y los tokens que solo rozan el borde. No busques posiciones iguales: un token puede empezar antes que
# el tramo o acabar después.

# %% [markdown] lang="en"
# **Exercise 2.** Write `overlapping_tokens(offsets, start, end)`: the list of the indices of the tokens that share at least one
# character with the span `text[start:end]`. `offsets` is a list of pairs, like `question["offset_mapping"]`. Beware of two traps: the
# special tokens, and the tokens that merely touch the edge. Do not look for equal positions: a token may begin before the span or end
# after it.

# %% tags=["exercise"]
def overlapping_tokens(offsets, start, end):
    return ...


checks.overlapping_tokens(overlapping_tokens, language=LANGUAGE)

# %% [markdown] lang="es"
# Compara: dos tramos se solapan cuando cada uno empieza antes de que acabe el otro. La regla descarta sola los tramos vacíos `(0, 0)`.

# %% [markdown] lang="en"
# Compare: two spans overlap when each begins before the other ends. The rule discards the empty spans `(0, 0)` by itself.

# %% tags=["solution"]
def overlapping_tokens(offsets, start, end):
    return [index for index, (first, last) in enumerate(offsets) if first < end and last > start]


checks.overlapping_tokens(overlapping_tokens, language=LANGUAGE)

# %% [markdown] lang="es"
# Y ya puedes pasar de una respuesta, que CuadernoQA da en caracteres, a los tokens del pasaje que la contienen. Es justo lo que
# necesita la lección 4 para etiquetar los datos; la función del paquete, `windows.token_span`, da el primer token y el último
# (`sequence=0` es el primer texto, aquí el único). La celda imprime la respuesta, esos dos números y los tokens.

# %% [markdown] lang="en"
# And now you can go from an answer, which CuadernoQA gives in characters, to the tokens of the passage that hold it. That is
# precisely what lesson 4 needs to label the data; the function of the package, `windows.token_span`, gives the first and the last token
# (`sequence=0` is the first text, here the only one). The cell prints the answer, those two numbers and the tokens.

# %%
answer_text, start = row["answers"]["text"][0], row["answers"]["answer_start"][0]
context = tokenizer(row["context"], return_offsets_mapping=True)
first, last, *_ = windows.token_span(context.encodings[0], start, start + len(answer_text), sequence=0)
print(answer_text, (first, last), context.tokens()[first : last + 1])

# %% [markdown] lang="es"
# ## 4. Dos textos a la vez
#
# Un modelo de respuesta a preguntas recibe dos textos, pregunta y pasaje, en una sola secuencia. Mira los tokens que los separan y lo
# que dice `sequence_ids()`: 0 es el primer texto, 1 el segundo y un guion, un token especial. La última línea enumera todo lo que
# recibe el modelo.

# %% [markdown] lang="en"
# ## 4. Two texts at once
#
# A question answering model gets two texts, question and passage, in a single sequence. Look at the tokens that separate them and at
# what `sequence_ids()` says: 0 is the first text, 1 the second, and a dash is a special token. The last line lists all that the
# model gets.

# %%
reply = answer_text + "."
two = tokenizer(row["question"], reply)
report.table(
    [{"token": token, "sequence_ids()": side} for token, side in zip(two.tokens(), two.sequence_ids())],
    language=LANGUAGE,
)
print(list(two))

# %% [markdown] lang="es"
# `sequence_ids()` es información para ti, no para el modelo. BERT sí recibe algo parecido, los **`token_type_ids`**: en su primer
# entrenamiento tenía que decidir si una frase seguía a otra, y a los números de cada token (su *embedding*) les suma otros que dicen a
# cuál de las dos pertenece. Sus sucesores RoBERTa y XLM-R (del segundo viene nuestro tokenizador) abandonaron esa tarea y distinguen
# los textos solo por los separadores `</s></s>`. Para ver la otra costumbre damos a nuestro BPE la plantilla de BERT: busca dónde pasa
# `type_ids` de 0 a 1.

# %% [markdown] lang="en"
# `sequence_ids()` is information for you, not for the model. BERT does get something similar, the **`token_type_ids`**: in its first
# training it had to decide whether one sentence followed another, and to the numbers of each token (its embedding) it adds others
# that say which of the two it belongs to. Its successors RoBERTa and XLM-R (our tokenizer comes from the latter) dropped that task
# and tell the texts apart by the separators `</s></s>` alone. To see the other custom we give our BPE the template of BERT: look for
# the place where `type_ids` goes from 0 to 1.

# %%
bert_like = Tokenizer.from_str(bpe.to_str())
bert_like.add_special_tokens(["[CLS]", "[SEP]"])
bert_like.post_processor = processors.TemplateProcessing(
    single="[CLS] $A [SEP]",
    pair="[CLS] $A [SEP] $B:1 [SEP]:1",
    special_tokens=[(name, bert_like.token_to_id(name)) for name in ("[CLS]", "[SEP]")],
)
encoding = bert_like.encode(row["question"], reply)
report.table(
    [{"token": token, "type_ids": kind} for token, kind in zip(encoding.tokens, encoding.type_ids)],
    language=LANGUAGE,
)

# %% [markdown] lang="es"
# ¿Y si le pides `token_type_ids` a nuestro tokenizador? Los inventa, y todos valen cero: no dicen nada que el modelo pueda usar.

# %% [markdown] lang="en"
# And if you ask our tokenizer for `token_type_ids`? It makes them up, and all are zero: nothing there that the model could use.

# %%
print(tokenizer.model_input_names)
print(tokenizer(row["question"], reply, return_token_type_ids=True)["token_type_ids"])

# %% [markdown] lang="es"
# ## 5. Guardar y cargar
#
# Un modelo solo funciona con el tokenizador con el que aprendió: si los identificadores cambian, lee otra cosa. Por eso se guardan
# juntos. `save_pretrained` escribe dos de los archivos que ves abajo; nuestro BPE cabe entero en el otro. Las dos últimas líneas
# dicen si lo cargado codifica igual que lo guardado.

# %% [markdown] lang="en"
# ## 5. Saving and loading
#
# A model only works with the tokenizer that it learnt with: if the ids change, it reads something else. That is why they are saved
# together. `save_pretrained` writes two of the files that you see below; our BPE fits entirely into the other. The last two lines say
# whether what was loaded encodes like what was saved.

# %%
with tempfile.TemporaryDirectory() as folder:
    tokenizer.save_pretrained(folder)
    bpe.save(str(Path(folder, "bpe.json")))
    print(sorted(path.name for path in Path(folder).iterdir()))
    loaded = AutoTokenizer.from_pretrained(folder)
    loaded_bpe = Tokenizer.from_file(str(Path(folder, "bpe.json")))
reloaded = loaded(row["context"])["input_ids"] == tokenizer(row["context"])["input_ids"]
reloaded_bpe = loaded_bpe.encode(row["context"]).ids == bpe.encode(row["context"]).ids
print(reloaded)
print(reloaded_bpe)

# %% [markdown] lang="es"
# ## 6. Lo que el español pierde por el camino
#
# Muchos modelos ingleses, como `bert-base-uncased`, pasan el texto a minúsculas y le quitan las tildes antes de partirlo. En inglés
# casi no se nota. Cada columna es un normalizador; `Bert` hace lo de los otros dos. ¿Qué palabras españolas pasan a ser otra palabra?
# Las dos últimas filas, danesa y alemana, guardan una sorpresa.

# %% [markdown] lang="en"
# ## 6. What Spanish loses on the way
#
# Many English models, such as `bert-base-uncased`, turn the text into lower case and strip its accents before they cut it. In English
# you hardly notice. Each column is a normaliser; `Bert` does what the other two do. Which Spanish words become another word? (`año`
# is a year and `ano` an anus; `él` is he and `el` the; `sí` is yes and `si` if.) The last two rows, Danish and German, hold a
# surprise.

# %%
lowercase = normalizers.Lowercase().normalize_str
strip_accents = normalizers.Sequence([normalizers.NFD(), normalizers.StripAccents()]).normalize_str
bert = normalizers.BertNormalizer(lowercase=True).normalize_str
examples = ("año", "Él", "sí", "pingüino", "Perú", "smørrebrød", "Straße")
report.table(
    [
        {"": word, "Lowercase": lowercase(word), "StripAccents": strip_accents(word), "Bert": bert(word)}
        for word in examples
    ],
    language=LANGUAGE,
)

# %% [markdown] lang="es"
# La sorpresa: solo desaparece lo que Unicode describe como «letra más signo». La `ñ` es una `n` con virgulilla y la pierde; `ø` y
# `ß` son letras enteras y aguantan.
#
# ¿Es grave, o son cuatro ejemplos rebuscados? Contemos en CuadernoQA los grupos de palabras distintas que se vuelven la misma al
# quitar las tildes. De cada lengua verás dos cuentas, la de todos los grupos y la de los que no llevan mayúscula (así se apartan los
# nombres propios), y algunos de estos últimos.

# %% [markdown] lang="en"
# The surprise: only what Unicode describes as "letter plus mark" disappears. `ñ` is an `n` with a tilde and loses it; `ø` and `ß`
# are whole letters and survive.
#
# Is it serious, or are these a few far-fetched examples? Let us count in CuadernoQA the groups of different words that become the
# same one when the accents go. For each language you see two counts, of all the groups and of those without a capital (which sets
# proper names aside), and some of the latter.

# %%
def collisions(texts):
    groups = defaultdict(set)
    for word in re.findall(r"\w+", " ".join(texts)):
        groups[strip_accents(word)].add(word)
    return sorted(sorted(group) for group in groups.values() if len(group) > 1)


merged = {name: collisions(learn[name] + held_out[name]) for name in learn}
for name, groups in merged.items():
    common = ["/".join(group) for group in groups if group[0].islower()]
    print(name, len(groups), len(common))
    print(textwrap.fill(", ".join(common[:40]), 100))

# %% [markdown] lang="es"
# En inglés, casi todos los grupos son de nombres propios; en español, la mayoría son de palabras corrientes. Fíjate en cuántos
# enfrentan un nombre y un verbo (`cambio`, `cambió`) y en que tampoco se salva la `ñ` (`campana`, `campaña`). El tokenizador del
# curso no quita nada de eso; solo unifica las dos maneras de escribir una misma letra en Unicode, idénticas en pantalla: `ñ` como un
# carácter o como `n` más virgulilla. Compara la longitud de los dos textos y sus tokens.

# %% [markdown] lang="en"
# In English nearly all the groups are proper names; in Spanish most are everyday words. Notice how many oppose a noun and a verb
# (`cambio`, a change; `cambió`, it changed), and that `ñ` is not spared either (`campana`, a bell; `campaña`, a campaign). The
# tokenizer of the course removes none of that; it only unifies the two ways to write one letter in Unicode, identical on the screen:
# `ñ` as one character, or as `n` plus tilde. Compare the length of the two texts and their tokens.

# %%
for form in ("NFC", "NFD"):
    text = unicodedata.normalize(form, "año")
    print(form, len(text), tokenizer(text).tokens())

# %% [markdown] lang="es"
# **Ejercicio 3.** Predice, sin ejecutar nada: ¿en cuáles de estas cuatro parejas desaparece la diferencia cuando se normaliza como
# `bert-base-uncased`? Escribe en `answer` las letras, por ejemplo `["B", "C"]`.

# %% [markdown] lang="en"
# **Exercise 3.** Predict, without running anything: in which of these four pairs does the difference disappear when they are
# normalised as by `bert-base-uncased`? Write the letters into `answer`, for example `["B", "C"]`. The pairs mean: A, the Pope / Dad
# visits Lima; B, the baron / the man arrived; C, I speak / she spoke with Ana; D, the king has arrived! / has the king arrived?

# %% tags=["exercise"]
pairs = {
    "A": ("El Papa visita Lima.", "El papá visita Lima."),
    "B": ("Llegó el barón.", "Llegó el varón."),
    "C": ("Hablo con Ana.", "Habló con Ana."),
    "D": ("¡Ha llegado el rey!", "¿Ha llegado el rey?"),
}
answer = ...
checks.same_without_accents(answer, pairs=pairs, language=LANGUAGE)

# %% [markdown] lang="es"
# Contrasta tu predicción con lo que hace el normalizador de verdad. Los signos de apertura se salvan; las tildes, no.

# %% [markdown] lang="en"
# Hold your prediction against what the normaliser really does. Opening marks are spared; accents are not.

# %% tags=["solution"]
for letter, (one, other) in pairs.items():
    print(letter, bert(one), bert(other))
answer = [letter for letter, (one, other) in pairs.items() if bert(one) == bert(other)]
checks.same_without_accents(answer, pairs=pairs, language=LANGUAGE)

# %% [markdown] lang="es"
# ## 7. ¿Cuesta más el español que el inglés?
#
# Los modelos leen un número limitado de tokens, y muchos servicios cobran por token, así que la pregunta importa. Para que la
# comparación sea justa hacen falta los mismos contenidos en las dos lenguas (CuadernoQA es paralelo) y textos que el tokenizador no
# haya visto. Entrenamos tres BPE de igual tamaño: con inglés, con español y con ambos. Antes de mirar la figura, predice: ¿qué
# barra será la más alta?

# %% [markdown] lang="en"
# ## 7. Does Spanish cost more than English?
#
# Models read a limited number of tokens, and many services charge by the token, so the question matters. For a fair comparison
# one needs the same contents in both languages (CuadernoQA is parallel) and texts that the tokenizer has not seen. We
# train three BPE of equal size: on English, on Spanish and on both. Before you look at the figure, predict: which bar will be
# the tallest?

# %%
compared = {
    "BPE (en)": train_bpe(learn["en"], 2000),
    "BPE (es)": train_bpe(learn["es"], 2000),
    "BPE (en + es)": bpe,
    "multilingual-e5-small": tokenizer.backend_tokenizer,
}
bars = {
    name: {language: encoder.tokens_per_word(each, " ".join(held_out[language])) for language in held_out}
    for name, each in compared.items()
}
plots.token_ratios(bars, language=LANGUAGE)

# %% [markdown] lang="es"
# Cada grupo es un tokenizador; cada barra, los tokens por palabra en una lengua (la **fertilidad**). Compara las dos primeras
# parejas: ninguna lengua es «cara» por sí misma, lo es para un tokenizador que ha visto poco de ella. Después mira el tercer grupo:
# el bilingüe reparte el mismo vocabulario entre dos lenguas. ¿Queda cerca de cada especialista? El
# cuarto gasta menos en las dos: su vocabulario es muchísimo mayor, como verás en el apartado 8.

# %% [markdown] lang="en"
# Each group is a tokenizer; each bar, the tokens per word in one language (the **fertility**). Compare the first two pairs: no
# language is "expensive" in itself, it is so for a tokenizer that has seen little of it. Then look at the third group: the
# bilingual one shares the same vocabulary between two languages. Does it stay close to each specialist?
# The fourth spends less on both: its vocabulary is far larger, as section 8 will show.

# %% [markdown] lang="es"
# Falta un matiz: las palabras no miden lo mismo en cada lengua, y traducir también alarga o acorta. Lo más justo es contar los tokens
# del mismo pasaje. La tabla da los totales: pasajes, palabras y tokens. En la figura, cada punto es un pasaje, con sus tokens en inglés
# (horizontal) y en español (vertical); sobre la línea discontinua cuestan lo mismo. ¿De qué lado cae la nube?

# %% [markdown] lang="en"
# One subtlety is left: words are not equally long in each language, and translating lengthens or shortens too. The fairest thing is
# to count the tokens of the same passage. The table gives the totals: passages, words and tokens. In the figure, each point is a
# passage, with its tokens in English (horizontal) and in Spanish (vertical); on the dashed line they cost the same. On which side does
# the cloud fall?

# %%
counts, totals = {}, []
for name in ("en", "es"):
    texts = learn[name] + held_out[name]
    counts[name] = [len(ids) for ids in tokenizer(texts, add_special_tokens=False)["input_ids"]]
    spaced = sum(len(text.split()) for text in texts)
    totals.append({"": name, "len(texts)": len(texts), "split()": spaced, "input_ids": sum(counts[name])})
report.table(totals, language=LANGUAGE)
plots.passage_tokens(counts["en"], counts["es"], language=LANGUAGE)

# %% [markdown] lang="es"
# Casi todos los pasajes quedan por encima de la línea: con este tokenizador, el español cuesta algo más. En parte es cosa de las
# palabras, porque la versión española tiene más.
#
# ## 8. Recortar un vocabulario sin que se note
#
# El tokenizador original de `multilingual-e5-small` sirve para un centenar de lenguas. El del curso es ese mismo, recortado:
# `encoder.trim` se queda con las piezas escritas solo con letras latinas o griegas, cifras y signos. Cada pieza cuesta una fila de
# 384 números, su *embedding*, en una gran matriz del modelo. La tabla da piezas y números del original, de lo que guarda el recorte y del
# tokenizador que has usado hasta ahora: ¿coinciden las dos últimas filas?

# %% [markdown] lang="en"
# Nearly all the passages lie above the line: with this tokenizer, Spanish costs somewhat more. Part of it is due to words, since the
# Spanish version has more of them.
#
# ## 8. Trimming a vocabulary without anyone noticing
#
# The original tokenizer of `multilingual-e5-small` serves about a hundred languages. The one of the course is the same, trimmed:
# `encoder.trim` keeps the pieces written only with Latin or Greek letters, digits and marks. Each piece costs a row of 384 numbers,
# its embedding, in a big matrix of the model. The table gives pieces and numbers of the original, of what trimming keeps, and of the
# tokenizer that you have used so far: do the last two rows agree?

# %%
full = encoder.full_tokenizer()
pieces = full.convert_ids_to_tokens(range(len(full)))
kept = encoder.trim(pieces)
report.table(
    [{"pieces": count, "pieces * 384": count * 384} for count in (len(pieces), len(kept), len(tokenizer))],
    language=LANGUAGE,
)

# %% [markdown] lang="es"
# ¿Quién ocupaba el resto? La figura reparte las piezas según la escritura de su primera letra. En oscuro, las que se quedan; en claro y
# rayado, las que se van. ¿Por qué se va una parte de las que no tienen letras? Son cifras y signos de otras escrituras.

# %% [markdown] lang="en"
# Who took up the rest? The figure sorts the pieces by the script of their first letter. Dark ones are kept; light and hatched
# ones go. Why do some of those without letters go? They are digits and marks of other scripts.

# %%
plots.vocabulary_scripts(pieces, kept, language=LANGUAGE)

# %% [markdown] lang="es"
# ¿Por qué no debería cambiar nada? Un tokenizador Unigram busca, entre todas las formas de escribir el texto como una cadena de
# piezas, la más probable. Una pieza con una letra cirílica no puede formar parte de un texto sin letras cirílicas: quitarla no toca
# ninguna de las cadenas posibles. Comprobémoslo: codificamos todos los pasajes y preguntas del corpus, en las dos lenguas, con los
# dos tokenizadores. Comparamos las piezas, no los identificadores: estos sí cambian, porque las filas se han renumerado. La tabla
# dice cuántos textos hay, cuántos se cortan igual y cuántos no.

# %% [markdown] lang="en"
# Why should nothing change? A Unigram tokenizer looks, among all the ways to write the text as a chain of pieces, for the most
# probable one. A piece with a Cyrillic letter cannot be part of a text without Cyrillic letters: to remove it touches none of the
# possible chains. Let us check: we encode all the passages and questions of the corpus, in both languages, with both tokenizers. We
# compare the pieces, not the ids: those do change, because the rows have been renumbered. The table says how many texts there are,
# how many are cut alike and how many are not.

# %%
def cut(tokenizer, text):
    return tokenizer.convert_ids_to_tokens(tokenizer(text)["input_ids"])


whole = corpus.load("cuadernoqa")
texts = list(dict.fromkeys([*whole["context"], *whole["question"]]))
equal = sum(cut(tokenizer, text) == cut(full, text) for text in texts)
report.table([{"len(texts)": len(texts), "==": equal, "!=": len(texts) - equal}], language=LANGUAGE)

# %% [markdown] lang="es"
# El precio se paga fuera del alfabeto. Aquí está la respuesta que quedó pendiente en el apartado 1: qué lee en ruso cada uno de los
# dos, el original y el recortado. Los distingue su número de piezas.

# %% [markdown] lang="en"
# The price is paid outside the alphabet. Here is the answer that section 1 left open: what each of the two, the original and the
# trimmed one, reads in Russian. Their numbers of pieces tell them apart.

# %%
names = {f"{len(each)}": each for each in (full, tokenizer)}
widgets.show_tokens(names, "Moscú, Moscow, Москва", language=LANGUAGE)

# %% [markdown] lang="es"
# Última pregunta: ¿y si recortáramos más y guardáramos solo las piezas que aparecen en los pasajes de entrenamiento? La celda cuenta
# cuántas piezas usan esos pasajes, cuántas los de prueba y cuántas de estas últimas nos faltarían.

# %% [markdown] lang="en"
# A last question: what if we trimmed further and kept only the pieces that occur in the training passages? The cell counts how
# many pieces those passages use, how many the test passages use, and how many of the latter we would lack.

# %%
used = {
    name: {token for texts in part.values() for text in texts for token in cut(tokenizer, text)}
    for name, part in (("train", learn), ("test", held_out))
}
missing = len(used["test"] - used["train"])
report.table(
    [{"train": len(used["train"]), "test": len(used["test"]), "test - train": missing}], language=LANGUAGE
)

# %% [markdown] lang="es"
# Sin esas piezas, las palabras de los pasajes de prueba que las usan se partirían de otro modo, uno que el modelo no aprendió.
# Recortar por alfabeto es seguro porque se razona sobre todos los textos posibles; recortar por uso solo vale para los que ya has
# visto.
#
# ## Resumen
#
# - **Ida y vuelta.** El texto se normaliza, se parte en piezas y cada pieza es un número; `decode` vuelve, pero no recupera lo que la
#   normalización quitó.
# - **Subpalabras.** Las palabras dejan `[UNK]`, los caracteres alargan las secuencias; BPE, WordPiece y Unigram son el término medio.
# - **Posiciones.** `offset_mapping` une tokens y caracteres; se buscan solapamientos, no igualdades.
# - **Pares.** Los separadores distinguen pregunta y pasaje; los `token_type_ids` son cosa de BERT.
# - **Guardar.** Modelo y tokenizador viajan juntos.
# - **Tildes.** Un tokenizador *uncased* confunde palabras españolas: elige uno que respete mayúsculas y tildes.
# - **Coste.** El de una lengua depende de los textos con que se entrenó el tokenizador; mídelo con textos paralelos y nuevos.
# - **Recorte.** Quitar las piezas de otros alfabetos ahorra memoria y no cambia ni un token de los textos escritos en el tuyo.
#
# **Para seguir:** en la lección 2 estos números entran en el modelo; en la 4 usarás los solapamientos para etiquetar respuestas.

# %% [markdown] lang="en"
# Without those pieces, the words of the test passages that use them would be cut in another way, one that the model never learnt.
# Trimming by alphabet is safe because it reasons about all possible texts; trimming by use only holds for those that you have already
# seen.
#
# ## Summary
#
# - **There and back.** The text is normalised and cut into pieces, and each piece is a number; `decode` returns, but does not recover
#   what normalisation removed.
# - **Subwords.** Words leave `[UNK]`, characters make long sequences; BPE, WordPiece and Unigram are the middle way.
# - **Positions.** `offset_mapping` ties tokens to characters; look for overlaps, not for equality.
# - **Pairs.** Separators tell question and passage apart; `token_type_ids` are BERT's affair.
# - **Saving.** Model and tokenizer travel together.
# - **Accents.** An *uncased* tokenizer confuses Spanish words: choose one that respects capitals and accents.
# - **Cost.** That of a language depends on the texts the tokenizer was trained on; measure it on parallel and new texts.
# - **Trimming.** Removing the pieces of other alphabets saves memory and changes not one token of the texts written in yours.
#
# **Where next:** in lesson 2 these numbers enter the model; in lesson 4 you will use overlaps to label answers.

# %% [markdown] lang="es"
# **Para leer más**
#
# - Sennrich, Haddow y Birch (2016), *Neural Machine Translation of Rare Words with Subword Units* (BPE): <https://arxiv.org/abs/1508.07909>
# - Kudo (2018), *Subword Regularization* (Unigram): <https://arxiv.org/abs/1804.10959>
# - Conneau y otros (2020), *Unsupervised Cross-lingual Representation Learning at Scale* (XLM-R): <https://arxiv.org/abs/1911.02116>
# - Wang y otros (2024), *Multilingual E5 Text Embeddings: A Technical Report*: <https://arxiv.org/abs/2402.05672>
# - Rust y otros (2021), *How Good is Your Tokenizer?* (fertilidad): <https://arxiv.org/abs/2012.15613>
# - Documentación de la biblioteca `tokenizers`: <https://huggingface.co/docs/tokenizers>

# %% [markdown] lang="en"
# **Further reading**
#
# - Sennrich, Haddow and Birch (2016), *Neural Machine Translation of Rare Words with Subword Units* (BPE): <https://arxiv.org/abs/1508.07909>
# - Kudo (2018), *Subword Regularization* (Unigram): <https://arxiv.org/abs/1804.10959>
# - Conneau et al. (2020), *Unsupervised Cross-lingual Representation Learning at Scale* (XLM-R): <https://arxiv.org/abs/1911.02116>
# - Wang et al. (2024), *Multilingual E5 Text Embeddings: A Technical Report*: <https://arxiv.org/abs/2402.05672>
# - Rust et al. (2021), *How Good is Your Tokenizer?* (fertility): <https://arxiv.org/abs/2012.15613>
# - Documentation of the `tokenizers` library: <https://huggingface.co/docs/tokenizers>

# %%
report.record(
    OUTPUT,
    passages=len(counts["en"]),
    vocabulary=len(tokenizer),
    full_vocabulary=len(pieces),
    texts_compared=len(texts),
    texts_different=len(texts) - equal,
    reloaded=reloaded and reloaded_bpe,
    unknown_words_es=unknown["WordLevel"]["es"],
    unknown_subwords_es=unknown["BPE, vocab_size=2000"]["es"],
    collisions_en=len(merged["en"]),
    collisions_es=len(merged["es"]),
    tokens_per_word_en=bars["multilingual-e5-small"]["en"],
    tokens_per_word_es=bars["multilingual-e5-small"]["es"],
    missing_pieces=missing,
    language=LANGUAGE,
)
