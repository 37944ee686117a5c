"""mkpair.py DIR NAME...: pairs for the shell tests."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import pairs

os.umask(0o077)
for n in sys.argv[2:]:
    pairs.make(sys.argv[1], n)
    for kind in ("crt", "key"):     # as dehydrated does
        os.chmod(f"{sys.argv[1]}/{n}.{kind}.pem", 0o640)
