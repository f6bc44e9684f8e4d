package dev.resilience.matrix;

import dev.resilience.fallback.Answer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What scripts answer. */
final class Answers {

    static final Answer.Http STALE = new Answer.Http(
            "stale_cache",
            200,
            List.of(
                    new Answer.Header("Content-Type", "text/plain;charset=utf-8"),
                    new Answer.Header("X-Resilience-Fallback", "stale_cache"),
                    new Answer.Header("X-Resilience-Service", "matrix"),
                    new Answer.Header("Age", "7"),
                    new Answer.Header("X-Twice", "one"),
                    new Answer.Header("X-Twice", "two")),
            "from the cache, ä".getBytes(StandardCharsets.UTF_8));

    private Answers() {}
}
