"""The program without what guards it from rude visitors, so that the tests see them succeed."""

import importlib
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from flask.cli import ScriptInfo

from community.ops import web_server
from wsgi import app


def as_it_comes() -> object:
    """Each request at once, however much of it is there, and however large it says it will be."""
    return importlib.import_module("wsgi").app


if __name__ == "__main__":
    app.config.update(MAX_CONTENT_LENGTH=None, MAX_FORM_MEMORY_SIZE=None, MAX_FORM_PARTS=None)
    web_server.load_program = as_it_comes  # the children are forks of this process
    web_server.WAITING = 0
    web_server.LONGEST_HEAD = 8192 + 4096 * 100  # as the server has it by itself
    app.cli.main(["serve", *sys.argv[1:]], obj=ScriptInfo(create_app=lambda: app))
