package dev.resilience.instrument;

import dev.resilience.bootstrap.Bridge;
import java.util.ArrayList;
import java.util.List;

/** Whether something has happened that some sites are quiet before. Thread-safe. */
public final class Wake {

    private final List<Integer> sites = new ArrayList<>();
    private volatile boolean up;

    private Wake(boolean up) {
        this.up = up;
    }

    /** Its sites are quiet at first. */
    public static Wake asleep() {
        return new Wake(false);
    }

    /** Its sites are asked at first. */
    public static Wake awake() {
        return new Wake(true);
    }

    /** It has happened: the sites are asked from now on. Fast when they are already. */
    public void up() {
        if (!up) {
            set(true);
        }
    }

    /** Lets the sites be quiet until it happens again. */
    public void down() {
        if (up) {
            set(false);
        }
    }

    /** Lets the site be quiet, if it has not happened yet. */
    synchronized void rouses(int site) {
        sites.add(site);
        Bridge.setQuiet(site, !up);
    }

    private synchronized void set(boolean awake) {
        for (int site : sites) {
            Bridge.setQuiet(site, !awake);
        }
        up = awake;
    }
}
