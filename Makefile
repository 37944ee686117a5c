# alpnd.  GNU make 4 or bmake, gcc or clang; see README.md.

VERSION =	0.2.0

PREFIX =	/usr/local
SBINDIR =	$(PREFIX)/sbin
MANDIR =	$(PREFIX)/share/man
DOCDIR =	$(PREFIX)/share/doc/alpnd
# the directory into which dehydrated writes the pairs
CERTDIR =	/etc/dehydrated/alpn-certs
# "no": build without libsystemd, for machines that do not have it
WITH_SYSTEMD =	yes
# "1": one file that needs no library, without libsystemd (it has no archive)
STATIC =	0

# a directory that LibreSSL is installed in: build with its libtls; else with
# the libtls that pkg-config finds
LIBRESSL =

# "no": build without the protections that the compiler and the linker can add
HARDEN =	yes

CC ?=		cc
CFLAGS ?=	-O2 -g
PKG_CONFIG ?=	pkg-config
INSTALL ?=	install

all: alpnd alpnd-check

# Real dehydrated gets a certificate from a real CA (pebble) through alpnd.
demo:
	@tests/ca/demo.sh

# For use before a commit: the unit tests and short session tests, in a minute,
# without root or namespaces.  T=NAME: the tests with NAME in their names.
T =
test:
	@tests/lib/packages.sh run && tests/run --quick $(T)

# Run all tests; name and install the Debian packages that are missing.  With
# LIBRESSL, also those against it.
check:
	@tests/lib/packages.sh run && LIBRESSL=$(LIBRESSL) tests/run

# Prove the contracts of the parsers for all inputs; takes some minutes.
prove:
	@tests/lib/packages.sh proof/prove.py && tests/proof/prove.py

# Run each fuzz target for SECONDS.
SECONDS =	60
fuzz:
	@tests/lib/packages.sh fuzz && tests/fuzz/fuzz.sh build && \
	    tests/fuzz/fuzz.sh run $(SECONDS)

# Run the load test with 2000 connections under each super-server.
soak:
	@COUNT=2000 tests/run server/load

# Measure what a connection costs, also in other programs, in build/bench; takes
# 6 minutes.  With LIBRESSL, also alpnd built with it.
bench:
	@tests/lib/packages.sh bench && LIBRESSL=$(LIBRESSL) tests/bench/bench.sh

# Measure, and put the results where README.md shows them.
bench-doc: bench
	mkdir -p doc
	cp build/bench/bench.md build/bench/bench.svg doc

# Measure latencies under floods; FLOOD_WITH is another binary to compare with.
bench-flood: alpnd
	@tests/lib/packages.sh bench && tests/lib/isolate.sh net python3 \
	    tests/server/flood.py ./alpnd $(FLOOD_WITH)

# Measure what a connection costs under a real systemd; needs root.
bench-systemd:
	@tests/lib/packages.sh bench && tests/lib/isolate.sh net \
	    tests/bench/systemd.sh

lint:
	@tests/lib/packages.sh lint && tests/lint/lint.sh

# Make build/deb/alpnd_*.deb from a copy: nothing outside build changes.
deb:
	@tests/lib/packages.sh deb
	rm -rf build/deb
	mkdir -p build/deb/alpnd
	cp -pR $(SOURCE) build/deb/alpnd
	mkdir build/deb/alpnd/check
	cp -p check/*.[ch] build/deb/alpnd/check
	cd build/deb/alpnd && dpkg-buildpackage -b -us -uc
	rm -rf build/deb/alpnd

# Make build/dist/alpnd-VERSION.tar.gz from the last commit; the same commit gives
# the same bytes, anywhere.
DIST =		alpnd-$(VERSION).tar.gz
dist:
	mkdir -p build/dist
	git -c tar.umask=022 archive --format=tar --prefix=alpnd-$(VERSION)/ \
	    -o build/dist/tar HEAD
	gzip -9n <build/dist/tar >build/dist/$(DIST)
	rm build/dist/tar
	cd build/dist && sha256sum $(DIST) >$(DIST).sha256
	cat build/dist/$(DIST).sha256

install: alpnd alpnd-check
	umask 022 && mkdir -p $(DIRS:%=$(DESTDIR)%)
	$(INSTALL) -m 755 alpnd $(DESTDIR)$(SBINDIR)/alpnd
	$(INSTALL) -m 755 alpnd-check $(DESTDIR)$(SBINDIR)/alpnd-check
	$(SUBST) alpnd-pair | \
	    $(INSTALL) -m 755 /dev/stdin $(DESTDIR)$(SBINDIR)/alpnd-pair
	for f in $(MANUALS); do $(SUBST) man/$$f | $(INSTALL) -m 644 \
	    /dev/stdin $(DESTDIR)$(MANDIR)/man8/$$f || exit 1; done
	for f in $(DOCS); do $(INSTALL) -m 644 $$f $(DESTDIR)$(DOCDIR)/$$f || \
	    exit 1; done
	for f in $(EXAMPLES); do $(SUBST) examples/$$f | $(INSTALL) -m 644 \
	    /dev/stdin $(DESTDIR)$(DOCDIR)/examples/$$f || exit 1; done
	for f in $(HOOKS); do $(SUBST) examples/$$f | $(INSTALL) -m 755 \
	    /dev/stdin $(DESTDIR)$(DOCDIR)/examples/$$f || exit 1; done
	for f in $(UNITS); do $(SUBST) units/$$f | $(INSTALL) -m 644 \
	    /dev/stdin $(DESTDIR)$(UNITDIR)/$$f || exit 1; done
	$(INSTALL) -m 644 units/alpnd.catalog \
	    $(DESTDIR)$(CATALOGDIR)/alpnd.catalog
	$(SUBST) units/alpnd.sysusers | $(INSTALL) -m 644 /dev/stdin \
	    $(DESTDIR)$(SYSUSERSDIR)/alpnd.conf
	$(SUBST) units/alpnd.tmpfiles | $(INSTALL) -m 644 /dev/stdin \
	    $(DESTDIR)$(TMPFILESDIR)/alpnd.conf

uninstall:
	for f in alpnd alpnd-check alpnd-pair; do \
	    rm -f $(DESTDIR)$(SBINDIR)/$$f; done
	for f in $(MANUALS); do rm -f $(DESTDIR)$(MANDIR)/man8/$$f; done
	for f in $(DOCS) $(EXAMPLES:%=examples/%) $(HOOKS:%=examples/%); do \
	    rm -f $(DESTDIR)$(DOCDIR)/$$f; done
	for f in $(UNITS); do rm -f $(DESTDIR)$(UNITDIR)/$$f; done
	rm -f $(DESTDIR)$(CATALOGDIR)/alpnd.catalog \
	    $(DESTDIR)$(SYSUSERSDIR)/alpnd.conf \
	    $(DESTDIR)$(TMPFILESDIR)/alpnd.conf
	rmdir $(DESTDIR)$(DOCDIR)/examples $(DESTDIR)$(DOCDIR) 2>/dev/null || :

clean:
	rm -f alpnd alpnd-check libssl.a $(OBJS) $(CHECK_OBJS)
	rm -rf build

# The directories of the distribution; systemd reads /usr/local/lib as well.
SYSTEMD_DIR =	{ [ "$(PREFIX)" = /usr ] && \
		$(PKG_CONFIG) --variable=$$v systemd 2>/dev/null | \
		grep /; } || \
		echo "$(PREFIX)/lib/$$d"
UNITDIR !=	v=systemdsystemunitdir d=systemd/system; $(SYSTEMD_DIR)
CATALOGDIR !=	v=catalogdir d=systemd/catalog; $(SYSTEMD_DIR)
SYSUSERSDIR !=	v=sysusersdir d=sysusers.d; $(SYSTEMD_DIR)
TMPFILESDIR !=	v=tmpfilesdir d=tmpfiles.d; $(SYSTEMD_DIR)

# The protections that this compiler knows.  _FORTIFY_SOURCE needs -O, which
# CFLAGS may undo; if CPPFLAGS or the compiler itself sets it, leave it alone.
# RELRO and immediate binding also keep the key off the stack: lazy binding
# leaves copies of registers there.
HARDEN_yes !=	for f in -fstack-protector-strong -fcf-protection; do \
		$(CC) -Werror $$f -fsyntax-only -x c /dev/null 2>/dev/null && \
		echo $$f; done; \
		case "$(CFLAGS)" in *-fsanitize*) exit 0 ;; esac; \
		case $$($(CC) -O2 $(CPPFLAGS) $(CFLAGS) -dM -E -x c /dev/null \
		2>/dev/null) in *_FORTIFY_SOURCE*) ;; \
		*__OPTIMIZE__*) echo -D_FORTIFY_SOURCE=2 ;; esac
HARDEN_no =
OPTIMIZE_yes =	-O2
OPTIMIZE_no =
RELRO =		-Wl,-z,relro -Wl,-z,now
LINK_yes_0 =	-pie $(RELRO)
LINK_no_0 =
# pack-relative-relocs: relocations take a sixtieth of the space
LINK_yes_1 =	-static-pie -Wl,-z,pack-relative-relocs $(RELRO)
LINK_no_1 =	-static
PIE_yes =	-fPIE
PIE_no =
PC_0 =
PC_1 =		--static
PRIVATE_0 =
PRIVATE_1 =	libcrypto
TLS_PC =	$(LIBRESSL:%=env PKG_CONFIG_PATH=%/lib/pkgconfig) $(PKG_CONFIG)
# glibc cannot start a static-pie with a path in it
RPATH_0 =	$(LIBRESSL:%=-Wl,-rpath,%/lib)
RPATH_1 =
TLS_CFLAGS !=	$(TLS_PC) --cflags libtls 2>/dev/null || :
TLS_LIBS !=	$(TLS_PC) $(PC_$(STATIC)) --libs libtls $(PRIVATE_$(STATIC)) \
		2>/dev/null || echo -ltls -lssl -lcrypto
CRYPTO_LIBS !=	$(TLS_PC) $(PC_$(STATIC)) --libs libcrypto \
		2>/dev/null || echo -lcrypto
# OpenSSL 3.5 has a function tls_free, and so has libtls: a static build takes a
# copy of libssl.a, in which the function has another name.
SSL_A !=	[ $(STATIC) = 1 ] || exit 0; \
		a=$$($(TLS_PC) --variable=libdir libssl 2>/dev/null)/libssl.a; \
		nm $$a 2>/dev/null | grep -q ' T tls_free$$' && echo $$a || :
SSL_COPY =	$(SSL_A:%=libssl.a)
TLS_VERSION !=	$(TLS_PC) --modversion libtls 2>/dev/null || echo unknown

SYSTEMD_yes_0 =	-DWITH_SYSTEMD
ALPND_CFLAGS =	-std=c11 -D_GNU_SOURCE -DALPND_VERSION='"$(VERSION)"' \
		-DLIBTLS_VERSION='"$(TLS_VERSION)"' -DCERTDIR='"$(CERTDIR)"' \
		$(SYSTEMD_$(WITH_SYSTEMD)_$(STATIC)) $(TLS_CFLAGS) \
		$(OPTIMIZE_$(HARDEN)) $(PIE_$(HARDEN)) $(HARDEN_$(HARDEN)) \
		-Wall -Wextra

PARSERS =	proxy.o hello.o name.o addr.o intake.o event.o
OBJS =		alpnd.o session.o stream.o certdir.o handshake.o log.o \
		cache.o curve.o deadline.o loader.o rehearsal.o report.o \
		sandbox.o seccomp.o server.o policy.o fds.o pages.o status.o \
		systemd.o flag.o $(PARSERS)
HDRS =		addr.h alpnd.h cache.h certdir.h clock.h curve.h deadline.h \
		event.h fds.h flag.h handshake.h hello.h intake.h loader.h \
		log.h name.h pages.h parse.h policy.h proxy.h records.h \
		rehearsal.h report.h sandbox.h seccomp.h server.h session.h \
		status.h stream.h systemd.h tally.h text.h

# alpnd-check also reads certificates, with libcrypto
CHECK_OBJS =	check/main.o check/cert.o check/connect.o check/dehydrated.o \
		check/der.o check/diagnose.o check/directory.o check/finding.o \
		check/idna.o check/identifier.o check/output.o check/pair.o \
		check/probe.o check/resolve.o check/unit.o check/user.o \
		addr.o certdir.o curve.o flag.o handshake.o name.o stream.o
CHECK_HDRS =	addr.h alpnd.h certdir.h check/cert.h check/connect.h \
		check/dehydrated.h check/der.h check/diagnose.h \
		check/directory.h check/finding.h check/identifier.h \
		check/idna.h check/output.h check/pair.h check/probe.h \
		check/resolve.h check/unit.h \
		check/user.h clock.h curve.h flag.h handshake.h name.h \
		proxy.h stream.h

alpnd: $(OBJS) $(SSL_COPY)
	$(CC) $(CFLAGS) $(LINK_$(HARDEN)_$(STATIC)) $(LDFLAGS) $(SSL_A:%=-L.) \
	    -o $@ $(OBJS) $(TLS_LIBS) $(RPATH_$(STATIC))

alpnd-check: $(CHECK_OBJS) $(SSL_COPY)
	$(CC) $(CFLAGS) $(LINK_$(HARDEN)_$(STATIC)) $(LDFLAGS) $(SSL_A:%=-L.) \
	    -o $@ $(CHECK_OBJS) $(TLS_LIBS) $(CRYPTO_LIBS) $(RPATH_$(STATIC))

libssl.a: $(SSL_A)
	objcopy --redefine-sym tls_free=ssl_tls_free $(SSL_A) $@

$(OBJS): $(HDRS) Makefile

$(CHECK_OBJS): $(CHECK_HDRS) Makefile

.SUFFIXES: .c .o
.c.o:
	$(CC) -I. $(ALPND_CFLAGS) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

SOURCE =	*.[ch] Makefile README.md SECURITY.md CHANGELOG alpnd-pair \
		debian examples man units

SUBST =		sed -e 's|/usr/local/sbin|$(SBINDIR)|g' \
		-e 's|/usr/local/share/doc/alpnd|$(DOCDIR)|g' \
		-e 's|/etc/dehydrated/alpn-certs|$(CERTDIR)|g' \
		-e 's|^version=unknown|version=$(VERSION)|'
HOOKS =		uacme-hook generic-hook dehydrated-hook-rsync
DOCS =		README.md SECURITY.md
MANUALS =	alpnd.8 alpnd-check.8 alpnd-pair.8
UNITS =		alpnd.socket alpnd@.service alpnd.service \
		alpnd-selftest@.service alpnd-selftest@.timer
EXAMPLES =	inetd.conf xinetd.conf nginx.conf nginx-proxy-protocol.conf \
		haproxy.cfg haproxy-hosts.cfg nginx-hosts.conf sslh.cfg

DIRS =		$(SBINDIR) $(MANDIR)/man8 $(DOCDIR)/examples $(UNITDIR) \
		$(CATALOGDIR) $(SYSUSERSDIR) $(TMPFILESDIR)

.PHONY: all demo test check prove fuzz soak bench bench-doc bench-systemd \
	bench-flood lint deb dist install uninstall clean
