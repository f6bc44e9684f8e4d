package dev.resilience.admin;

import dev.resilience.health.roster.RosterStore;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The instances that a test lets be in the fleet. Not thread-safe. */
public final class FakeRoster implements RosterStore {

    private final Map<String, Told> all = new LinkedHashMap<>();

    /** An instance of the booking application that runs by a file with this fingerprint. */
    public void add(String name, String config, String configError) {
        add(name, config, configError, "");
    }

    /** One whose name another JVM has, too. */
    public void add(String name, String config, String configError, String namesake) {
        all.put(name, new Told("""
                        {"application":"booking","host":"h","version":"1.2.3","mode":"local","config":"%s",
                         "config_error":"%s","since":1760000000000,"namesake":"%s"}
                        """.formatted(config, configError, namesake), 1_000));
    }

    @Override
    public CompletionStage<String> tell(String instance, String text, boolean first) {
        return CompletableFuture.completedFuture("");
    }

    @Override
    public CompletionStage<Map<String, Told>> all() {
        return CompletableFuture.completedFuture(Map.copyOf(all));
    }
}
