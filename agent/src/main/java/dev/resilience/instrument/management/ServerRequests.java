package dev.resilience.instrument.management;

import dev.resilience.bootstrap.Passage;
import dev.resilience.guard.Guard;
import dev.resilience.instrument.Adapter;
import dev.resilience.instrument.Client;
import dev.resilience.instrument.WeavePoint;
import javax.management.MBeanServer;
import org.jspecify.annotations.Nullable;

/** Tells of the platform's MBean server when somebody is given it. */
public final class ServerRequests implements Client {

    /** @param guard unused: nothing is guarded here */
    public ServerRequests(Guard guard) {}

    @Override
    public Adapter adapter(WeavePoint point) {
        return (self, first, second, third) -> new Request();
    }

    private static final class Request extends Passage {

        @Override
        protected void exit(@Nullable Object server, @Nullable Throwable failure) {
            if (server != null) {
                PlatformServer.JVM.made((MBeanServer) server);
            }
        }
    }
}
