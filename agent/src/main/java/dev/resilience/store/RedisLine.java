package dev.resilience.store;

import dev.resilience.breaker.StoreAway;
import dev.resilience.log.AgentLog;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisCommandTimeoutException;
import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.SetArgs;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * A way to Redis that is opened again whenever it is lost. While it is lost, everything asked fails at once; a command that
 * is not answered in time loses it. It counts as answering only after Redis has taken a write, because a replica, a full
 * server or one that is still loading keeps no circuit. Thread-safe; no method waits.
 */
final class RedisLine implements AutoCloseable {

    /** Between two attempts to connect, milliseconds; longer while each of them fails soon after it succeeded. */
    private static final long RETRY_MILLIS = 250;

    private static final long LONGEST_RETRY_MILLIS = 1_000;

    /** A line that lasted so long was no flicker. */
    private static final long STEADY_NANOS = 5_000_000_000L;

    /** After so long without an answer the server is asked whether it is there, or later. */
    static final long HEARTBEAT_MILLIS = 1_000;

    private static final long PROBE_EXPIRY_MILLIS = 60_000;

    /** How a server begins its words when it cannot do what it could at other times. */
    private static final List<String> UNABLE = List.of(
            "READONLY",
            "OOM",
            "LOADING",
            "MISCONF",
            "MASTERDOWN",
            "CLUSTERDOWN",
            "NOREPLICAS",
            "TRYAGAIN",
            "BUSY",
            "NOAUTH",
            "NOPERM");

    /** How a server begins its reasons, and we that of a failed handshake. */
    private static final Pattern SERVERS_WORD = Pattern.compile("[A-Z]{3,}:?");

    private static final byte[] ONE = {'1'};

    private final String display;
    private final String probeKey;
    private final boolean vital;
    private final @Nullable Opening opening;
    private final List<Runnable> watchers = new CopyOnWriteArrayList<>();
    private final Map<String, Consumer<byte[]>> channels = new ConcurrentHashMap<>();
    private final CompletableFuture<@Nullable Void> met = new CompletableFuture<>();

    private volatile @Nullable RedisLink link;
    private volatile long answeredNanos;
    private volatile long heartbeatMillis = HEARTBEAT_MILLIS;
    private volatile boolean closed;

    // Guarded by this.
    private boolean started;
    private long retryMillis = RETRY_MILLIS;
    private long openedNanos;
    private volatile int timesOpened;
    private String awayBy = "";
    private boolean away;
    private long awayNanos;

    /** What this outage was last put down to, for as long as the log has not told of it. */
    private String untold = "";

    /**
     * @param display the address, without credentials
     * @param probeKey is written to see whether Redis takes writes
     * @param vital whether every refusal loses it, and people are told by the log when Redis goes and comes
     * @param opening null for a line that leads nowhere
     */
    RedisLine(String display, String probeKey, boolean vital, @Nullable Opening opening) {
        this.display = display;
        this.probeKey = probeKey;
        this.vital = vital;
        this.opening = opening;
        if (opening == null) {
            met.complete(null);
        }
    }

    /** Tells of every message on a channel. To be called before {@link #start()}. @param heard must not wait */
    void listen(String channel, Consumer<byte[]> heard) {
        channels.put(channel, heard);
    }

    /** How long it may be silent before the server is asked whether it is there. */
    void heartbeat(long millis) {
        heartbeatMillis = millis;
    }

    /** Tells whenever {@link #answers()} changed. @param changed must not wait */
    void watch(Runnable changed) {
        watchers.add(changed);
    }

    /** Goes to work. A second start does nothing. */
    void start() {
        synchronized (this) {
            if (started) {
                return;
            }
            started = true;
        }
        connect();
        schedule(this::heartbeat, HEARTBEAT_MILLIS);
    }

    /** Whether Redis answered last time. */
    boolean answers() {
        return link != null;
    }

    /** Completes normally once it is known whether Redis answers at all: before, {@link #answers()} says nothing of Redis. */
    CompletionStage<@Nullable Void> met() {
        return met;
    }

    /** How often it was opened: between two of these the server may have forgotten what it was told. */
    int timesOpened() {
        return timesOpened;
    }

    /** Sends a command, or fails at once. */
    <T> CompletionStage<T> ask(Function<RedisClusterAsyncCommands<String, byte[]>, CompletionStage<T>> command) {
        RedisLink asked = link;
        if (asked == null) {
            return StoreAway.future("Redis does not answer");
        }
        return ask(asked, command);
    }

    /** How many replicas have what Redis was told before, or fails at once: see {@link RedisLink#replicated}. */
    CompletionStage<Long> replicated(String marker, int replicas, long millis) {
        RedisLink asked = link;
        if (asked == null) {
            return StoreAway.future("Redis does not answer");
        }
        return ask(asked, commands -> asked.replicated(marker, replicas, millis));
    }

    /** Runs a script by its digest, or by its text where the server does not know it. */
    <T> CompletionStage<T> run(RedisScript script, ScriptOutputType type, String[] keys, byte[][] arguments) {
        return ask(commands -> {
            CompletionStage<T> known = commands.evalsha(script.sha1(), type, keys, arguments);
            return known.handle((result, failure) -> {
                        if (failure == null) {
                            return CompletableFuture.completedStage(result);
                        }
                        if (cause(failure) instanceof RedisNoScriptException) {
                            return commands.<T>eval(script.text(), type, keys, arguments);
                        }
                        return CompletableFuture.<T>failedStage(cause(failure));
                    })
                    .thenCompose(Function.identity());
        });
    }

    /** Answers no more. Its link is closed with the loops that carry it. */
    @Override
    public synchronized void close() {
        closed = true;
        link = null;
    }

    private <T> CompletionStage<T> ask(
            RedisLink asked, Function<RedisClusterAsyncCommands<String, byte[]>, CompletionStage<T>> command) {
        CompletionStage<T> answer;
        try {
            answer = command.apply(asked.commands());
        } catch (RuntimeException failure) {
            answer = CompletableFuture.failedFuture(failure);
        }
        return answer.whenComplete((result, failure) -> {
                    if (failure == null) {
                        answeredNanos = System.nanoTime();
                    } else if (!asked.mendsItself() && losesTheLine(cause(failure))) {
                        lost(asked, cause(failure));
                    }
                })
                // What is cut off by the end of the JVM is nobody's trouble.
                .exceptionallyCompose(failure ->
                        closed ? StoreAway.future("no longer asked") : CompletableFuture.<T>failedStage(failure));
    }

    /** Whether the server, rather than what it was asked, is the matter. */
    private boolean losesTheLine(Throwable failure) {
        if (vital || !(failure instanceof RedisCommandExecutionException)) {
            return true;
        }
        // From within a script the server's word comes as a part of the message.
        String message = String.valueOf(failure.getMessage());
        return UNABLE.stream().anyMatch(message::contains);
    }

    private void connect() {
        Opening way = opening;
        if (closed || way == null) {
            return;
        }
        CompletionStage<RedisLink> opened;
        try {
            opened = way.open(ended -> lost(ended, new IllegalStateException("the connection was closed")));
        } catch (RuntimeException | OutOfMemoryError failure) {
            opened = CompletableFuture.failedFuture(failure);
        }
        opened.whenComplete((fresh, failure) -> {
            if (failure != null) {
                away(cause(failure));
            } else {
                prove(fresh);
            }
        });
    }

    private void prove(RedisLink fresh) {
        CompletionStage<?> listening = channels.isEmpty()
                ? CompletableFuture.completedStage(null)
                : fresh.subscribe(channels.keySet(), this::heard);
        listening
                .thenCompose(done -> fresh.commands().set(probeKey, ONE, SetArgs.Builder.px(PROBE_EXPIRY_MILLIS)))
                .thenCompose(done -> fresh.mendsItself()
                        ? CompletableFuture.completedFuture(0L)
                        : fresh.commands().exists(probeKey, probeKey + ":2"))
                .whenComplete((done, failure) -> {
                    if (failure != null) {
                        fresh.close();
                        away(taken(cause(failure)));
                    } else {
                        take(fresh);
                    }
                });
    }

    /** A node of a cluster would take some keys and refuse others for as long as it is taken for the whole. */
    private static Throwable taken(Throwable failure) {
        String said = String.valueOf(failure.getMessage());
        return said.startsWith("CROSSSLOT") || said.startsWith("MOVED")
                ? new IllegalStateException("it is a node of a Redis Cluster: name the cluster's under `nodes`")
                : failure;
    }

    private void take(RedisLink fresh) {
        String said;
        boolean flickers;
        synchronized (this) {
            if (closed) {
                fresh.close();
                return;
            }
            openedNanos = System.nanoTime();
            answeredNanos = openedNanos;
            timesOpened++;
            link = fresh;
            said = "Redis at " + display + (away ? " answers again" + untold() : " answers");
            away = false;
            untold = "";
            flickers = retryMillis >= LONGEST_RETRY_MILLIS;
        }
        met.complete(null);
        if (vital) {
            if (flickers) {
                // One that takes connections and refuses what they are for would be said to answer every second.
                schedule(() -> tellIfSteady(fresh, said), TimeUnit.NANOSECONDS.toMillis(STEADY_NANOS));
            } else {
                AgentLog.info(said);
            }
        }
        tell();
        if (!fresh.open()) {
            lost(fresh, new IllegalStateException("the connection was closed"));
        }
    }

    /** What else is to be said at the end of an outage. Called while locked. */
    private String untold() {
        return untold.isEmpty()
                ? ""
                : " after " + TimeUnit.NANOSECONDS.toMillis(openedNanos - awayNanos) + " ms without an answer ("
                        + untold + ")";
    }

    private void tellIfSteady(RedisLink taken, String said) {
        if (link == taken) {
            AgentLog.info(said);
        }
    }

    private void lost(RedisLink ended, Throwable why) {
        synchronized (this) {
            if (link != ended) {
                return;
            }
            link = null;
            boolean steady = System.nanoTime() - openedNanos >= STEADY_NANOS;
            retryMillis = steady ? RETRY_MILLIS : Math.min(LONGEST_RETRY_MILLIS, 2 * retryMillis);
        }
        ended.close();
        if (!closed) {
            tell();
            away(why);
        }
    }

    private void away(Throwable why) {
        if (closed) {
            return;
        }
        long pause;
        String cause;
        boolean fresh;
        synchronized (this) {
            String first = words(why).split(" ", 2)[0];
            // What follows in the same outage, as that nothing listens any more, is no other cause, but for the
            // server's own word.
            if (!away || SERVERS_WORD.matcher(first).matches()) {
                awayBy = "redis " + display + " " + first;
            }
            fresh = !away;
            away = true;
            if (fresh) {
                awayNanos = System.nanoTime();
            }
            cause = awayBy;
            pause = retryMillis;
        }
        met.complete(null);
        if (vital) {
            boolean told = AgentLog.warn(
                    cause,
                    "Redis at " + display + " does not answer (" + words(why)
                            + "): circuits go on from their last known state, each instance for itself");
            synchronized (this) {
                // Of two outages in a minute the log tells of the first alone, but of the end of each.
                if (told) {
                    untold = "";
                } else if (fresh) {
                    untold = words(why);
                }
            }
        }
        schedule(this::connect, pause + ThreadLocalRandom.current().nextLong(pause / 2));
    }

    private void heartbeat() {
        if (closed) {
            return;
        }
        long next = heartbeatMillis;
        try {
            RedisLink now = link;
            long silent = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - answeredNanos);
            if (now != null && silent >= heartbeatMillis) {
                ask(now, RedisClusterAsyncCommands::ping);
            } else if (now != null) {
                next = heartbeatMillis - silent;
            }
        } finally {
            schedule(this::heartbeat, next);
        }
    }

    private void heard(String channel, byte[] message) {
        Consumer<byte[]> listener = channels.get(channel);
        if (listener != null) {
            listener.accept(message);
        }
    }

    private void tell() {
        for (Runnable watcher : watchers) {
            try {
                watcher.run();
            } catch (RuntimeException failure) {
                AgentLog.warn("redis watcher", "a watcher of Redis failed", failure);
            }
        }
    }

    /** Runs a task on an event loop; it must not wait. Does nothing once the line is closed. */
    void schedule(Runnable task, long delayMillis) {
        Opening way = opening;
        if (closed || way == null) {
            return;
        }
        try {
            way.scheduler().schedule(task, delayMillis, TimeUnit.MILLISECONDS);
        } catch (RuntimeException closing) {
            // The loops are shut down: the agent is going away.
        }
    }

    private static Throwable cause(Throwable failure) {
        Throwable inner = failure;
        while (inner instanceof CompletionException && inner.getCause() != null) {
            inner = inner.getCause();
        }
        return inner;
    }

    /** The root of the matter, in one line. */
    static String words(Throwable why) {
        Throwable root = why;
        String about = "";
        for (int depth = 0; root.getCause() != null && depth < 10; depth++) {
            about = root instanceof SSLException ? "TLS: " : about;
            root = root.getCause();
        }
        // Whichever command it was: that is chance, and the cause one.
        String message = root instanceof RedisCommandTimeoutException
                ? "no answer in " + RedisLoops.PATIENCE.toSeconds() + " s"
                : root.getMessage();
        int withinScript = message == null ? -1 : message.lastIndexOf(": -");
        if (message != null && withinScript > 0) {
            message = message.substring(withinScript + 3);
        }
        return about
                + (message == null
                        ? root.getClass().getSimpleName()
                        : message.lines().findFirst().orElse(""));
    }

    /** How a link is made. */
    interface Opening {

        /** @param lost told when that link is lost */
        CompletionStage<RedisLink> open(Consumer<RedisLink> lost);

        ScheduledExecutorService scheduler();
    }
}
