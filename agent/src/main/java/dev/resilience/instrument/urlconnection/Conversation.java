package dev.resilience.instrument.urlconnection;

import dev.resilience.CircuitBreakerOpenException;
import dev.resilience.bootstrap.Passage;
import dev.resilience.fallback.Answer;
import dev.resilience.guard.HttpCall;
import dev.resilience.guard.Ruling;
import dev.resilience.guard.ThreadMarks;
import dev.resilience.instrument.http.BlockingPassage;
import dev.resilience.instrument.http.Body;
import dev.resilience.instrument.http.BodyStream;
import dev.resilience.instrument.http.ResponseHead;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.lang.ref.WeakReference;
import java.net.HttpURLConnection;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.net.URL;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One connection's call. Admitted by the first method that talks to the server, settled when the response's head is there, a
 * good one with its body; an answer or a rejection is remembered, as the connection itself remembers how it went. Used by one thread at a time, like the
 * connection; does not hold it.
 */
final class Conversation {

    private static final String TRACEPARENT = "traceparent";
    private static final int NO_CONTENT = 204;
    private static final int NOT_MODIFIED = 304;
    private static final int FAILED = 400;

    private final HttpCall call;
    private final OutgoingRequest request;
    private final String method;
    private final URL url;
    private final boolean told;
    private final long beganNanos = System.nanoTime();

    private boolean begun;
    private boolean settled;
    private @Nullable Heard instead;
    private @Nullable Successor successor;
    private @Nullable CircuitBreakerOpenException rejection;
    private @Nullable OutputStream sink;
    private @Nullable ByteArrayOutputStream sent;

    /** Weakly, because it holds the connection. */
    private @Nullable WeakReference<InputStream> watched;

    private @Nullable Body body;

    /** The thread that is inside one of the connection's methods: what that calls of the connection is not looked at. */
    private @Nullable Thread inside;

    /** @param told whether all is known that the connection was told */
    Conversation(HttpCall call, OutgoingRequest request, String method, URL url, boolean told) {
        this.call = call;
        this.request = request;
        this.method = method;
        this.url = url;
        this.told = told;
    }

    @Nullable
    Passage enter(HttpURLConnection connection, Step step) {
        if (inside == Thread.currentThread()) {
            return null;
        }
        if (!begun) {
            begun = true;
            admit(connection);
        }
        Talk talk = new Talk(connection, step);
        if (rejection != null) {
            talk.skipped = true;
            talk.thrown = rejection;
        } else if (instead != null) {
            talk.skipped = true;
            talk.answer();
        } else if (successor != null) {
            talk.skipped = true;
            talk.goOn();
        } else {
            inside = Thread.currentThread();
        }
        return talk;
    }

    @Nullable
    Passage tell(UrlConnections.Told told, @Nullable Object argument) {
        if (inside == Thread.currentThread() || (settled && instead == null)) {
            return null;
        }
        Telling telling = new Telling(told, argument);
        if (instead != null) {
            telling.skipped = true;
            telling.tell(instead);
        }
        return telling;
    }

    /** The application wants no more of it. */
    void disconnected() {
        if (begun && !settled && inside == null) {
            settled = true;
            call.cancelled();
        }
        Body open = body;
        if (open != null) {
            open.abandon();
        }
    }

    private void admit(HttpURLConnection connection) {
        if (call.endpoint().repeats() && told && Successor.possible(connection)) {
            call.canRepeat();
        }
        Ruling ruling = call.admit();
        if (ruling instanceof Ruling.Proceed) {
            prepare(connection);
            return;
        }
        settled = true;
        if (ruling instanceof Ruling.Substitute substitute) {
            instead = new GivenAnswer((Answer.Http) substitute.answer(), method, url);
        } else if (ruling instanceof Ruling.Reject reject) {
            rejection = reject.exception();
        }
    }

    private void prepare(HttpURLConnection connection) {
        try {
            String traceparent = call.traceparent();
            if (traceparent != null && connection.getRequestProperty(TRACEPARENT) == null) {
                connection.setRequestProperty(TRACEPARENT, traceparent);
            }
        } catch (IllegalStateException connected) {
            // Met only after it connected.
        }
        int deadline = (int) Math.min(call.endpoint().deadlineMillis(), Integer.MAX_VALUE);
        if (deadline > 0) {
            connection.setConnectTimeout(shorter(connection.getConnectTimeout(), deadline));
            connection.setReadTimeout(shorter(connection.getReadTimeout(), deadline));
        }
    }

    private static int shorter(int own, int most) {
        return own == 0 ? most : Math.min(own, most);
    }

    /** As {@link #settle}, and the call is not over where it is to be made again. */
    private Ruling rule(HttpURLConnection connection, Step step, @Nullable Throwable failure) {
        Ruling ruling = settle(connection, step, failure);
        if (ruling instanceof Ruling.Again) {
            settled = false;
        }
        return ruling;
    }

    /** What the method gave says how the call went, if it went that far. */
    private Ruling settle(HttpURLConnection connection, Step step, @Nullable Throwable failure) {
        if (settled) {
            return Ruling.Proceed.INSTANCE;
        }
        if (step != Step.RECEIVE) {
            return failure == null ? Ruling.Proceed.INSTANCE : failed(step, failure);
        }
        int status = failure == null || failure instanceof IOException ? status(connection) : -1;
        if (status > 0 && (failure == null || status >= FAILED)) {
            settled = true;
            ResponseHead head = new ResponseHead(status, () -> headers(connection));
            if (failure != null || call.fails(head)) {
                return call.answered(head);
            }
            body = Body.of(call, head, Conversation::interrupted).open();
            return Ruling.Proceed.INSTANCE;
        }
        return failure == null ? Ruling.Proceed.INSTANCE : failed(step, failure);
    }

    private Ruling failed(Step step, Throwable failure) {
        settled = true;
        boolean callersOwn = step == Step.SEND && failure instanceof ProtocolException;
        if (callersOwn || interrupted(failure) || failure instanceof RuntimeException) {
            call.cancelled();
            return Ruling.Proceed.INSTANCE;
        }
        return call.failed(failure);
    }

    private static boolean interrupted(Throwable failure) {
        return failure instanceof InterruptedIOException && !(failure instanceof SocketTimeoutException);
    }

    private static int status(HttpURLConnection connection) {
        ThreadMarks.enter();
        try {
            return connection.getResponseCode();
        } catch (IOException | RuntimeException none) {
            return -1;
        } finally {
            ThreadMarks.exit();
        }
    }

    private static List<Answer.Header> headers(HttpURLConnection connection) {
        ThreadMarks.enter();
        try {
            return all(connection);
        } finally {
            ThreadMarks.exit();
        }
    }

    private static List<Answer.Header> all(HttpURLConnection connection) {
        List<Answer.Header> headers = new ArrayList<>();
        for (int i = 0; ; i++) {
            String value = connection.getHeaderField(i);
            if (value == null) {
                return headers;
            }
            String name = connection.getHeaderFieldKey(i);
            if (name != null) {
                headers.add(new Answer.Header(name, value));
            }
        }
    }

    private @Nullable Object read(HttpURLConnection connection, @Nullable Object given) {
        InputStream before = watched == null ? null : watched.get();
        Body watch = body;
        if (before != null || watched != null || watch == null || !(given instanceof InputStream own)) {
            return before == null ? given : before;
        }
        long length = bare(status(connection)) ? 0 : length(connection);
        InputStream stream = new BodyStream(own, watch, length, false);
        if (length == 0) {
            watch.complete();
        }
        watched = new WeakReference<>(stream);
        return stream;
    }

    private static long length(HttpURLConnection connection) {
        ThreadMarks.enter();
        try {
            return connection.getContentLengthLong();
        } finally {
            ThreadMarks.exit();
        }
    }

    /** Whether no body comes, whatever length is announced. */
    private boolean bare(int status) {
        return method.equals("HEAD") || status == NO_CONTENT || status == NOT_MODIFIED;
    }

    /** Lets go of a response that is replaced. */
    private static void discard(HttpURLConnection connection, @Nullable Object given) {
        ThreadMarks.enter();
        try (InputStream body = given instanceof InputStream stream ? stream : connection.getErrorStream()) {
            if (body != null) {
                body.skip(body.available());
            }
        } catch (IOException broken) {
            // Nobody reads this body.
        } finally {
            ThreadMarks.exit();
        }
    }

    private Successor successor(HttpURLConnection first) throws IOException {
        Successor next = Successor.of(first, url, method, request.headers());
        HttpURLConnection connection = next.connection();
        String traceparent = call.traceparent();
        if (traceparent != null && connection.getRequestProperty(TRACEPARENT) == null) {
            connection.setRequestProperty(TRACEPARENT, traceparent);
        }
        connection.setConnectTimeout(first.getConnectTimeout());
        connection.setReadTimeout(first.getReadTimeout());
        long deadline = call.endpoint().deadlineMillis();
        if (deadline > 0) {
            long left = deadline - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beganNanos);
            int most = (int) Math.min(Math.max(left, 1), Integer.MAX_VALUE);
            connection.setConnectTimeout(shorter(connection.getConnectTimeout(), most));
            connection.setReadTimeout(shorter(connection.getReadTimeout(), most));
        }
        return next;
    }

    /** One run of a method that talks to the server. */
    private final class Talk extends Passage {

        private final HttpURLConnection connection;
        private final Step step;

        Talk(HttpURLConnection connection, Step step) {
            this.connection = connection;
            this.step = step;
        }

        @Override
        protected void exit(@Nullable Object given, @Nullable Throwable failure) {
            try {
                heard(given, failure);
            } finally {
                inside = null;
            }
        }

        /** The connection itself is out of it: another one makes the call. */
        void goOn() {
            Object given = null;
            Throwable failure = null;
            try {
                given = Objects.requireNonNull(successor).go(step, sent);
            } catch (IOException | RuntimeException thrownThere) {
                failure = thrownThere;
            }
            heard(given, failure);
        }

        private void heard(@Nullable Object firstGiven, @Nullable Throwable firstFailure) {
            Object given = firstGiven;
            Throwable failure = firstFailure;
            Ruling ruling = rule(current(), step, failure);
            while (ruling instanceof Ruling.Again again) {
                if (!BlockingPassage.pause(again.waitMillis())) {
                    settled = true;
                    call.cancelled();
                    break;
                }
                if (call.repeat()) {
                    discard(current(), given);
                    given = null;
                    failure = null;
                    try {
                        Successor next = successor(connection);
                        successor = next;
                        given = next.go(step, sent);
                    } catch (IOException | RuntimeException anew) {
                        failure = anew;
                    }
                }
                ruling = rule(current(), step, failure);
            }
            give(ruling, given, failure);
        }

        private HttpURLConnection current() {
            Successor next = successor;
            return next == null ? connection : next.connection();
        }

        private void give(Ruling ruling, @Nullable Object given, @Nullable Throwable failure) {
            result = given;
            thrown = failure;
            if (ruling instanceof Ruling.Substitute substitute) {
                instead = new GivenAnswer((Answer.Http) substitute.answer(), method, url);
                discard(current(), given);
                thrown = null;
                answer();
                return;
            }
            if (failure == null && step == Step.RECEIVE) {
                result = read(current(), given);
            } else if (failure == null && step == Step.SEND) {
                // Others send what they are given at once, and keep nothing of it.
                sent = given instanceof ByteArrayOutputStream kept ? kept : null;
                if (sent == null) {
                    call.cannotRepeat();
                }
            }
            Successor last = successor;
            if (last != null && settled) {
                last.ended(result instanceof InputStream stream ? stream : null, thrown);
                instead = last;
            }
        }

        /** Gives what the method gives of what took the response's place. */
        void answer() {
            Heard told = instead;
            if (step == Step.SEND) {
                if (sink == null) {
                    sink = new ByteArrayOutputStream();
                }
                result = sink;
            } else if (step == Step.RECEIVE && told != null) {
                try {
                    result = told.inputStream();
                } catch (IOException failed) {
                    thrown = failed;
                }
            }
        }
    }

    /** One run of a method that tells something, and may have talked to the server for it. */
    private final class Telling extends Passage {

        private final UrlConnections.Told told;
        private final @Nullable Object argument;

        Telling(UrlConnections.Told told, @Nullable Object argument) {
            this.told = told;
            this.argument = argument;
        }

        @Override
        protected void exit(@Nullable Object given, @Nullable Throwable failure) {
            Heard known = instead;
            if (known != null) {
                tell(known);
            }
        }

        void tell(Heard known) {
            result = null;
            thrown = null;
            try {
                result = told.of(known, argument);
            } catch (IOException failed) {
                thrown = failed;
            }
        }
    }
}
