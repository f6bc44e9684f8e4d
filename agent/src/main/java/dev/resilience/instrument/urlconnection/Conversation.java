package dev.resilience.instrument.urlconnection;

import dev.resilience.bootstrap.Passage;
import dev.resilience.fallback.Answer;
import dev.resilience.fallback.BodyRecorder;
import dev.resilience.fallback.Request;
import dev.resilience.guard.HttpCall;
import dev.resilience.guard.Ruling;
import dev.resilience.instrument.http.BlockingPassage;
import dev.resilience.instrument.http.Body;
import dev.resilience.instrument.http.ResponseHead;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.URL;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One connection's call. Admitted by the first method that talks to the server, settled when the response's head is there, a
 * good one with its body; an answer or a rejection is remembered, as the connection itself remembers how it went. Used by one thread at a time, like the
 * connection; does not hold it.
 */
final class Conversation {

    private static final int FAILED = 400;

    private final HttpCall call;
    private final OutgoingRequest request;
    private final String method;
    private final URL url;
    private final boolean told;
    private final Outfit outfit;
    private final SentBody body;
    private final Received response;

    private boolean begun;
    private boolean settled;

    /** Whether the application was told that it is connected, before it is. */
    private boolean withheld;

    /** Whether the application asked for the response. */
    private boolean received;

    private boolean disconnected;
    private boolean over;
    private @Nullable Heard instead;
    private @Nullable Successor successor;

    /** What each method that talks throws: the rejection, or why a connection that was withheld could not be had. */
    private @Nullable Throwable refusal;

    /** The thread that is inside one of the connection's methods: what that calls of the connection is not looked at. */
    private @Nullable Thread inside;

    /** @param told whether all is known that the connection was told */
    Conversation(HttpCall call, OutgoingRequest request, String method, URL url, boolean told) {
        this.call = call;
        this.request = request;
        this.method = method;
        this.url = url;
        this.told = told;
        this.outfit = new Outfit(call);
        this.body = new SentBody(call, request);
        this.response = new Received(method);
    }

    @Nullable
    Passage enter(HttpURLConnection connection, Step step) {
        if (inside == Thread.currentThread() || refusedUnheard(connection, step)) {
            return null;
        }
        received |= step == Step.RECEIVE;
        if (step != Step.CONNECT) {
            request.asked(step == Step.SEND);
        }
        Talk talk = new Talk(connection, step);
        if (bodyComesFirst(connection, step)) {
            talk.keep();
            if (!begun) {
                withheld = true;
                Posture.connecting(connection, true);
            }
            return talk;
        }
        if (!begun) {
            begun = true;
            body.tell();
            admit(connection);
        }
        Throwable failure = refusal == null ? body.lost() : refusal;
        if (instead != null) {
            talk.skipped = true;
            talk.answer();
        } else if (successor != null) {
            talk.skipped = true;
            talk.goOn();
        } else if (failure != null) {
            talk.skipped = true;
            talk.thrown = failure;
        } else {
            inside = Thread.currentThread();
            if (body.isKept()) {
                talk.send();
            }
        }
        return talk;
    }

    /** Whether the connection itself refuses what it was not set up for, before it talks to anybody. */
    private static boolean refusedUnheard(HttpURLConnection connection, Step step) {
        return step == Step.RECEIVE ? !connection.getDoInput() : step == Step.SEND && !connection.getDoOutput();
    }

    /**
     * Whether the call is admitted only when its body is there: a call that does not pass may be taken in charge, and that
     * wants to know it whole. Where calls pass the connection is made when the application expects it.
     */
    private boolean bodyComesFirst(HttpURLConnection connection, Step step) {
        if (step == Step.RECEIVE) {
            return false;
        }
        if (body.isKept()) {
            return true;
        }
        if (begun
                || !connection.getDoOutput()
                || !call.endpoint().hasFallback()
                || call.endpoint().passes()) {
            return false;
        }
        Streaming streaming = Streaming.of(connection);
        // One of unknown length may turn out too long to be kept, and then must not have had a trial. Nor is a
        // connection
        // withheld that a trial may bring, from who looks at it before anything is written.
        return streaming.announced() <= Request.Http.MAX_BODY
                && ((step == Step.SEND && !streaming.chunked())
                        || call.endpoint().rejects());
    }

    @Nullable
    Passage tell(HttpURLConnection connection, UrlConnections.Told told, @Nullable Object argument) {
        if (inside == Thread.currentThread() || (settled && instead == null)) {
            return null;
        }
        if (instead != null) {
            received = true;
            led(connection, instead);
        }
        return Telling.of(() -> instead, told, argument);
    }

    /** What was received with a failed status, if the application asked for it before. */
    @Nullable
    Passage tellError() {
        if (inside == Thread.currentThread() || instead == null || !received || disconnected) {
            return null;
        }
        return Telling.of(() -> instead, (heard, none) -> heard.errorStream(), null);
    }

    /** What is asked of its TLS needs the connection that the application was told of before there was one. */
    @Nullable
    Passage secured(HttpURLConnection connection, Secured what) {
        if (inside == Thread.currentThread() || disconnected) {
            return null;
        }
        if (withheld && !begun) {
            connectNow(connection);
        }
        Throwable unconnected = withheld && refusal != null ? refusal : body.unconnected();
        if (instead == null && unconnected == null) {
            return null;
        }
        return new Securing(what, instead, unconnected);
    }

    /** Its body is not there, or not whole: what may take the call in charge is told of none. */
    private void connectNow(HttpURLConnection connection) {
        begun = true;
        admit(connection);
        if (instead != null || refusal != null) {
            return;
        }
        Talk talk = new Talk(connection, Step.CONNECT);
        inside = Thread.currentThread();
        Throwable failure = null;
        try {
            connection.connect();
        } catch (IOException | RuntimeException unable) {
            failure = unable;
        }
        talk.exit(null, failure);
        refusal = talk.thrown;
    }

    /** The application wants no more of it. */
    void disconnected() {
        disconnected = true;
        Heard known = instead;
        if (known != null && received) {
            known.disconnect();
        }
        if (begun && !settled && inside == null) {
            settled = true;
            over = true;
            call.cancelled();
        }
        response.abandon();
    }

    /** Whether it ended before there was a response: what the connection is asked for next is another call. */
    boolean isOver() {
        return over;
    }

    private void admit(HttpURLConnection connection) {
        if (call.endpoint().repeats() && told && Successor.possible(connection)) {
            call.canRepeat();
        }
        Ruling ruling = call.admit();
        if (ruling instanceof Ruling.Proceed) {
            if (withheld) {
                Posture.connecting(connection, false);
            }
            outfit.give(connection);
            return;
        }
        settled = true;
        Posture.connecting(connection, true);
        if (ruling instanceof Ruling.Substitute substitute) {
            instead = new GivenAnswer((Answer.Http) substitute.answer(), method, url);
        } else if (ruling instanceof Ruling.Reject reject) {
            refusal = reject.exception();
        }
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
        boolean heard = failure == null || (failure instanceof IOException && (!body.isLost() || successor != null));
        int status = heard ? Received.status(connection) : -1;
        if (status > 0 && (failure == null || status >= FAILED)) {
            settled = true;
            ResponseHead head = Received.head(status, connection);
            if (call.fails(head)) {
                return call.answered(head);
            }
            if (failure != null) {
                shown(head);
                return call.answered(head);
            }
            response.await(Body.of(call, head, Conversation::interrupted)
                    .ledTo(() -> ledTo(connection))
                    .open());
            return Ruling.Proceed.INSTANCE;
        }
        return failure == null ? Ruling.Proceed.INSTANCE : failed(step, failure);
    }

    /** Where the response came from; null where that was asked. */
    private @Nullable URI ledTo(HttpURLConnection connection) {
        return connection.getURL() == url
                ? null
                : URI.create(connection.getURL().toString());
    }

    /** A connection tells where it was led to once its response is there. */
    private static void led(HttpURLConnection connection, Heard told) {
        URL to = told.url();
        if (to != null) {
            Posture.led(connection, to);
        }
    }

    /** Of a body that comes as an exception no copy is taken; what was kept before may be outdated by it. */
    private void shown(ResponseHead head) {
        BodyRecorder recorder = call.recorder(head);
        if (recorder != null) {
            recorder.abandon();
        }
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

        /** Nothing is connected or sent before the whole body is there. */
        void keep() {
            skipped = true;
            result = step == Step.SEND ? body.kept(connection) : null;
            if (step == Step.SEND) {
                Posture.writing(connection);
            }
        }

        /** Sends what was written before, and goes on with what the application asks for. */
        void send() {
            if (body.isTooLong()) {
                settled = true;
                call.cancelled();
            }
            Throwable unsent = body.send(connection);
            if (unsent != null) {
                skipped = true;
                exit(null, unsent);
            }
        }

        /** The connection itself is out of it: another one makes the call. */
        void goOn() {
            Object given = null;
            Throwable failure = null;
            try {
                given = Objects.requireNonNull(successor).go(step, body.sent());
            } catch (IOException | RuntimeException thrownThere) {
                failure = thrownThere;
            }
            heard(given, failure);
        }

        private void heard(@Nullable Object firstGiven, @Nullable Throwable firstFailure) {
            if (firstFailure != null && bodyIsWanted(firstFailure)) {
                skipped = true;
                OutputStream kept = body.keptAfter(firstFailure, connection);
                result = step == Step.SEND ? kept : null;
                thrown = null;
                return;
            }
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
                    Received.discard(current(), given);
                    given = null;
                    failure = null;
                    try {
                        Successor next = Successor.of(connection, url, method, request.headers());
                        outfit.give(next.connection(), connection);
                        successor = next;
                        given = next.go(step, body.sent());
                    } catch (IOException | RuntimeException anew) {
                        failure = anew;
                    }
                }
                ruling = rule(current(), step, failure);
            }
            give(ruling, given, failure);
        }

        /** Whether something may take the call in charge that found no connection, when its body is known. */
        private boolean bodyIsWanted(Throwable failure) {
            return bodyFollows()
                    && failure instanceof IOException
                    && !(failure instanceof ProtocolException)
                    && !interrupted(failure)
                    && !body.isLost()
                    && successor == null
                    && !settled
                    && call.endpoint().answersFailures();
        }

        /** Who chose how the body is to be streamed will write one, also when it is connected first. */
        private boolean bodyFollows() {
            return step == Step.SEND
                    || (step == Step.CONNECT
                            && connection.getDoOutput()
                            && Streaming.of(connection).used());
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
                Received.discard(current(), given);
                thrown = null;
                answer();
                return;
            }
            if (failure == null && step == Step.RECEIVE) {
                result = response.over(current(), given);
            } else if (failure == null && step == Step.SEND) {
                result = body.over(given);
            }
            Successor last = successor;
            if (last != null && settled) {
                last.ended(result instanceof InputStream stream ? stream : null, thrown);
                instead = last;
                led(connection, last);
            }
        }

        /** Gives what the method gives of what took the response's place. */
        void answer() {
            Heard told = instead;
            if (step == Step.SEND && received) {
                thrown = new ProtocolException("Cannot write output after reading input.");
            } else if (step == Step.SEND) {
                result = body.discarded();
                Posture.writing(connection);
            } else if (step == Step.RECEIVE && told != null) {
                led(connection, told);
                try {
                    result = told.inputStream();
                } catch (IOException failed) {
                    thrown = failed;
                }
            }
        }
    }
}
