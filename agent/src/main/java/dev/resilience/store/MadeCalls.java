package dev.resilience.store;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Which calls this JVM made lately, as its journal keeps it ({@code done/id}) and the fleet is told. Methods that take a
 * journal are called by its one thread; the others are thread-safe.
 */
final class MadeCalls {

    private static final String PREFIX = "done/";
    private static final byte[] EMPTY = {};

    /** Some two megabytes of memory at worst. */
    private static final int MOST = 20_000;

    /** Whoever accepted a call crosses it off within seconds, or when its JVM is there again. */
    private static final long KEPT_MILLIS = TimeUnit.MINUTES.toMillis(10);

    private final LongSupplier nowMillis;
    private volatile @Nullable DoneCalls calls;

    /** @param nowMillis milliseconds of any one clock */
    MadeCalls(LongSupplier nowMillis) {
        this.nowMillis = nowMillis;
    }

    static boolean isOne(String name) {
        return name.startsWith(PREFIX);
    }

    static String id(String name) {
        return name.substring(PREFIX.length());
    }

    /** @return names that gave way, to be {@linkplain #forget forgotten} by the journal too */
    List<String> add(String id) {
        return calls().add(id);
    }

    static void keep(Journal own, String id) throws IOException {
        own.put(PREFIX + id, EMPTY);
    }

    static void forget(Journal own, List<String> ids) throws IOException {
        for (String id : ids) {
            own.remove(PREFIX + id);
        }
    }

    /** Forgets what the fleet has known for long. */
    void forgetOld(Journal own) throws IOException {
        DoneCalls known = calls;
        if (known != null) {
            forget(own, known.forget(nowMillis.getAsLong() - KEPT_MILLIS));
        }
    }

    boolean contains(String id) {
        DoneCalls known = calls;
        return known != null && known.contains(id);
    }

    /** Those of which the fleet is to be told. */
    List<String> untold(int most) {
        DoneCalls known = calls;
        return known == null ? List.of() : known.unknown(most);
    }

    /** The fleet knows of it. */
    void told(String id) {
        calls().known(id, nowMillis.getAsLong());
    }

    /** The fleet may have forgotten what it was told. */
    void tellAgain() {
        DoneCalls known = calls;
        if (known != null) {
            known.doubt();
        }
    }

    /** Made when first needed: an application that starts has no queue yet. */
    private DoneCalls calls() {
        DoneCalls known = calls;
        if (known == null) {
            synchronized (this) {
                known = calls;
                if (known == null) {
                    known = new DoneCalls(MOST);
                    calls = known;
                }
            }
        }
        return known;
    }
}
