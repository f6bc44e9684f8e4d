package dev.resilience.instrument;

import dev.resilience.bootstrap.Bridge;
import java.util.ArrayList;
import java.util.List;

/** Whether something has happened that some sites are quiet before. Thread-safe. */
public final class Wake {

    private final List<Integer> quiet = new ArrayList<>();
    private volatile boolean up;

    /** It has happened: they are asked from now on. Fast when it had before. */
    public void up() {
        if (!up) {
            rouse();
        }
    }

    /** Lets the site be quiet, if it has not happened yet. */
    synchronized void rouses(int site) {
        if (!up) {
            quiet.add(site);
            Bridge.setQuiet(site, true);
        }
    }

    private synchronized void rouse() {
        for (int site : quiet) {
            Bridge.setQuiet(site, false);
        }
        quiet.clear();
        up = true;
    }
}
