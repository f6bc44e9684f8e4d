package dev.resilience.instrument.urlconnection;

import dev.resilience.bootstrap.Passage;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** One run of a method that tells of TLS, where the application's own connection has nothing to tell. */
final class Securing extends Passage {

    /**
     * @param instead what took the response's place
     * @param refusal why there is no connection, where nothing took its place
     */
    Securing(Secured what, @Nullable Heard instead, @Nullable Throwable refusal) {
        skipped = true;
        try {
            result = instead == null ? what.withoutPeer(refusal) : instead.secured(what);
        } catch (IOException | RuntimeException failed) {
            thrown = failed;
        }
    }

    @Override
    protected void exit(@Nullable Object given, @Nullable Throwable failure) {}
}
