package dev.resilience.store;

import dev.resilience.health.Opinions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Second opinions over one channel. A question is {@code ask|id|service}, an answer {@code say|id|up} or {@code say|id|down}.
 * Who is asked waits a random moment and answers only while fewer than {@value #ENOUGH} have: a large fleet must not probe a
 * service that is down all at once.
 */
final class RedisOpinions implements Opinions {

    private static final int ENOUGH = 2;
    private static final long LONGEST_PAUSE_MILLIS = 1_000;
    private static final int MOST_QUESTIONS = 1_000;

    private final RedisLine line;
    private final String channel;
    private final Map<String, Question> questions = new ConcurrentHashMap<>();
    private volatile @Nullable Function<String, CompletionStage<Boolean>> probe;

    RedisOpinions(RedisConnections redis) {
        this.line = redis.bulk();
        this.channel = redis.keys().of("opinions");
        line.listen(channel, message -> heard(RedisText.text(message)));
    }

    @Override
    public CompletionStage<Heard> ask(String service, Duration patience) {
        String id = UUID.randomUUID().toString();
        Question question = new Question(true);
        questions.put(id, question);
        Executor later = CompletableFuture.delayedExecutor(patience.toMillis(), TimeUnit.MILLISECONDS, Runnable::run);
        later.execute(() -> question.enough.complete(true));
        return tell("ask|" + id + "|" + service)
                .thenCombine(question.enough, (receivers, enough) -> {
                    questions.remove(id);
                    // One of the receivers is this instance.
                    return new Heard((int) Math.max(0, receivers - 1), question.verdicts());
                })
                .exceptionally(away -> {
                    questions.remove(id);
                    return new Heard(0, List.of());
                });
    }

    @Override
    public void answer(Function<String, CompletionStage<Boolean>> prober) {
        probe = prober;
    }

    private void heard(String message) {
        String[] parts = message.split("\\|", 3);
        if (parts.length < 3) {
            return;
        }
        if (parts[0].equals("say")) {
            Question question = questions.get(parts[1]);
            if (question != null) {
                question.hear(parts[2].equals("up"));
            }
        } else if (parts[0].equals("ask") && !questions.containsKey(parts[1]) && questions.size() < MOST_QUESTIONS) {
            consider(parts[1], parts[2]);
        }
    }

    /** Somebody else asks. */
    private void consider(String id, String service) {
        Function<String, CompletionStage<Boolean>> prober = probe;
        if (prober == null) {
            return;
        }
        Question question = new Question(false);
        questions.put(id, question);
        long pause = ThreadLocalRandom.current().nextLong(LONGEST_PAUSE_MILLIS);
        CompletableFuture.delayedExecutor(pause, TimeUnit.MILLISECONDS, Runnable::run)
                .execute(() -> {
                    if (question.enough.isDone()) {
                        questions.remove(id);
                        return;
                    }
                    prober.apply(service).whenComplete((up, unable) -> {
                        questions.remove(id);
                        if (unable == null) {
                            tell("say|" + id + "|" + (up ? "up" : "down"));
                        }
                    });
                });
    }

    private CompletionStage<Long> tell(String message) {
        return line.ask(commands -> commands.publish(channel, RedisText.bytes(message)));
    }

    private static final class Question {

        private final boolean own;
        private final List<Boolean> verdicts = new ArrayList<>();
        final CompletableFuture<Boolean> enough = new CompletableFuture<>();

        Question(boolean own) {
            this.own = own;
        }

        void hear(boolean up) {
            boolean done;
            synchronized (this) {
                if (verdicts.size() < ENOUGH) {
                    verdicts.add(up);
                }
                // One who finds it up is enough for the asker.
                done = verdicts.size() == ENOUGH || own && up;
            }
            if (done) {
                enough.complete(true);
            }
        }

        synchronized List<Boolean> verdicts() {
            return List.copyOf(verdicts);
        }
    }
}
