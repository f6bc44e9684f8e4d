package dev.resilience.instrument.loaders;

import net.bytebuddy.asm.Advice;
import org.jspecify.annotations.Nullable;

/**
 * What is inlined into a loader's {@code loadClass}: the few classes that woven code names come from the boot loader, whatever
 * the loader has been told to ask there. Everything else is the loader's own business.
 */
public final class BootDelegationAdvice {

    private BootDelegationAdvice() {}

    @Advice.OnMethodEnter(skipOn = Advice.OnNonDefaultValue.class, suppress = Throwable.class)
    static @Nullable Class<?> enter(@Advice.Argument(0) String name) throws ClassNotFoundException {
        boolean ours = name.startsWith("dev.resilience.bootstrap.")
                || name.equals("dev.resilience.CircuitBreakerOpenException");
        return ours ? Class.forName(name, false, null) : null;
    }

    @Advice.OnMethodExit
    static void exit(@Advice.Enter @Nullable Class<?> found, @Advice.Return(readOnly = false) Class<?> result) {
        if (found != null) {
            result = found;
        }
    }
}
