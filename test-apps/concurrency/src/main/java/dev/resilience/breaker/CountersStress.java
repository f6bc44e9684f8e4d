package dev.resilience.breaker;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Striped counters: what is counted is told once, whenever it is read. Results read {@code calls, failures}. */
public final class CountersStress {

    private CountersStress() {}

    /** One counts while another reads. */
    @JCStressTest
    @Outcome(id = "2, 1", expect = ACCEPTABLE, desc = "each outcome in one reading")
    @State
    public static class EachOutcomeIsInOneReading {

        private final Counters counters = new Counters();

        @Actor
        public void count() {
            counters.success();
            counters.failure();
        }

        @Actor
        public void read(II_Result result) {
            add(counters.take(), result);
        }

        @Arbiter
        public void readTheRest(II_Result result) {
            add(counters.take(), result);
        }
    }

    /** A call ends while it is found to have run for too long, and while the counters are read. */
    @JCStressTest
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "one call")
    @State
    public static class ACallThatIsOverdueWhenItEndsIsOneCall {

        private final StillCircuit still = StillCircuit.watchful();
        private final Stage stage = ((OwnPermit) still.circuit.tryAcquire()).stage;
        private final Followed followed = new Followed();
        private final Permit permit = followed.follow(still.circuit, stage, 0);

        @Actor
        public void end() {
            still.circuit.settle(permit, dev.resilience.breaker.Outcome.FAILURE, StillCircuit.SLOW_NANOS, -1);
        }

        @Actor
        public void look() {
            followed.countOverdue(StillCircuit.SLOW_NANOS);
            still.circuit.view();
        }

        @Arbiter
        public void ask(II_Result result) {
            CircuitView view = still.circuit.view();
            result.r1 = (int) (view.failures() + view.successes());
            result.r2 = (int) view.failures();
        }
    }

    private static void add(Delta taken, II_Result result) {
        result.r1 += (int) taken.calls();
        result.r2 += (int) taken.failures();
    }
}
