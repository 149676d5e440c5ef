#!/bin/sh
# The long runs: `sh tools/proof.sh [tests...]`, as `make proof` calls it. First what bears company,
# on all cores; then, one by one, what measures time or memory. Each part adds its rows to the
# table in docs/evidence.md, which is printed in the end; a run of everything begins a new one.
cd "$(dirname "$0")/.." || exit
export PROOF=1
failed=0

part() { # part MARKS OPTION...
    .venv/bin/python -m pytest -m "$@"
    status=$?
    if [ $status -ne 0 ] && [ $status -ne 5 ]; then failed=$status; fi # 5: none of these marks
}

if [ $# -eq 0 ]; then : >docs/evidence.jsonl; fi
part "proof and not alone" -n 4 --dist worksteal "$@"
part "proof and alone" -p no:xdist "$@"
.venv/bin/python -m tests.evidence
exit $failed
