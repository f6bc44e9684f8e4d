package dev.resilience.breaker;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIL_Result;
import org.openjdk.jcstress.infra.results.IL_Result;

/** The stage is replaced while calls hold the one before. */
public final class EpochStress {

    private EpochStress() {}

    /** Results read {@code epoch, state}. */
    @JCStressTest
    @Outcome(id = "1, OPEN", expect = ACCEPTABLE, desc = "opened once, by both failures together")
    @State
    public static class TwoFailuresAtOnceOpenOnce {

        private final StillCircuit still = StillCircuit.closed(2);

        @Actor
        public void one() {
            still.fail();
        }

        @Actor
        public void other() {
            still.fail();
        }

        @Arbiter
        public void ask(IL_Result result) {
            Snapshot stored = still.stored();
            result.r1 = (int) stored.epoch();
            result.r2 = still.circuit.state() == stored.state() ? stored.state() : "torn";
        }
    }

    /** Results read {@code epoch of the call, failures counted, epoch and state of the store}. */
    @JCStressTest
    @Outcome(id = "0, 0, 1 CLOSED", expect = ACCEPTABLE, desc = "begun before the reset, and forgotten")
    @Outcome(id = "1, 1, 1 CLOSED", expect = ACCEPTABLE, desc = "begun after the reset, and counted")
    @State
    public static class AFailureBegunBeforeAResetCountsNowhere {

        private final StillCircuit still = StillCircuit.closed(Integer.MAX_VALUE);

        public AFailureBegunBeforeAResetCountsNowhere() {
            still.circuit.view();
        }

        @Actor
        public void fail(IIL_Result result) {
            result.r1 = (int) still.fail();
        }

        @Actor
        public void reset() {
            still.circuit.reset("somebody");
        }

        @Arbiter
        public void ask(IIL_Result result) {
            result.r2 = (int) still.circuit.view().failures();
            Snapshot stored = still.stored();
            result.r3 = stored.epoch() + " " + stored.state();
        }
    }

    /** Results read {@code epoch, state}. */
    @JCStressTest
    @Outcome(id = "2, CLOSED", expect = ACCEPTABLE, desc = "opened, then reset")
    @Outcome(id = "1, CLOSED", expect = ACCEPTABLE, desc = "reset, and what began before forgotten")
    @Outcome(id = "1, OPEN", expect = ACCEPTABLE, desc = "decided at once in one epoch: the more careful holds")
    @Outcome(id = "2, OPEN", expect = ACCEPTABLE, desc = "reset, then opened")
    @State
    public static class ResetAndOpeningLeaveInstanceAndStoreInOneState {

        private final StillCircuit still = StillCircuit.closed(1);

        @Actor
        public void fail() {
            still.fail();
        }

        @Actor
        public void reset() {
            still.circuit.reset("somebody");
        }

        @Arbiter
        public void ask(IL_Result result) {
            still.circuit.view();
            Snapshot stored = still.stored();
            result.r1 = (int) stored.epoch();
            result.r2 = still.circuit.state() == stored.state() ? stored.state() : "torn";
        }
    }
}
