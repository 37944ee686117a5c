#!/bin/sh
# Not under ASan: its shadow memory has no place in any limit.
cd "$(dirname "$0")/.." && CMOCKA_MESSAGE_OUTPUT=TAP exec build/gcc/tests/unit/test_sandbox
