package dev.resilience.instrument.jdbc;

import dev.resilience.bootstrap.Passage;
import dev.resilience.guard.Endpoint;
import dev.resilience.guard.JdbcCall;
import dev.resilience.guard.Ruling;
import dev.resilience.guard.SqlFailures;
import dev.resilience.instrument.Adapter;
import org.jspecify.annotations.Nullable;

/**
 * {@code XADataSource.getXAConnection} and {@code ConnectionPoolDataSource.getPooledConnection}: the driver builds on the very
 * class of its connection, so none that is offline will do; a rejection is thrown. Some drivers do not come by
 * {@code Driver.connect}: they are guarded here.
 */
final class Physical implements Adapter {

    private final Known known;

    Physical(Known known) {
        this.known = known;
    }

    @Override
    public Passage enter(Object self, @Nullable Object user, @Nullable Object second, @Nullable Object third) {
        known.preparing.needed();
        // Its transactions may begin before any statement is known.
        known.guarding.up();
        OnThread thread = OnThread.get();
        Origin told = thread.marks.active() ? Origin.UNKNOWN : Source.told(self);
        String url = told.url();
        Attempt attempt = new Attempt(
                thread,
                url,
                user instanceof String asked ? asked : told.user(),
                url == null ? null : known.guard.matchConnect(url));
        attempt.decide();
        return attempt;
    }

    private final class Attempt extends Passage {

        private final OnThread thread;
        private final @Nullable String url;
        private final @Nullable String user;
        private final @Nullable Endpoint endpoint;

        /** @param endpoint null where no rule matches, or it is not known where it leads */
        Attempt(OnThread thread, @Nullable String url, @Nullable String user, @Nullable Endpoint endpoint) {
            this.thread = thread;
            this.url = url;
            this.user = user;
            this.endpoint = endpoint;
        }

        void decide() {
            if (url != null && endpoint != null && known.guard.open(endpoint)) {
                JdbcCall call = known.guard.beginConnect(endpoint, new ConnectRequest(ShownUrl.of(url), user));
                if (call.admit() instanceof Ruling.Reject reject) {
                    thrown = Rejections.of(reject.exception());
                    skipped = true;
                    return;
                }
                // Half open since: what is asked on it needs the permit.
                call.cancelled();
            }
            thread.physical++;
        }

        @Override
        protected void exit(@Nullable Object given, @Nullable Throwable failure) {
            thread.physical--;
            if (failure != null
                    && url != null
                    && endpoint != null
                    && SqlFailures.of(failure)
                    && !known.isCounted(failure)) {
                known.count(endpoint, url, user, failure);
            }
        }
    }
}
