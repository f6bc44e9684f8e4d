package dev.resilience.fallback;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Answers for an advanced feature that is off: with what the rule's other links have, else with why it is off, and in both
 * cases marked so. Off means that the circuit lets no call through; the trial calls that recover it are made. Thread-safe.
 */
final class FeatureOff implements Strategy {

    static final String NAME = "feature_off";

    private final FallbackChain others;
    private final Respond why;

    /** @param others the links that the rule declares */
    FeatureOff(FallbackChain others, Respond why) {
        this.others = others;
        this.why = why;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public CompletionStage<@Nullable Answer> answer(Request request, Trouble trouble) {
        if (!trouble.rejected()) {
            return CompletableFuture.completedFuture(null);
        }
        return others.answer(request, trouble, missed -> {})
                .thenCompose(answer ->
                        answer != null ? CompletableFuture.completedFuture(answer) : why.answer(request, trouble))
                .thenApply(answer -> answer == null ? null : marked(answer));
    }

    private static Answer marked(Answer answer) {
        if (answer instanceof Answer.RowSet rows) {
            return new Answer.RowSet(NAME, rows.rows());
        }
        if (answer instanceof Answer.UpdateCount update) {
            return new Answer.UpdateCount(NAME, update.count());
        }
        Answer.Http http = (Answer.Http) answer;
        List<Answer.Header> headers = new ArrayList<>(http.headers());
        headers.replaceAll(
                header -> header.name().equals(Marks.FALLBACK) ? new Answer.Header(Marks.FALLBACK, NAME) : header);
        return new Answer.Http(NAME, http.status(), List.copyOf(headers), http.body(), http.address());
    }
}
