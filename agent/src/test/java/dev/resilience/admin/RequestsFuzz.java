package dev.resilience.admin;

import java.nio.charset.StandardCharsets;

/** Whatever is asked of the admin API, first the method, then the address, is answered without a failure of ours. */
public final class RequestsFuzz {

    private static final ApiOperation API = new ApiOperation(() -> Routes.of(new AdminFixture().surface));

    private RequestsFuzz() {}

    public static void fuzzerTestOneInput(byte[] data) {
        String[] words = new String(data, StandardCharsets.UTF_8).split(" ", 2);
        String method = words.length == 1 ? "GET" : words[0];
        Object status = API.ask(method, words[words.length - 1]).get("status");
        if ((Integer) status >= 500) {
            throw new AssertionError("status " + status);
        }
    }
}
