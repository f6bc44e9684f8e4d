package dev.resilience.admin;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Decides who is let in. On loopback, without a token, only a {@code Host} that names loopback is (a web page could else reach
 * us through a name of its own that it points here: DNS rebinding). What changes something is refused to other sites' pages by {@code Origin}.
 * With a token, everything needs it but {@code /healthz} and the dashboard's own files, which hold nothing and ask for it. A
 * second one may open what only reads.
 */
final class Doorman {

    static final String LIVENESS = "/healthz";

    private static final String BEARER = "bearer ";

    private final boolean loopback;
    private final byte @Nullable [] tokenHash;
    private final byte @Nullable [] readTokenHash;

    Doorman(boolean loopback, @Nullable String token, @Nullable String readToken) {
        this.loopback = loopback;
        this.tokenHash = token == null ? null : hash(token);
        this.readTokenHash = readToken == null ? null : hash(readToken);
    }

    /** @throws Problem when the request is not let in */
    void check(HttpRequest request, String path) {
        List<String> hosts = request.headers().getAll(HttpHeaderNames.HOST);
        // HTTP/1.0 has no such header, and balancers' checks still speak it.
        if (hosts.isEmpty() && path.equals(LIVENESS) && HttpVersion.HTTP_1_0.equals(request.protocolVersion())) {
            return;
        }
        if (hosts.size() != 1 || hosts.get(0).isBlank()) {
            throw new Problem(400, "Bad request", "exactly one Host header is needed");
        }
        String host = hosts.get(0).trim();
        // A token is what no such page has; a proxy on the same host may keep the name it was called by.
        if (loopback && tokenHash == null && !namesLoopback(host)) {
            throw new Problem(
                    403,
                    "Forbidden",
                    "this server answers to localhost and loopback addresses only, unless `admin.token` is set");
        }
        boolean reads = HttpMethod.GET.equals(request.method()) || HttpMethod.HEAD.equals(request.method());
        if (!reads) {
            checkOrigin(request.headers(), host);
        }
        if (tokenHash != null && !path.equals(LIVENESS) && !(reads && Page.has(path))) {
            checkToken(request.headers(), tokenHash, reads);
        }
    }

    private void checkToken(HttpHeaders headers, byte[] full, boolean reads) {
        byte[] given = token(headers);
        if (given != null && MessageDigest.isEqual(full, given)) {
            return;
        }
        boolean reader = given != null && readTokenHash != null && MessageDigest.isEqual(readTokenHash, given);
        if (reader && reads) {
            return;
        }
        if (reader) {
            throw new Problem(403, "Forbidden", "this token only reads");
        }
        throw new Problem(
                401,
                "Unauthorized",
                "this server needs its token: Authorization: Bearer <token>",
                Map.of("WWW-Authenticate", "Bearer realm=\"resilience\""));
    }

    private static void checkOrigin(HttpHeaders headers, String host) {
        String site = headers.get("Sec-Fetch-Site");
        String origin = headers.get(HttpHeaderNames.ORIGIN);
        boolean foreignSite = site != null && !site.equals("same-origin") && !site.equals("none");
        if (foreignSite || (origin != null && !sameHost(origin, host))) {
            throw new Problem(403, "Forbidden", "pages of other sites may not change anything here");
        }
    }

    private static boolean sameHost(String origin, String host) {
        try {
            String authority = new URI(origin).getRawAuthority();
            return authority != null && authority.equalsIgnoreCase(host);
        } catch (URISyntaxException odd) {
            return false;
        }
    }

    private static boolean namesLoopback(String host) {
        String name = host.toLowerCase(Locale.ROOT);
        if (name.startsWith("[")) {
            return name.matches("\\[(::1|0:0:0:0:0:0:0:1)\\](:\\d{1,5})?");
        }
        return name.matches("(localhost|127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3})(:\\d{1,5})?");
    }

    /** By its hash: equal lengths, so that comparing takes the same time whatever was sent. Null when there is none. */
    private static byte @Nullable [] token(HttpHeaders headers) {
        String authorization = headers.get(HttpHeaderNames.AUTHORIZATION);
        if (authorization == null || !authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            return null;
        }
        return hash(authorization.substring(BEARER.length()).trim());
    }

    private static byte[] hash(String token) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
