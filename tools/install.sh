#!/bin/sh
# Install pinned requirements into .venv, made first when it is not there or not whole.
#
#   sh tools/install.sh requirements.txt
#
# Needs Python 3.11 or newer with pip; neither root, nor uv, nor (as on Debian) python3-venv.
set -eu
requirements=$1

say() { printf '%s\n' "$*" >&2; }

find_python() {
    for candidate in python3.13 python3.12 python3.11 python3 python; do
        if command -v "$candidate" >/dev/null 2>&1 &&
            "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    say "This needs Python 3.11 or newer, and none was found (looked for python3.13, python3.12,"
    say "python3.11, python3). Debian or Ubuntu: apt install python3 python3-pip"
    return 1
}

make_venv() {
    base=$(find_python)
    rm -rf .venv
    say "Making .venv with $("$base" --version) ..."
    # A venv's own pip comes from ensurepip, which Debian keeps in the package python3-venv.
    if "$base" -m venv .venv >/dev/null 2>&1; then
        return
    fi
    rm -rf .venv
    if "$base" -m venv --without-pip .venv >/dev/null 2>&1 &&
        "$base" -m pip --python .venv/bin/python install --quiet pip >/dev/null 2>&1; then
        return
    fi
    rm -rf .venv
    say "$base cannot make a virtual environment. Debian or Ubuntu: apt install python3-venv"
    return 1
}

is_whole() {
    .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null &&
        .venv/bin/python -m pip --version >/dev/null 2>&1
}

is_whole || make_venv

# uv is several times faster than pip, and whatever keeps it from working does not keep pip.
if ! .venv/bin/python -m uv --version >/dev/null 2>&1; then
    .venv/bin/python -m pip install --quiet --disable-pip-version-check uv || true
fi
say "Installing $requirements ..."
if .venv/bin/python -m uv --version >/dev/null 2>&1 &&
    .venv/bin/python -m uv pip install --quiet --python .venv/bin/python \
        --require-hashes -r "$requirements"; then
    exit 0
fi
say "uv could not; trying pip, which takes longer ..."
# The list is complete, and older versions of pip take "coverage[toml]" for a package without a pin.
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps \
    --require-hashes -r "$requirements"
.venv/bin/python -m pip check --quiet --disable-pip-version-check
