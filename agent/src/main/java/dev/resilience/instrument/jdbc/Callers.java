package dev.resilience.instrument.jdbc;

import java.lang.StackWalker.StackFrame;
import java.util.List;
import java.util.Set;

/** Who is on this thread's stack. A look costs microseconds: asked only where little else is left to ask. */
final class Callers {

    private Callers() {}

    /** @param packages beginnings of class names */
    static boolean are(List<String> packages) {
        return StackWalker.getInstance()
                .walk(frames -> frames.anyMatch(frame -> {
                    for (String each : packages) {
                        if (frame.getClassName().startsWith(each)) {
                            return true;
                        }
                    }
                    return false;
                }));
    }

    /** The class that asked for something by one of these methods, of whatever layer; empty for nobody. */
    static String of(Set<String> methods) {
        return StackWalker.getInstance()
                .walk(frames -> frames.dropWhile(frame -> !methods.contains(frame.getMethodName()))
                        .filter(frame -> !methods.contains(frame.getMethodName()))
                        .map(StackFrame::getClassName)
                        .findFirst()
                        .orElse(""));
    }
}
