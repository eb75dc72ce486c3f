#!/bin/sh
# Makes a virtual environment. Debian ships Python without `venv` unless python3-venv is installed; pip can then fetch
# virtualenv into a folder of its own, which needs no root and leaves the system as it is.
#
# usage: tools/make_venv.sh PYTHON FOLDER
set -eu
python=$1
folder=$2
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "trainwell needs Python 3.11 or newer; '$python' is not. Set PYTHON, as in: make demo PYTHON=/usr/bin/python3.11" >&2
    exit 1
fi
if [ -x "$folder/bin/python" ] && "$folder/bin/python" -m pip --version >/dev/null 2>&1; then
    exit 0
fi
rm -rf "$folder"
if "$python" -c 'import ensurepip, venv' 2>/dev/null && "$python" -m venv "$folder"; then
    exit 0
fi
rm -rf "$folder" .bootstrap
"$python" -m pip install --quiet --disable-pip-version-check --target .bootstrap virtualenv
PYTHONPATH=.bootstrap "$python" -m virtualenv --quiet "$folder"
rm -rf .bootstrap
