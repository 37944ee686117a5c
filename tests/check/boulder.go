// Copyright (c) 2026 The alpnd authors
//
// Permission to use, copy, modify, and distribute this software for any
// purpose with or without fee is hereby granted, provided that the above
// copyright notice and this permission notice appear in all copies.
//
// THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
// WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
// MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
// ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
// WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
// ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
// OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.

// boulder: judges what a server sends as a CA does that is written in Go: the
// checks of Boulder's va/tlsalpn.go in their order.  The key authorization is
// not known here, so every digest will do.
//
//	boulder ADDRESS:PORT NAME...	a line for each name: "ok", or why not
package main

import (
	"bytes"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"
)

var (
	oidAcme = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 31}
	oidSAN  = asn1.ObjectIdentifier{2, 5, 29, 17}
	oidAIA  = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 1}
	oidAKI  = asn1.ObjectIdentifier{2, 5, 29, 35}
	oidSKI  = asn1.ObjectIdentifier{2, 5, 29, 14}
)

// What later versions of crypto/x509 and crypto/tls refuse, and Go 1.19 of
// Debian 12 does not.
func newer(c *x509.Certificate) error {
	if c.SerialNumber.Sign() < 0 { // Go 1.23
		return errors.New("x509: negative serial number")
	}
	if k, ok := c.PublicKey.(*rsa.PublicKey); ok {
		if k.N.BitLen() > 8192 { // Go 1.19.12
			return errors.New("tls: server sent certificate containing RSA key larger than 8192 bits")
		}
		if k.E > 1<<31-1 || k.E%2 == 0 { // Go 1.24
			return errors.New("crypto/rsa: invalid public exponent")
		}
		if k.N.BitLen() < 1024 { // Go 1.24
			return errors.New("crypto/rsa: key too small")
		}
	}
	for _, e := range c.Extensions { // Go 1.25
		if e.Critical && (e.Id.Equal(oidAIA) || e.Id.Equal(oidAKI) || e.Id.Equal(oidSKI)) {
			return errors.New("x509: an extension incorrectly marked critical")
		}
	}
	if c.BasicConstraintsValid && c.MaxPathLen < -1 {
		return errors.New("x509: invalid basic constraints")
	}
	return nil
}

func checkSAN(c *x509.Certificate, name string) error {
	if len(c.DNSNames) != 1 || len(c.IPAddresses) != 0 {
		return errors.New("wrong number of identifiers")
	}
	if !strings.EqualFold(c.DNSNames[0], name) {
		return errors.New("identifier does not match expected identifier")
	}
	want, err := asn1.Marshal([]asn1.RawValue{{Tag: 2, Class: 2, Bytes: []byte(name)}})
	if err != nil {
		return err
	}
	for _, e := range c.Extensions {
		if oidSAN.Equal(e.Id) && !bytes.Equal(e.Value, want) {
			return errors.New("SAN extension does not match expected bytes")
		}
	}
	return nil
}

func checkExtensions(c *x509.Certificate) error {
	seen := map[string]bool{}
	for _, e := range c.Extensions {
		if seen[e.Id.String()] {
			return fmt.Errorf("Extension OID %s seen twice", e.Id)
		}
		seen[e.Id.String()] = true
	}
	for _, required := range []asn1.ObjectIdentifier{oidAcme, oidSAN} {
		if !seen[required.String()] {
			return fmt.Errorf("Required extension OID %s is not present", required)
		}
	}
	return nil
}

func checkDigest(c *x509.Certificate) error {
	for _, e := range c.Extensions {
		if !oidAcme.Equal(e.Id) {
			continue
		}
		if !e.Critical {
			return errors.New("acmeValidationV1 extension that is not Critical")
		}
		var digest []byte
		rest, err := asn1.Unmarshal(e.Value, &digest)
		if err != nil || len(rest) > 0 || len(digest) != 32 {
			return errors.New("malformed acmeValidationV1 extension value")
		}
	}
	return nil
}

func validate(address, name string) error {
	dialer := &net.Dialer{Timeout: 60 * time.Second}
	conn, err := tls.DialWithDialer(dialer, "tcp", address, &tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: []string{"acme-tls/1"},
		ServerName: name, InsecureSkipVerify: true})
	if err != nil {
		return err
	}
	defer conn.Close()
	state := conn.ConnectionState()
	c := state.PeerCertificates[0]
	if state.NegotiatedProtocol != "acme-tls/1" {
		return errors.New("Cannot negotiate ALPN protocol")
	}
	if err := newer(c); err != nil {
		return err
	}
	err = c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature)
	if err != nil || !bytes.Equal(c.RawSubject, c.RawIssuer) {
		return fmt.Errorf("not self-signed: %v", err)
	}
	if err := checkExtensions(c); err != nil {
		return err
	}
	if err := checkSAN(c, name); err != nil {
		return err
	}
	return checkDigest(c)
}

func main() {
	for _, name := range os.Args[2:] {
		if err := validate(os.Args[1], name); err != nil {
			fmt.Println(err)
		} else {
			fmt.Println("ok")
		}
	}
}
