package dev.resilience.instrument;

import dev.resilience.bootstrap.Bridge;
import dev.resilience.bootstrap.Passage;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.implementation.bytecode.assign.Assigner.Typing;

/**
 * As {@link GateAdvice}, for methods of any number of arguments, all of which the passage may replace: they come as one array
 * in place of the first.
 */
public final class ReplacingGateAdvice {

    private ReplacingGateAdvice() {}

    @Advice.OnMethodEnter(skipOn = Advice.OnNonDefaultValue.class, suppress = Throwable.class)
    static boolean enter(
            @Site int site,
            @Advice.This(optional = true) Object self,
            @Advice.AllArguments(readOnly = false, typing = Typing.DYNAMIC) Object[] arguments,
            @Advice.Local("passage") Passage passage) {
        passage = Bridge.enter(site, self, arguments, null, null);
        if (passage == null) {
            return false;
        }
        if (passage.arguments != null) {
            arguments = passage.arguments;
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
