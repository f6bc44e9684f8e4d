package dev.resilience.log;

import io.netty.util.internal.logging.AbstractInternalLogger;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;

/**
 * Netty's log, said in ours: warnings and errors only. Has to be installed before any other class of Netty is touched, which
 * would else look for a logging framework and end at {@code java.util.logging}.
 */
public final class NettyLog extends InternalLoggerFactory {

    private NettyLog() {}

    /** Makes Netty's log ours. Doing it again changes nothing. */
    public static void install() {
        InternalLoggerFactory.setDefaultFactory(new NettyLog());
    }

    @Override
    protected InternalLogger newInstance(String name) {
        return new Lines(name);
    }

    private static final class Lines extends AbstractInternalLogger {

        private static final long serialVersionUID = 1L;

        Lines(String name) {
            super(name);
        }

        private void say(String message) {
            // Said of every promise that outlives the loops, and only when we end ourselves; and the store says itself,
            // once
            // and in words of its own, what Lettuce would say of every connection.
            if (name().endsWith(".rejectedExecution") || name().startsWith("io.lettuce.")) {
                return;
            }
            AgentLog.warn("netty-" + name(), name() + ": " + message);
        }

        private void say(String format, Object... arguments) {
            StringBuilder text = new StringBuilder();
            int from = 0;
            for (Object argument : arguments) {
                int at = format.indexOf("{}", from);
                if (at < 0) {
                    break;
                }
                text.append(format, from, at).append(argument);
                from = at + 2;
            }
            say(text.append(format.substring(from)).toString());
        }

        @Override
        public boolean isTraceEnabled() {
            return false;
        }

        @Override
        public void trace(String message) {}

        @Override
        public void trace(String format, Object argument) {}

        @Override
        public void trace(String format, Object first, Object second) {}

        @Override
        public void trace(String format, Object... arguments) {}

        @Override
        public void trace(String message, Throwable failure) {}

        @Override
        public boolean isDebugEnabled() {
            return false;
        }

        @Override
        public void debug(String message) {}

        @Override
        public void debug(String format, Object argument) {}

        @Override
        public void debug(String format, Object first, Object second) {}

        @Override
        public void debug(String format, Object... arguments) {}

        @Override
        public void debug(String message, Throwable failure) {}

        @Override
        public boolean isInfoEnabled() {
            return false;
        }

        @Override
        public void info(String message) {}

        @Override
        public void info(String format, Object argument) {}

        @Override
        public void info(String format, Object first, Object second) {}

        @Override
        public void info(String format, Object... arguments) {}

        @Override
        public void info(String message, Throwable failure) {}

        @Override
        public boolean isWarnEnabled() {
            return true;
        }

        @Override
        public void warn(String message) {
            say(message);
        }

        @Override
        public void warn(String format, Object argument) {
            say(format, new Object[] {argument});
        }

        @Override
        public void warn(String format, Object first, Object second) {
            say(format, new Object[] {first, second});
        }

        @Override
        public void warn(String format, Object... arguments) {
            say(format, arguments);
        }

        @Override
        public void warn(String message, Throwable failure) {
            say(message + ": " + failure);
        }

        @Override
        public boolean isErrorEnabled() {
            return true;
        }

        @Override
        public void error(String message) {
            say(message);
        }

        @Override
        public void error(String format, Object argument) {
            say(format, new Object[] {argument});
        }

        @Override
        public void error(String format, Object first, Object second) {
            say(format, new Object[] {first, second});
        }

        @Override
        public void error(String format, Object... arguments) {
            say(format, arguments);
        }

        @Override
        public void error(String message, Throwable failure) {
            say(message + ": " + failure);
        }
    }
}
