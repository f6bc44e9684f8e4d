package dev.resilience.fallback;

import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** The last good answer. Every success refreshes it as the application reads it. Thread-safe. */
public interface StaleCache extends Strategy {

    /**
     * Takes the body of a good response, when it may be kept; null when not.
     *
     * @param headers of the response, as received
     */
    @Nullable
    BodyRecorder keep(Request.Http request, int status, List<Answer.Header> headers);

    /** Takes the rows of a good result, when they may be kept; null when not. */
    @Nullable
    RowsRecorder keep(Request.Jdbc request);

    @Override
    default String name() {
        return "stale_cache";
    }

    @Override
    CompletionStage<@Nullable Answer> answer(Request request, Trouble trouble);
}
