"""Lists of people for tests, handed in and worked on as the page and the worker do."""

import io

from community.membership.import_files import MIB
from community.membership.import_models import Import
from community.membership.import_queries import get_import
from community.membership.importing import start_import, upload_list, work_on

ANN = "name,email\nAnn Lee,ann.lee@example.org\n"


def an_import(text: str | bytes = ANN, *, actor_id: int | None = None) -> Import:
    """A list that nobody has looked at yet."""
    data = text.encode() if isinstance(text, str) else text
    return upload_list(actor_id, io.BytesIO(data), name="people.csv", most=20 * MIB)


def checked(text: str | bytes = ANN, *, actor_id: int | None = None) -> Import:
    """A list with a verdict on every row."""
    one = an_import(text, actor_id=actor_id)
    work_on(one.id)
    return get_import(one.id)


def imported(
    text: str | bytes = ANN,
    *,
    actor_id: int | None = None,
    consented: bool = False,
    invite: bool = False,
) -> Import:
    """A list whose people were added."""
    one = checked(text, actor_id=actor_id)
    start_import(actor_id, one.id, consented=consented, invite=invite)
    work_on(one.id)
    return get_import(one.id)
