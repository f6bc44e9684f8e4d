package dev.resilience.cli;

import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

/**
 * The JDK's attach API, by reflection: its module belongs to the application's loader, which the agent's loader does not
 * see, and a reduced run-time image may lack it.
 */
final class AttachApi {

    private final Class<?> machine;

    private AttachApi(Class<?> machine) {
        this.machine = machine;
    }

    /** @throws Unreachable when this Java has no attach API */
    static AttachApi open() {
        try {
            return new AttachApi(
                    Class.forName("com.sun.tools.attach.VirtualMachine", true, ClassLoader.getSystemClassLoader()));
        } catch (ClassNotFoundException | LinkageError missing) {
            throw new Unreachable("this Java has no attach API (module jdk.attach); use --url, or run with a JDK");
        }
    }

    /** The process ids of the JVMs of this user and host. */
    List<String> pids() {
        List<String> pids = new ArrayList<>();
        try {
            for (Object descriptor : (List<?>) machine.getMethod("list").invoke(null)) {
                Class<?> type =
                        Class.forName("com.sun.tools.attach.VirtualMachineDescriptor", false, machine.getClassLoader());
                pids.add((String) type.getMethod("id").invoke(descriptor));
            }
            return pids;
        } catch (ReflectiveOperationException failure) {
            throw new Unreachable("the JVMs of this host cannot be listed: " + cause(failure));
        }
    }

    /** @throws Unreachable when there is no such JVM, or it is another user's */
    Attached attach(String pid) {
        if (!QuitSignal.isTakenBy(pid)) {
            throw new Unreachable(
                    "process " + pid + " is no JVM, or one that takes no signals (-Xrs): it is left alone");
        }
        try {
            return new Attached(pid, machine.getMethod("attach", String.class).invoke(null, pid));
        } catch (ReflectiveOperationException failure) {
            throw new Unreachable("no JVM of this user with process id " + pid + " can be attached to: "
                    + cause(failure).getMessage());
        }
    }

    private static Throwable cause(ReflectiveOperationException failure) {
        Throwable cause = failure instanceof InvocationTargetException ? failure.getCause() : null;
        return cause == null ? failure : cause;
    }

    /** A JVM attached to, until closed. */
    final class Attached implements AutoCloseable {

        private final String pid;
        private final Object vm;

        Attached(String pid, Object vm) {
            this.pid = pid;
            this.vm = vm;
        }

        Properties systemProperties() {
            return (Properties) call("getSystemProperties");
        }

        Properties agentProperties() {
            return (Properties) call("getAgentProperties");
        }

        /** Starts the JVM's own management agent unless it runs; gives its address. */
        String managementAddress() {
            return (String) call("startLocalManagementAgent");
        }

        void loadAgent(String jar, String options) {
            try {
                machine.getMethod("loadAgent", String.class, String.class).invoke(vm, jar, options);
            } catch (ReflectiveOperationException failure) {
                throw new Unreachable("the agent could not be loaded into process " + pid + ": "
                        + cause(failure).getMessage());
            }
        }

        @Override
        public void close() {
            call("detach");
        }

        private Object call(String method) {
            try {
                return machine.getMethod(method).invoke(vm);
            } catch (ReflectiveOperationException failure) {
                Throwable cause = cause(failure);
                throw new Unreachable("process " + pid + " does not answer: " + cause.getMessage());
            }
        }
    }
}
