// interop client: PORT NAME 1.2|1.3; prints version, ALPN, SHA-256 of the certificate
package main

import (
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"io"
	"os"
)

func main() {
	versions := map[string]uint16{"1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13}
	v := versions[os.Args[3]]
	c, err := tls.Dial("tcp", "127.0.0.1:"+os.Args[1], &tls.Config{ServerName: os.Args[2],
		NextProtos: []string{"acme-tls/1"}, InsecureSkipVerify: true, MinVersion: v, MaxVersion: v})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	s := c.ConnectionState()
	fmt.Printf("%x %s %x\n", s.Version, s.NegotiatedProtocol, sha256.Sum256(s.PeerCertificates[0].Raw))
	if _, err := c.Read(make([]byte, 1)); err != io.EOF {
		fmt.Println(err)
		os.Exit(1)
	}
}
