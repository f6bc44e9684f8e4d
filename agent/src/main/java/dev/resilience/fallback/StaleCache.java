package dev.resilience.fallback;

import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/**
 * The last good answer, {@code ttl} old at most. Every success refreshes it as the application reads it. Thread-safe.
 *
 * <p>Nobody gets another's answer: who asks is part of the question ({@link AnswerKeys}), and what its origin calls private
 * is not kept ({@link HttpCaching}). Of statements only those that merely read have stored answers.
 */
public final class StaleCache implements Strategy {

    static final String NAME = "stale_cache";

    private static final CompletionStage<@Nullable Answer> NOTHING = CompletableFuture.completedFuture(null);

    /** Room for a body of unknown length, bytes. */
    private static final int USUAL_BODY = 4_096;

    /** Such a response has no length, not even 0: RFC 9110 section 8.6. */
    private static final int NO_CONTENT = 204;

    /** Addresses are told apart roughly: the cost of a mistake is one answer that is not kept. */
    private static final int CHANGES = 2_048;

    /** When addresses last changed, nanoseconds; 0 for never. */
    private final AtomicLongArray changes = new AtomicLongArray(CHANGES);

    private final AnswerStore answers;
    private final AnswerKeys keys;
    private final String service;
    private final String endpoint;
    private final Duration ttl;
    private final Set<String> pure;

    /** @param pure see {@link #pure()} */
    StaleCache(AnswerStore answers, AnswerKeys keys, String service, String endpoint, Duration ttl, Set<String> pure) {
        this.answers = answers;
        this.keys = keys;
        this.service = service;
        this.endpoint = endpoint;
        this.ttl = ttl;
        this.pure = pure;
    }

    /** Functions, in lower case, that merely read by the word of whoever wrote the rule: he names them in it. */
    public Set<String> pure() {
        return pure;
    }

    @Override
    public String name() {
        return NAME;
    }

    /**
     * Takes the body of a good response, when it may be kept; null when not. An older one goes, where this one says that it is
     * not to be given any more, or is too large to take its place.
     *
     * @param beganNanos when the call began: its answer may be as old as that
     * @param headers as the application sees them; they describe the bytes that the recorder is given: where a client decoded
     *     the body, {@code Content-Encoding} is not among them
     */
    public @Nullable BodyRecorder keep(Request.Http request, long beganNanos, int status, List<Answer.Header> headers) {
        HttpCaching.Terms terms = HttpCaching.terms(request, status, headers, ttl);
        if (terms == null) {
            if (HttpCaching.endsOlder(request, status, headers)) {
                List<String> vary = HttpCaching.vary(headers);
                forget(request, vary == null ? List.of() : vary);
            }
            return null;
        }
        boolean bare = request.method().equalsIgnoreCase("HEAD");
        long announced = announced(headers);
        List<Answer.Header> kept = HttpCaching.kept(headers, bare);
        if (announced > StoredHttp.MOST_BODY && !bare || kept.size() > StoredHttp.MOST_HEADERS) {
            forget(request, terms.vary());
            return null;
        }
        String key = keys.http(request);
        if (key == null) {
            return null;
        }
        int room = bare ? 0 : announced >= 0 ? (int) announced : USUAL_BODY;
        Head head = new Head(request.uri(), status, terms, kept);
        ByteWriter bytes = head.written(room);
        if (bytes.size() > StoredHttp.MOST_HEADER_BYTES) {
            forget(request, terms.vary());
            return null;
        }
        Duration lifetime = Duration.ofMillis(terms.lifetimeMillis());
        if (terms.vary().isEmpty()) {
            return new Body(head, bytes, key, beganNanos, lifetime, null, null);
        }
        String variant = keys.variant(key, terms.vary(), request);
        return new Body(head, bytes, variant, beganNanos, lifetime, key, StoredHttp.vary(terms.vary()));
    }

    /**
     * What is at this address has changed: nobody gets what was kept of it, whoever asks and for whichever variant, nor what
     * a call is answered that is under way.
     */
    public void forget(URI address, long nowNanos) {
        String subject = keys.subject(address);
        changes.accumulateAndGet(
                place(subject),
                nowNanos == 0 ? 1 : nowNanos,
                (one, other) -> one != 0 && one - other > 0 ? one : other);
        answers.forget(service, endpoint, subject);
    }

    private boolean changedSince(String key, long nanos) {
        long changed = changes.get(place(key));
        return changed != 0 && changed - nanos >= 0;
    }

    /** @param key or what those of its address begin with */
    private static int place(String key) {
        return (key.charAt(0) << 6 ^ key.charAt(1)) & (CHANGES - 1);
    }

    private void forget(Request.Http request, List<String> vary) {
        String key = keys.http(request);
        if (key != null) {
            answers.forget(service, endpoint, key);
            if (!vary.isEmpty()) {
                answers.forget(service, endpoint, keys.variant(key, vary, request));
            }
        }
    }

    /** Takes the rows of a good result, when they may be kept; null when not. */
    public @Nullable RowsRecorder keep(Request.Jdbc request) {
        String key = keys.jdbc(request, pure);
        return key == null ? null : new Rows(key);
    }

    @Override
    public boolean readsBody(Request.Http request) {
        return HttpCaching.answerable(request);
    }

    @Override
    public CompletionStage<@Nullable Answer> answer(Request request, Trouble trouble) {
        if (request instanceof Request.Http http) {
            return HttpCaching.answerable(http) ? answer(http, trouble) : NOTHING;
        }
        return request instanceof Request.Jdbc jdbc ? answer(jdbc) : NOTHING;
    }

    private CompletionStage<@Nullable Answer> answer(Request.Http request, Trouble trouble) {
        String key = keys.http(request);
        if (key == null) {
            return NOTHING;
        }
        return answers.get(service, endpoint, key).thenCompose(stored -> {
            if (stored == null) {
                return NOTHING;
            }
            if (!StoredHttp.isVary(stored.bytes())) {
                return CompletableFuture.completedFuture(replay(stored, request, trouble));
            }
            String variant = keys.variant(key, StoredHttp.readVary(stored.bytes()), request);
            return answers.get(service, endpoint, variant)
                    .thenApply(found -> found == null ? null : replay(found, request, trouble));
        });
    }

    private Answer.@Nullable Http replay(AnswerStore.Stored stored, Request.Http request, Trouble trouble) {
        StoredHttp response = StoredHttp.read(stored.bytes());
        long age = response.initialAge() + stored.ageMillis() / 1000;
        if (stored.ageMillis() > ttl.toMillis() || !HttpCaching.accepts(request, age, response.freshness())) {
            return null;
        }
        List<Answer.Header> headers = new ArrayList<>(response.headers().size() + 5);
        headers.addAll(response.headers());
        if (!request.method().equalsIgnoreCase("HEAD") && response.status() != NO_CONTENT) {
            headers.add(new Answer.Header("Content-Length", Integer.toString(response.body().length)));
        }
        headers.add(new Answer.Header("Age", Long.toString(age)));
        Marks.add(headers, NAME, service, trouble);
        return new Answer.Http(NAME, response.status(), List.copyOf(headers), response.body(), response.address());
    }

    private CompletionStage<@Nullable Answer> answer(Request.Jdbc request) {
        String key = keys.jdbc(request, pure);
        if (key == null) {
            return NOTHING;
        }
        return answers.get(service, endpoint, key)
                .thenApply(stored -> stored == null || stored.ageMillis() > ttl.toMillis()
                        ? null
                        : new Answer.RowSet(NAME, StoredRows.read(stored.bytes())));
    }

    private static long announced(List<Answer.Header> headers) {
        List<String> values = Headers.values(headers, "Content-Length");
        try {
            return values.size() == 1 ? Long.parseLong(values.get(0).trim()) : -1;
        } catch (NumberFormatException none) {
            return -1;
        }
    }

    private static int headRoom(List<Answer.Header> headers) {
        int room = 32;
        for (Answer.Header header : headers) {
            room += header.name().length() + header.value().length() + 8;
        }
        return room;
    }

    /** What is kept of a response beside its body. @param asked the address */
    private record Head(URI asked, int status, HttpCaching.Terms terms, List<Answer.Header> headers) {

        ByteWriter written(int room) {
            ByteWriter to = new ByteWriter(room + headRoom(headers));
            StoredHttp.writeHead(to, status, terms.initialAge(), terms.freshness(), headers);
            return to;
        }

        Head from(URI address) {
            return new Head(asked, status, terms, StoredHttp.from(address, headers));
        }
    }

    /** Copies the body behind the head, into the bytes that are stored. */
    private final class Body implements BodyRecorder {

        private @Nullable ByteWriter bytes;
        private boolean tooLarge;
        private Head head;
        private int headSize;
        private final String key;
        private final long beganNanos;
        private final Duration lifetime;
        private final @Nullable String primary;
        private final byte @Nullable [] vary;

        /** @param primary where the list of differing headers is kept, null when the response has no variants */
        Body(
                Head head,
                ByteWriter bytes,
                String key,
                long beganNanos,
                Duration lifetime,
                @Nullable String primary,
                byte @Nullable [] vary) {
            this.head = head;
            this.bytes = bytes;
            this.headSize = bytes.size();
            this.key = key;
            this.beganNanos = beganNanos;
            this.lifetime = lifetime;
            this.primary = primary;
            this.vary = vary;
        }

        @Override
        public void ledTo(URI address) {
            ByteWriter known = bytes;
            if (known != null && !address.equals(head.asked())) {
                head = head.from(address);
                ByteWriter moved = head.written(known.size() - headSize);
                int movedHead = moved.size();
                moved.rest(known, headSize);
                bytes = moved;
                headSize = movedHead;
            }
        }

        @Override
        public void write(ByteBuffer piece) {
            ByteWriter to = roomFor(piece.remaining());
            if (to != null) {
                to.raw(piece);
            }
        }

        @Override
        public void write(byte[] piece, int offset, int length) {
            ByteWriter to = roomFor(length);
            if (to != null) {
                to.raw(piece, offset, length);
            }
        }

        @Override
        public void complete() {
            ByteWriter whole = bytes;
            bytes = null;
            if (tooLarge) {
                answers.forget(service, endpoint, key);
            }
            if (whole == null || changedSince(key, beganNanos)) {
                return;
            }
            answers.put(service, endpoint, key, whole.toBytes(), lifetime);
            if (primary != null && vary != null) {
                answers.put(service, endpoint, primary, vary, lifetime);
            }
        }

        @Override
        public void abandon() {
            bytes = null;
        }

        private @Nullable ByteWriter roomFor(int more) {
            ByteWriter to = bytes;
            if (to != null && to.size() - headSize + (long) more > StoredHttp.MOST_BODY) {
                bytes = null;
                tooLarge = true;
                return null;
            }
            return to;
        }
    }

    private final class Rows implements RowsRecorder {

        private final String key;
        private @Nullable ByteWriter bytes = new ByteWriter(128);
        private int width = -1;
        private int count;

        Rows(String key) {
            this.key = key;
        }

        @Override
        public boolean row(@Nullable Object[] values) {
            ByteWriter to = bytes;
            if (to == null) {
                return false;
            }
            if (width < 0) {
                width = values.length;
                StoredRows.begin(to, width);
            }
            boolean written = width == values.length && ++count <= StoredRows.MOST_ROWS && written(to, values);
            if (!written || to.size() > StoredRows.MOST_BYTES) {
                notKept();
                return false;
            }
            return true;
        }

        @Override
        public void complete(List<Answer.Column> columns) {
            ByteWriter to = bytes;
            bytes = null;
            if (to == null) {
                return;
            }
            if (width < 0) {
                StoredRows.begin(to, columns.size());
            } else if (width != columns.size()) {
                return;
            }
            StoredRows.end(to, columns);
            if (to.size() <= StoredRows.MOST_BYTES) {
                answers.put(service, endpoint, key, to.toBytes(), ttl);
            } else {
                notKept();
            }
        }

        /** An older one would be given in its place, as if it were the whole. */
        private void notKept() {
            bytes = null;
            answers.forget(service, endpoint, key);
        }

        @Override
        public void abandon() {
            bytes = null;
        }

        private boolean written(ByteWriter to, @Nullable Object[] values) {
            try {
                return StoredRows.writeRow(to, values);
            } catch (RuntimeException strange) {
                // A driver's own subclass of a date or a number that does not answer as its type should.
                return false;
            }
        }
    }
}
