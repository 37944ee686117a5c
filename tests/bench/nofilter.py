"""nofilter PROGRAM [ARGUMENT...]: runs a program that can install no system call filter.

callgrind opens its file at the end, when the filter of the session denies open(2).
"""
import ctypes
import os
import platform
import struct
import sys

PRCTL = {"x86_64": 157, "aarch64": 167}  # by machine
SET_SECCOMP, SET_NO_NEW_PRIVS, MODE_FILTER = 22, 38, 2
LOAD, IF_EQUAL, RETURN = 0x20, 0x15, 0x06
NUMBER, FIRST_ARGUMENT = 0, 16  # offsets in struct seccomp_data
EPERM, ALLOW = 0x00050001, 0x7FFF0000


class Program(ctypes.Structure):  # struct sock_fprog
    _fields_ = [("len", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def main():
    code = [
        (LOAD, 0, 0, NUMBER),
        (IF_EQUAL, 0, 3, PRCTL[platform.machine()]),
        (LOAD, 0, 0, FIRST_ARGUMENT),
        (IF_EQUAL, 0, 1, SET_SECCOMP),
        (RETURN, 0, 0, EPERM),
        (RETURN, 0, 0, ALLOW),
    ]
    program = Program(len(code), b"".join(struct.pack("=HBBI", *c) for c in code))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if libc.prctl(SET_SECCOMP, MODE_FILTER, ctypes.byref(program), 0, 0) == -1:
        raise OSError(ctypes.get_errno(), "PR_SET_SECCOMP")
    os.execvp(sys.argv[1], sys.argv[1:])


main()
