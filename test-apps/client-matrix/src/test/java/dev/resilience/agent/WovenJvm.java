package dev.resilience.agent;

import dev.resilience.bootstrap.Bridge;
import dev.resilience.instrument.Clients;
import dev.resilience.instrument.Gates;
import dev.resilience.instrument.RuleKind;
import dev.resilience.instrument.Weaver;
import dev.resilience.matrix.SwitchableGuard;
import java.lang.instrument.Instrumentation;
import java.util.Set;
import net.bytebuddy.agent.ByteBuddyAgent;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/** Weaves the test JVM before the first test class is loaded, with the bridge in the boot loader as in production. */
public final class WovenJvm implements LauncherSessionListener {

    @Override
    public void launcherSessionOpened(LauncherSession session) {
        try {
            Instrumentation instrumentation = ByteBuddyAgent.install();
            BootClasses.define(instrumentation);
            Woven.start(instrumentation);
        } catch (Exception failure) {
            throw new IllegalStateException("the test JVM could not be woven", failure);
        }
    }

    /** Links to the bridge, so it may be loaded only once the bridge is where it belongs. */
    private static final class Woven {

        static void start(Instrumentation instrumentation) {
            Weaver weaver = new Weaver(instrumentation, Clients.points());
            weaver.weave(Set.of(RuleKind.HTTP));
            Bridge.connect(new Gates(Clients.points(), SwitchableGuard.INSTANCE));
        }
    }
}
