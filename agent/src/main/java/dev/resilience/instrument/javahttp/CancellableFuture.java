package dev.resilience.instrument.javahttp;

import java.util.concurrent.CompletableFuture;

/**
 * What an application gets of a call. Passes its cancellation, and that of futures made from it, on to the call, as the client's
 * own does.
 */
final class CancellableFuture<T> extends CompletableFuture<T> {

    /** How a call is cancelled. */
    interface Cancellation {

        /** @return whether that ended it */
        boolean cancel(boolean mayInterrupt);
    }

    private final Exchange<?> exchange;
    private final Cancellation call;

    CancellableFuture(Exchange<?> exchange, Cancellation call) {
        this.exchange = exchange;
        this.call = call;
    }

    @Override
    public <U> CompletableFuture<U> newIncompleteFuture() {
        return new CancellableFuture<>(exchange, call);
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        boolean ended = false;
        if (!isDone()) {
            exchange.cancelling();
            ended = call.cancel(mayInterruptIfRunning);
        }
        return super.cancel(mayInterruptIfRunning) || ended;
    }
}
