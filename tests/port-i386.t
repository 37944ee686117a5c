#!/bin/sh
exec "$(dirname "$0")/port.sh" i386
