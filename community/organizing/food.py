"""Whether what somebody says about food in several places goes together. Pure, and in English.

A word that is not known here never makes a conflict; a false one costs the organizer a look.
"""

import re
from collections.abc import Iterable, Iterator

from community.core.text import fold

_WORD = re.compile(r"[^\W\d_]+")
_PART = re.compile(r"[,;.:!?()\n/&]|\band\b|\bbut\b")
_MEAT = frozenset(
    ("bacon", "beef", "chicken", "duck", "ham", "lamb", "meat", "pork", "steak", "turkey", "veal")
)
_FISH = frozenset(
    ("cod", "fish", "lobster", "prawn", "prawns", "salmon", "seafood", "shrimp", "trout", "tuna")
)
_DAIRY = frozenset(["butter", "cheese", "cream", "egg", "eggs", "milk", "yogurt"])
# What each of them does not eat.
_DIETS = {
    "vegan": _MEAT | _FISH | _DAIRY,
    "vegetarian": _MEAT | _FISH,
    "pescatarian": _MEAT,
}
# In front of a dish: it is not eaten, or is made of plants.
_NOT = frozenset(["no", "not", "without", "avoid", "non", "allergic", "allergy"])
_PLANTS = frozenset(["vegan", "vegetarian", "veggie", "plant", "oat", "soy", "almond", "coconut"])
_BEHIND = frozenset(["free", "allergy", "intolerance", "alternative", "substitute"])
_NOTHING = frozenset(["none", "nothing", "no", "everything", "anything"])
_ALLERGY = re.compile(r"allerg|anaphyla|epipen|intoleran|coeliac|celiac")


def mentions_allergy(texts: Iterable[str]) -> bool:
    """Whether one of these says that something must not be eaten for the body's sake."""
    return any(_ALLERGY.search(fold(text)) for text in texts)


def disagree(needs: Iterable[str], dishes: Iterable[str] = ()) -> bool:
    """Whether what one head says cannot all be meant.

    ``needs`` are what it says that it does not eat, ``dishes`` what it chose elsewhere. It cannot
    where a diet stands beside a dish that it rules out ("vegan", "steak") or beside another diet
    ("vegan", "vegetarian"), and where one need is denied by another ("no nuts", "none"). What is
    said not to be eaten is no dish: "no steak", "dairy-free", "oat milk".
    """
    said = [fold(text) for text in needs if text.strip()]
    diets = [set(_WORD.findall(text)) & _DIETS.keys() for text in said]
    eaten = {dish for text in [*said, *map(fold, dishes)] for dish in _eaten(text)}
    if any(eaten & _DIETS[diet] for each in diets for diet in each):
        return True
    named = [each for each in diets if each]
    if any(one.isdisjoint(other) for n, one in enumerate(named) for other in named[:n]):
        return True
    denies = [set(_WORD.findall(text)) <= _NOTHING for text in said]
    return any(denies) and not all(denies)


def _eaten(text: str) -> Iterator[str]:
    for part in _PART.split(text):
        words = _WORD.findall(part)
        for n, word in enumerate(words):
            before = set(words[max(0, n - 2) : n])
            if not before & (_NOT | _PLANTS) and _BEHIND.isdisjoint(words[n + 1 : n + 2]):
                yield word
