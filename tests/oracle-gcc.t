#!/bin/sh
# The parsers against an implementation by somebody who has not seen them.
cd "$(dirname "$0")/.." && exec python3 tests/oracle.py build/gcc/tests/unit/verdict 100000
