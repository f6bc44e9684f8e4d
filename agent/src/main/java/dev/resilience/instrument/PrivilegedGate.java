package dev.resilience.instrument;

import dev.resilience.bootstrap.Bridge;
import dev.resilience.bootstrap.Gate;
import dev.resilience.bootstrap.Passage;
import java.security.AccessController;
import java.security.PrivilegedAction;
import org.jspecify.annotations.Nullable;

/**
 * A gate for a JVM with a security manager: what the agent may do is decided by its own rights, and not by those of the
 * application's code that made the call. A worker of the JDK's HTTP client has none at all. Thread-safe.
 */
@SuppressWarnings("removal")
final class PrivilegedGate implements Gate {

    private final Gate gate;

    PrivilegedGate(Gate gate) {
        this.gate = gate;
    }

    @Override
    public @Nullable Passage enter(
            int site, Object self, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
        Passage passage = AccessController.doPrivileged(
                (PrivilegedAction<@Nullable Passage>) () -> gate.enter(site, self, first, second, third));
        return passage == null || passage.skipped ? passage : new Privileged(passage);
    }

    @Override
    public void failed(Throwable failure) {
        AccessController.doPrivileged((PrivilegedAction<@Nullable Void>) () -> {
            gate.failed(failure);
            return null;
        });
    }

    private static final class Privileged extends Passage {

        private final Passage passage;

        Privileged(Passage passage) {
            this.passage = passage;
            arguments = passage.arguments;
        }

        @Override
        protected void exit(@Nullable Object given, @Nullable Throwable threw) {
            AccessController.doPrivileged((PrivilegedAction<@Nullable Void>) () -> {
                Bridge.exit(passage, given, threw);
                return null;
            });
            result = passage.result;
            thrown = passage.thrown;
        }
    }
}
