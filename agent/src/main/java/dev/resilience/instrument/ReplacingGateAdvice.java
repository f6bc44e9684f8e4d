package dev.resilience.instrument;

import dev.resilience.bootstrap.Bridge;
import dev.resilience.bootstrap.Passage;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.implementation.bytecode.assign.Assigner.Typing;

/** As {@link GateAdvice}, for methods of two arguments or more whose second one the passage may replace. */
public final class ReplacingGateAdvice {

    private ReplacingGateAdvice() {}

    @Advice.OnMethodEnter(skipOn = Advice.OnNonDefaultValue.class, suppress = Throwable.class)
    static boolean enter(
            @Site int site,
            @Advice.This(optional = true) Object self,
            @Advice.Argument(value = 0, typing = Typing.DYNAMIC) Object first,
            @Advice.Argument(value = 1, readOnly = false, typing = Typing.DYNAMIC) Object second,
            @Advice.Argument(value = 2, optional = true, typing = Typing.DYNAMIC) Object third,
            @Advice.Local("passage") Passage passage) {
        passage = Bridge.enter(site, self, first, second, third);
        if (passage == null) {
            return false;
        }
        if (passage.second != null) {
            second = passage.second;
        }
        return passage.skipped;
    }

    @Advice.OnMethodExit(onThrowable = Throwable.class, suppress = Throwable.class)
    static void exit(
            @Advice.Local("passage") Passage passage,
            @Advice.Return(readOnly = false, typing = Typing.DYNAMIC) Object result,
            @Advice.Thrown(readOnly = false) Throwable thrown) {
        if (passage != null) {
            Bridge.exit(passage, result, thrown);
            thrown = passage.thrown;
            if (thrown == null) {
                result = passage.result;
            }
        }
    }
}
