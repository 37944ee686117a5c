#!/bin/sh
# make check: install what is missing, build every variant, run all tests.
# check.sh [NAME...]: only the tests whose file name contains a NAME.
set -e
cd "$(dirname "$0")/.."
tests/packages.sh check
tests/variants.sh
echo "building the fuzz targets"
tests/fuzz.sh build
tests/xinetd.sh
rm -rf build/port
all=$(ls tests/*.t)
if [ $# -gt 0 ]; then
	some=
	for n; do
		some="$some $(echo "$all" | grep -F -- "$n" || :)"
	done
	all=$some
fi
# More jobs than cores: the tests with a CA mostly wait for dehydrated.
# shellcheck disable=SC2086
exec perl tests/lib/run.pl "${JOBS:-4}" $all
