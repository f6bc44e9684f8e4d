package dev.resilience.instrument;

import static org.assertj.core.api.Assertions.assertThat;

import dev.resilience.bootstrap.Bridge;
import dev.resilience.bootstrap.Gate;
import dev.resilience.bootstrap.Passage;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import net.bytebuddy.agent.ByteBuddyAgent;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever is thrown behind the bridge, wherever, the application's call is made once and gives what it gives. */
class GateFaultsTest {

    private final Weaver weaver = new Weaver(
            ByteBuddyAgent.install(),
            List.of(point(GateAdvice.class, "plain"), point(ReplacingGateAdvice.class, "replacing")));

    @BeforeEach
    void weave() {
        weaver.weave(EnumSet.of(RuleKind.HTTP));
    }

    @AfterEach
    void takeOut() {
        Bridge.connect(null);
        weaver.unweave();
    }

    static Stream<Throwable> faults() {
        return Stream.of(
                new IllegalStateException("broken rule"),
                new NullPointerException(),
                new IOException("checked, thrown where none is declared"),
                new InterruptedException(),
                new OutOfMemoryError("no heap left"),
                new StackOverflowError(),
                new NoClassDefFoundError("dev/resilience/Missing"),
                new ExceptionInInitializerError(new IllegalStateException()),
                new LinkageError("two loaders"),
                new AssertionError("never"));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void a_fault_at_the_entry(Throwable fault) throws Exception {
        Bridge.connect(new Faulty(fault, null, null));

        callsGoThrough(fault);
    }

    @ParameterizedTest
    @MethodSource("faults")
    void a_fault_at_the_exit(Throwable fault) throws Exception {
        Bridge.connect(new Faulty(null, fault, null));

        callsGoThrough(fault);
    }

    @ParameterizedTest
    @MethodSource("faults")
    void a_fault_while_a_fault_is_noted(Throwable fault) throws Exception {
        Bridge.connect(new Faulty(new IllegalStateException("first"), null, fault));

        callsGoThrough(fault);
    }

    private static void callsGoThrough(Throwable fault) throws Exception {
        Target target = new Target();
        long failures = Bridge.failures();
        boolean interrupted = Thread.currentThread().isInterrupted();

        assertThat(target.plain("a", "b")).isEqualTo("a b");
        assertThat(target.replacing("a", "b")).isEqualTo("a b");
        assertThat(target.thrownBy(() -> target.plain("boom", ""))).isSameAs(Target.BOOM);
        assertThat(target.thrownBy(() -> target.replacing("boom", ""))).isSameAs(Target.BOOM);

        assertThat(target.made).isEqualTo(4);
        assertThat(Bridge.failures()).as("%s is counted", fault).isEqualTo(failures + 4);
        assertThat(Thread.currentThread().isInterrupted()).isEqualTo(interrupted);
    }

    private static WeavePoint point(Class<?> advice, String method) {
        return new WeavePoint(
                new WeavePoint.Named(Set.of("dev/resilience/instrument/GateFaultsTest$Target")),
                method,
                null,
                advice,
                RuleKind.HTTP,
                "none");
    }

    /** What an application would call. */
    static final class Target {

        static final IOException BOOM = new IOException("the application's own");

        int made;

        String plain(String first, String second) throws IOException {
            return call(first, second);
        }

        String replacing(String first, String second) throws IOException {
            return call(first, second);
        }

        private String call(String first, String second) throws IOException {
            made++;
            if (first.equals("boom")) {
                throw BOOM;
            }
            return first + " " + second;
        }

        @Nullable
        Throwable thrownBy(Callable call) {
            try {
                call.call();
                return null;
            } catch (Throwable thrown) {
                return thrown;
            }
        }

        interface Callable {
            String call() throws IOException;
        }
    }

    private record Faulty(
            @Nullable Throwable atEntry,
            @Nullable Throwable atExit,
            @Nullable Throwable whenNoted) implements Gate {

        @Override
        public Passage enter(
                int site, Object self, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
            fail(atEntry);
            return new Passage() {
                @Override
                protected void exit(@Nullable Object result, @Nullable Throwable thrown) {
                    fail(atExit);
                }
            };
        }

        @Override
        public void failed(Throwable failure) {
            fail(whenNoted);
        }

        @SuppressWarnings("unchecked")
        private static <T extends Throwable> void fail(@Nullable Throwable fault) throws T {
            if (fault != null) {
                throw (T) fault;
            }
        }
    }
}
