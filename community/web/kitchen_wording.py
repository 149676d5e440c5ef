"""What pages call the needs on a kitchen sheet, and why a link to one was not made."""

from community.web.later import Later, later

KITCHEN_SENTENCES: dict[str, Later] = {
    "too_many_kitchen_links": later(
        "There are %(most)s links to this sheet already. Please end one of them first."
    ),
    "kitchen_is_over": later("The event is over: there is nothing to cook for any more."),
}

NEEDS: dict[str, Later] = {
    "vegan": later("Vegan"),
    "pescatarian": later("Pescatarian: fish, no meat"),
    "vegetarian": later("Vegetarian"),
    "halal": later("Halal"),
    "kosher": later("Kosher"),
    "gluten": later("No gluten"),
    "wheat": later("No wheat"),
    "lactose": later("No lactose"),
    "dairy": later("No dairy"),
    "peanuts": later("No peanuts"),
    "nuts": later("No nuts"),
    "shellfish": later("No shellfish"),
    "molluscs": later("No molluscs"),
    "seafood": later("No seafood"),
    "fish": later("No fish"),
    "egg": later("No egg"),
    "soy": later("No soy"),
    "sesame": later("No sesame"),
    "celery": later("No celery"),
    "mustard": later("No mustard"),
    "lupin": later("No lupin"),
    "sulphites": later("No sulphites"),
    "pork": later("No pork"),
    "beef": later("No beef"),
    "meat": later("No meat"),
    "alcohol": later("No alcohol"),
    "anaphylaxis": later("Risk of anaphylaxis"),
    "coeliac": later("Coeliac disease: no trace of gluten"),
    "wheelchair": later("Wheelchair"),
    "step_free": later("Step-free access"),
    "hearing_loop": later("Hearing loop"),
    "sign_language": later("Sign language"),
    "large_print": later("Large print"),
    "assistance_dog": later("Assistance dog"),
}
