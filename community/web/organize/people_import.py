"""Adding people from a file: hand it in, see what each row would do, start, watch it being done."""

from typing import Any
from urllib.parse import urlencode

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from community.core.errors import NotFound, Refused
from community.core.text import gettext
from community.membership import importing
from community.membership.import_files import MIB
from community.membership.import_models import Import, Verdict
from community.membership.import_queries import get_import, latest_imports, list_rows
from community.organizing.wrong_rows import wrong_rows_csv
from community.web.access import admins, own_zone, signed_in_person
from community.web.forms import ButtonForm, ask_again
from community.web.forms.people_import import StartForm, UploadForm
from community.web.streaming import Streamed
from community.web.uploads import takes_file

MOST_BYTES = 20 * MIB
_FORM_BYTES = 64 * 1024  # what surrounds the file in the request


@admins
def people_import() -> ResponseReturnValue:
    """The form for a file, and the recent lists."""
    return render_template("organize/people_import.html", form=UploadForm(), **_lists())


@admins
@takes_file(MOST_BYTES + _FORM_BYTES)
def upload() -> ResponseReturnValue:
    """Keep a file for the worker to check."""
    form = UploadForm()
    if not form.validate():
        return ask_again("organize/people_import.html", form, **_lists())
    file = form.file.data
    try:
        one = importing.upload_list(
            signed_in_person().id, file.stream, name=file.filename or "", most=MOST_BYTES
        )
    except Refused as refused:
        return ask_again("organize/people_import.html", form, refused, **_lists())
    return redirect(url_for("organize.imported", import_id=one.id), 303)


@admins
def imported(import_id: int) -> ResponseReturnValue:
    """How far an import is, and what is said of each row."""
    return render_template("organize/imported.html", form=StartForm(), **_facts(import_id))


@admins
def start(import_id: int) -> ResponseReturnValue:
    """Have the people added."""
    form = StartForm()
    try:
        importing.start_import(
            signed_in_person().id,
            import_id,
            consented=form.consented.data,
            invite=form.invite.data,
        )
    except NotFound:
        raise
    except Refused as refused:
        return ask_again("organize/imported.html", form, refused, **_facts(import_id))
    flash(gettext("The people are being added. You may leave this page."), "success")
    return redirect(url_for("organize.imported", import_id=import_id), 303)


@admins
def stop(import_id: int) -> ResponseReturnValue:
    """Add nobody more."""
    importing.give_up_import(signed_in_person().id, import_id)
    flash(gettext("The list is put away. Whoever was added before stays."), "success")
    return redirect(url_for("organize.imported", import_id=import_id), 303)


@admins
def wrong_rows(import_id: int) -> ResponseReturnValue:
    """The rows that were not taken, with why, as a file to mend and hand in again."""
    one_id = get_import(import_id).id
    response = Response(Streamed(lambda: wrong_rows_csv(one_id)), mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename=f"import-{one_id}-wrong.csv")
    response.headers["Cache-Control"] = "no-store"
    return response


def _lists() -> dict[str, Any]:
    return {"imports": latest_imports(), "zone": own_zone()}


def _facts(import_id: int) -> dict[str, object]:
    one: Import = get_import(import_id)
    wanted = request.args.get("verdict", "")
    verdict = wanted if wanted in set(Verdict) else ""
    page = list_rows(one.id, verdict, request.args.get("after", ""))
    more = urlencode({"verdict": verdict, "after": page.after})
    address = url_for("organize.imported", import_id=one.id)
    return {
        "one": one,
        "rows": page.rows,
        "verdict": verdict,
        "next_url": f"{address}?{more}" if page.after else None,
        "stop_form": ButtonForm(),
    }
