#!/bin/sh
exec "$(dirname "$0")/port.sh" s390x
