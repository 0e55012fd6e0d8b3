#!/usr/bin/env bash
# Gradescope runs this once, as root, when it builds the image of an assignment. It makes a Python environment that
# submissions may read.
set -euo pipefail
umask 022
source=/autograder/source
environment=/autograder/environment

usable() { "$1" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }
find_python() {
  for name in python3 python3.13 python3.12 python3.11; do
    if usable "$name"; then command -v "$name"; return; fi
  done
  return 1
}

if ! python=$(find_python); then
  apt-get update -qq
  for version in 3.13 3.12 3.11; do
    if DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "python$version-venv"; then break; fi
  done
  python=$(find_python) || { echo "This grader needs Python 3.11 or newer: choose a newer base image."; exit 1; }
fi
"$python" -m venv --clear "$environment"
install=("$environment/bin/python" -m pip install --quiet --disable-pip-version-check)
# The lock file holds all that is needed: there is nothing to resolve.
"${install[@]}" --no-deps --require-hashes -r "$source/requirements.lock"
"${install[@]}" --no-deps "$source"/*.whl
chmod go-w /autograder
chmod a+rx /autograder
chmod -R a+rX "$environment"
chmod 700 "$source"
