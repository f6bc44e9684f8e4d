package dev.resilience.health.alert;

import dev.resilience.config.AgentConfig.Webhook;
import dev.resilience.config.AgentConfig.Webhook.Format;
import dev.resilience.log.AgentLog;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.LongSupplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Posts notices, and posts them again when the receiver does not take them: up to {@value #MOST_ATTEMPTS} times over about
 * an hour, exponentially and with jitter. At most {@value #MOST_UNDER_WAY} posts are under way; what is over is given up and
 * said. Of one alert a receiver is told in order: what it has not taken when there is news of the same alert is dropped.
 * Thread-safe; never waits.
 */
public class Webhooks {

    private static final int MOST_ATTEMPTS = 12;
    private static final int MOST_UNDER_WAY = 200;
    private static final long FIRST_PAUSE_MILLIS = 1_000;
    private static final long LONGEST_PAUSE_MILLIS = 600_000;

    private final HttpPost http;
    private final ScheduledExecutorService scheduler;
    private final LongSupplier epochMillis;
    private final AtomicInteger underWay = new AtomicInteger();

    /** The newest post about an alert to a receiver, while it is under way. */
    private final Map<String, CompletableFuture<Boolean>> newest = new ConcurrentHashMap<>();

    /**
     * @param executor of the HTTP client, whose work is the agent's own
     * @param epochMillis Unix milliseconds
     */
    public Webhooks(Executor executor, ScheduledExecutorService scheduler, LongSupplier epochMillis) {
        this(new JdkHttpPost(executor), scheduler, epochMillis);
    }

    Webhooks(HttpPost http, ScheduledExecutorService scheduler, LongSupplier epochMillis) {
        this.http = http;
        this.scheduler = scheduler;
        this.epochMillis = epochMillis;
    }

    /** Tells every receiver. Completes, normally always, when each has taken it or was given up. */
    CompletionStage<?> tell(List<Webhook> webhooks, String application, Notice notice) {
        CompletionStage<Boolean> all = CompletableFuture.completedStage(true);
        for (Webhook webhook : webhooks) {
            byte[] body = WebhookBody.of(webhook.format(), application, notice, epochMillis.getAsLong());
            all = all.thenCombine(
                    inOrder(webhook, body, notice.alert().finding().id()), (before, taken) -> before && taken);
        }
        return all;
    }

    private CompletableFuture<Boolean> inOrder(Webhook webhook, byte[] body, String alert) {
        String about = webhook.url() + " " + alert;
        CompletableFuture<Boolean> end = new CompletableFuture<>();
        CompletableFuture<Boolean> before = newest.put(about, end);
        if (before != null) {
            // What it was to tell is told by this one.
            end.thenAccept(before::complete);
        }
        return begin(webhook, body, MOST_ATTEMPTS, end, () -> newest.get(about) != end)
                .whenComplete((taken, failure) -> newest.remove(about, end));
    }

    /**
     * Tells every receiver of anything. Completes, normally always, with whether each has taken it.
     *
     * @param attempts until a receiver is given up
     * @param body in the shape that a receiver understands
     */
    CompletionStage<Boolean> tell(List<Webhook> webhooks, int attempts, Function<Format, byte[]> body) {
        CompletionStage<Boolean> all = CompletableFuture.completedStage(true);
        for (Webhook webhook : webhooks) {
            all = all.thenCombine(
                    begin(webhook, body.apply(webhook.format()), attempts), (before, taken) -> before && taken);
        }
        return all;
    }

    /** Tells those receivers that forget alerts which they do not hear of for a few minutes. */
    void keepAlive(List<Webhook> webhooks, String application, List<Alert> firing) {
        for (Webhook webhook : webhooks) {
            if (webhook.format() == Format.ALERTMANAGER && !firing.isEmpty()) {
                begin(webhook, WebhookBody.stillFiring(application, firing, epochMillis.getAsLong()), 1);
            }
        }
    }

    private CompletableFuture<Boolean> begin(Webhook webhook, byte[] body, int attempts) {
        return begin(webhook, body, attempts, new CompletableFuture<>(), () -> false);
    }

    /** @param over whether there is news, so that this post is not tried again; {@code end} is then completed with that */
    private CompletableFuture<Boolean> begin(
            Webhook webhook, byte[] body, int attempts, CompletableFuture<Boolean> end, BooleanSupplier over) {
        if (underWay.incrementAndGet() > MOST_UNDER_WAY) {
            AgentLog.warn("webhook", "too many posts to a webhook are waiting, a notice is not posted");
            end.complete(false);
        } else {
            attempt(webhook, body, attempts, FIRST_PAUSE_MILLIS, end, over);
        }
        return end.whenComplete((done, failure) -> underWay.decrementAndGet());
    }

    private void attempt(
            Webhook webhook,
            byte[] body,
            int attemptsLeft,
            long pauseMillis,
            CompletableFuture<Boolean> end,
            BooleanSupplier over) {
        if (over.getAsBoolean()) {
            return;
        }
        CompletionStage<Integer> answer;
        try {
            answer = http.post(webhook.url(), headers(webhook, body), body);
        } catch (RuntimeException refused) {
            answer = CompletableFuture.failedFuture(refused);
        }
        answer.whenComplete((status, failure) -> {
            if (failure == null && status < 300) {
                end.complete(true);
                return;
            }
            if (over.getAsBoolean()) {
                return;
            }
            String why = failure == null ? "status " + status : name(failure);
            boolean worthwhile = failure != null || status == 408 || status == 429 || status >= 500;
            if (attemptsLeft <= 1 || !worthwhile) {
                AgentLog.warn("webhook", "a notice could not be posted to the webhook (" + why + "), it is given up");
                end.complete(false);
                return;
            }
            double jitter = 0.75 + 0.5 * ThreadLocalRandom.current().nextDouble();
            try {
                scheduler.schedule(
                        () -> attempt(
                                webhook,
                                body,
                                attemptsLeft - 1,
                                Math.min(LONGEST_PAUSE_MILLIS, 2 * pauseMillis),
                                end,
                                over),
                        (long) (pauseMillis * jitter),
                        TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException closing) {
                end.complete(false);
            }
        });
    }

    private Map<String, String> headers(Webhook webhook, byte[] body) {
        Map<String, String> headers = new HashMap<>(webhook.headers());
        String secret = webhook.secret();
        if (secret != null) {
            String timestamp = String.valueOf(epochMillis.getAsLong() / 1_000);
            headers.put("X-Resilience-Timestamp", timestamp);
            headers.put("X-Resilience-Signature", "sha256=" + signature(secret, timestamp, body));
        }
        return headers;
    }

    /** With the time under the signature, so that an old post cannot be sent again by somebody else. */
    static String signature(String secret, String timestamp, byte[] body) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            mac.update((timestamp + ".").getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(mac.doFinal(body));
        } catch (GeneralSecurityException impossible) {
            // Every JVM has it.
            throw new IllegalStateException(impossible);
        }
    }

    /** The type alone: messages show addresses, and those of webhooks are secrets. */
    private static String name(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause.getClass().getSimpleName();
    }
}
