package dev.resilience.agent;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rhythm of looks at files. Who writes one in place may have written the half of it, and that may be valid by itself: what
 * changed is taken when the next look finds it as it was.
 */
final class Looks {

    private static final long PERIOD_MILLIS = 800;
    private static final long STANDING_MILLIS = 200;

    private @Nullable List<FileStamp> changed;

    /** @return whether the look before this one found the same change */
    boolean findAgain(List<FileStamp> now) {
        boolean again = now.equals(changed);
        changed = now;
        return again;
    }

    /** There is no change, or none any more. */
    void findNothing() {
        changed = null;
    }

    long millisUntilNext() {
        return changed == null ? PERIOD_MILLIS : STANDING_MILLIS;
    }
}
