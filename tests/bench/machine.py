"""machine: what it was measured on."""
import os
import platform
import re
import subprocess
import time

from servers import program


def output(*argv):
    p = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, text=True, timeout=20)
    return p.stdout.strip().split("\n")[0]


def version(text):
    m = re.search(r"\d+(\.\w+)+", text)
    return m[0] if m else text


def describe(alpnd, libressl=None):
    with open("/proc/cpuinfo") as f:
        m = re.search(r"^model name\s*: (.*)", f.read(), re.M)
    with open("/etc/os-release") as f:
        system = re.search(r'^PRETTY_NAME="?([^"\n]*)', f.read(), re.M)
    python = output(program("python3"), "-c",
                    "import platform, ssl; print(platform.python_version(), 'with', "
                    "ssl.OPENSSL_VERSION)")
    return [
        f"{m[1] if m else platform.machine()}, {os.cpu_count()} cores; Linux {platform.release()}; "
        f"{system[1] if system else ''}",
        # without where it was found
        f"{','.join(output(alpnd, '-V').split(',')[:2])}; "
        f"{output(program('openssl'), 'version').split('(')[0].strip()}; "
        f"gcc {version(output('gcc', '-dumpfullversion'))}",
        *([f"LibreSSL: {output(libressl, '-V').split(',')[1].strip()}"] if libressl else []),
        f"lighttpd {version(output(program('lighttpd'), '-v'))}; ualpn "
        f"{version(output(program('ualpn'), '-V'))}; Python {python}",
        time.strftime("%Y-%m-%d", time.gmtime()),
    ]
