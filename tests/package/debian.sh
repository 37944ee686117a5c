#!/bin/bash
# debian.sh: a fresh Debian in build/debian/root, with what alpnd's package
# depends on and dehydrated: the release of this machine, from its mirror, kept
# for the next time.  Exit 1 and the reason on stdout if it cannot be had; 2
# if it could, but something failed.
cd "$(dirname "$0")/../.." || exit 2
[ "$(id -u)" = 0 ] || { echo "needs root"; exit 1; }
. /etc/os-release
include=systemd,dehydrated,$(dpkg-query -W -f '${Depends}' libtls-dev |
    sed 's/ *([^)]*)//g; s/ //g')
d=build/debian
[ "$(cat $d/has 2>/dev/null)" = "$VERSION_CODENAME $include" ] && exit 0

# shellcheck disable=SC2016
mirror=$(apt-get indextargets --format '$(REPO_URI)' "Created-By: Packages" \
    "Release: $VERSION_CODENAME" "Component: main" | head -1)
[ -n "$mirror" ] || { echo "no source of $VERSION_CODENAME main for apt"; exit 1; }
eval "$(apt-config shell http_proxy Acquire::http::Proxy)"
[ -z "$http_proxy" ] || export http_proxy
curl -sfo /dev/null --max-time 30 "${mirror%/}/dists/$VERSION_CODENAME/InRelease" ||
    { echo "the mirror of apt cannot be reached"; exit 1; }

# Others have no business with its set-user-ID programs.  In a namespace of its
# own, or it could leave file systems mounted where "make clean" removes.
rm -rf $d
mkdir -p $d && chmod 700 $d || exit 2
timeout 600 unshare -m debootstrap --variant=minbase --include="$include" \
    "$VERSION_CODENAME" $d/root "$mirror" >$d/log 2>&1 ||
    { tail -5 $d/log; exit 2; }
rm -rf $d/root/var/cache/apt/archives/*.deb
echo "$VERSION_CODENAME $include" >$d/has
