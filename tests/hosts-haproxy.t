#!/bin/sh
cd "$(dirname "$0")/.." && exec tests/hosts.sh haproxy
