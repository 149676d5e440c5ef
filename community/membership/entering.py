"""Coming in by a mailed link: joining and being signed in are saved together.

A link works once. Were they saved one after the other, whoever is told in between that the
database is away would press again, and read that the link is dead.
"""

from collections.abc import Sequence

from community.core.db import transactional
from community.membership.joining import confirm_joining, join_by_invitation
from community.membership.models import Person
from community.membership.sessions import open_session


@transactional
def enter_by_joining(token: str, *, browser: str, known: str) -> tuple[Person, str]:
    """Confirm joining and sign the browser in; the person, and the token for its cookie."""
    person = confirm_joining(token)
    return person, open_session(person, proof="join", browser=browser, known=known)


@transactional
def enter_by_invitation(
    token: str,
    *,
    name: str,
    organization: str = "",
    job_title: str = "",
    topics: Sequence[str] = (),
    consent: int | None = None,
    browser: str,
    known: str,
) -> str:
    """Join by an invitation and sign the browser in; the token for its cookie."""
    person = join_by_invitation(
        token,
        name=name,
        organization=organization,
        job_title=job_title,
        topics=topics,
        consent=consent,
    )
    return open_session(person, proof="invitation", browser=browser, known=known)
