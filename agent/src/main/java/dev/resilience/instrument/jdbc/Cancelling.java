package dev.resilience.instrument.jdbc;

import dev.resilience.bootstrap.Passage;
import dev.resilience.instrument.Adapter;
import java.lang.StackWalker.StackFrame;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;

/**
 * {@code Statement.cancel}: what the application ends itself, its user having gone away, tells nothing about the database.
 * Drivers that keep their query time-outs by the same method are told by who calls it.
 */
final class Cancelling implements Adapter {

    private final Known known;

    Cancelling(Known known) {
        this.known = known;
    }

    @Override
    public @Nullable Passage enter(
            Object self, @Nullable Object first, @Nullable Object second, @Nullable Object third) {
        StatementState state = self instanceof Statement statement ? known.statements.get(statement) : null;
        if (state != null && !ofDriver(self.getClass().getName())) {
            state.cancelled = true;
        }
        return null;
    }

    private static boolean ofDriver(String statement) {
        String caller = StackWalker.getInstance()
                .walk(frames -> frames.dropWhile(Cancelling::isNotCancel)
                        .filter(Cancelling::isNotCancel)
                        .map(StackFrame::getClassName)
                        .findFirst()
                        .orElse(""));
        return vendor(caller).equals(vendor(statement));
    }

    private static boolean isNotCancel(StackFrame frame) {
        return !frame.getMethodName().equals("cancel");
    }

    /** The first two names of a package, {@code org.postgresql}. */
    private static String vendor(String className) {
        int dot = className.indexOf('.', className.indexOf('.') + 1);
        return dot < 0 ? className : className.substring(0, dot);
    }
}
