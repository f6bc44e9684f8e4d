package dev.resilience.instrument.jdbc;

import dev.resilience.bootstrap.Passage;
import dev.resilience.instrument.Adapter;
import java.sql.ResultSet;
import org.jspecify.annotations.Nullable;

/** {@code ResultSet.next} and {@code close}, of results that are taken down. */
final class Reading implements Adapter {

    private final Known known;
    private final boolean closing;

    Reading(Known known, boolean closing) {
        this.known = known;
        this.closing = closing;
    }

    @Override
    public @Nullable Passage enter(
            Object self, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
        if (!(self instanceof ResultSet result)) {
            return null;
        }
        Recording recording = closing ? known.recordings.remove(result) : known.recordings.get(result);
        if (recording == null) {
            return null;
        }
        if (closing) {
            recording.closing(result);
            return null;
        }
        return new Step(recording, result);
    }

    private final class Step extends Passage {

        private final Recording recording;
        private final ResultSet rows;

        Step(Recording recording, ResultSet rows) {
            this.recording = recording;
            this.rows = rows;
        }

        @Override
        protected void exit(@Nullable Object given, @Nullable Throwable failure) {
            if (failure != null) {
                recording.abandon();
            } else {
                recording.stepped(rows, Boolean.TRUE.equals(given));
            }
            if (recording.over()) {
                known.recordings.remove(rows);
            }
        }
    }
}
