#!/bin/sh
# The corpus under each sanitizer, then FUZZ_SECONDS of fuzzing.
exec "$(dirname "$0")/fuzz.sh" check fuzz_session "${FUZZ_SECONDS:-60}"
