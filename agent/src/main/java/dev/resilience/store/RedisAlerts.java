package dev.resilience.store;

import dev.resilience.health.alert.AlertStore;
import io.lettuce.core.ScriptOutputType;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** The fleet's book of alerts in Redis: one hash, and a channel for the news. */
final class RedisAlerts implements AlertStore {

    private static final long KEEP_MILLIS = Duration.ofDays(2).toMillis();

    /** The hash and the channel. */
    private static final String ALERTS = "alerts";

    private final RedisLine line;
    private final String key;
    private final List<Consumer<String>> listeners = new CopyOnWriteArrayList<>();

    RedisAlerts(RedisConnections redis) {
        this.line = redis.bulk();
        this.key = redis.keys().of(ALERTS);
        line.listen(key, news -> {
            String text = RedisText.text(news);
            listeners.forEach(listener -> listener.accept(text));
        });
    }

    @Override
    public CompletionStage<Saved> load() {
        return RedisText.time(line)
                .thenCompose(now -> line.ask(commands -> commands.hgetall(key)).thenApply(fields -> {
                    long at = RedisText.number(fields.get("at"));
                    return new Saved(RedisText.text(fields.get("book")), at == 0 ? 0 : Math.max(0, now - at));
                }));
    }

    @Override
    public CompletionStage<Boolean> save(long fencing, String book, String news) {
        byte[][] arguments = {
            RedisText.bytes(fencing),
            RedisText.bytes(book),
            RedisText.bytes(news),
            RedisText.bytes(key),
            RedisText.bytes(KEEP_MILLIS)
        };
        return line.<Long>run(Scripts.SAVE, ScriptOutputType.INTEGER, new String[] {key}, arguments)
                .thenApply(taken -> taken == 1);
    }

    @Override
    public void listen(Consumer<String> heard) {
        listeners.add(heard);
    }

    /** Loaded when first used. */
    private static final class Scripts {

        static final RedisScript SAVE = RedisScript.load("kinds.lua", "alerts-save.lua");
    }
}
