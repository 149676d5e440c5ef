"""What refusals about questions and answers say; :mod:`community.web.wording` shows them."""

from community.web.later import Later, later

QUESTION_SENTENCES: dict[str, Later] = {
    "answer_missing": later("Please answer this."),
    "answer_too_long": later("Please use %(most)s characters at most."),
    "not_yes_or_no": later("Please choose yes or no."),
    "not_a_number": later("Please give a number, such as 12 or 2.5."),
    "not_a_date": later("Please give a date, such as 2026-12-31."),
    "option_gone": later("This choice is not offered any more. Please choose again."),
    "one_option_only": later("Please choose one of these."),
    "question_gone": later(
        "The host does not ask one of these questions any more. Please look at what you answered, "
        "and send it again."
    ),
    "question_missing": later("Please write down the question."),
    "question_answered": later("Somebody has answered this. You can stop asking it."),
    "kind_is_fixed": later(
        "Somebody has answered this already. Stop asking it, and add another question."
    ),
    "too_many_questions": later("An event asks %(most)s questions at most."),
    "options_missing": later("Please give the choices, one on each line."),
    "too_many_options": later("Please give %(most)s choices at most."),
    "option_twice": later("Two of the choices are the same."),
    "option_too_long": later("Please use %(most)s characters at most for a choice."),
    "option_with_semicolon": later("Please leave the semicolon out: lists part choices by it."),
}
