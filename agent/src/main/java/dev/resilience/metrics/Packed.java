package dev.resilience.metrics;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One endpoint's figures of one minute in as few bytes as they have to say: numbers of variable length (LEB128), of the
 * distribution only the occupied cells, each by its distance from the one before. Some 60 bytes and 2 to 3 a cell.
 */
final class Packed {

    private final byte[] bytes;
    private int at;

    private Packed(byte[] bytes) {
        this.bytes = bytes;
    }

    static byte[] pack(EndpointFigures figures) {
        ByteArrayOutputStream out =
                new ByteArrayOutputStream(64 + 3 * figures.latency().occupied());
        write(out, figures.successes());
        write(out, figures.unansweredFailures());
        write(out, figures.unansweredRejections());
        write(out, figures.answeredFailures());
        write(out, figures.answeredRejections());
        write(out, figures.wouldReject());
        write(out, figures.fallbacks());
        write(out, figures.fallbackMisses());
        write(out, figures.spent().failing());
        write(out, figures.spent().answeringFailures());
        write(out, figures.spent().answeringRejections());
        write(out, figures.spent().rejecting());
        write(out, figures.latency().sumNanos());
        write(out, figures.latency().occupied());
        int[] before = {0};
        figures.latency().forEachCell((cell, count) -> {
            write(out, cell - before[0]);
            write(out, count);
            before[0] = cell;
        });
        return out.toByteArray();
    }

    static EndpointFigures unpack(String service, String endpoint, byte[] bytes) {
        Packed in = new Packed(bytes);
        return new EndpointFigures(
                service,
                endpoint,
                in.number(),
                in.number(),
                in.number(),
                in.number(),
                in.number(),
                in.number(),
                in.counts(),
                in.counts(),
                new TimeSpent(in.number(), in.number(), in.number(), in.number()),
                in.latency());
    }

    private Latency latency() {
        long sum = number();
        long occupied = number();
        SortedMap<Integer, Long> cells = new TreeMap<>();
        int cell = 0;
        for (long i = 0; i < occupied; i++) {
            cell += (int) number();
            cells.put(cell, number());
        }
        return Latency.of(cells, sum);
    }

    private Map<String, Long> counts() {
        long size = number();
        Map<String, Long> counts = new HashMap<>();
        for (long i = 0; i < size; i++) {
            int length = (int) number();
            String name = new String(bytes, at, length, StandardCharsets.UTF_8);
            at += length;
            counts.put(name, number());
        }
        return Map.copyOf(counts);
    }

    private long number() {
        long number = 0;
        int shift = 0;
        byte next;
        do {
            next = bytes[at++];
            number |= (long) (next & 0x7F) << shift;
            shift += 7;
        } while (next < 0);
        return number;
    }

    private static void write(ByteArrayOutputStream out, Map<String, Long> counts) {
        write(out, counts.size());
        counts.forEach((name, count) -> {
            byte[] text = name.getBytes(StandardCharsets.UTF_8);
            write(out, text.length);
            out.writeBytes(text);
            write(out, count);
        });
    }

    private static void write(ByteArrayOutputStream out, long number) {
        long rest = number;
        while ((rest & ~0x7FL) != 0) {
            out.write((int) (rest & 0x7F | 0x80));
            rest >>>= 7;
        }
        out.write((int) rest);
    }
}
