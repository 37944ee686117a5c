#!/bin/sh
cd "$(dirname "$0")/.." && CMOCKA_MESSAGE_OUTPUT=TAP exec build/asan/tests/unit/test_policy
