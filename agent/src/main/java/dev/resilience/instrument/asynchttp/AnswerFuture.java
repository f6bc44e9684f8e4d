package dev.resilience.instrument.asynchttp;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.asynchttpclient.ListenableFuture;
import org.jspecify.annotations.Nullable;

/** The future that the application gets. */
final class AnswerFuture<T> implements ListenableFuture<T> {

    private final HandledCall<T> call;
    private final CompletableFuture<T> future = new CompletableFuture<>();

    AnswerFuture(HandledCall<T> call) {
        this.call = call;
    }

    void completeWith(@Nullable T result) {
        future.complete(result);
    }

    void failWith(Throwable failure) {
        future.completeExceptionally(failure);
    }

    @Override
    public void done() {
        // It is done when its call is.
    }

    @Override
    public void abort(Throwable failure) {
        ListenableFuture<?> running = call.running();
        if (running != null) {
            running.abort(failure);
        } else if (!future.isDone()) {
            call.cancel();
            call.fail(failure);
        }
    }

    @Override
    public void touch() {
        ListenableFuture<?> running = call.running();
        if (running != null) {
            running.touch();
        }
    }

    @Override
    public ListenableFuture<T> addListener(Runnable listener, @Nullable Executor executor) {
        if (executor == null) {
            future.whenComplete((result, failure) -> listener.run());
        } else {
            future.whenCompleteAsync((result, failure) -> listener.run(), executor);
        }
        return this;
    }

    /** Whoever is given it may end it. */
    @Override
    public CompletableFuture<T> toCompletableFuture() {
        future.whenComplete((result, failure) -> call.futureEnded(failure));
        return future;
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        if (future.isDone()) {
            return false;
        }
        call.cancel();
        boolean cancelled = future.cancel(mayInterruptIfRunning);
        if (cancelled) {
            call.tell(new CancellationException());
        }
        return cancelled;
    }

    @Override
    public boolean isCancelled() {
        return future.isCancelled();
    }

    @Override
    public boolean isDone() {
        return future.isDone();
    }

    @Override
    public T get() throws InterruptedException, ExecutionException {
        return future.get();
    }

    @Override
    public T get(long time, TimeUnit unit) throws InterruptedException, ExecutionException, TimeoutException {
        return future.get(time, unit);
    }
}
