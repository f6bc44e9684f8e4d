package dev.resilience.store;

import dev.resilience.health.roster.RosterStore;
import io.lettuce.core.ScriptOutputType;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/** The fleet's instances in Redis: one hash, from name to time and words, on the server's clock. */
final class RedisRoster implements RosterStore {

    private final RedisLine line;
    private final String key;

    RedisRoster(RedisConnections redis) {
        this.line = redis.bulk();
        this.key = redis.keys().of("instances");
    }

    @Override
    public CompletionStage<String> tell(String instance, String text, boolean first) {
        byte[][] arguments = {
            RedisText.bytes(instance),
            RedisText.bytes(text),
            RedisText.bytes(first ? 1 : 0),
            RedisText.bytes(KEPT.toMillis())
        };
        return line.<byte[]>run(Scripts.TELL, ScriptOutputType.VALUE, new String[] {key}, arguments)
                .thenApply(before -> words(RedisText.text(before)));
    }

    @Override
    public CompletionStage<Map<String, Told>> all() {
        return RedisText.time(line)
                .thenCompose(now -> line.ask(commands -> commands.hgetall(key)).thenApply(fields -> told(fields, now)));
    }

    private static Map<String, Told> told(Map<String, byte[]> fields, long now) {
        Map<String, Told> told = new LinkedHashMap<>();
        fields.forEach((name, value) -> {
            String text = RedisText.text(value);
            int blank = text.indexOf(' ');
            long at = blank < 0 ? 0 : RedisText.number(text.substring(0, blank), 0);
            long silent = Math.max(0, now - at);
            if (silent <= KEPT.toMillis() && told.size() < MOST) {
                told.put(name, new Told(words(text), silent));
            }
        });
        return told;
    }

    private static String words(String timeAndWords) {
        return timeAndWords.substring(timeAndWords.indexOf(' ') + 1);
    }

    /** Loaded when first used. */
    private static final class Scripts {

        static final RedisScript TELL = RedisScript.load("roster-tell.lua");
    }
}
