package dev.resilience.store;

import dev.resilience.breaker.Cause;
import dev.resilience.breaker.Epoch;
import dev.resilience.breaker.ModeOrder;
import dev.resilience.breaker.Reply;
import dev.resilience.breaker.Snapshot;
import dev.resilience.breaker.State;
import dev.resilience.config.Mode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What {@code circuit.lua} answers, and what it tells on the channel, where anybody else may speak too. Every method throws
 * {@link RuntimeException} for what no script says.
 */
final class CircuitFigures {

    /** Where it is said that the clock is in doubt; the first version of the protocol does not say it. */
    private static final int DOUBTFUL = 17;

    /** Where it is said what the fleet decided; where no script says it, it may have decided everything. */
    private static final int DECIDED = 18;

    private CircuitFigures() {}

    static Reply reply(List<byte[]> answer) {
        String[] figures = new String[answer.size() - 1];
        for (int i = 0; i < figures.length; i++) {
            figures[i] = new String(answer.get(i + 1), StandardCharsets.UTF_8);
        }
        boolean accepted = answer.get(0)[0] == '1';
        return new Reply(accepted, snapshot(figures));
    }

    static Snapshot told(byte[] message) {
        return snapshot(new String(message, StandardCharsets.UTF_8).split("\n", -1));
    }

    private static Snapshot snapshot(String[] figures) {
        long epoch = epoch(figures[1]);
        return new Snapshot(
                figures[10],
                State.valueOf(figures[0]),
                epoch,
                count(figures[2]),
                count(figures[3]),
                count(figures[4]),
                count(figures[5]),
                Math.toIntExact(count(figures[6])),
                count(figures[7]),
                count(figures[8]),
                cause(figures[9]),
                figures[11],
                order(figures),
                figures.length > DOUBTFUL && figures[DOUBTFUL].equals("1"),
                figures.length > DECIDED ? epoch(figures[DECIDED]) : epoch);
    }

    private static ModeOrder order(String[] figures) {
        long version = Long.parseLong(figures[12]);
        if (version == 0) {
            return ModeOrder.NONE;
        }
        Mode mode = ordered(figures[13]);
        return new ModeOrder(mode, figures[15], figures[16], version, Long.parseLong(figures[14]));
    }

    private static long epoch(String figure) {
        long epoch = Long.parseLong(figure);
        if (!Epoch.isValid(epoch)) {
            throw new IllegalArgumentException("no epoch: " + epoch);
        }
        return epoch;
    }

    private static long count(String figure) {
        long count = Long.parseLong(figure);
        if (count < 0) {
            throw new IllegalArgumentException("less than nothing: " + count);
        }
        return count;
    }

    /** A later version of the agent may know causes that this one does not. */
    private static Cause cause(String name) {
        try {
            return Cause.valueOf(name);
        } catch (IllegalArgumentException unknown) {
            return Cause.START;
        }
    }

    /** None also for one that only a later version knows. */
    private static @Nullable Mode ordered(String name) {
        try {
            return name.isEmpty() ? null : Mode.valueOf(name);
        } catch (IllegalArgumentException unknown) {
            return null;
        }
    }
}
