package dev.resilience.instrument;

import dev.resilience.bootstrap.Bridge;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.implementation.bytecode.assign.Assigner.Typing;

/** As {@link GateAdvice}, for methods that are only taken note of at their entry: no passage is asked for, nothing skipped. */
public final class NoticeAdvice {

    private NoticeAdvice() {}

    @Advice.OnMethodEnter(suppress = Throwable.class)
    static void enter(
            @Site int site,
            @Advice.This(optional = true) Object self,
            @Advice.Argument(value = 0, optional = true, typing = Typing.DYNAMIC) Object first,
            @Advice.Argument(value = 1, optional = true, typing = Typing.DYNAMIC) Object second,
            @Advice.Argument(value = 2, optional = true, typing = Typing.DYNAMIC) Object third) {
        if (!Bridge.isQuiet(site)) {
            Bridge.enter(site, self, first, second, third);
        }
    }
}
