package dev.resilience.admin;

import java.util.Map;

/** Why a request is not answered, told as RFC 9457 has it. */
final class Problem extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int status;
    private final String title;
    private final transient Map<String, String> headers;

    Problem(int status, String title, String detail) {
        this(status, title, detail, Map.of());
    }

    Problem(int status, String title, String detail, Map<String, String> headers) {
        super(detail, null, false, false);
        this.status = status;
        this.title = title;
        this.headers = headers;
    }

    Reply reply() {
        var body = Json.object();
        body.put("type", "about:blank");
        body.put("title", title);
        body.put("status", status);
        body.put("detail", getMessage());
        return new Reply(status, "application/problem+json", Json.bytes(body), headers);
    }
}
