package dev.resilience.instrument.urlconnection;

import dev.resilience.instrument.GateAdvice;
import dev.resilience.instrument.NoticeAdvice;
import dev.resilience.instrument.RuleKind;
import dev.resilience.instrument.WeavePoint;
import java.util.List;
import java.util.Set;

/**
 * The JDK's URL connections. The one for https hands every method on to a delegate, which inherits from the one for http, so
 * both are met in the same place. Whatever talks to the server goes through three methods; all others only tell what is known,
 * and are woven so that they agree about an answer that took a response's place; so are those that tell of TLS, which the one for
 * http has not.
 */
public final class UrlConnection {

    private static final String HTTP = "sun/net/www/protocol/http/HttpURLConnection";
    private static final String DELEGATE = "sun/net/www/protocol/https/AbstractDelegateHttpsURLConnection";
    private static final String BASE = "java/net/HttpURLConnection";

    private UrlConnection() {}

    public static void addPoints(List<WeavePoint> points) {
        points.add(gate(Set.of(HTTP, DELEGATE), "connect", "()V"));
        points.add(gate(Set.of(HTTP), "getOutputStream", "()Ljava/io/OutputStream;"));
        points.add(gate(Set.of(HTTP), "getInputStream", "()Ljava/io/InputStream;"));
        points.add(gate(Set.of(HTTP), "getErrorStream", "()Ljava/io/InputStream;"));
        points.add(gate(Set.of(HTTP), "getHeaderField", "(Ljava/lang/String;)Ljava/lang/String;"));
        points.add(gate(Set.of(HTTP), "getHeaderField", "(I)Ljava/lang/String;"));
        points.add(gate(Set.of(HTTP), "getHeaderFieldKey", "(I)Ljava/lang/String;"));
        points.add(gate(Set.of(HTTP), "getHeaderFields", "()Ljava/util/Map;"));
        points.add(gate(Set.of(BASE), "getResponseCode", "()I"));
        points.add(gate(Set.of(BASE), "getResponseMessage", "()Ljava/lang/String;"));
        points.add(gate(Set.of(DELEGATE), "getCipherSuite", "()Ljava/lang/String;"));
        points.add(gate(Set.of(DELEGATE), "getLocalCertificates", "()[Ljava/security/cert/Certificate;"));
        points.add(gate(Set.of(DELEGATE), "getLocalPrincipal", "()Ljava/security/Principal;"));
        points.add(gate(Set.of(DELEGATE), "getServerCertificates", "()[Ljava/security/cert/Certificate;"));
        points.add(gate(Set.of(DELEGATE), "getPeerPrincipal", "()Ljava/security/Principal;"));
        points.add(gate(Set.of(DELEGATE), "getSSLSession", "()Ljavax/net/ssl/SSLSession;"));
        points.add(notice("disconnect", "()V"));
        points.add(notice("setRequestProperty", "(Ljava/lang/String;Ljava/lang/String;)V"));
        points.add(notice("addRequestProperty", "(Ljava/lang/String;Ljava/lang/String;)V"));
    }

    private static WeavePoint gate(Set<String> classes, String method, String descriptor) {
        return point(classes, method, descriptor, GateAdvice.class);
    }

    private static WeavePoint notice(String method, String descriptor) {
        return point(Set.of(HTTP), method, descriptor, NoticeAdvice.class);
    }

    private static WeavePoint point(Set<String> classes, String method, String descriptor, Class<?> advice) {
        return new WeavePoint(
                new WeavePoint.Named(classes),
                method,
                descriptor,
                advice,
                RuleKind.HTTP,
                "dev.resilience.instrument.urlconnection.UrlConnections");
    }
}
