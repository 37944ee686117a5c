// interop client: PORT NAME 1.2|1.3; prints version, ALPN, SHA-256 of the certificate
const tls = require('tls'), crypto = require('crypto');
const [port, name, version] = process.argv.slice(2);
const s = tls.connect({ port, host: '127.0.0.1', servername: name, ALPNProtocols: ['acme-tls/1'],
	minVersion: 'TLSv' + version, maxVersion: 'TLSv' + version, rejectUnauthorized: false }, () => {
	const der = s.getPeerCertificate().raw;
	console.log(s.getProtocol(), s.alpnProtocol, crypto.createHash('sha256').update(der).digest('hex'));
	s.resume();
});
