# interop client: PORT NAME 1.2|1.3; prints version, ALPN, SHA-256 of the certificate
import hashlib
import socket
import ssl
import sys

port, name, version = int(sys.argv[1]), sys.argv[2], sys.argv[3]
c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
c.check_hostname, c.verify_mode = False, ssl.CERT_NONE
c.minimum_version = c.maximum_version = {"1.2": ssl.TLSVersion.TLSv1_2,
                                         "1.3": ssl.TLSVersion.TLSv1_3}[version]
c.set_alpn_protocols(["acme-tls/1"])
with c.wrap_socket(socket.create_connection(("127.0.0.1", port)), server_hostname=name) as s:
    print(s.version(), s.selected_alpn_protocol(), hashlib.sha256(s.getpeercert(True)).hexdigest())
    assert s.recv(1) == b""
