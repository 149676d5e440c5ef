"""What refusals about exports say; :mod:`community.web.wording` shows them."""

from community.web.later import Later, later

EXPORT_SENTENCES: dict[str, Later] = {
    "export_files_wait": later(
        "%(most)s files of this event are being made already. Please wait for one of them."
    ),
    "export_kind_unknown": later("Please choose one of the kinds of files."),
}
