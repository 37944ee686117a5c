#!/bin/sh
cd "$(dirname "$0")/.." && CMOCKA_MESSAGE_OUTPUT=TAP exec build/gcc/tests/unit/test_policy
