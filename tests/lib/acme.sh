# shellcheck shell=bash
# acme.sh: a real CA (pebble, with its own DNS) and real dehydrated.  After
# lib.sh.  TLS_PORT is where the CA validates, CA_TARGET the address that all
# names have.
ACME_PORT=${ACME_PORT:-14000} ACME_MGMT=${ACME_MGMT:-15000}
DNS_PORT=${DNS_PORT:-8053} DNS_MGMT=${DNS_MGMT:-8055}
TLS_PORT=${TLS_PORT:-443} CA_TARGET=${CA_TARGET:-192.0.2.10}
ALPN=$T/alpn-certs

acme_certs() { # pebble's own https certificate
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -days 7 -subj "/CN=alpnd test root" -keyout "$T/root.key" \
	    -out "$T/root.pem"
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -subj /CN=localhost -keyout "$T/ca.key" -out "$T/ca.csr"
	openssl x509 -req -in "$T/ca.csr" -CA "$T/root.pem" \
	    -CAkey "$T/root.key" -CAcreateserial -days 7 -extfile \
	    <(echo subjectAltName=DNS:localhost,IP:127.0.0.1) -out "$T/ca.pem"
}

acme_start() {
	acme_certs >"$T/certs.log" 2>&1 || return 1
	cat >"$T/pebble.json" <<-J
	{ "pebble": { "listenAddress": "127.0.0.1:$ACME_PORT",
	  "managementListenAddress": "127.0.0.1:$ACME_MGMT",
	  "certificate": "$T/ca.pem", "privateKey": "$T/ca.key",
	  "httpPort": 1, "tlsPort": $TLS_PORT, "ocspResponderURL": "",
	  "externalAccountBindingRequired": false } }
	J
	# no AAAA: pebble would try nothing else
	bg dns pebble-challtestsrv -defaultIPv4 "$CA_TARGET" -defaultIPv6 "" \
	    -dns01 "127.0.0.1:$DNS_PORT" -http01 "" -https01 "" \
	    -tlsalpn01 "" -management "127.0.0.1:$DNS_MGMT"
	wait_listen "$DNS_PORT" u || return 1
	# every order is validated anew; nonces are good: dehydrated 0.7.0
	# does not repeat a request
	bg pebble env PEBBLE_VA_NOSLEEP=1 PEBBLE_WFE_NONCEREJECT=0 \
	    PEBBLE_AUTHZREUSE=0 pebble -config "$T/pebble.json" \
	    -dnsserver "127.0.0.1:$DNS_PORT" -strict=false
	wait_listen "$ACME_PORT" || return 1
}

dehydrated_config() {
	mkdir -p "$T/dehydrated/wellknown"
	cat >"$T/dehydrated/config" <<-C
	CA="https://127.0.0.1:$ACME_PORT/dir"
	BASEDIR=$T/dehydrated
	WELLKNOWN=$T/dehydrated/wellknown
	CONTACT_EMAIL=test@example.org
	CURL_OPTS="--cacert $T/root.pem"
	KEY_ALGO=prime256v1
	ACCOUNT_KEYSIZE=2048
	OPENSSL_CNF=/etc/ssl/openssl.cnf
	C
	[ -z "${BY_CONFIG:-}" ] ||
	    sed -n "s|/etc/dehydrated/alpn-certs|$ALPN|; /^CHALLENGETYPE=/p; /^ALPNCERTDIR=/p" \
		man/alpnd.8 >>"$T/dehydrated/config"
}

dehydrated_setup() { # an account, and the directory as tmpfiles.d makes it
	mkdir -p "$ALPN"
	chgrp "${RUN_GROUP:-$(id -g)}" "$ALPN" && chmod 2750 "$ALPN" || return 1
	dehydrated_config
	timeout 60 dehydrated --config "$T/dehydrated/config" --register \
	    --accept-terms >"$T/register.log" 2>&1
}

dehydrated_issue() { # dehydrated_issue NAME...: one certificate for all
	local d args=() how=(-t tls-alpn-01 --alpn "$ALPN")
	# the manual's lines for the configuration, in place of flags
	[ -z "${BY_CONFIG:-}" ] || how=()
	for d; do args+=(-d "$d"); done
	timeout 90 dehydrated --config "$T/dehydrated/config" \
	    "${how[@]}" -c --force "${args[@]}" 2>&1 |
	    if [ -n "${SHOW:-}" ]; then tee "$T/issue.log"
	    else cat >"$T/issue.log"; fi
	return "${PIPESTATUS[0]}"
}

issued() { # issued NAME...: a certificate of this CA, for all of them
	local f=$T/dehydrated/certs/$1/fullchain.pem d
	openssl x509 -in "$f" -noout -issuer | grep -q Pebble || return 1
	for d; do
		openssl x509 -in "$f" -noout -ext subjectAltName |
		    grep -qE "DNS:$d(,|\$)" || return 1
	done
}
