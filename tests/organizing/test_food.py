"""Which words about food cannot all be meant by one head."""

import pytest

from community.organizing.food import disagree, mentions_allergy


@pytest.mark.parametrize(
    ("needs", "dishes"),
    [
        (["vegan"], ["Steak"]),
        (["Vegan, please", ""], ["Grilled salmon"]),
        (["vegan; steak"], []),
        (["vegetarian"], ["Beef or lamb"]),
        (["pescatarian"], ["Chicken"]),
        (["vegan", "Vegetarian"], []),
        (["VEGAN"], ["Goat cheese tart"]),
        (["no nuts", "None"], []),
        (["", "vegan", "nothing"], []),
        (["no nuts, steak", "vegan"], []),
    ],
)
def test_what_cannot_all_be_meant(needs: list[str], dishes: list[str]) -> None:
    assert disagree(needs, dishes)
    assert disagree(needs[::-1], dishes[::-1])


@pytest.mark.parametrize(
    ("needs", "dishes"),
    [
        ([], []),
        (["", " "], ["Steak"]),
        (["vegan"], []),
        (["vegan", "Vegan"], ["Tofu"]),
        (["vegan or vegetarian", "Vegetarian"], []),
        (["no nuts", "Vegan"], ["Tofu"]),
        (["pescatarian"], ["Salmon"]),
        (["vegetarian"], ["Cheese tart"]),
        (["no steak", "vegan"], []),
        (["vegan, no fish and no meat"], []),
        (["dairy-free, vegan", "egg free"], []),
        (["vegan"], ["Vegan sausage", "Oat milk"]),
        (["vegan"], ["Boat trip"]),
        (["none", "nothing"], ["Steak"]),
        (["végétarien"], ["Steak"]),  # not a word that is known here
    ],
)
def test_what_goes_together(needs: list[str], dishes: list[str]) -> None:
    assert not disagree(needs, dishes)


@pytest.mark.parametrize(
    ("text", "flagged"),
    [
        ("Severe nut ALLERGY", True),
        ("allergic to shellfish", True),
        ("lactose intolerant", True),
        ("cœliac", False),
        ("coeliac", True),
        ("Anaphylaxis: bees", True),
        ("no nuts", False),
        ("", False),
    ],
)
def test_an_allergy_is_noticed(text: str, flagged: bool) -> None:
    assert mentions_allergy(["vegan", text]) is flagged
