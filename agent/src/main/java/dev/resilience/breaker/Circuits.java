package dev.resilience.breaker;

import dev.resilience.config.Mode;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** All circuits of this instance. Thread-safe. */
public interface Circuits {

    /** In file order. */
    Collection<? extends Circuit> all();

    @Nullable
    Circuit find(String service);

    /**
     * The circuit of one host of a service that has one for each, {@code service@host}. Made when first asked for; bounded in
     * number. A mode ordered for the service holds for its hosts.
     *
     * @param host in the form in which people know it, in lower case
     */
    @Nullable
    default Circuit at(String service, String host) {
        return find(service);
    }

    StoreMode mode();

    /**
     * Orders a mode for a service in the whole fleet, over the file's, for as long as it says and also over restarts. With
     * the store away it holds on this instance at once and in the fleet when the store is back.
     *
     * @param mode null to give it back to the file
     * @param duration null for no end
     * @param reason for people
     * @param who ordered it
     * @return what is in force afterwards; completes exceptionally with {@link IllegalArgumentException} for an unknown service
     */
    CompletionStage<ModeOrder> mode(
            String service, @Nullable Mode mode, @Nullable Duration duration, String reason, String who);

    void addListener(TransitionListener listener);
}
