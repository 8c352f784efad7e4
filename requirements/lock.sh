#!/usr/bin/env bash
# Writes requirements/*.lock anew from the bounds in setup.cfg, pyproject.toml and checkers.in.
# Called by `make lock`, with the pip-compile to use as its only argument. Versions that still
# fit the bounds stay as they are; UPGRADE=1 takes the newest that fit.
set -euo pipefail
cd "$(dirname "$0")/.."
pip_compile=$1
python=$(dirname "$pip_compile")/python

# part NAME: the requirements of one part, one a line.
part() {
    "$python" - "$1" <<'PY'
import configparser, sys, tomllib
part = sys.argv[1]
setup = configparser.ConfigParser()
setup.read("setup.cfg")
if part == "run":
    print(setup["options"]["install_requires"])
    with open("pyproject.toml", "rb") as file:  # the checkout is installed without build isolation
        print("\n".join(tomllib.load(file)["build-system"]["requires"]))
else:
    print(setup["options.extras_require"][part])
PY
}

# compile NAME ARGUMENT...: reads requirements on standard input, writes requirements/NAME.lock.
compile() {
    local name=$1
    shift
    echo "requirements/$name.lock"
    CUSTOM_COMPILE_COMMAND="make lock" "$pip_compile" --quiet --generate-hashes --allow-unsafe --strip-extras \
        --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options --no-annotate \
        ${UPGRADE:+--upgrade} "$@" --output-file "requirements/$name.lock" -
}

part run | compile run
part test | compile test --constraint requirements/run.lock
part lint | compile lint --constraint requirements/run.lock --constraint requirements/test.lock
compile checkers <requirements/checkers.in
compile tools <<<"pip-tools>=7.6,<8"
