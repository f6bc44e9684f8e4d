package dev.resilience.instrument.urlconnection;

import dev.resilience.fallback.Request;
import dev.resilience.guard.HttpCall;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the application writes as its request's body, and where it goes: kept until there is a connection to send it over, copied
 * while it is sent, or nowhere. Does not hold the connection. Used by one thread at a time.
 */
final class SentBody {

    private final HttpCall call;
    private final OutgoingRequest request;

    /** Written before there was a connection to send it over, or one whose connection could not be had. */
    private @Nullable KeptBody unsent;

    /** Why {@link #unsent} cannot be sent, or could not when it was to be. */
    private @Nullable Throwable lost;

    private @Nullable ByteArrayOutputStream sent;
    private @Nullable CopiedBody copied;
    private @Nullable OutputStream sink;

    SentBody(HttpCall call, OutgoingRequest request) {
        this.call = call;
        this.request = request;
    }

    /** Whether the application writes, or has written, what is not sent yet. */
    boolean isKept() {
        return unsent != null;
    }

    /** Why it was not sent. */
    @Nullable
    Throwable lost() {
        return unsent == null ? lost : null;
    }

    /** Why there is no connection for it, while the application may still believe that there is one. */
    @Nullable
    Throwable unconnected() {
        return unsent == null ? null : lost;
    }

    /** Whether no connection for it could be had. */
    boolean isLost() {
        return lost != null;
    }

    /** Whether it cannot be sent for its length alone. */
    boolean isTooLong() {
        return lost == null && unsent != null && !unsent.isWhole();
    }

    /** Where the application writes what is to be kept. */
    OutputStream kept(HttpURLConnection connection) {
        KeptBody known = unsent;
        if (known == null) {
            known = Streaming.of(connection).used() ? KeptBody.bounded() : KeptBody.unbounded();
            unsent = known;
        }
        return known;
    }

    /** Where the application writes what is to be kept, because there is no connection. */
    OutputStream keptAfter(Throwable failure, HttpURLConnection connection) {
        lost = failure;
        return kept(connection);
    }

    /** What was kept is all there is, before it is sent. */
    void tell() {
        request.sent(unsent);
    }

    /** Sends what was kept. @return why it is not sent, null when it is */
    @Nullable
    Throwable send(HttpURLConnection connection) {
        KeptBody body = Objects.requireNonNull(unsent);
        boolean tooLong = isTooLong();
        unsent = null;
        sent = body;
        request.sent(body);
        if (!body.isWhole()) {
            call.cannotRepeat();
        }
        if (tooLong) {
            lost = new IOException("a request body of more than " + Request.Http.MAX_BODY
                    + " bytes was not kept while the circuit was not closed");
        }
        if (lost == null) {
            try (OutputStream out = connection.getOutputStream()) {
                body.writeTo(out);
            } catch (IOException | RuntimeException unable) {
                lost = unable;
            }
        }
        return lost;
    }

    /** What was sent, for a call that is made again; null when nothing was. */
    @Nullable
    ByteArrayOutputStream sent() {
        return sent;
    }

    /** Where the application writes what the connection sends. @param given what the connection gave to write to */
    @Nullable
    Object over(@Nullable Object given) {
        sent = given instanceof ByteArrayOutputStream whole ? whole : null;
        request.sent(sent);
        if (sent != null) {
            return given;
        }
        call.cannotRepeat();
        if (!call.endpoint().answersFailures() || !(given instanceof OutputStream wire)) {
            return given;
        }
        // It is sent at once, and nothing of it is kept there; what may take the call in charge wants it.
        CopiedBody body = copied == null ? new CopiedBody() : copied;
        copied = body;
        request.sent(body.copy());
        return body.over(wire);
    }

    /** Where the application writes what goes nowhere, because the call is answered. */
    OutputStream discarded() {
        OutputStream known = sink;
        if (known == null) {
            known = new ByteArrayOutputStream();
            sink = known;
        }
        return known;
    }
}
