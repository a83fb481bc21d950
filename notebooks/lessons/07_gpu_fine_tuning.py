# %% [markdown] lang="es"
# # 7 · Ajuste fino, con GPU o sin ella
#
# Aquí nace el modelo del curso: el codificador bilingüe, ajustado con las preguntas de CuadernoQA en las dos lenguas. Al terminar sabrás:
#
# - decir en qué precisión calcula tu máquina y qué ganas y pierdes con ella;
# - escribir los argumentos del `Trainer` de transformers 5 y explicar los que importan;
# - contar cuánto relleno pagas y rebajarlo;
# - elegir qué parámetros se entrenan y calcular la memoria que cuestan;
# - interrumpir un entrenamiento y retomarlo sin perder nada;
# - leer una curva de aprendizaje y guardarla en MLflow;
# - evaluar el modelo, guardarlo, volver a cargarlo y escribir su tarjeta.
#
# **Tiempo:** 90 minutos, más el entrenamiento la primera vez. **Antes:** las lecciones 4 (ventanas y etiquetas), 5 (respuestas, umbral, EM y F1) y 6 (un primer ajuste fino).

# %% [markdown] lang="en"
# # 7 · Fine-tuning, with a GPU or without
#
# This is where the course model is born: the bilingual encoder, fine-tuned on the questions of CuadernoQA in both languages. By the end you will be able to:
#
# - say in which precision your machine computes, and what you gain and lose by it;
# - write the arguments of the `Trainer` of transformers 5 and explain those that matter;
# - count the padding that you pay for, and bring it down;
# - choose which parameters train, and work out the memory they cost;
# - interrupt a training run and resume it without loss;
# - read a learning curve and keep it in MLflow;
# - evaluate the model, save it, load it back and write its card.
#
# **Time:** 90 minutes, plus the training the first time. **Before:** lessons 4 (windows and labels), 5 (answers, threshold, EM and F1) and 6 (a first fine-tuning).

# %% [markdown] lang="es"
# ## La máquina y su precisión
#
# `training.course_config` da la configuración completa del modelo del curso, según tu perfil. Con `smoke` es un modelo diminuto de pesos aleatorios que solo comprueba que todo se ejecuta: sus cifras no dicen nada. La última fila es la precisión elegida para esta máquina.

# %% [markdown] lang="en"
# ## The machine and its precision
#
# `training.course_config` gives the whole configuration of the course model for your profile. Under `smoke` it is a tiny model with random weights, which only checks that everything runs: its figures mean nothing. The last row is the precision chosen for this machine.

# %% tags=["nbval-ignore-output"]
import datasets
import torch
import transformers

from qa_course import checks, corpus, encoder, plots, profiles, report, scoring, training, windows

datasets.disable_progress_bars()
transformers.logging.disable_progress_bar()
transformers.logging.set_verbosity_error()

config = training.course_config(PROFILE)
device = "cuda" if torch.cuda.is_available() else "cpu"
name = torch.cuda.get_device_name() if device == "cuda" else "CPU"
machine = {"profile": profiles.resolve(PROFILE), "device": name, "cores": profiles.cores()}
machine |= {"encoder": config.encoder, "precision": config.precision}
report.table([{"what": what, "here": str(here)} for what, here in machine.items()], language=LANGUAGE)

# %% [markdown] lang="es"
# Hay tres formatos. `float32` gasta 4 bytes por número; los otros dos, la mitad. `float16` (o fp16) reserva más bits para los decimales y `bfloat16` (bf16), más para el exponente.
#
# **Piensa:** ¿en cuál de los dos formatos cortos cabe el 70 000? ¿Y cuál distingue 1,001 de 1?

# %% [markdown] lang="en"
# There are three formats. `float32` spends 4 bytes a number, the other two half of that. `float16` (fp16) keeps more bits for the decimals, and `bfloat16` (bf16) more for the exponent.
#
# **Think:** in which of the two short formats is there room for 70,000? And which one tells 1.001 from 1?

# %%
rows = []
for dtype in (torch.float32, torch.bfloat16, torch.float16):
    limits = torch.finfo(dtype)
    row = {"format": str(dtype).removeprefix("torch."), "bytes": limits.bits // 8}
    row["largest"] = f"{limits.max:.3g}"
    for value in (70000, 1.001, 1e-8):
        row[f"{value:g}"] = f"{torch.tensor(value, dtype=torch.float32).to(dtype).item():.6g}"
    rows.append(row)
report.table(rows, language=LANGUAGE)

# %% [markdown] lang="es"
# Cada uno falla por un lado. fp16 se desborda (`inf`) y borra los gradientes pequeños; por eso, con fp16, el `Trainer` multiplica la pérdida por un factor grande antes de derivar y divide después los gradientes. bf16 no se desborda, pero redondea mucho: mira qué hace con el 70 000, y cómo pierde un paso de 0,001 sobre un peso de valor 1.
#
# La salida es combinar: *autocast* deja los pesos y sus gradientes en `float32`, multiplica las matrices en 16 bits y vuelve a `float32` para la pérdida. Compruébalo en la tabla.

# %% [markdown] lang="en"
# Each fails in its own way. fp16 overflows (`inf`) and wipes out small gradients; that is why, in fp16, the `Trainer` multiplies the loss by a large factor before it differentiates, and divides the gradients afterwards. bf16 does not overflow, but it rounds a lot: see what it makes of 70,000, and how it loses a step of 0.001 on a weight of 1.
#
# The way out is to combine them: *autocast* leaves the weights and their gradients in `float32`, multiplies matrices in 16 bits, and returns to `float32` for the loss. See it in the table.

# %%
layer = torch.nn.Linear(8, 4)
with torch.autocast("cpu", dtype=torch.bfloat16):
    product = layer(torch.ones(2, 8))
    loss = torch.nn.functional.cross_entropy(product, torch.tensor([0, 1]))
loss.backward()
seen = {"weights": layer.weight, "product": product, "loss": loss, "gradient": layer.weight.grad}
rows = [{"tensor": what, "dtype": str(tensor.dtype).removeprefix("torch.")} for what, tensor in seen.items()]
report.table(rows, language=LANGUAGE)

# %% [markdown] lang="es"
# El formato lo decide la máquina. Una GPU reciente calcula en bf16; una T4, la habitual en Colab, tiene circuitos para fp16, pero no para bf16. Algunos procesadores traen instrucciones para bf16; los demás las imitan y van *más despacio* que en `float32`. Por eso `training.best_precision` pregunta antes a la máquina.

# %% [markdown] lang="en"
# The hardware decides the format. A recent GPU computes in bf16; a T4, the usual one in Colab, has circuits for fp16 but not for bf16. Some processors have instructions for bf16; the others imitate them and are *slower* than in `float32`. So `training.best_precision` asks the machine first.

# %% [markdown] lang="es"
# ## Los argumentos
#
# Primero, los datos: las ventanas con sus etiquetas, como en la lección 4. `made` son las de este perfil; `every`, las de todo el conjunto de entrenamiento, para contar más adelante.

# %% [markdown] lang="en"
# ## The arguments
#
# First the data: windows with their labels, as in lesson 4. `made` are those of this profile; `every`, those of the whole training set, to count on later.

# %% tags=["nbval-ignore-output"]
def training_set(part):
    tables = [corpus.load(config.data, part, language) for language in config.languages]
    questions = datasets.concatenate_datasets(tables)
    sizes = {"tokenizer": tokenizer, "max_length": config.max_length, "stride": config.stride}
    drop = questions.column_names
    return questions.map(windows.training_windows, batched=True, remove_columns=drop, fn_kwargs=sizes)


transformers.set_seed(config.seed)
tokenizer, untrained = encoder.load(config.encoder)
every = training_set("train")
made = training_set(f"train[:{config.limit}]") if config.limit else every
report.table([{"windows": len(made), "windows of the whole set": len(every)}], language=LANGUAGE)

# %% [markdown] lang="es"
# El primer grupo de argumentos decide **cómo se aprende**: cuántas épocas, de cuántas ventanas es un lote y cuánto se mueve cada peso. `weight_decay` encoge un poco los pesos en cada paso, contra el sobreajuste. `warmup_steps` por debajo de 1 es una proporción: en esa primera parte de los pasos la tasa de aprendizaje sube desde cero, para que la cabeza, que empieza al azar, no estropee lo que el codificador ya sabía. Después baja en línea recta hasta cero. El optimizador, AdamW, guarda para cada peso dos promedios de sus gradientes y con ellos ajusta su paso; `optim` elige la versión fundida, que actualiza todos los pesos de una pasada.

# %% [markdown] lang="en"
# The first group of arguments decides **how to learn**: how many epochs, how many windows make a batch, how far each weight moves. `weight_decay` shrinks the weights a little at each step, against overfitting. `warmup_steps` below 1 is a share: over that first part of the steps the learning rate rises from zero, so that the head, which starts at random, does not spoil what the encoder knew. Then it falls in a straight line to zero. The optimizer, AdamW, keeps two averages of the gradients of each weight and fits its step to them; `optim` picks the fused version, which updates all weights in one pass.

# %%
learning = {
    "num_train_epochs": config.epochs,
    "per_device_train_batch_size": config.batch_size,
    "learning_rate": config.learning_rate,
    "warmup_steps": config.warmup,
    "weight_decay": config.weight_decay,
    "optim": "adamw_torch_fused",
    "seed": config.seed,
}

# %% [markdown] lang="es"
# El segundo decide **dónde y con qué**: la precisión, si hay que quedarse en la CPU, si los lotes esperan en memoria fija (solo sirve para copiarlos a una GPU) y en qué orden llegan las ventanas, de lo que trata el apartado siguiente.

# %% [markdown] lang="en"
# The second decides **where and with what**: the precision, whether to stay on the CPU, whether batches wait in pinned memory (of use only for copying them to a GPU), and in which order the windows come, which the next section is about.

# %%
hardware = {
    "bf16": config.precision == "bf16",
    "fp16": config.precision == "fp16",
    "use_cpu": device == "cpu",
    "dataloader_pin_memory": device == "cuda",
    "train_sampling_strategy": "group_by_length",
}

# %% [markdown] lang="es"
# El tercero decide **qué queda escrito**: la pérdida, unas 24 veces en todo el entrenamiento; y cada seis de esas veces, o sea, a cada cuarto del camino, una evaluación y un punto de control (*checkpoint*), con todo lo necesario para seguir desde ahí; sobreviven los dos últimos. Lo habitual es hacerlo al final de cada época (`"epoch"`). El modelo del curso se entrena una sola: un corte a última hora lo perdería todo, y la curva tendría un único punto. `workshop` es una carpeta temporal para todo lo que escriba esta lección.

# %% [markdown] lang="en"
# The third decides **what is written down**: the loss, about 24 times in the whole run; and every six of those times, at each quarter of the way, an evaluation and a checkpoint, all that is needed to go on from there; the last two survive. More usual is the end of each epoch (`"epoch"`). The course model trains for a single one: a break near the end would lose everything, and the curve would be one dot. `workshop` is a temporary folder for all that this lesson writes.

# %%
import math
import tempfile
from pathlib import Path

temporary = tempfile.TemporaryDirectory(prefix="qa-course-", ignore_cleanup_errors=True)
workshop = Path(temporary.name)
steps = math.ceil(math.ceil(len(made) / config.batch_size) * config.epochs)
interval = math.ceil(steps / 24)
records = {
    "logging_steps": interval,
    "eval_strategy": "steps",
    "eval_steps": 6 * interval,
    "save_strategy": "steps",
    "save_steps": 6 * interval,
    "save_total_limit": 2,
    "report_to": "none",
    "disable_tqdm": True,
}
written = transformers.TrainingArguments(str(workshop), **learning, **hardware, **records).to_dict()

# %% [markdown] lang="es"
# `training.fit` los escribe por ti en `training.arguments`. ¿Son los mismos? La tabla cuenta todos los argumentos que existen, los que hemos elegido (los demás quedan con su valor por omisión) y los que difieren.

# %% [markdown] lang="en"
# `training.fit` writes them for you in `training.arguments`. Are they the same? The table counts all arguments there are, those that we chose (the others keep their defaults) and those that differ.

# %%
theirs = training.arguments(config, workshop, len(made)).to_dict()
chosen = {**learning, **hardware, **records}
different = [name for name in theirs if theirs[name] != written[name]]
report.table([{"all": len(theirs), "chosen": len(chosen), "different": len(different)}], language=LANGUAGE)

# %% [markdown] lang="es"
# Mucho de lo que hay en internet usa nombres anteriores. La tabla busca el viejo y el nuevo en la biblioteca instalada: ¿los acepta? Debajo, el error que verías al copiar uno de esos cuadernos.

# %% [markdown] lang="en"
# Much of what is on the internet uses earlier names. The table looks up the old and the new one in the installed library: are they accepted? Below it, the error you would see on copying one of those notebooks.

# %%
import inspect

renamed = {
    "evaluation_strategy": "eval_strategy",
    "group_by_length": "train_sampling_strategy",
    "warmup_ratio": "warmup_steps",
    "no_cuda": "use_cpu",
    "tokenizer": "processing_class",
}
places = (transformers.TrainingArguments, transformers.Trainer)
known = {name for place in places for name in inspect.signature(place).parameters}
rows = [
    {"old": old, "old accepted": old in known, "new": new, "new accepted": new in known}
    for old, new in renamed.items()
]
report.table(rows, language=LANGUAGE)
try:
    transformers.TrainingArguments(str(workshop), evaluation_strategy="epoch")
except TypeError as error:
    print(f"TypeError: {error}")

# %% [markdown] lang="es"
# ### Ejercicio 1: la tasa de aprendizaje
#
# Escribe `learning_rate`: recibe tres enteros y la tasa máxima, y devuelve la tasa en el paso `step` (el primero es el 0). Durante los `warmup` primeros pasos sube en línea recta desde 0, hasta valer `highest` en el paso `warmup`; después baja, también en línea recta, hasta valer 0 en el paso `steps` (aunque `warmup` sea igual a `steps`). La comprobación la compara con la de transformers.

# %% [markdown] lang="en"
# ### Exercise 1: the learning rate
#
# Write `learning_rate`: it takes three whole numbers and the highest rate, and returns the rate at step `step` (the first is 0). Over the first `warmup` steps it rises in a straight line from 0, to be `highest` at step `warmup`; then it falls, in a straight line too, to be 0 at step `steps` (even where `warmup` equals `steps`). The check compares it with the one in transformers.

# %% tags=["exercise"]
def learning_rate(step, steps, warmup, highest):
    return ...


checks.linear_schedule(learning_rate, language=LANGUAGE)

# %% [markdown] lang="es"
# ¿Pensaste en el caso sin calentamiento (`warmup` igual a 0)? Compara con una solución:

# %% [markdown] lang="en"
# Did you think of the case without warm-up (`warmup` equal to 0)? Compare with a solution:

# %% tags=["solution"]
def learning_rate(step, steps, warmup, highest):
    if step < warmup:
        return highest * step / warmup
    return highest * max(0, steps - step) / max(1, steps - warmup)


checks.linear_schedule(learning_rate, language=LANGUAGE)

# %% [markdown] lang="es"
# ## La cuenta del relleno
#
# Es la cuenta de la lección 6, ahora con las ventanas de `every`: ¿cuánto relleno (*padding*) se paga con cada una de las tres costumbres? Rellenar todo hasta `max_length`; lotes al azar, cada uno relleno hasta su ventana más larga; y agrupar por longitud, como hace el `Trainer`: barajar, partir en bloques de varios lotes y ordenar dentro de cada bloque.
#
# **Piensa:** de cada 100 tokens que pasan por el modelo en la primera, ¿cuántos crees que son relleno?

# %% [markdown] lang="en"
# ## The padding bill
#
# This is the bill of lesson 6, now for the windows of `every`: how much padding does each of the three habits cost? Pad all to `max_length`; random batches, each padded to its longest window; and grouping by length, as the `Trainer` does it: shuffle, cut into blocks of several batches, sort within each block.
#
# **Think:** of every 100 tokens that go through the model under the first, how many do you think are padding?

# %%
from transformers.trainer_pt_utils import get_length_grouped_indices

lengths = [len(row) for row in every["input_ids"]]
size = config.batch_size
shuffled = torch.randperm(len(lengths), generator=torch.Generator().manual_seed(config.seed)).tolist()
grouped = get_length_grouped_indices(lengths, size, generator=torch.Generator().manual_seed(config.seed))


def padded_tokens(order):
    batches = [[lengths[i] for i in order[first : first + size]] for first in range(0, len(order), size)]
    return sum(len(batch) * max(batch) for batch in batches)


real = sum(lengths)
paid = {"max_length": len(lengths) * config.max_length}
paid |= {"random": padded_tokens(shuffled), "grouped": padded_tokens(grouped)}
padding = {name: 100 * (total - real) / total for name, total in paid.items()}

# %% [markdown] lang="es"
# En la figura, cada barra es una época entera: en oscuro, los tokens de verdad, los mismos en las tres; rayado, el relleno, con su porcentaje del total.

# %% [markdown] lang="en"
# In the figure each bar is a whole epoch: dark, the real tokens, the same in all three; hatched, the padding, with its share of the total.

# %%
plots.padding_bill(real, paid, config.max_length, language=LANGUAGE)

# %% [markdown] lang="es"
# El tiempo de un paso crece más o menos con sus tokens, y la atención, con el cuadrado de la longitud: lo rayado es tiempo tirado. La mayor parte se ahorra rellenando por lotes; agrupar se lleva casi todo el resto, y como se baraja primero, los lotes cambian en cada época.
#
# ### Ejercicio 2: menos relleno todavía
#
# Guarda en `answer` un orden de las ventanas: una lista con los índices de `lengths`, cada uno una vez, que al partirla en lotes de `size` lleve menos relleno que `grouped`. Y responde para ti: ¿por qué no entrenamos así?

# %% [markdown] lang="en"
# The time of a step grows roughly with its tokens, and attention with the square of the length: what is hatched is time thrown away. Padding batch by batch saves most of it; grouping takes nearly all the rest, and as it shuffles first, the batches change in every epoch.
#
# ### Exercise 2: less padding still
#
# Put into `answer` an order of the windows: a list of the indices of `lengths`, each once, which, cut into batches of `size`, holds less padding than `grouped`. And answer for yourself: why do we not train like that?

# %% tags=["exercise"]
answer = ...
checks.less_padding(answer, lengths=lengths, size=size, beaten=grouped, language=LANGUAGE)

# %% [markdown] lang="es"
# Si no bastaba, la comprobación te ha dicho a cuánto has llegado. Compara con una solución:

# %% [markdown] lang="en"
# If it was not enough, the check told you how far you got. Compare with a solution:

# %% tags=["solution"]
answer = sorted(range(len(lengths)), key=lengths.__getitem__)
checks.less_padding(answer, lengths=lengths, size=size, beaten=grouped, language=LANGUAGE)

# %% [markdown] lang="es"
# Ordenar del todo gasta lo mínimo, pero cada época repetiría los mismos lotes, de cortas a largas, y el modelo aprendería de una longitud cada vez. Agrupar se queda cerca y conserva el azar de los lotes.
#
# ## Qué se entrena
#
# ¿Hace falta mover todos los pesos? Primero, mira dónde están. **Piensa:** ¿qué parte del modelo tiene más parámetros: la tabla de *embeddings*, las capas o la cabeza?

# %% [markdown] lang="en"
# Sorting everything spends the least, but each epoch would repeat the same batches, from short to long, and the model would learn one length at a time. Grouping comes close and keeps the batches random.
#
# ## What trains
#
# Do all weights have to move? First see where they are. **Think:** which part of the model has the most parameters: the table of embeddings, the layers or the head?

# %%
def count(module):
    return sum(parameter.numel() for parameter in module.parameters())


body = untrained.base_model
parts = {"embeddings": body.embeddings, "layers": body.encoder, "head": untrained.qa_outputs}
total = count(untrained)
rows = [
    {"part": part, "parameters": count(module), "percent": 100 * count(module) / total}
    for part, module in parts.items()
]
report.table(rows, language=LANGUAGE)

# %% [markdown] lang="es"
# Cada lote toca unas pocas filas de la tabla de *embeddings*, y con pocas preguntas hay poco que mejorar en ella. El modelo del curso la **congela**: sus números no cambian. Las capas se entrenan todas. Congelar también las de abajo, las más generales, es un trato conocido: cada paso cuesta menos y en los mismos minutos caben más, pero se pierde capacidad. Aquí, en los mismos minutos, daba menos F1 en validación, que es donde se decide; en prueba, en cambio, un punto más, así que la ventaja no es segura. Para repetirlo, la receta es `dataclasses.replace(config, frozen_layers=6, epochs=1.5, learning_rate=3e-4)`.
#
# Un parámetro en `float32` ocupa 4 bytes; si se entrena, otros 4 para el gradiente y 8 para los dos promedios de AdamW. La tabla da los megabytes de tres planes (sin las activaciones, que dependen del lote): todo libre, el del curso y, con la mitad de las capas congeladas, el del trato.

# %% [markdown] lang="en"
# Each batch touches a few rows of the table of embeddings, and with few questions there is little to improve in it. The course model **freezes** it: its numbers do not change. All of the layers train. To freeze the lower ones too, the most general, is a well-known bargain: each step costs less, so that more of them fit into the same minutes, but capacity is lost. Here, in the same minutes, it gave less F1 on validation, which is where one decides; on test, though, a point more, so the advantage is not certain. To repeat it, the recipe is `dataclasses.replace(config, frozen_layers=6, epochs=1.5, learning_rate=3e-4)`.
#
# A parameter in `float32` takes 4 bytes; one that trains, 4 more for the gradient and 8 for the two averages of AdamW. The table gives the megabytes of three plans (without the activations, which depend on the batch): all free, the course's and, with half of the layers frozen, that of the bargain.

# %%
depth = len(body.encoder.layer)
rows = []
for embeddings, frozen in ((False, 0), (True, 0), (True, depth // 2)):
    untrained.requires_grad_(True)
    trainable = training.freeze(untrained, layers=frozen, embeddings=embeddings)
    row = {"frozen embeddings": embeddings, "frozen layers": frozen, "trainable": trainable}
    rows.append(row | {"percent": 100 * trainable / total, "megabytes": (4 * total + 12 * trainable) / 1e6})
untrained.requires_grad_(True)
report.table(rows, language=LANGUAGE)

# %% [markdown] lang="es"
# ### Ejercicio 3: solo lo de arriba
#
# Si congelas los *embeddings* y todas las capas menos la última, ¿cuántos parámetros se entrenan? Guarda el número en `answer`. Puedes contarlos con `count` o preguntar a `training.freeze`, como arriba.

# %% [markdown] lang="en"
# ### Exercise 3: only the top
#
# If you freeze the embeddings and every layer but the last, how many parameters train? Put the number into `answer`. You can count them with `count` or ask `training.freeze`, as above.

# %% tags=["exercise"]
answer = ...
checks.trainable_parameters(answer, model=untrained, layers=depth - 1, language=LANGUAGE)

# %% [markdown] lang="es"
# ¿Has contado todo lo que queda libre? Compara:

# %% [markdown] lang="en"
# Did you count all that is left free? Compare:

# %% tags=["solution"]
answer = count(body.encoder.layer[-1]) + count(untrained.qa_outputs)
checks.trainable_parameters(answer, model=untrained, layers=depth - 1, language=LANGUAGE)

# %% [markdown] lang="es"
# Faltan dos decisiones que no son argumentos del `Trainer`. El *dropout* apaga números al azar contra el sobreajuste, y sortearlos en una CPU es caro: el curso lo quita. La atención puede calcularse fundida (`sdpa`), mejor en GPU, o paso a paso (`eager`), a menudo más rápida en CPU con bf16. Midamos un paso, ida y vuelta, con dos ventanas: cada fila cambia una cosa de la anterior. Si la máquina está ocupada, repite la medida antes de creerla.

# %% [markdown] lang="en"
# Two decisions are left that are not arguments of the `Trainer`. Dropout turns numbers off at random against overfitting, and drawing them on a CPU is expensive: the course takes it out. Attention can be computed fused (`sdpa`), better on a GPU, or step by step (`eager`), often faster on a CPU with bf16. Let us time a step, forward and backward, on two windows: each row changes one thing from the one before. If the machine is busy, repeat the measurement before you believe it.

# %% tags=["nbval-ignore-output"]
import time

batch = windows.collate([every[0], every[1]], tokenizer)
training.freeze(untrained)


def step_seconds(precision, dropout, attention):
    untrained.set_attn_implementation(attention)
    for module in untrained.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = dropout
    began = time.perf_counter()
    with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
        loss = untrained.train()(**batch).loss
    loss.backward()
    return time.perf_counter() - began


own = "bf16" if config.precision == "bf16" else "float32"
plans = [("float32", 0.1, "sdpa"), (own, 0.1, "sdpa"), (own, 0.0, "sdpa"), (own, 0.0, "eager")]
rows = [(*plan, min(step_seconds(*plan) for _ in range(2))) for plan in dict.fromkeys(plans)]
columns = ("precision", "dropout", "attention", "seconds")
report.table([dict(zip(columns, row, strict=True)) for row in rows], language=LANGUAGE)
untrained.zero_grad()

# %% [markdown] lang="es"
# ## Entrenar
#
# **Antes de ejecutar la celda siguiente:** la primera vez, en un portátil, el entrenamiento dura una media hora, más o menos según la máquina; en una GPU, mucho menos. Verás una barra de progreso, que se detiene un poco en cada evaluación. Después `training.fit` lo toma de la caché en un instante, porque una configuración igual sobre los mismos datos es la misma ejecución.

# %% [markdown] lang="en"
# ## Train
#
# **Before you run the next cell:** the first time, on a laptop, training takes half an hour, more or less depending on the machine; on a GPU, much less. You will see a progress bar, which halts for a while at each evaluation. From then on `training.fit` takes it from the cache in an instant, because an equal configuration on the same data is the same run.

# %% tags=["nbval-ignore-output"]
run = training.fit(config)
facts = {"windows": run.windows, "parameters": run.parameters, "trainable": run.trainable_parameters}
facts |= {"minutes": run.seconds / 60, "windows per second": run.examples_per_second}
report.table([facts], language=LANGUAGE)

# %% [markdown] lang="es"
# ## La curva de aprendizaje
#
# `run.history` es lo que el `Trainer` fue apuntando: la pérdida de entrenamiento y, a cada cuarto del camino, EM y F1 en el conjunto de validación. Evaluar aquí significa responder: ventanas, logits, tramos y umbral, como en la lección 5. La pérdida media de validación no diría si las respuestas son buenas.
#
# **Piensa** antes de mirar: ¿puede seguir bajando la pérdida mientras F1 deja de subir? ¿Qué lengua irá por delante?

# %% [markdown] lang="en"
# ## The learning curve
#
# `run.history` is what the `Trainer` noted on the way: the training loss and, at each quarter of the way, EM and F1 on the validation set. To evaluate here means to answer: windows, logits, spans and threshold, as in lesson 5. The mean validation loss would not tell whether the answers are good.
#
# **Think** before you look: can the loss go on falling while F1 no longer rises? Which language will be ahead?

# %% tags=["nbval-ignore-output"]
plots.learning_curves(run.history, language=LANGUAGE)

# %% [markdown] lang="es"
# A la izquierda, la pérdida; a la derecha, F1 por lengua. Si la pérdida cae y F1 se estanca o baja, el modelo memoriza: es el sobreajuste. No es el caso: en una sola época no hay ventana que se repita. F1 sube hasta el final, así que ¿faltaban épocas? Lo probamos: con época y media (`dataclasses.replace(config, epochs=1.5)`) tardó casi la mitad más y en validación no ganó nada. La subida engaña en parte, porque la tasa va bajando hacia cero: con pasos grandes el modelo se pasa de largo una y otra vez, y al acortarlos se asienta. Quien para a medio camino no tiene el modelo que daría un plan más corto. ¿Y las lenguas? Con un conjunto de validación tan pequeño, dos o tres puntos pueden ser azar, y al final no las separa más que eso.
#
# ### Ejercicio 4: la mejor evaluación
#
# ¿En qué evaluación fue más alta la media del F1 de validación de las dos lenguas? Guarda en `answer` su `epoch`, con decimales si los tiene. `run.history` es una lista de diccionarios; los de evaluación llevan `epoch`, `eval_f1_en` y `eval_f1_es`.

# %% [markdown] lang="en"
# On the left, the loss; on the right, F1 by language. If the loss falls while F1 stalls or drops, the model is memorising: that is overfitting. Not here: in a single epoch no window comes twice. F1 rises to the very end, so did it need more epochs? We tried: an epoch and a half (`dataclasses.replace(config, epochs=1.5)`) took nearly half as long again, and gained nothing on the validation set. The rise misleads in part, because the learning rate is falling to zero: while its steps are large the model keeps overshooting, and as they shorten it settles. Stopping half-way does not give the model that a shorter plan would have given. And the languages? On so small a validation set two or three points may be chance, and no more than that lies between them at the end.
#
# ### Exercise 4: the best evaluation
#
# In which evaluation was the mean validation F1 of the two languages highest? Put its `epoch` into `answer`, with its decimals, if any. `run.history` is a list of dictionaries; those of an evaluation hold `epoch`, `eval_f1_en` and `eval_f1_es`.

# %% tags=["exercise"]
answer = ...
checks.best_epoch(answer, history=run.history, language=LANGUAGE)

# %% [markdown] lang="es"
# Si no fuera la última, con `load_best_model_at_end=True` se conservaría el modelo de esa evaluación. El curso se queda con el último: elegir con tan pocas preguntas premia a la suerte. Compara:

# %% [markdown] lang="en"
# If it were not the last one, `load_best_model_at_end=True` would keep the model of that evaluation. The course keeps the last one: choosing on so few questions rewards luck. Compare:

# %% tags=["solution"]
evaluated = [entry for entry in run.history if "eval_f1_en" in entry]
answer = max(evaluated, key=lambda entry: entry["eval_f1_en"] + entry["eval_f1_es"])["epoch"]
checks.best_epoch(answer, history=run.history, language=LANGUAGE)

# %% [markdown] lang="es"
# ## Parar y retomar
#
# Las sesiones se cortan: Colab te desconecta, alguien cierra la tapa. Provoquemos un corte con un entrenamiento de juguete (el codificador diminuto, unas decenas de preguntas, su propia caché). Un *callback* recibe un aviso en cada momento del entrenamiento; este apunta la pérdida y, dados unos pasos, pulsa Ctrl+C por nosotros.

# %% [markdown] lang="en"
# ## Stop and resume
#
# Sessions break off: Colab disconnects you, someone closes the lid. Let us bring it about with a toy training run (the tiny encoder, a few dozen questions, a cache of its own). A callback is told of each moment of the training; this one notes the loss and, after some steps, presses Ctrl+C for us.

# %%
import io
import os
from contextlib import redirect_stderr, redirect_stdout
from unittest.mock import patch

toy = {"encoder": str(encoder.tiny()), "limit": 48, "epochs": 2, "batch_size": 8, "learning_rate": 3e-3}
toy = training.Config(**toy, precision="float32", threads=1)


def fit_in(cache, *callbacks):
    silence = io.StringIO()
    with patch.dict(os.environ, QA_COURSE_CACHE=str(workshop / cache)):
        with redirect_stdout(silence), redirect_stderr(silence):
            return training.fit(toy, callbacks)

# %%
class Stop(transformers.TrainerCallback):
    def __init__(self, step):
        self.step, self.losses = step, {}

    def on_log(self, args, state, control, logs, **kwargs):
        if "loss" in logs:
            self.losses[state.global_step] = logs["loss"]

    def on_step_begin(self, args, state, control, **kwargs):
        if state.global_step == self.step:
            raise KeyboardInterrupt(f"step {self.step}")


stop = Stop(20)
try:
    fit_in("broken", stop)
except KeyboardInterrupt as interruption:
    print(f"KeyboardInterrupt: {interruption}")

# %% [markdown] lang="es"
# Eran 24 pasos, 12 por época; el corte llegó tras el 20. La primera lista son los pasos guardados que quedan: ¿desde cuál se podrá seguir? Mira qué hay en el último punto de control: los pesos (`model.safetensors`), pero también los promedios de AdamW (`optimizer.pt`), el punto en que iba la tasa (`scheduler.pt`), el estado del generador de azar (`rng_state.pth`) y la cuenta de pasos (`trainer_state.json`). `finished.json` es del curso: se escribe al final, y sin él el punto de control quedó a medias y se descarta. Guarda además el estado del azar *al empezar la época*, del que sale el orden de los lotes: el `Trainer` no lo conserva, y quien retoma a media época recibiría en otro orden los que faltan.

# %% [markdown] lang="en"
# There were to be 24 steps, 12 an epoch; the break came after step 20. The first list gives the saved steps that are left: from which one can it go on? See what the last checkpoint holds: the weights (`model.safetensors`), but also the averages of AdamW (`optimizer.pt`), where the learning rate stood (`scheduler.pt`), the state of the random generator (`rng_state.pth`) and the count of steps (`trainer_state.json`). `finished.json` is the course's own: it is written last, and a checkpoint without it is incomplete and is discarded. It also keeps the random state *at the beginning of the epoch*, from which the order of the batches is drawn: the `Trainer` does not keep it, and a run resumed inside an epoch would get the remaining ones in another order.

# %%
saved = {int(path.name.split("-")[1]): path for path in (workshop / "broken").glob("runs/*/checkpoint-*")}
last = max(saved)
print(sorted(saved))
print(sorted(path.name for path in saved[last].iterdir()))

# %% [markdown] lang="es"
# Ahora lo pedimos otra vez, igual, y al lado entrenamos otro sin cortes. **Piensa:** ¿qué pasos se darán dos veces? ¿Acabarán con la misma pérdida?

# %% [markdown] lang="en"
# Now we ask for it again, unchanged, and beside it train another one without a break. **Think:** which steps will be taken twice? Will both end with the same loss?

# %%
resumed, whole = fit_in("broken"), fit_in("whole")


def losses(history):
    return {entry["step"]: entry["loss"] for entry in history if "loss" in entry}


after, through = losses(resumed.history), losses(whole.history)
plots.resumed_run(through, stop.losses, after, last, language=LANGUAGE)

# %%
gap = max(abs(after[step] - loss) for step, loss in through.items())
ends = {"resumed": after[max(after)], "whole": through[max(through)]}
report.table([{"run": name, "last loss": f"{loss:.6f}"} for name, loss in ends.items()], language=LANGUAGE)

# %% [markdown] lang="es"
# La línea ancha es el entrenamiento sin cortes; los puntos, el que se cortó; los cuadrados, su continuación. Se repiten los dos pasos que no se habían guardado y todo cae sobre la misma línea: retomar bien no cambia el resultado. Si tu sesión se corta, basta con ejecutar otra vez la misma celda.

# %% [markdown] lang="en"
# The wide line is the run without a break; the dots, the one that broke off; the squares, its continuation. The two steps that had not been saved are repeated, and all fall on the same line: resuming well does not change the result. If your session breaks off, just run the same cell again.

# %% [markdown] lang="es"
# ## El cuaderno de bitácora: MLflow
#
# A la tercera prueba ya nadie recuerda con qué tasa salió cada cifra. MLflow lo apunta: parámetros (lo que elegiste) y métricas por paso (lo que salió). Con `report_to="mlflow"` el `Trainer` escribe mientras entrena; aquí volcamos `run.history`, así que vale también para un modelo de la caché. El almacén es un archivo SQLite, sin servidor.

# %% [markdown] lang="en"
# ## The logbook: MLflow
#
# By the third attempt nobody remembers which learning rate gave which figure. MLflow writes it down: parameters (what you chose) and metrics by step (what came out). With `report_to="mlflow"` the `Trainer` writes while it trains; here we pour `run.history` into it, so it works for a model from the cache too. The store is an SQLite file, no server.

# %%
os.environ |= {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_LOGGING_LEVEL": "ERROR"}


def log_run(run, folder):
    import mlflow
    from mlflow.entities import Metric, Param

    client = mlflow.MlflowClient(f"sqlite:///{folder.as_posix()}/mlflow.db")
    logged = client.create_run(client.create_experiment("qa-course"), run_name=run.folder.name).info.run_id
    chosen = [Param(name, str(value)) for name, value in vars(run.config).items()]
    points = [(name, value, entry["step"]) for entry in run.history for name, value in entry.items()]
    client.log_batch(logged, [Metric(name, value, 0, step) for name, value, step in points], chosen)
    client.set_terminated(logged)
    return client, logged

# %% [markdown] lang="es"
# Y lo leemos de vuelta, como harías dentro de un mes: algunos parámetros y la historia de una métrica.

# %% [markdown] lang="en"
# And we read it back, as you would in a month: some parameters and the history of a metric.

# %% tags=["nbval-ignore-output"]
import importlib.util

logged_points = 0
if importlib.util.find_spec("mlflow"):
    client, logged = log_run(run, workshop)
    chosen = client.get_run(logged).data.params
    shown = ("encoder", "epochs", "learning_rate", "precision")
    report.table([{name: chosen[name] for name in shown}], language=LANGUAGE)
    curve = client.get_metric_history(logged, f"eval_f1_{LANGUAGE}")
    logged_points = len(curve)
    report.table([{"step": point.step, f"f1_{LANGUAGE}": point.value} for point in curve], language=LANGUAGE)
else:
    print({"es": "No hay MLflow: pip install mlflow", "en": "No MLflow here: pip install mlflow"}[LANGUAGE])

# %% [markdown] lang="es"
# ## El examen
#
# El conjunto de prueba no ha intervenido en el entrenamiento ni en la elección del umbral. Contamos con la regla de SQuAD v2, en la que callar es acertar si no hay respuesta, y con el umbral guardado junto al modelo. Al lado, dos referencias: callar siempre (`silent`) y el mismo modelo *antes* de entrenar, con la cabeza al azar (`untrained`, el punto de partida exacto; le bastan 48 preguntas por lengua). Las dos últimas columnas son F1 en las preguntas con respuesta y sin ella.
#
# **Piensa:** ¿qué nota saca quien calla siempre?

# %% [markdown] lang="en"
# ## The exam
#
# The test set has played no part in training or in choosing the threshold. We count under the SQuAD v2 rule, by which silence is right where there is no answer, with the threshold saved with the model. Beside it, two baselines: being always silent (`silent`), and the same model *before* training, with its head at random (`untrained`, the exact starting point; 48 questions a language are enough for it). The last two columns are F1 on the questions with an answer and on those without.
#
# **Think:** what mark does a model get that is always silent?

# %% tags=["nbval-ignore-output"]
tokenizer, model = encoder.load(run.folder)
model.to(device)
part = f"test[:{config.limit}]" if config.limit else "test"
exam = {language: corpus.load(config.data, part, language) for language in config.languages}
columns = ("exact_match", "f1", "answerable_f1", "unanswerable_f1")
scores = {}
for language, questions in exam.items():
    scores["silent", language] = scoring.score(dict.fromkeys(questions["id"], ""), questions, language)
    few = questions.select(range(min(48, len(questions))))
    scores["untrained", language] = training.evaluate(untrained.to(device), tokenizer, few, language)
    found = training.cached_answers(run.folder, questions, progress=language)
    threshold = run.metrics["null_threshold"]
    scores["trained", language] = training.score_answers(found, questions, language, null_threshold=threshold)
rows = [
    {"model": name, "asked in": language} | {key: score[key] for key in columns}
    for (name, language), score in scores.items()
]
report.table(rows, language=LANGUAGE)

# %% [markdown] lang="es"
# Un modelo que no supera a quien calla siempre no ha aprendido a responder, por bonita que sea su curva. Y un F1 alto en las preguntas sin respuesta no es mérito si el de las otras se hunde. El nuestro pasa el examen, pero mira su última columna: a algo más de la mitad de las preguntas sin respuesta les encuentra una.
#
# ## Preguntas tuyas
#
# `answering.QuestionAnswerer` reúne todos los pasos en una llamada, como hacía `pipeline("question-answering")`. Cambia los textos por los tuyos. La última pregunta de cada lengua no tiene respuesta en el pasaje: lo correcto es una celda vacía. La puntuación es una probabilidad: la del tramo o, en una celda vacía, la de que no haya respuesta. Gana la mayor, como en aquel *pipeline*: el umbral guardado no interviene. La última columna es lo que diría si se le prohibiera callar. ¿Calla el modelo solo donde debe?

# %% [markdown] lang="en"
# A model that does not beat constant silence has not learned to answer, however pretty its curve. And a high F1 on questions without an answer is no merit if that of the others sinks. Ours passes, but look at its last column: it finds an answer to a little over half of the questions that have none.
#
# ## Questions of your own
#
# `answering.QuestionAnswerer` puts all steps into one call, as `pipeline("question-answering")` did. Put in texts of your own. The last question in each language has no answer in the passage: an empty cell is right. The score is a probability: that of the span or, in an empty cell, that of there being no answer. The higher one wins, as in that pipeline: the saved threshold plays no part. The last column is what it would say if silence were forbidden. Is the model silent only where it should be?

# %%
tower = {
    "es": "La torre de Hércules, un faro de 55 metros de altura, se alza en A Coruña. La levantaron los "
    "romanos hace unos mil novecientos años y todavía está en servicio. La Unesco la declaró Patrimonio "
    "de la Humanidad en 2009.",
    "en": "The Tower of Hercules, a lighthouse 55 metres tall, stands in A Coruña. The Romans built it "
    "some nineteen hundred years ago, and it is still in use. Unesco declared it a World Heritage Site "
    "in 2009.",
}
asked = {
    "es": """¿Quiénes levantaron la torre de Hércules?
¿En qué ciudad se alza la torre de Hércules?
¿Cuánto mide el faro?
¿Cómo se llama el farero?""".splitlines(),
    "en": """Who built the Tower of Hercules?
In which city does the Tower of Hercules stand?
How tall is the lighthouse?
What is the name of the keeper?""".splitlines(),
}

# %% tags=["nbval-ignore-output"]
from qa_course.answering import QuestionAnswerer

qa = QuestionAnswerer(model, tokenizer)
rows = []
for language, questions in asked.items():
    options = {"question": questions, "context": tower[language]}
    results, forced = (qa(**options, handle_impossible_answer=silent) for silent in (True, False))
    for question, result, span in zip(questions, results, forced, strict=True):
        row = {"question": question, "answer": result["answer"], "score": result["score"]}
        rows.append(row | {"best span": span["answer"]})
report.table(rows, language=LANGUAGE)

# %% [markdown] lang="es"
# Donde la respuesta está vacía y el mejor tramo es el bueno, el modelo lo sabía y no se atrevió. Pregunta ahora por quiénes *construyeron la torre*, sin más, y mira si calla: cuanto menos se parece una pregunta a las palabras del pasaje, menos seguro está.
#
# ## Guardar y volver a cargar
#
# Un modelo guardado son tres cosas: los pesos, en *safetensors*, que no ejecuta nada al abrirse; la configuración, donde viaja también el umbral; y el tokenizador. Guardamos una copia, la cargamos y le hacemos la misma pregunta: sus logits tienen que ser idénticos, no solo parecidos.

# %% [markdown] lang="en"
# Where the answer is empty and the best span is the right one, the model knew and did not dare. Now ask who *made the tower*, no more, and see whether it is silent: the less a question is like the words of the passage, the less sure it is.
#
# ## Save and load back
#
# A saved model is three things: the weights, in safetensors, which runs nothing when opened; the configuration, in which the threshold travels too; and the tokenizer. We save a copy, load it and put the same question to it: its logits must be identical, not just alike.

# %% tags=["nbval-ignore-output"]
copy = workshop / "model"
model.save_pretrained(copy)
tokenizer.save_pretrained(copy)
_, again = encoder.load(copy)
one = {name: tensor.to(device) for name, tensor in windows.collate([every[0]], tokenizer).items()}
with torch.inference_mode():
    logits = [each.to(device).eval()(**one).start_logits for each in (model, again)]
identical = torch.equal(*logits)
rows = [{"file": path.name, "megabytes": path.stat().st_size / 1e6} for path in sorted(copy.iterdir())]
report.table(rows, language=LANGUAGE)
report.table([{"null_threshold": again.config.null_threshold, "identical": identical}], language=LANGUAGE)

# %% [markdown] lang="es"
# ## La tarjeta del modelo
#
# Un modelo sin papeles no se puede usar con confianza: ¿de dónde viene, con qué se entrenó, cómo se midió, para qué no sirve? Eso es la tarjeta, un `README.md` junto a los pesos. La escribimos con las cifras de la ejecución, no de memoria.

# %% [markdown] lang="en"
# ## The model card
#
# A model without papers cannot be used with confidence: where does it come from, what was it trained on, how was it measured, what is it no good for? That is the card, a `README.md` beside the weights. We write it from the figures of the run, not from memory.

# %%
CARD = {
    "es": """# Respuesta a preguntas en español e inglés

- **Origen:** codificador `{encoder}`, ajustado con {windows} ventanas de CuadernoQA
  (CC BY 4.0); épocas: {epochs:g}; {trainable:.0%} de sus parámetros entrenados; precisión {precision}.
- **Uso:** preguntas sobre un pasaje enciclopédico corto. Puede responder que no hay respuesta.
- **Medida** (conjunto de prueba, regla de SQuAD v2): {scores}.
- **Límites:** corpus pequeño; puede fallar con aplomo. No debe decidir nada sobre personas.""",
    "en": """# Question answering in English and Spanish

- **Origin:** encoder `{encoder}`, fine-tuned on {windows} windows of CuadernoQA
  (CC BY 4.0); epochs: {epochs:g}; {trainable:.0%} of its parameters trained; precision {precision}.
- **Use:** questions on a short encyclopedic passage. It may answer that there is no answer.
- **Measured** (test set, SQuAD v2 rule): {scores}.
- **Limits:** a small corpus; it may be wrong with confidence. It must decide nothing about people.""",
}

# %% tags=["nbval-ignore-output"]
from IPython.display import Markdown, display


def model_card(run, scores):
    facts = {"windows": run.windows, "trainable": run.trainable_parameters / run.parameters}
    facts["encoder"] = {"embedded": encoder.HUB_ID}.get(run.config.encoder, run.config.encoder)
    marks = [f"{name}: EM {score['exact_match']:.1f}, F1 {score['f1']:.1f}" for name, score in scores.items()]
    return CARD[LANGUAGE].format(**vars(run.config) | facts, scores="; ".join(marks))


card = model_card(run, {name: scores["trained", name] for name in config.languages})
header = "---\nlicense: mit\nlanguage: [en, es]\npipeline_tag: question-answering\n---\n\n"
(copy / "README.md").write_text(header + card, encoding="utf-8")
display(Markdown(card))

# %% [markdown] lang="es"
# ## Con una GPU
#
# ¿Qué cambiaría en otra máquina? La primera columna es la tuya; `T4`, la GPU gratuita de Colab; `A100`, una reciente.

# %% [markdown] lang="en"
# ## With a GPU
#
# What would change on another machine? The first column is yours; `T4`, the free GPU of Colab; `A100`, a recent one.

# %% tags=["nbval-ignore-output"]
def for_machine(cuda, bf16):
    chosen = {"bf16": bf16, "fp16": cuda and not bf16, "use_cpu": not cuda, "dataloader_pin_memory": cuda}
    return chosen | {"attn_implementation": "sdpa" if cuda else "eager"}


here = for_machine(device == "cuda", config.precision == "bf16")
machines = {"here": here, "T4": for_machine(True, False), "A100": for_machine(True, True)}
rows = [{"argument": name} | {machine: chosen[name] for machine, chosen in machines.items()} for name in here]
report.table(rows, language=LANGUAGE)

# %% [markdown] lang="es"
# Con GPU hay sitio para más: un modelo del Hub y decenas de miles de preguntas de SQuAD (10 000, si no dices otra cosa). Entonces se entrenan también los *embeddings*, con *dropout* y una tasa menor, que muchos pasos compensan. La tabla dice qué campos cambian; con el perfil `gpu` la celda lo entrena (`QUESTIONS = None` usa SQuAD entero).

# %% [markdown] lang="en"
# With a GPU there is room for more: a model from the Hub and tens of thousands of questions from SQuAD (10,000, unless you say otherwise). Then the embeddings train too, with dropout and a lower learning rate, which many steps make up for. The table says which fields change; under the `gpu` profile the cell trains it (`QUESTIONS = None` uses all of SQuAD).

# %% tags=["nbval-ignore-output"]
from dataclasses import replace

QUESTIONS = 10_000
large = {"encoder": "distilbert/distilbert-base-cased", "data": "rajpurkar/squad", "languages": ("en",)}
large |= {"limit": QUESTIONS, "epochs": 2, "learning_rate": 3e-5, "dropout": 0.1}
large |= {"freeze_embeddings": False}
squad = replace(training.Config(), **large)
rows = [{"field": name, "course": str(vars(config)[name]), "SQuAD": str(large[name])} for name in large]
report.table(rows, language=LANGUAGE)
if machine["profile"] == "gpu":
    big = training.fit(squad)
    report.table([{name: big.metrics[f"{name}_en"] for name in ("exact_match", "f1")}], language=LANGUAGE)
else:
    print({"es": "Necesita el Hub: perfil gpu.", "en": "This needs the Hub: profile gpu."}[LANGUAGE])

# %% [markdown] lang="es"
# Para situarte: cifras publicadas con SQuAD v1 entero (87 599 preguntas en inglés, todas con respuesta), sin congelar nada y en GPU. No las compares sin más con las del examen: nuestro modelo aprendió de una pequeña parte de esa cantidad, en dos lenguas y con preguntas sin respuesta.

# %% [markdown] lang="en"
# For context: published figures with the whole of SQuAD v1 (87,599 questions in English, all with an answer), with nothing frozen and on a GPU. Do not compare them directly with those of the exam: our model learned from a small fraction of that number, in two languages, with questions that have no answer.

# %%
published = [("BERT-base", 81.2, 88.5), ("DistilBERT", 77.7, 85.8)]
rows = [{"model": name, "exact_match": exact, "f1": f1} for name, exact, f1 in published]
report.table(rows, language=LANGUAGE)

# %% [markdown] lang="es"
# ## Resumen
#
# - **Precisión:** bf16 y fp16 ocupan la mitad; *autocast* los usa en las multiplicaciones y deja los pesos en `float32`. Solo conviene donde la máquina tiene circuitos para ello.
# - **Argumentos:** tres grupos (cómo, dónde, qué se escribe), con los nombres de transformers 5; has comprobado que son los que usó `fit`.
# - **Relleno:** rellenar hasta 384 tira buena parte del cálculo; rellenar por lotes recupera la mayor parte, y agrupar por longitud, casi todo.
# - **Parámetros:** los *embeddings* son la parte mayor, y congelarlos ahorra memoria y cálculo; congelar capas ahorra más, a costa de capacidad.
# - **Retomar:** pesos, optimizador, tasa y estado del azar vuelven juntos, y el resultado no cambia.
# - **Curva y MLflow:** la pérdida dice si aprende; F1 en validación, si responde. Lo apuntado se puede leer dentro de un mes.
# - **Examen, copia y tarjeta:** una cifra vale junto a su referencia, un modelo guardado se comprueba y no sale de casa sin papeles.
#
# **Siguiente paso:** en la lección 8 estropearás a propósito un ajuste como este, más pequeño, y aprenderás a reconocer cada avería; en la 12 lo compararás con otros dos, entrenados con una sola lengua.

# %% [markdown] lang="en"
# ## Summary
#
# - **Precision:** bf16 and fp16 take half the space; autocast uses them in multiplications and leaves weights in `float32`. It pays only where the hardware supports it.
# - **Arguments:** three groups (how, where, what is written), by their transformers 5 names; you checked that they are those that `fit` used.
# - **Padding:** padding to 384 throws away a good part of the computation; padding by batch wins most of it back, grouping by length nearly all.
# - **Parameters:** the embeddings are the largest part, and freezing them saves memory and computation; freezing layers saves more, at the cost of capacity.
# - **Resuming:** weights, optimizer, learning rate and random state come back together, and the result does not change.
# - **Curve and MLflow:** the loss says whether it learns, validation F1 whether it answers. What is written down can be read in a month.
# - **Exam, copy and card:** a figure counts beside its baseline, a saved model is checked, and it does not leave home without papers.
#
# **Where next:** in lesson 8 you will break a fine-tuning like this one, only smaller, on purpose, and learn to recognise each fault; in lesson 12 you will compare it with two more, trained on a single language.

# %% [markdown] lang="es"
# **Para leer más**
#
# - Micikevicius y otros (2018), *Mixed Precision Training*: <https://arxiv.org/abs/1710.03740>
# - Loshchilov y Hutter (2019), *Decoupled Weight Decay Regularization* (AdamW): <https://arxiv.org/abs/1711.05101>
# - Sanh y otros (2019), *DistilBERT, a distilled version of BERT*, tabla 2 (las cifras de los dos modelos): <https://arxiv.org/abs/1910.01108>
# - Mitchell y otros (2019), *Model Cards for Model Reporting*: <https://arxiv.org/abs/1810.03993>
# - Documentación del `Trainer`: <https://huggingface.co/docs/transformers/main_classes/trainer>

# %% [markdown] lang="en"
# **Further reading**
#
# - Micikevicius et al. (2018), *Mixed Precision Training*: <https://arxiv.org/abs/1710.03740>
# - Loshchilov and Hutter (2019), *Decoupled Weight Decay Regularization* (AdamW): <https://arxiv.org/abs/1711.05101>
# - Sanh et al. (2019), *DistilBERT, a distilled version of BERT*, table 2 (the figures of both models): <https://arxiv.org/abs/1910.01108>
# - Mitchell et al. (2019), *Model Cards for Model Reporting*: <https://arxiv.org/abs/1810.03993>
# - Documentation of the `Trainer`: <https://huggingface.co/docs/transformers/main_classes/trainer>

# %%
temporary.cleanup()
figures = {f"padding_{name}": share for name, share in padding.items()}
figures |= {"windows": run.windows, "parameters": run.parameters, "trainable": run.trainable_parameters}
figures |= {"different_arguments": len(different), "resumed_from": last, "resumed_gap": gap}
figures |= {"logged_points": logged_points, "reloaded_identical": identical}
for (name, language), score in scores.items():
    figures |= {f"{name}_f1_{language}": score["f1"], f"{name}_exact_match_{language}": score["exact_match"]}
report.record(OUTPUT, **figures, language=LANGUAGE)
