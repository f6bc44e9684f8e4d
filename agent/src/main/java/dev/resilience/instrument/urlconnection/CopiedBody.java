package dev.resilience.instrument.urlconnection;

import java.io.OutputStream;
import java.lang.ref.WeakReference;
import org.jspecify.annotations.Nullable;

/** A body that is sent while it is written, and its copy. Does not hold the connection. Used by one thread at a time. */
final class CopiedBody {

    private final KeptBody copy = KeptBody.bounded();

    /** Weakly, because it holds the connection. */
    private @Nullable WeakReference<CopyingStream> stream;

    KeptBody copy() {
        return copy;
    }

    /** Where the application writes: the same for the same stream of the connection's. */
    OutputStream over(OutputStream wire) {
        CopyingStream known = stream == null ? null : stream.get();
        if (known == null || !known.isOver(wire)) {
            known = new CopyingStream(wire, copy);
            stream = new WeakReference<>(known);
        }
        return known;
    }
}
