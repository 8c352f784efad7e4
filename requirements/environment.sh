#!/usr/bin/env bash
# Makes the virtual environment DIR, unless it is there, and installs into it exactly what the lock files say.
# Usage: requirements/environment.sh DIR LOCK...      (called by the Makefile)
# The interpreter is $PYTHON if set, else the first of the usual names that is Python 3.11 or newer with venv.
set -euo pipefail
dir=$1
shift

stop() {
    printf 'PeerSpace could not be set up: %s\n' "$1" >&2
    exit 1
}

# find_python: prints the interpreter to use, or stops with the reason why none will do.
find_python() {
    local candidate seen="" no_venv=""
    for candidate in ${PYTHON:-python3 python3.11 python3.12 python3.13 python3.14}; do
        "$candidate" -c 'import sys' 2>/dev/null || continue
        if ! "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
            seen="${seen:+$seen, }$("$candidate" --version 2>&1)"
        elif ! "$candidate" -c 'import ensurepip, venv' 2>/dev/null; then
            no_venv=${no_venv:-$candidate}
        else
            printf '%s\n' "$candidate"
            return
        fi
    done
    if [ -n "$no_venv" ]; then
        stop "$no_venv has no venv module. On Debian or Ubuntu: apt-get install python3-venv."
    fi
    stop "it needs Python 3.11 or newer (found ${seen:-no python3 at all}). Name another one with: make setup PYTHON=/path/to/python3."
}

if ! "$dir/bin/python" -c 'import pip' 2>/dev/null; then
    python=$(find_python)
    echo "Setting up: $dir with $("$python" --version 2>&1)"
    "$python" -m venv --clear "$dir" || stop "the environment $dir could not be made (see above)."
fi

locks=()
count=0
for lock in "$@"; do
    locks+=(--requirement "$lock")
    count=$((count + $(grep -c '^[a-z].*==' "$lock")))
done
echo "Setting up: $count packages of $*"
# Every file is checked against its hash; the locks are complete, so nothing else is looked up.
"$dir/bin/python" -m pip install --quiet --quiet --disable-pip-version-check --no-deps --require-hashes "${locks[@]}" ||
    stop "the packages of $* could not be installed (see above). The first set-up needs the network."
