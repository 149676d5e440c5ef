#!/bin/sh
# What a mail server calls with a mail on standard input and the address in its envelope:
#
#   sh tools/receive.sh RECIPIENT
#
# Whatever keeps the program from taking the mail (no database, a wrong setting, no memory) ends in
# 75, EX_TEMPFAIL of sysexits.h: the server keeps the mail and comes again. Any other number would
# have it return the mail to somebody who only pressed a button in their calendar.
cd "$(dirname "$0")/.." || exit 75
"${PYTHON:-.venv/bin/python}" -m flask --app wsgi mail receive --recipient="$1" || exit 75
