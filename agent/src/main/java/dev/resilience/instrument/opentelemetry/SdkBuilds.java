package dev.resilience.instrument.opentelemetry;

import dev.resilience.bootstrap.Passage;
import dev.resilience.guard.Guard;
import dev.resilience.instrument.Adapter;
import dev.resilience.instrument.Client;
import dev.resilience.instrument.WeavePoint;
import dev.resilience.telemetry.ApplicationTraces;
import org.jspecify.annotations.Nullable;

/** Tells the tracers of each SDK that is built. */
public final class SdkBuilds implements Client {

    /** @param guard unused: nothing is guarded here */
    public SdkBuilds(Guard guard) {}

    @Override
    public Adapter adapter(WeavePoint point) {
        return (self, first, second, third) -> new Build();
    }

    private static final class Build extends Passage {

        @Override
        protected void exit(@Nullable Object built, @Nullable Throwable failure) {
            if (built != null) {
                ApplicationTraces.ALL.built(built);
            }
        }
    }
}
