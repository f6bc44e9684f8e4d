package dev.resilience.instrument.urlconnection;

import java.io.IOException;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/** What a connection for https tells of its TLS. */
enum Secured {
    CIPHER_SUITE(HttpsURLConnection::getCipherSuite),
    LOCAL_CERTIFICATES(HttpsURLConnection::getLocalCertificates),
    LOCAL_PRINCIPAL(HttpsURLConnection::getLocalPrincipal),
    SERVER_CERTIFICATES(HttpsURLConnection::getServerCertificates),
    PEER_PRINCIPAL(HttpsURLConnection::getPeerPrincipal),
    SESSION(connection -> connection.getSSLSession().orElse(null));

    private final Getter getter;

    Secured(Getter getter) {
        this.getter = getter;
    }

    @Nullable
    Object of(HttpsURLConnection connection) throws IOException {
        return getter.of(connection);
    }

    /**
     * As the JDK's session tells it that had no handshake. Who connected, and heard of no trouble, does not expect the unchecked
     * exception that a connection has for questions that come too early.
     *
     * @param cause why there is no peer
     */
    @Nullable
    Object withoutPeer(@Nullable Throwable cause) throws SSLPeerUnverifiedException {
        return switch (this) {
            case CIPHER_SUITE -> "SSL_NULL_WITH_NULL_NULL";
            case SERVER_CERTIFICATES, PEER_PRINCIPAL -> throw unverified(cause);
            case LOCAL_CERTIFICATES, LOCAL_PRINCIPAL, SESSION -> null;
        };
    }

    private static SSLPeerUnverifiedException unverified(@Nullable Throwable cause) {
        SSLPeerUnverifiedException unverified = new SSLPeerUnverifiedException("peer not authenticated");
        if (cause != null) {
            unverified.initCause(cause);
        }
        return unverified;
    }

    /** One of a connection's getters. */
    @FunctionalInterface
    private interface Getter {
        @Nullable
        Object of(HttpsURLConnection connection) throws IOException;
    }
}
