package dev.resilience.instrument.jetty9;

import dev.resilience.instrument.http.BodyCopy;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.client.AsyncContentProvider;
import org.eclipse.jetty.client.Synchronizable;
import org.eclipse.jetty.client.api.ContentProvider;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * Reads a provider's content for nobody: what is pulled, as long as it is wanted; what is written, to its end, because its writer
 * waits. Goes on on the thread that writes more; one at a time.
 */
final class ProvidedReading implements AsyncContentProvider.Listener {

    private final ContentProvider provider;
    private final BodyCopy copy;
    private final CompletableFuture<@Nullable Void> over;
    private final boolean written;
    private final AtomicInteger asked = new AtomicInteger();
    private @Nullable Iterator<ByteBuffer> pieces;

    ProvidedReading(ContentProvider provider, BodyCopy copy, CompletableFuture<@Nullable Void> over, boolean written) {
        this.provider = provider;
        this.copy = copy;
        this.over = over;
        this.written = written;
    }

    void run() {
        if (provider instanceof AsyncContentProvider later) {
            later.setListener(this);
        }
        onContent();
    }

    @Override
    public void onContent() {
        if (asked.getAndIncrement() > 0) {
            return;
        }
        int answered = 1;
        do {
            try {
                readOn();
            } catch (RuntimeException unreadable) {
                over.complete(null);
                return;
            }
            answered = asked.addAndGet(-answered);
        } while (answered > 0);
    }

    private void readOn() {
        Iterator<ByteBuffer> all = pieces == null ? provider.iterator() : pieces;
        pieces = all;
        Object lock = all instanceof Synchronizable shared ? shared.getLock() : this;
        while (!over.isDone() || written) {
            ByteBuffer piece;
            boolean more;
            synchronized (lock) {
                more = all.hasNext();
                piece = more ? all.next() : null;
            }
            if (!more) {
                copy.complete();
                break;
            }
            if (piece == null) {
                return;
            }
            if (!copy.write(piece)) {
                over.complete(null);
            }
            if (all instanceof Callback taken) {
                taken.succeeded();
            }
        }
        over.complete(null);
        close(all);
    }

    private static void close(Iterator<ByteBuffer> pieces) {
        if (pieces instanceof Closeable held) {
            try {
                held.close();
            } catch (IOException ofNoInterest) {
                // It was read as far as it was wanted.
            }
        }
    }
}
