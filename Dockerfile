# Grading on macOS, Windows or a server without Python. From the folder of the course:
#
#   docker build -t nbcore-autograder .
#   docker run --rm -it -v "$PWD:/course" --user "$(id -u):$(id -g)" --security-opt seccomp=unconfined \
#     --security-opt apparmor=unconfined --security-opt systempaths=unconfined \
#     nbcore-autograder autograder grade 01_activations
#
# The three options let the grader make namespaces, the walls around a submission. `autograder doctor` says what is there.
FROM python:3.12-slim-bookworm
COPY nbcore /project/nbcore
COPY autograder /project/autograder
COPY pyproject.toml README.md LICENSE /project/
RUN pip install --no-cache-dir /project/nbcore "/project[lab]"
WORKDIR /course
ENV HOME=/tmp OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
CMD ["autograder", "doctor"]
