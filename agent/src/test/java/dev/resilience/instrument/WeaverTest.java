package dev.resilience.instrument;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.resilience.bootstrap.Bridge;
import dev.resilience.bootstrap.Gate;
import dev.resilience.bootstrap.Passage;
import java.io.File;
import java.io.IOException;
import java.lang.instrument.Instrumentation;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import net.bytebuddy.ByteBuddy;
import net.bytebuddy.agent.ByteBuddyAgent;
import net.bytebuddy.dynamic.loading.ClassLoadingStrategy;
import net.bytebuddy.implementation.FixedValue;
import net.bytebuddy.matcher.ElementMatchers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WeaverTest {

    static final List<String> SEEN = new ArrayList<>();

    private final Instrumentation instrumentation = ByteBuddyAgent.install();
    private final List<WeavePoint> points = List.of(
            new WeavePoint(
                    new WeavePoint.Named(Set.of("dev/resilience/instrument/WeaverTest$Target")),
                    "greet",
                    "(Ljava/lang/String;Ljava/lang/String;)Ljava/lang/String;",
                    ReplacingGateAdvice.class,
                    RuleKind.HTTP,
                    "none"),
            new WeavePoint(
                    new WeavePoint.Implementing("java/util/concurrent/Callable"),
                    "call",
                    null,
                    GateAdvice.class,
                    RuleKind.JDBC,
                    "none"),
            new WeavePoint(
                    new WeavePoint.Named(Set.of("dev/resilience/instrument/WeaverTest$Target")),
                    "count",
                    null,
                    GateAdvice.class,
                    RuleKind.HTTP,
                    "none"),
            new WeavePoint(
                    new WeavePoint.Library(Set.of("dev/resilience/instrument/WeaverTest$OtherVersion")),
                    "send",
                    "(I)V",
                    GateAdvice.class,
                    RuleKind.HTTP,
                    "none"));
    private final Weaver weaver = new Weaver(instrumentation, points);

    @AfterEach
    void takeOut() {
        weaver.unweave();
        Bridge.connect(null);
        SEEN.clear();
    }

    @Test
    void weaves_a_loaded_class_and_takes_the_weaving_out_again() throws Exception {
        Target target = new Target();
        Bridge.connect(new Recording(null));
        weaver.weave(EnumSet.of(RuleKind.HTTP));
        assertThat(target.greet("a", "b")).isEqualTo("a b");
        assertThat(SEEN).containsExactly("0 [a, b] null null", "given a b");
        SEEN.clear();

        weaver.unweave();
        target.greet("c", "d");
        assertThat(SEEN).containsExactly("given c d");
    }

    @Test
    void replaces_argument_result_and_exception() throws Exception {
        weaver.weave(EnumSet.of(RuleKind.HTTP));
        Target target = new Target();

        Bridge.connect(new Recording(new Swap(new Object[] {"a", "other"}, "swapped", null)));
        assertThat(target.greet("a", "b")).isEqualTo("swapped");
        assertThat(SEEN).contains("given a other");

        Bridge.connect(new Recording(new Swap(null, null, new IOException("ours"))));
        assertThatThrownBy(() -> target.greet("a", "b")).hasMessage("ours");

        Bridge.connect(new Recording(new Swap(null, "rescued", null)));
        assertThat(target.greet("boom", "b")).isEqualTo("rescued");
        assertThat(target.greet("boom", "b")).isEqualTo("rescued");
    }

    @Test
    void leaves_out_a_skipped_call_also_when_it_answers_null() throws Exception {
        weaver.weave(EnumSet.of(RuleKind.HTTP));
        Passage skip = new Swap(null, null, null);
        skip.skipped = true;
        Bridge.connect(new Recording(skip));
        Target target = new Target();
        assertThat(target.greet("a", "b")).isNull();
        assertThat(SEEN).noneMatch(line -> line.startsWith("given"));

        skip.result = 42;
        assertThat(target.count()).isEqualTo(42);
        skip.thrown = new IOException("rejected");
        assertThatThrownBy(target::count).isInstanceOf(IOException.class).hasMessage("rejected");
    }

    @Test
    void a_result_of_the_wrong_type_is_counted_and_changes_nothing() throws Exception {
        weaver.weave(EnumSet.of(RuleKind.HTTP));
        Bridge.connect(new Recording(new Swap(null, 17, null)));
        long before = Bridge.failures();
        assertThat(new Target().greet("a", "b")).isEqualTo("a b");
        assertThat(Bridge.failures()).isEqualTo(before + 1);
    }

    @Test
    void a_gate_that_throws_is_counted_and_lets_the_call_through() throws Exception {
        weaver.weave(EnumSet.of(RuleKind.HTTP));
        Bridge.connect(new Gate() {
            @Override
            public Passage enter(int site, Object self, Object first, Object second, Object third) {
                throw new IllegalStateException("broken gate");
            }

            @Override
            public void failed(Throwable failure) {
                SEEN.add(failure.getMessage());
            }
        });
        long before = Bridge.failures();
        assertThat(new Target().greet("a", "b")).isEqualTo("a b");
        assertThat(Bridge.failures()).isEqualTo(before + 1);
        assertThat(SEEN).contains("broken gate");
    }

    @Test
    void weaves_an_interface_in_classes_that_inherit_it_and_only_for_the_kinds_needed() throws Exception {
        Bridge.connect(new Recording(null));
        weaver.weave(EnumSet.of(RuleKind.HTTP));
        assertThat(new Job().call()).isEqualTo("done");
        assertThat(SEEN).isEmpty();

        weaver.weave(EnumSet.of(RuleKind.JDBC));
        assertThat(new Job().call()).isEqualTo("done");
        assertThat(SEEN).containsExactly("1 null null null");
        SEEN.clear();
        new Unrelated().call();
        assertThat(SEEN).isEmpty();
        // No object's call, though it has the interface's name: there are such helpers.
        assertThat(Helping.call("done")).isEqualTo("done");
        assertThat(SEEN).isEmpty();
    }

    @Test
    void a_class_loaded_after_weaving_is_woven_as_it_is_loaded() throws Exception {
        Bridge.connect(new Recording(null));
        weaver.weave(EnumSet.of(RuleKind.JDBC));
        assertThat(new LateJob().call()).isEqualTo("late");
        assertThat(SEEN).containsExactly("1 null null null");
    }

    @Test
    void a_class_whose_loader_does_not_find_the_bridge_is_left_alone_and_told() throws Exception {
        Bridge.connect(new Recording(null));
        weaver.weave(EnumSet.of(RuleKind.JDBC));
        Class<?> type = new Secluded().loadClass(SecludedJob.class.getName());
        Object job = type.getDeclaredConstructor().newInstance();
        assertThat(type).isNotSameAs(SecludedJob.class);
        assertThat(((java.util.concurrent.Callable<?>) job).call()).isEqualTo("secluded");
        assertThat(SEEN).isEmpty();
        assertThat(weaver.outcomes().get(type.getName())).contains("does not find the agent's bridge");
    }

    @Test
    void a_class_of_a_library_that_has_none_of_the_methods_is_left_alone_and_told() {
        weaver.weave(EnumSet.of(RuleKind.HTTP));
        assertThat(new OtherVersion().send("as ever")).isEqualTo("as ever");
        assertThat(weaver.outcomes().get(OtherVersion.class.getName()))
                .contains("version that the agent does not know");
    }

    @Test
    void what_another_agent_sends_is_not_woven(@TempDir File folder) throws Exception {
        weaver.weave(EnumSet.of(RuleKind.JDBC));
        // As OpenTelemetry's agent has it: the class of its loader is the boot loader's.
        Class<?> anotherAgents = new ByteBuddy()
                .subclass(URLClassLoader.class)
                .name("another.agent.Loader")
                .make()
                .load(null, new ClassLoadingStrategy.ForBootstrapInjection(instrumentation, folder))
                .getLoaded();
        new ByteBuddy()
                .subclass(java.util.concurrent.Callable.class)
                .name("another.agent.Sender")
                .method(ElementMatchers.named("call"))
                .intercept(FixedValue.value("sent"))
                .make()
                .saveIn(folder);
        URL[] classPath = {folder.toURI().toURL()};
        try (URLClassLoader loader = (URLClassLoader) anotherAgents
                .getConstructor(URL[].class, ClassLoader.class)
                .newInstance(classPath, ClassLoader.getPlatformClassLoader())) {
            assertThat(loader.loadClass("another.agent.Sender").getClassLoader())
                    .isSameAs(loader);
        }
        assertThat(weaver.outcomes()).doesNotContainKey("another.agent.Sender");
    }

    /** As the loaders of OSGi's bundles: of what is not its own it finds the JDK's only, and does not say so kindly. */
    static final class Secluded extends ClassLoader {

        @Override
        public Class<?> loadClass(String name) throws ClassNotFoundException {
            if (name.startsWith("java.")) {
                return super.loadClass(name);
            }
            if (!name.equals(SecludedJob.class.getName())) {
                throw new NullPointerException("no " + name);
            }
            try (var in = WeaverTest.class.getResourceAsStream(name.substring(name.lastIndexOf('.') + 1) + ".class")) {
                byte[] bytes = in.readAllBytes();
                return defineClass(name, bytes, 0, bytes.length);
            } catch (IOException unreadable) {
                throw new ClassNotFoundException(name, unreadable);
            }
        }
    }

    static class Target {
        String greet(String first, String second) throws IOException {
            SEEN.add("given " + first + " " + second);
            if (first.equals("boom")) {
                throw new IOException("theirs");
            }
            return first + " " + second;
        }

        int count() throws IOException {
            return 7;
        }
    }

    interface Work extends java.util.concurrent.Callable<String> {}

    abstract static class Base implements Work {}

    static final class Job extends Base {
        @Override
        public String call() {
            return "done";
        }
    }

    abstract static class Helping implements Work {
        static String call(String text) {
            return text;
        }
    }

    static final class LateJob extends Base {
        @Override
        public String call() {
            return "late";
        }
    }

    /** Public, so that it can be made where its class is another's. */
    public static final class SecludedJob implements java.util.concurrent.Callable<String> {
        public SecludedJob() {}

        @Override
        public String call() {
            return "secluded";
        }
    }

    static final class OtherVersion {
        String send(String text) {
            return text;
        }
    }

    static final class Unrelated {
        String call() {
            return "nothing";
        }
    }

    private record Recording(Passage passage) implements Gate {
        @Override
        public Passage enter(int site, Object self, Object first, Object second, Object third) {
            SEEN.add(site + " " + (first instanceof Object[] all ? Arrays.toString(all) : first) + " " + second + " "
                    + third);
            return passage;
        }

        @Override
        public void failed(Throwable failure) {}
    }

    private static final class Swap extends Passage {
        private final Object newResult;
        private final Throwable newThrown;

        Swap(Object[] arguments, Object result, Throwable thrown) {
            this.arguments = arguments;
            this.newResult = result;
            this.newThrown = thrown;
        }

        @Override
        protected void exit(Object given, Throwable failure) {
            result = newResult;
            thrown = newThrown;
        }
    }
}
