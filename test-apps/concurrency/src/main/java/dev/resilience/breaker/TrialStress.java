package dev.resilience.breaker;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIL_Result;
import org.openjdk.jcstress.infra.results.ZZZ_Result;

/** Trial permits. Results of all but the first read {@code epoch, permits left, state}. */
public final class TrialStress {

    private TrialStress() {}

    @JCStressTest
    @Outcome(id = "true, true, false", expect = ACCEPTABLE, desc = "as many as the quota")
    @Outcome(id = "true, false, true", expect = ACCEPTABLE, desc = "as many as the quota")
    @Outcome(id = "false, true, true", expect = ACCEPTABLE, desc = "as many as the quota")
    @State
    public static class NeverMoreThanTheQuota {

        private final StillCircuit still = StillCircuit.halfOpen(2, 2);

        @Actor
        public void one(ZZZ_Result result) {
            result.r1 = still.circuit.tryAcquire().granted();
        }

        @Actor
        public void others(ZZZ_Result result) {
            result.r2 = still.circuit.tryAcquire().granted();
            result.r3 = still.circuit.tryAcquire().granted();
        }
    }

    @JCStressTest
    @Outcome(id = "3, 2, CLOSED", expect = ACCEPTABLE, desc = "succeeded before it was given up")
    @Outcome(id = "2, 2, HALF_OPEN", expect = ACCEPTABLE, desc = "given up before it succeeded")
    @State
    public static class ATrialThatEndsAsItIsGivenUpHasOneOutcome {

        private final StillCircuit still = StillCircuit.halfOpen(2, 1);
        private final Permit permit = still.circuit.tryAcquire();

        @Actor
        public void succeed() {
            still.circuit.settle(permit, dev.resilience.breaker.Outcome.SUCCESS, StillCircuit.FAST_NANOS, -1);
        }

        @Actor
        public void giveUp() {
            still.circuit.settle(permit, dev.resilience.breaker.Outcome.IGNORED, 0, -1);
        }

        @Arbiter
        public void ask(IIL_Result result) {
            tell(still, result);
        }
    }

    /** The first verdict holds, and instance and store agree on it. */
    @JCStressTest
    @Outcome(id = "3, 2, CLOSED", expect = ACCEPTABLE, desc = "the success came first")
    @Outcome(id = "3, 2, OPEN", expect = ACCEPTABLE, desc = "the failure came first")
    @State
    public static class OfTwoVerdictsTheFirstHolds {

        private final StillCircuit still = StillCircuit.halfOpen(2, 1);
        private final Permit one = still.circuit.tryAcquire();
        private final Permit other = still.circuit.tryAcquire();

        @Actor
        public void succeed() {
            still.circuit.settle(one, dev.resilience.breaker.Outcome.SUCCESS, StillCircuit.FAST_NANOS, -1);
        }

        @Actor
        public void fail() {
            still.circuit.settle(other, dev.resilience.breaker.Outcome.FAILURE, StillCircuit.FAST_NANOS, -1);
            still.circuit.view();
        }

        @Arbiter
        public void ask(IIL_Result result) {
            tell(still, result);
        }
    }

    /** The time is up while the deciding trial succeeds. */
    @JCStressTest
    @Outcome(id = "3, 1, CLOSED", expect = ACCEPTABLE, desc = "it came in time")
    @Outcome(id = "3, 1, OPEN", expect = ACCEPTABLE, desc = "it came too late")
    @State
    public static class AVerdictComesInTimeOrNot {

        private final StillCircuit still = StillCircuit.halfOpen(1, 1);
        private final Permit permit = still.circuit.tryAcquire();

        @Actor
        public void succeed() {
            still.circuit.settle(permit, dev.resilience.breaker.Outcome.SUCCESS, StillCircuit.FAST_NANOS, -1);
        }

        @Actor
        public void timeIsUp() {
            still.pass(still.settings.halfOpenTimeoutMillis());
        }

        @Arbiter
        public void ask(IIL_Result result) {
            tell(still, result);
        }
    }

    private static void tell(StillCircuit still, IIL_Result result) {
        CircuitView view = still.circuit.view();
        Snapshot stored = still.stored();
        result.r1 = (int) view.epoch();
        result.r2 = stored.quotaLeft();
        result.r3 = view.state() == stored.state() && view.epoch() == stored.epoch() ? stored.state() : "torn";
    }
}
