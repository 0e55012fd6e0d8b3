#!/usr/bin/env bash
# Gradescope starts this as root for each submission. What it prints is for the instructor alone.
set -euo pipefail
export PATH="/autograder/environment/bin:$PATH" OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 MKL_NUM_THREADS=1
exec /autograder/environment/bin/python -I -m autograder.release.gradescope /autograder
