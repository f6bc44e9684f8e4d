package dev.resilience.instrument.urlconnection;

import dev.resilience.bootstrap.Passage;
import java.io.IOException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One run of a method that tells something, and may talk to the server for it: it tells of what took the response's place. */
final class Telling extends Passage {

    private final Supplier<@Nullable Heard> instead;
    private final UrlConnections.Told told;
    private final @Nullable Object argument;

    private Telling(Supplier<@Nullable Heard> instead, UrlConnections.Told told, @Nullable Object argument) {
        this.instead = instead;
        this.told = told;
        this.argument = argument;
    }

    /** @param instead gives null where the connection's own word counts, which may change while the method runs */
    static Telling of(Supplier<@Nullable Heard> instead, UrlConnections.Told told, @Nullable Object argument) {
        Telling telling = new Telling(instead, told, argument);
        telling.skipped = telling.tell();
        return telling;
    }

    @Override
    protected void exit(@Nullable Object given, @Nullable Throwable failure) {
        tell();
    }

    private boolean tell() {
        Heard known = instead.get();
        if (known == null) {
            return false;
        }
        result = null;
        thrown = null;
        try {
            result = told.of(known, argument);
        } catch (IOException failed) {
            thrown = failed;
        }
        return true;
    }
}
