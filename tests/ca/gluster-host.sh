#!/bin/bash
# gluster-host.sh DIR: one storage host of gluster.sh: glusterd, with the brick
# DIR/brick.  In the network namespace that it is started in, as the first
# process of a PID namespace: all that glusterd starts ends with it.
dir=$1
trap 'exit 0' TERM
mkdir -p "$dir/brick" "$dir/lib" "$dir/log"
# a file system that has extended attributes of every kind
mount -t tmpfs tmpfs "$dir/brick" &&
    mount --bind "$dir/lib" /var/lib/glusterd &&
    mount --bind "$dir/log" /var/log/glusterfs &&
    mount -t tmpfs -o mode=755 tmpfs /run && mkdir /run/gluster || exit 1
glusterd -N --log-file="$dir/glusterd.log" &
wait
