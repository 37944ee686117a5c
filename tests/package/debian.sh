#!/bin/bash
# debian.sh: a fresh Debian in build/debian/root, with what alpnd's package
# depends on and dehydrated: the release of this machine, from its mirror, kept
# for the next time.  debian.sh RELEASE PACKAGE,...: of another release, in
# build/debian-RELEASE.  Exit 1 and the reason on stdout if it cannot be had; 2
# if it could, but something failed.
cd "$(dirname "$0")/../.." || exit 2
[ "$(id -u)" = 0 ] || { echo "needs root"; exit 1; }
. /etc/os-release
if [ $# -gt 0 ]; then
	release=$1 include=$2 d=build/debian-$1
	[ "$release" != "$VERSION_CODENAME" ] || { echo "this machine has $release"; exit 1; }
else
	release=$VERSION_CODENAME d=build/debian
	include=systemd,dehydrated,$(dpkg-query -W -f '${Depends}' libtls-dev |
	    sed 's/ *([^)]*)//g; s/ //g')
fi
[ "$(cat "$d/has" 2>/dev/null)" = "$release $include" ] && exit 0
command -v debootstrap >/dev/null || { echo "debootstrap is missing"; exit 1; }

# shellcheck disable=SC2016
mirror=$(apt-get indextargets --format '$(REPO_URI)' "Created-By: Packages" \
    "Release: $VERSION_CODENAME" "Component: main" | head -1)
[ -n "$mirror" ] || { echo "no source of $VERSION_CODENAME main for apt"; exit 1; }
eval "$(apt-config shell http_proxy Acquire::http::Proxy)"
[ -z "$http_proxy" ] || export http_proxy
curl -sfo /dev/null --max-time 30 "${mirror%/}/dists/$release/InRelease" ||
    { echo "the mirror of apt cannot be reached, or has no $release"; exit 1; }

# Others have no business with its set-user-ID programs.  In a namespace of its
# own, or it could leave file systems mounted where "make clean" removes.
rm -rf "$d"
mkdir -p "$d" && chmod 700 "$d" || exit 2
timeout 600 unshare -m debootstrap --variant=minbase --include="$include" \
    "$release" "$d/root" "$mirror" >"$d/log" 2>&1 ||
    { tail -5 "$d/log"; exit 2; }
rm -rf "$d"/root/var/cache/apt/archives/*.deb
echo "$release $include" >"$d/has"
