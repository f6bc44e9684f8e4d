package dev.resilience.metrics;

import java.util.concurrent.atomic.AtomicLong;

class ChronicleTest extends TransitionJournalContract {

    private final Chronicle log = new Chronicle(new AtomicLong(-7_000_000_000_000L)::get);

    @Override
    protected TransitionJournal journal() {
        return log;
    }
}
