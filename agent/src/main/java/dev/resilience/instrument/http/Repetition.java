package dev.resilience.instrument.http;

import dev.resilience.guard.HttpCall;
import dev.resilience.guard.Ruling;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** Waits for the next attempt of a call without a thread. */
public final class Repetition {

    private Repetition() {}

    /**
     * Hands an outcome in until the ruling on it is final.
     *
     * @param handIn tells the guard how the call went; asked again when the circuit opened while it waited
     * @return completes with {@link Ruling.Again} when the time has come to make the call again
     */
    public static CompletionStage<Ruling> ruled(HttpCall call, Supplier<CompletionStage<Ruling>> handIn) {
        CompletionStage<Ruling> first = handIn.get();
        Ruling known = first.toCompletableFuture().getNow(null);
        if (known != null && !(known instanceof Ruling.Again)) {
            return first;
        }
        return first.thenCompose(ruling -> ruling instanceof Ruling.Again again
                ? pause(again.waitMillis())
                        .thenCompose(
                                over -> call.repeat() ? CompletableFuture.completedFuture(ruling) : ruled(call, handIn))
                : CompletableFuture.completedFuture(ruling));
    }

    private static CompletionStage<Void> pause(long millis) {
        if (millis <= 0) {
            return CompletableFuture.completedFuture(null);
        }
        CompletableFuture<Void> over = new CompletableFuture<>();
        Timer.in(millis, () -> over.complete(null));
        return over;
    }
}
