package dev.resilience.instrument;

import dev.resilience.bootstrap.Bridge;
import dev.resilience.bootstrap.Passage;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.implementation.bytecode.assign.Assigner.Typing;

/**
 * What is inlined into a woven method: asks the bridge, makes or leaves out the call, and hands its caller what the passage
 * says. Copied into class files as old as Java 5, so it names only {@code java.*}, the target's own types and the bridge,
 * and uses no newer kind of constant.
 */
public final class GateAdvice {

    private GateAdvice() {}

    @Advice.OnMethodEnter(skipOn = Advice.OnNonDefaultValue.class, suppress = Throwable.class)
    static boolean enter(
            @Site int site,
            @Advice.This(optional = true) Object self,
            @Advice.Argument(value = 0, optional = true, typing = Typing.DYNAMIC) Object first,
            @Advice.Argument(value = 1, optional = true, typing = Typing.DYNAMIC) Object second,
            @Advice.Argument(value = 2, optional = true, typing = Typing.DYNAMIC) Object third,
            @Advice.Local("passage") Passage passage) {
        if (Bridge.isQuiet(site)) {
            return false;
        }
        passage = Bridge.enter(site, self, first, second, third);
        return passage != null && passage.skipped;
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
