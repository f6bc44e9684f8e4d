package dev.resilience.instrument.management;

import dev.resilience.bootstrap.Bridge;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.implementation.bytecode.assign.Assigner.Typing;

/** Inlined into the method that gives the platform's MBean server. */
public final class ServerAdvice {

    private ServerAdvice() {}

    @Advice.OnMethodExit(suppress = Throwable.class)
    static void exit(@Advice.Return(typing = Typing.DYNAMIC) Object server) {
        Bridge.managed(server);
    }
}
