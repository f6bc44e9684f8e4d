package dev.resilience.health.alert;

import java.util.Map;
import java.util.concurrent.CompletionStage;

/** Posts JSON. Thread-safe; never waits. */
@FunctionalInterface
interface HttpPost {

    /** @return the status of the answer; fails when there was none within a few seconds */
    CompletionStage<Integer> post(String url, Map<String, String> headers, byte[] body);
}
