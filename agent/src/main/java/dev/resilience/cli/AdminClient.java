package dev.resilience.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** The admin API of one JVM, whatever the way to it. Used by one thread. */
interface AdminClient extends AutoCloseable {

    /**
     * Asks and waits for the answer.
     *
     * @param method {@code GET} or {@code POST}
     * @param pathAndQuery from the first slash on, encoded
     * @throws Unreachable when nobody answers
     */
    Answer ask(String method, String pathAndQuery);

    /** Whom it talks to, for messages. */
    String target();

    @Override
    void close();

    /** @throws Unreachable also when the answer is a refusal, in the words of the API */
    default JsonNode get(String pathAndQuery) {
        return ask("GET", pathAndQuery).orRefusal();
    }

    /** @throws Unreachable also when the answer is a refusal, in the words of the API */
    default JsonNode post(String pathAndQuery) {
        return ask("POST", pathAndQuery).orRefusal();
    }

    /** A value as it stands in a query. */
    static String encoded(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8);
    }

    /** Who asks, for the record, as it stands in a query. */
    static String by() {
        return "by=" + encoded(System.getProperty("user.name", "the command line"));
    }

    /** @param status as in HTTP */
    record Answer(int status, JsonNode body) {

        JsonNode orRefusal() {
            if (status < 300) {
                return body;
            }
            String detail = body.path("detail").asText("");
            String title = body.path("title").asText("the answer was " + status);
            throw new Unreachable(detail.isEmpty() ? title : title.toLowerCase(java.util.Locale.ROOT) + ": " + detail);
        }
    }
}
