package dev.resilience.metrics;

import java.util.concurrent.atomic.AtomicLong;

class TransitionLogTest extends TransitionJournalContract {

    private final TransitionLog log = new TransitionLog(new AtomicLong(-7_000_000_000_000L)::get);

    @Override
    protected TransitionJournal journal() {
        return log;
    }
}
