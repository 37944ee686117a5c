// interop client: PORT NAME 1.2|1.3; prints version, ALPN, SHA-256 of the certificate
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.List;
import javax.net.ssl.*;

class Client {
	public static void main(String[] a) throws Exception {
		SSLContext c = SSLContext.getInstance("TLS");
		c.init(null, new TrustManager[] { new X509TrustManager() {
			public void checkClientTrusted(X509Certificate[] x, String t) { }
			public void checkServerTrusted(X509Certificate[] x, String t) { }
			public X509Certificate[] getAcceptedIssuers() { return new X509Certificate[0]; }
		} }, new SecureRandom());
		SSLSocket s = (SSLSocket) c.getSocketFactory().createSocket("127.0.0.1", Integer.parseInt(a[0]));
		SSLParameters p = s.getSSLParameters();
		p.setApplicationProtocols(new String[] { "acme-tls/1" });
		p.setServerNames(List.of(new SNIHostName(a[1])));
		p.setProtocols(new String[] { "TLSv" + a[2] });
		s.setSSLParameters(p);
		s.startHandshake();
		byte[] der = s.getSession().getPeerCertificates()[0].getEncoded();
		System.out.println(s.getSession().getProtocol() + " " + s.getApplicationProtocol() + " "
		    + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(der)));
		if (s.getInputStream().read() != -1)
			System.exit(1);
	}
}
