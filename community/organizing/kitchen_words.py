"""What people write of their food and of access, read as needs that a kitchen can count.

Pure, and careful in one direction: what is not wholly understood is kept in the person's own
words, and a word of an allergy marks whatever stands beside it.
"""

import re
from dataclasses import dataclass, field

from community.core.text import clean_line, fold

# By key, as alternatives of a pattern over folded text. What contains another one stands first:
# peanuts are no nuts, and shellfish are no fish.
DIETS = {
    "vegan": r"vegans?|vegano|vegana|plant[- ]based",
    "pescatarian": r"pesc[aeo]tarians?",
    "vegetarian": r"vegetari[ae]n(?:s|o|a|os|as|ne)?|vegetarisch|vegetarisk|veggies?",
    "halal": r"halal",
    "kosher": r"kosher",
}
FOODS = {
    "gluten": r"gluten|gf",
    "wheat": r"wheat",
    "lactose": r"lactose",
    "dairy": r"dairy|milk",
    "peanuts": r"pea[- ]?nuts?|ground[- ]?nuts?",
    "nuts": r"(?:tree[- ]?)?nuts?",
    "shellfish": r"shell[- ]?fish|crustaceans?",
    "molluscs": r"mollus[ck]s?",
    "seafood": r"sea[- ]?food",
    "fish": r"fish",
    "egg": r"eggs?",
    "soy": r"soya?(?:[- ]?beans?)?",
    "sesame": r"sesame(?: seeds?)?",
    "celery": r"celery|celeriac",
    "mustard": r"mustard",
    "lupin": r"lupins?",
    "sulphites": r"sul(?:ph|f)ites?",
    "pork": r"pork|pig meat",
    "beef": r"beef",
    "meat": r"(?:red )?meat",
    "alcohol": r"alcohol",
}
# Whoever writes these is in danger, whatever else they write.
MEDICAL = {
    "anaphylaxis": r"anaphyla\w*|epi[- ]?pens?|adrenalin\w*|epinephrin\w*",
    "coeliac": r"co?eliacs?(?:'s)?(?: disease)?",
}
ACCESS = {
    "wheelchair": r"wheel[- ]?chairs?(?: users?| accessible| access| spaces?| places?)?",
    "step_free": r"step[- ]free(?: access)?|no (?:steps|stairs)|level access",
    "hearing_loop": r"(?:hearing|induction) loops?",
    "sign_language": r"(?:(?:american|british) )?sign[- ]language(?: interpret\w*)?|bsl|asl",
    "large_print": r"large[- ]print",
    "assistance_dog": r"(?:assistance|guide|service) dogs?",
}
_TERMS = {**MEDICAL, **DIETS, **FOODS, **ACCESS}
_PATTERNS = {key: re.compile(rf"\b(?:{words})(?!\w)") for key, words in _TERMS.items()}
# In every gluten-free diet, and in several languages, as one word.
_PATTERNS["gluten"] = re.compile(r"\b(?:gluten(?:free|frei)?|gf)(?!\w)")
_PATTERNS["lactose"] = re.compile(r"\b(?:lactose(?:free)?|laktosefrei)(?!\w)")

_SENTENCE, _CHUNK = re.compile(r"[.;\n|!]+"), re.compile(r",+")
# Part of longer words in German and Swedish; misspelt often.
_ALLERGY = re.compile(r"al+erg\w*|al+rgi\w*|\ballegri\w*|アレルキー|アレルギー|过敏|過敏")
_DANGER = _PATTERNS["anaphylaxis"]
# "allergic to nuts, eggs": what follows is meant, too. "nut, sesame and egg allergies": all before.
_GOES_ON = re.compile(rf"(?:{_ALLERGY.pattern})\s*(?:to\b|against\b|include\b|[:=–-])")
_ALL_BEFORE = re.compile(r"\bal+ergies\s*$|\b(?:both|all)\b.*\bal+erg")
_STOPS = re.compile(r"^(?:no|not|non|without|also no|prefer\w*|dislike\w*)\b")
_NO_ALLERGY = re.compile(r"^(?:no|without)(?: known| food| other| any)*(?:\s+al+erg\w*)$")
_DENIED = re.compile(rf"\b(?:no|not|never|without)(?: \w+)? (?:{_ALLERGY.pattern})")
_EXCEPT = re.compile(r"^.*\b(?:everything|anything|all)\b.*?\b(?:but|except(?: for)?|apart from)\b")
_NEGATED = re.compile(
    r"\b(?:no|not|never|don'?t|does ?n'?t|can'?t|can ?not|won'?t|do not|does not)\b"
    r"(?: \w+)? (?:eats?|eating|likes?|wants?|have|loves?|drinks?)\b"
)
_POSITIVE = re.compile(
    r"\b(?:ok|okay|fine|loves?|likes?|prefer\w*|wants?|only|eats?|eating|yes|welcome|sometimes|but)\b"
)
_NOT_BEFORE = re.compile(r"\b(?:no|not|non|never|isn'?t|ex)\W+(?:an? |strictly )?$")
_AVOIDS = re.compile(r"\b(?:no|not|non|free|without|avoid\w*|intoleran\w*)\b|free\b|frei\b")
_FREE = re.compile(r"^\w+[- ]?(?:free|frei)\b")
_WORD, _SIGN = re.compile(r"[\w'&]+"), re.compile(r"[^\w\s!-~\u2010-\u2026]")
# Words that change nothing of what stands beside them.
_FILLER_TEXT = """
i i'm im am a an the is are has have he she they we my me please thanks thank you very severe
severely serious strong strongly life threatening deadly food foods diet dietary eater products
product meals meal dish dishes strict strictly any of all kind kinds no not non free frei without
don't dont do does doesn't eat eats cannot can can't never avoid avoids avoiding allergy allergic
allergies allergie allergen allergens to against intolerant intolerance intolerances sensitive
sensitivity and & or + but with carry carries carrying user needed need needs required requirement
option options only for due because contains containing everything trace traces use uses using
"""
_FILLERS = frozenset(_FILLER_TEXT.split())
_NOTHING_TEXT = """
none|no|nil|nope|na|n a|nothing|nothing special|nothing in particular|everything|all|all good|
all fine|i eat everything|eats everything|eat everything|anything|i eat anything|omnivore|normal|
no restrictions|no restriction|no dietary restrictions|no dietary requirements|no dietary needs|
no requirements|no special requirements|no special diet|no preference|no preferences|no needs|
not applicable|none known|no thanks|no thank you|none thanks|none thank you
"""
_NOTHING = frozenset(_NOTHING_TEXT.replace("\n", "").split("|"))


@dataclass(frozen=True)
class Reading:
    """What was understood, and what was not.

    ``terms`` are keys, each with whether it is an allergy; ``own`` are words as they were written,
    likewise. ``nothing`` says that somebody wrote that there is nothing to know.
    """

    terms: dict[str, bool] = field(default_factory=dict)
    own: dict[str, bool] = field(default_factory=dict)
    nothing: bool = False

    def __or__(self, other: "Reading") -> "Reading":
        """Both together; what is an allergy in one of them is one."""
        terms = {
            key: self.terms.get(key, False) or other.terms.get(key, False)
            for key in {**self.terms, **other.terms}
        }
        known = {fold(words): words for words in [*other.own, *self.own]}
        flagged = {fold(words) for one in (self, other) for words in one.own if one.own[words]}
        own = {words: folded in flagged for folded, words in known.items()}
        return Reading(terms, own, self.nothing or other.nothing)


def read(text: str, *, chosen: bool = False, alarmed: bool = False) -> Reading:
    """The needs in some words of a person.

    ``chosen`` says that they are an option's: "Fish" among choices may be what somebody wants,
    and in a field for what they do not eat it is not. ``alarmed`` says that they speak of an
    allergy elsewhere, as :func:`alarms` finds out: then each food is one.
    """
    if _is_nothing(_folded(text)):
        return Reading(nothing=True)
    sentences = [_chunks(sentence) for sentence in _SENTENCE.split(text)]
    # "Nuts. Severe allergy!" is about nuts.
    bare = {chunk for chunks in sentences for chunk, words in chunks if _is_bare_allergy(words)}
    danger, found = alarmed or bool(bare or _DANGER.search(_folded(text))), Reading()
    for chunks in sentences:
        found |= _read_sentence(chunks, danger=danger, chosen=chosen)
    if any(found.terms.values()):
        own = {words: flagged for words, flagged in found.own.items() if words not in bare}
        return Reading(found.terms, own, found.nothing)
    return found


def alarms(text: str) -> bool:
    """Whether somebody writes of an allergy without saying in the same breath what it is to."""
    chunks = [words for sentence in _SENTENCE.split(text) for _chunk, words in _chunks(sentence)]
    return any(_is_bare_allergy(words) or _DANGER.search(words) for words in chunks)


def _chunks(sentence: str) -> list[tuple[str, str]]:
    """What stands between commas, as it was written and folded."""
    chunks = [clean_line(chunk).strip(" ()-–") for chunk in _CHUNK.split(sentence)]
    return [(chunk, _folded(chunk)) for chunk in chunks]


def _read_sentence(chunks: list[tuple[str, str]], *, danger: bool, chosen: bool) -> Reading:
    goes_on, found = False, Reading()
    before = any(_ALL_BEFORE.search(words) for _chunk, words in chunks)
    for chunk, words in chunks:
        if _STOPS.search(words):
            goes_on = False
        says_so = _says_allergy(words)
        flagged = says_so or goes_on or danger or (before and not _STOPS.search(words))
        read_chunk = _read_chunk(chunk, words, flagged=flagged, chosen=chosen)
        if says_so and not any(read_chunk.terms.values()):
            read_chunk |= Reading(own={chunk: True})  # whatever it is to, it must be read
        found |= read_chunk
        goes_on = goes_on or bool(_GOES_ON.search(words))
    return found


def _read_chunk(chunk: str, words: str, *, flagged: bool, chosen: bool) -> Reading:
    if not words or _is_nothing(words):
        return Reading(nothing=bool(words))
    rest = _EXCEPT.sub("no", words)
    doubtful = bool(_DENIED.search(rest) or _POSITIVE.search(_NEGATED.sub("no", rest)))
    doubtful = doubtful or (chosen and not flagged and not _AVOIDS.search(rest))
    terms, unsure = {}, False
    for key, pattern in _PATTERNS.items():
        match = pattern.search(rest)
        if match is None:
            continue
        if _is_sure(key, rest, match, doubtful=doubtful):
            terms[key] = key in MEDICAL or (flagged and key in FOODS)
        else:
            unsure = True
        rest = pattern.sub(" ", rest)
    left = _SIGN.search(rest) or not all(map(_is_filler, _WORD.findall(rest)))
    whole = not unsure and not left and (terms or not flagged)
    return Reading(terms) if whole else Reading(terms, {chunk: flagged})


def _is_sure(key: str, words: str, found: re.Match[str], *, doubtful: bool) -> bool:
    """Whether the word means that somebody has that need."""
    before, after = words[: found.start()], words[found.end() :]
    if key not in FOODS:
        return key in ACCESS or not _NOT_BEFORE.search(before)
    if not doubtful:
        return True
    is_said = bool(_FREE.search(found[0] + after) or _NOT_BEFORE.search(before))
    return is_said and not _DENIED.search(words)


def _is_filler(word: str) -> bool:
    return word in _FILLERS or bool(_ALLERGY.match(word))


def _says_allergy(words: str) -> bool:
    return bool(_ALLERGY.search(words)) and not _NO_ALLERGY.match(words)


def _is_bare_allergy(words: str) -> bool:
    return _says_allergy(words) and all(map(_is_filler, _WORD.findall(words)))


def _is_nothing(words: str) -> bool:
    if _SIGN.search(words):
        return False
    plain = " ".join(_WORD.findall(words))
    return not plain or plain in _NOTHING or bool(_NO_ALLERGY.match(plain))


def _folded(text: str) -> str:
    return fold(text.replace("\u2019", "'").replace("`", "'"))
