package dev.resilience.fallback;

import java.util.ArrayList;
import java.util.List;

/**
 * An {@code Authorization} by AWS's Signature Version 4: good for one request and some minutes. Who asks is its access key; the
 * rest differs from request to request. What proves more, the token of a session, is in a header of its own.
 */
final class AwsSignature {

    private static final String BEGIN = "AWS4-";
    private static final String CREDENTIAL = "Credential=";

    private AwsSignature() {}

    /** Whether the request is signed for itself alone, so that the same one sent later is refused. */
    static boolean signs(Request.Http request) {
        return request.header("Authorization").stream().anyMatch(AwsSignature::is);
    }

    /** What these values say of who asks, which is all of any but such a signature. */
    static List<String> askers(List<String> authorization) {
        if (authorization.stream().noneMatch(AwsSignature::is)) {
            return authorization;
        }
        List<String> askers = new ArrayList<>();
        authorization.forEach(value -> askers.add(asker(value)));
        return askers;
    }

    /** {@code AWS4-HMAC-SHA256 AKID}, of a signature that names its credential; else the value itself. */
    static String asker(String authorization) {
        int from = is(authorization) ? authorization.indexOf(CREDENTIAL) + CREDENTIAL.length() : 0;
        int to = authorization.indexOf('/', from);
        return from < CREDENTIAL.length() || to <= from
                ? authorization
                : authorization.substring(0, authorization.indexOf(' ') + 1) + authorization.substring(from, to);
    }

    private static boolean is(String authorization) {
        return authorization.startsWith(BEGIN) && authorization.indexOf(' ') > 0;
    }
}
