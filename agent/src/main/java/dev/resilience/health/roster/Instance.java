package dev.resilience.health.roster;

/**
 * One instance of the fleet, by its own words.
 *
 * @param mode {@code shared}, {@code degraded} or {@code local}
 * @param config fingerprint of the configuration in force; equal files have equal ones
 * @param configError why the file as it is now is not in force; empty when it is
 * @param sinceMillis Unix milliseconds of its start, on its own clock
 * @param silentMillis since it was last heard of
 * @param namesake another JVM that goes by its name, in words; empty for none
 */
public record Instance(
        String name,
        String application,
        String host,
        String version,
        String mode,
        String config,
        String configError,
        long sinceMillis,
        long silentMillis,
        String namesake) {

    /** Some periods without a word. */
    static final long LOST_MILLIS = 35_000;

    public boolean lost() {
        return silentMillis > LOST_MILLIS;
    }
}
