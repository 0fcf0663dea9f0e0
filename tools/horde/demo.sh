#!/usr/bin/env bash
# The demo of a built tree: demo.sh BUILD_DIR [options of `horde demo`]. tools/demo calls it; the
# story itself is in demo_command.cpp.
set -euo pipefail
if (($# < 1)); then
  printf 'demo.sh: takes the build folder (and --keep)\n' >&2
  exit 2
fi
program="$1/tools/horde/horde"
if [[ ! -x $program ]]; then
  printf 'demo.sh: %s is missing: build it first\n' "$program" >&2
  exit 2
fi
shift
exec "$program" demo "$@"
