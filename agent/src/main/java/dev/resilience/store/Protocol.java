package dev.resilience.store;

import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.SetArgs;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which form the fleet's data in Redis has, so that two versions of the agent in one fleet either understand each other or
 * leave each other's data alone. The key {@code protocol} holds the newest version that was there and the oldest one that
 * can live with it, as in {@code 2 1}. Each version brings its own scripts; what they share is the data, so:
 *
 * <ul>
 *   <li>a version that only adds fields, keys or values which the one before may drop, ignore or take for their default
 *       raises the first number;
 *   <li>one that changes what is there raises both. An instance older than that does not share: it goes on by itself, as if
 *       Redis did not answer, and says so.
 * </ul>
 */
final class Protocol {

    /** What this version of the agent writes. */
    static final int OURS = 1;

    /** The oldest version that can read it. */
    static final int OLDEST = 1;

    /** As long as an instance is likely to stay connected without looking again. */
    private static final long KEEP_MILLIS = Duration.ofDays(30).toMillis();

    private static final Pattern FORM = Pattern.compile("([1-9]\\d{0,8}) ([1-9]\\d{0,8})");

    private static final int LONGEST = 20;

    private Protocol() {}

    /**
     * Looks at what is spoken below the prefix, and leaves word of ours where that is newer, or nothing to be understood is
     * there.
     *
     * @return completes when this version may share the data; fails, with the reason in words, when it may not
     */
    static CompletionStage<Void> agree(RedisClusterAsyncCommands<String, byte[]> redis, String key) {
        return redis.getrange(key, 0, LONGEST)
                .handle((said, failure) -> {
                    if (failure != null
                            && !(failure instanceof RedisCommandExecutionException refused
                                    && String.valueOf(refused.getMessage()).startsWith("WRONGTYPE"))) {
                        return CompletableFuture.<Void>failedStage(failure);
                    }
                    return agree(redis, key, said);
                })
                .thenCompose(stage -> stage);
    }

    private static CompletionStage<Void> agree(
            RedisClusterAsyncCommands<String, byte[]> redis, String key, byte @Nullable [] said) {
        Matcher spoken = FORM.matcher(RedisText.text(said));
        int version = spoken.matches() ? Integer.parseInt(spoken.group(1)) : 0;
        int oldest = spoken.matches() ? Integer.parseInt(spoken.group(2)) : 0;
        if (oldest > OURS) {
            return CompletableFuture.failedStage(new IllegalStateException(
                    "instances of a newer version of resilience.jar" + " share their state there in a form (" + version
                            + ") that this one does not know: update this one"));
        }
        if (version >= OURS) {
            return CompletableFuture.completedStage(null);
        }
        byte[] ours = (OURS + " " + OLDEST).getBytes(StandardCharsets.US_ASCII);
        return redis.set(key, ours, SetArgs.Builder.px(KEEP_MILLIS)).thenAccept(done -> {});
    }
}
