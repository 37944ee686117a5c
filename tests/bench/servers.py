"""servers: alpnd and its peers, each started in an Account of its own.

All listen on 127.0.0.1 of a network namespace, log to /dev/null and read the
same pairs.  Programs that serve one connection are started by spawn.c.
"""
import os
import shutil
import signal
import socket
import struct
import subprocess
import time

from account import Account

HERE = os.path.dirname(os.path.abspath(__file__))
RSA, P256 = "rsa2048.example.org", "p256.example.org"
DEBIAN = "/usr/sbin:/usr/bin:/sbin:/bin"


def program(name):
    path = shutil.which(name, path=DEBIAN)
    if path is None:
        raise FileNotFoundError(f"{name} is not installed: tests/lib/packages.sh bench")
    return path


class Server:
    """label: its row in the tables.  serves: names that it has a pair for.
    strict: it refuses what is no validation, as alpnd does; lax: it answers
    something; None: it does not answer by itself."""

    listener = False        # it is given a listening socket as fd 0

    def __init__(self, label, port, argv, serves=(RSA, P256), strict=False):
        self.label, self.port, self.argv = label, port, argv
        self.serves, self.strict = serves, strict
        self.account = self.process = None
        self.at_rest = 0

    def start(self, base, tmp):
        self.account = Account(base, f"{self.port}")
        # a pipe that says nothing: s_server reads what is there
        stdin, self.keep = os.pipe()
        if self.listener:
            os.close(stdin)
            stdin = socket.socket()
            stdin.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            stdin.bind(("127.0.0.1", self.port))
            stdin.listen(128)
        # without what the environment of the bench would make them do
        self.process = subprocess.Popen(self.command(tmp), stdin=stdin, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL,
                                        env={"PATH": DEBIAN, "LC_ALL": "C.UTF-8"},
                                        start_new_session=True, preexec_fn=self.account.enter)
        self.account.session = self.process.pid
        stdin.close() if self.listener else os.close(stdin)
        self.wait_up()

    def command(self, tmp):
        return self.argv

    def wait_up(self):
        end = time.monotonic() + 20
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise ChildProcessError(f"{self.label}: ended, status {self.process.returncode}: "
                                        f"{' '.join(self.argv)}")
            if subprocess.run(["ss", "-Hltn", f"sport = :{self.port}"], stdout=subprocess.PIPE,
                              check=True).stdout:
                break
            time.sleep(0.02)
        else:
            raise TimeoutError(f"{self.label}: nothing listens on port {self.port}")
        time.sleep(0.2)     # for what it starts besides; then:
        self.at_rest = len(self.account.pids())
        self.account.settle(self.at_rest)

    def own(self):
        """Processes that are none of the server's."""
        return ()

    def failed(self):
        """Processes that have ended badly so far."""
        return 0

    def peak(self):
        """Largest peak memory in kB of one that has ended, if known."""
        return 0

    def stop(self):
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(2)
            except subprocess.TimeoutExpired:
                pass
            try:
                os.killpg(self.process.pid, signal.SIGKILL)     # what is left
            except ProcessLookupError:
                pass
            self.process.wait()
            os.close(self.keep)
        if self.account is not None:
            end = time.monotonic() + 5
            while self.account.pids() and time.monotonic() < end:
                time.sleep(0.01)
            self.account.remove()


class OneShot(Server):
    """One process per connection."""

    listener = True

    def command(self, tmp):
        self.stats = f"{tmp}/stats.{self.port}"
        return [tmp + "/spawn", self.stats] + self.argv

    def own(self):
        return (self.process.pid,)

    def read_stats(self):
        with open(self.stats, "rb") as f:
            return struct.unpack("4Q", f.read(32))

    def failed(self):
        return self.read_stats()[1]

    def peak(self):
        return self.read_stats()[2]


class Busy(Server):
    """alpnd with a listening socket; -i 0: it does not end by itself."""

    listener = True


class Ualpn(Server):
    """It makes the certificate itself, when told so by its socket."""

    def start(self, base, tmp):
        self.argv = [program("ualpn"), "-b", f"127.0.0.1@{self.port}", "-c", "127.0.0.1@9", "-s",
                     tmp + "/ualpn.sock",
                     "-p", tmp + "/ualpn.pid"]
        super().start(base, tmp)
        auth = f"auth {P256} {'A' * 43}\n"
        # its status is 1 even if all is well
        out = subprocess.run([self.argv[0], "-s", tmp + "/ualpn.sock"], input=auth,
                             capture_output=True, text=True,
                             timeout=10, check=False).stdout
        if not out.startswith("OK"):
            raise ChildProcessError(f"ualpn: {out}")
        self.account.settle(self.at_rest)


def lighttpd(tmp, certs, port):
    """The configuration of dehydrated's page, and what lighttpd needs besides."""
    both, conf = f"{tmp}/lighttpd.pem", f"{tmp}/lighttpd.{port}.conf"
    with open(both, "w") as out:
        for kind in ("key", "crt"):
            with open(f"{certs}/{RSA}.{kind}.pem") as f:
                out.write(f.read())
    with open(conf, "w") as f:
        f.write(f'''server.modules = ("mod_openssl")
server.document-root = "{tmp}/empty"
server.bind = "127.0.0.1"
server.port = {port}
server.errorlog = "/dev/null"
ssl.engine = "enable"
ssl.pemfile = "{both}"
ssl.acme-tls-1 = "{certs}"
''')
    os.makedirs(tmp + "/empty", exist_ok=True)
    return conf


def all_servers(tmp, certs, binaries):
    """binaries: {"dynamic": path, "static": path, any more to compare}."""
    out, port = [], 20000
    for kind, path in binaries.items():
        out.append(OneShot(f"alpnd one-shot, {kind}", port + 1, [path, "-d", certs], strict=True))
        out.append(Busy(f"alpnd busy mode, {kind}", port + 2, [path, "-i", "0", "-d", certs],
                        strict=True))
        port += 2
    out.sort(key=lambda s: isinstance(s, Busy))
    out.append(OneShot("lighttpd -1", 21001,
                       [program("lighttpd"), "-1", "-f", lighttpd(tmp, certs, 21001)]))
    out.append(Server("lighttpd daemon", 21002,
                      [program("lighttpd"), "-D", "-f", lighttpd(tmp, certs, 21002)]))
    out.append(Server("dehydrated's example (Python)", 21003, [
        program("python3"), HERE + "/../lib/responder.py", certs, f"{certs}/{RSA}.crt.pem",
        f"{certs}/{RSA}.key.pem", "21003"]))
    out.append(Ualpn("ualpn daemon", 21004, None, serves=(P256,), strict=None))
    for i, name in enumerate((RSA, P256)):      # it has one pair
        out.append(Server("openssl s_server", 21005 + i, [
            program("openssl"), "s_server", "-quiet", "-alpn", "acme-tls/1", "-accept",
            f"127.0.0.1:{21005 + i}",
            "-cert", f"{certs}/{name}.crt.pem", "-key", f"{certs}/{name}.key.pem"], serves=(name,),
            strict=None if i else False))
    return out
