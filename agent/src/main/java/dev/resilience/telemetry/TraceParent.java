package dev.resilience.telemetry;

import dev.resilience.metrics.CallRecorder.EndpointRecorder;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** A W3C {@code traceparent}: which span something belongs to. */
record TraceParent(long traceHigh, long traceLow, long span, boolean sampled) {

    private static final int LENGTH = 55;
    private static final HexFormat HEX = HexFormat.of();

    /** Null for anything that is no valid header, of which the specification asks not to guess. */
    static @Nullable TraceParent parse(@Nullable String header) {
        if (header == null || header.length() < LENGTH || !separated(header)) {
            return null;
        }
        if (header.startsWith("ff")
                || (header.length() > LENGTH && (header.startsWith("00") || header.charAt(55) != '-'))) {
            return null;
        }
        for (int i = 0; i < LENGTH; i++) {
            char c = header.charAt(i);
            boolean hex = c >= '0' && c <= '9' || c >= 'a' && c <= 'f';
            if (!hex && c != '-') {
                return null;
            }
        }
        try {
            long high = HexFormat.fromHexDigitsToLong(header, 3, 19);
            long low = HexFormat.fromHexDigitsToLong(header, 19, 35);
            long span = HexFormat.fromHexDigitsToLong(header, 36, 52);
            boolean sampled = (HexFormat.fromHexDigits(header, 53, 55) & 1) == 1;
            return (high | low) == 0 || span == 0 ? null : new TraceParent(high, low, span, sampled);
        } catch (IllegalArgumentException misplaced) {
            return null;
        }
    }

    /** The beginning of a trace. */
    static TraceParent root(boolean sampled) {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return new TraceParent(random.nextLong(), nonZero(random), nonZero(random), sampled);
    }

    /** Another span of the same trace. */
    TraceParent child() {
        return new TraceParent(traceHigh, traceLow, nonZero(ThreadLocalRandom.current()), sampled);
    }

    /** Makes the span's call an example of its duration, where somebody keeps the trace. */
    void mark(EndpointRecorder figures, long durationNanos) {
        if (sampled) {
            figures.traced(traceHigh, traceLow, span, durationNanos);
        }
    }

    private static long nonZero(ThreadLocalRandom random) {
        long value = random.nextLong();
        return value == 0 ? 1 : value;
    }

    String traceId() {
        return HEX.toHexDigits(traceHigh) + HEX.toHexDigits(traceLow);
    }

    String spanId() {
        return HEX.toHexDigits(span);
    }

    @Override
    public String toString() {
        return "00-" + traceId() + "-" + spanId() + (sampled ? "-01" : "-00");
    }

    private static boolean separated(String header) {
        return header.charAt(2) == '-' && header.charAt(35) == '-' && header.charAt(52) == '-';
    }
}
