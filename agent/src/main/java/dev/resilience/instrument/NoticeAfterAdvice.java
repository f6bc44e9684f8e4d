package dev.resilience.instrument;

import dev.resilience.bootstrap.Bridge;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.implementation.bytecode.assign.Assigner.Typing;

/**
 * As {@link NoticeAdvice}, for methods that are taken note of when they have returned: a method that does its work by others
 * of the kind has the last word.
 */
public final class NoticeAfterAdvice {

    private NoticeAfterAdvice() {}

    @Advice.OnMethodExit(suppress = Throwable.class)
    static void exit(
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
