package dev.resilience.telemetry;

/** Where at a collector a kind of telemetry goes. */
final class CollectorUrl {

    private CollectorUrl() {}

    /**
     * @param base address of the collector, or the whole one
     * @param signal {@code traces} or {@code metrics}
     */
    static String of(String base, String signal) {
        String path = "/v1/" + signal;
        String trimmed = base.endsWith("/") ? base.substring(0, base.length() - 1) : base;
        return trimmed.endsWith(path) ? trimmed : trimmed + path;
    }
}
