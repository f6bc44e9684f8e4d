package dev.resilience.store;

import dev.resilience.metrics.TransitionJournal;
import dev.resilience.metrics.TransitionJournalContract;
import java.util.Objects;
import org.junit.jupiter.api.extension.RegisterExtension;

class RedisTransitionsTest extends TransitionJournalContract {

    @RegisterExtension
    static final RedisConnected redis = new RedisConnected();

    @Override
    protected TransitionJournal journal() {
        return Objects.requireNonNull(redis.stores().transitions());
    }
}
