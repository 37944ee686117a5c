# Of OpenBSD's bsd.port.mk(5), what contrib/openbsd/Makefile uses, for bmake.
# WRKSRC and PREFIX are given.
INSTALL_DATA =		install -m 444
INSTALL_DATA_DIR =	install -d
INSTALL_MAN =		install -m 444
INSTALL_PROGRAM =	install -m 555
INSTALL_SCRIPT =	install -m 555

do-build:
	cd ${WRKSRC} && ${MAKE} ${MAKE_FLAGS} ${ALL_TARGET}
