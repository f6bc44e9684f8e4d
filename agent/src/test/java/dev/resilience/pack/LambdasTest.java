package dev.resilience.pack;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.BinaryOperator;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.IntToLongFunction;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.bytebuddy.jar.asm.ClassReader;
import net.bytebuddy.jar.asm.ClassVisitor;
import net.bytebuddy.jar.asm.Handle;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import org.junit.jupiter.api.Test;

class LambdasTest {

    @Test
    void a_class_does_without_its_lambdas_what_it_does_with_them() throws Exception {
        Map<String, byte[]> taken = sample();

        Supplier<?> sample = (Supplier<?>) new Given(taken)
                .loadClass(Sample.class.getName())
                .getDeclaredConstructor()
                .newInstance();

        assertThat(sample.get()).isEqualTo(new Sample().get());
    }

    @Test
    void of_usual_lambdas_none_is_left_to_the_jvm() throws Exception {
        Map<String, byte[]> taken = sample();

        // What is private to other classes of the nest, and the one that can be serialised.
        assertThat(leftToTheJvm(taken.get(name(Sample.class))))
                .containsExactlyInAnyOrder("hidden", "<init>", "lambda$serialised");
        assertThat(leftToTheJvm(taken.get(name(Greeter.class)))).isEmpty();
    }

    @Test
    void one_that_captures_nothing_is_one_object_however_often_it_is_met() throws Exception {
        Map<String, byte[]> taken = takenOut(Repeated.class);

        Supplier<?> repeated = (Supplier<?>) new Given(taken)
                .loadClass(Repeated.class.getName())
                .getDeclaredConstructor()
                .newInstance();

        assertThat(repeated.get()).isSameAs(repeated.get());
    }

    @Test
    void a_class_without_lambdas_stays_as_it_is_byte_by_byte() throws Exception {
        Map<String, byte[]> taken = takenOut(Conversion.class, Sample.Secret.class);

        assertThat(taken.get(name(Sample.Secret.class))).isEqualTo(bytes(Sample.Secret.class));
    }

    /** With its nest's host: private members are the nest's. */
    private static Map<String, byte[]> sample() throws IOException {
        return takenOut(
                LambdasTest.class,
                Sample.class,
                Greeter.class,
                Greeter.Loud.class,
                Sample.Secret.class,
                Sample.Made.class);
    }

    private static Map<String, byte[]> takenOut(Class<?>... types) throws IOException {
        Map<String, byte[]> classes = new HashMap<>();
        for (Class<?> type : types) {
            classes.put(name(type), bytes(type));
        }
        Map<String, byte[]> taken = new LinkedHashMap<>();
        for (String name : classes.keySet()) {
            taken.putAll(Lambdas.takenOut(name, classes));
        }
        return taken;
    }

    private static String name(Class<?> type) {
        return type.getName().replace('.', '/');
    }

    private static byte[] bytes(Class<?> type) throws IOException {
        try (InputStream in = type.getResourceAsStream("/" + name(type) + ".class")) {
            return in.readAllBytes();
        }
    }

    private static List<String> leftToTheJvm(byte[] classFile) {
        List<String> left = new ArrayList<>();
        new ClassReader(classFile)
                .accept(
                        new ClassVisitor(Opcodes.ASM9) {
                            @Override
                            public MethodVisitor visitMethod(
                                    int access, String name, String d, String signature, String[] exceptions) {
                                return name.equals("$deserializeLambda$")
                                        ? null
                                        : new MethodVisitor(Opcodes.ASM9) {
                                            @Override
                                            public void visitInvokeDynamicInsn(
                                                    String method, String type, Handle bootstrap, Object... given) {
                                                if (bootstrap.getOwner().endsWith("LambdaMetafactory")) {
                                                    left.add(((Handle) given[1])
                                                            .getName()
                                                            .replaceFirst("\\$get\\$\\w+\\$\\d+$", "\\$serialised"));
                                                }
                                            }
                                        };
                            }
                        },
                        0);
        return left;
    }

    /** Loads these classes, verified, and everything else as usual. */
    private static final class Given extends ClassLoader {

        private final Map<String, byte[]> classes;

        Given(Map<String, byte[]> classes) {
            super(LambdasTest.class.getClassLoader());
            this.classes = classes;
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            byte[] bytes = classes.get(name.replace('.', '/'));
            if (bytes == null) {
                return super.loadClass(name, resolve);
            }
            Class<?> known = findLoadedClass(name);
            return known == null ? defineClass(name, bytes, 0, bytes.length) : known;
        }
    }

    interface Greeter {

        String greet(String who);

        default Supplier<String> later(String who) {
            return () -> decorated(greet(who));
        }

        static UnaryOperator<String> twice() {
            return text -> text + text;
        }

        private String decorated(String text) {
            Function<String, String> star = this::starred;
            return star.apply(text);
        }

        private String starred(String text) {
            return "*" + text + "*";
        }

        final class Loud implements Greeter {

            @Override
            public String greet(String who) {
                return who + "!";
            }
        }
    }

    public static final class Repeated implements Supplier<Object> {

        @Override
        public Object get() {
            Runnable nothing = () -> {};
            return nothing;
        }
    }

    /** Meets lambdas and references of all kinds. What it gives tells what they did. */
    public static class Sample implements Supplier<Object> {

        private final List<Object> done = new ArrayList<>();
        private int count = 3;

        static final class Secret {

            private String hidden() {
                return "hidden";
            }
        }

        /** Made by a reference to it alone. */
        private static final class Made {

            private final Object of;

            private Made(Object of) {
                this.of = of;
            }
        }

        public Sample() {}

        private Sample(String first) {
            done.add(first);
        }

        @Override
        public Object get() {
            captures((byte) 1, 'c', (short) 2, 4, 5L, 6f, 7d, true, "s", new int[] {8});
            references();
            conversions();
            Greeter loud = new Greeter.Loud();
            done.add(loud.later("you").get());
            done.add(Greeter.twice().apply("ab"));
            Supplier<String> serialised = (Supplier<String> & Serializable) () -> "kept";
            done.add(serialised.get());
            return done;
        }

        private void captures(
                byte b, char c, short s, int i, long l, float f, double d, boolean z, String text, int[] array) {
            Supplier<String> all = () -> "" + b + c + s + i + l + f + d + z + text + array[0] + count;
            done.add(all.get());
            LongSupplier wide = () -> l + i;
            done.add(wide.getAsLong());
            BooleanSupplier flag = () -> !z;
            done.add(flag.getAsBoolean());
            Runnable nested = () -> {
                Runnable inner = () -> done.add(l + text);
                inner.run();
            };
            nested.run();
        }

        private void references() {
            Function<String, Integer> unbound = String::length;
            done.add(unbound.apply("four"));
            Supplier<String> bound = "bound"::trim;
            done.add(bound.get());
            Supplier<Integer> ownPrivate = this::plusOne;
            done.add(ownPrivate.get());
            Function<String, List<String>> ofStatic = List::of;
            done.add(ofStatic.apply("static"));
            Supplier<List<String>> constructor = ArrayList::new;
            done.add(constructor.get());
            Function<String, Sample> ownConstructor = Sample::new;
            done.add(ownConstructor.apply("made").done);
            Function<Object, Made> ofNest = Made::new;
            done.add(ofNest.apply("nest").of);
            Function<Secret, String> elsewhere = Secret::hidden;
            done.add(elsewhere.apply(new Secret()));
            Function<Sample, Integer> unboundPrivate = Sample::plusOne;
            done.add(unboundPrivate.apply(this));
            IntFunction<String[]> array = String[]::new;
            done.add(array.apply(2).length);
            BiFunction<Map<String, Integer>, String, Integer> ofInterface = Map::get;
            done.add(ofInterface.apply(Map.of("a", 1), "a"));
            done.add(Stream.of("b", "a")
                    .sorted(Comparator.comparing(String::toString))
                    .collect(Collectors.toList()));
        }

        private void conversions() {
            ToIntFunction<Integer> unboxes = Integer::intValue;
            done.add(unboxes.applyAsInt(9));
            IntFunction<Object> boxes = value -> value;
            done.add(boxes.apply(10));
            BinaryOperator<Integer> sum = Integer::sum;
            done.add(sum.apply(4, 5));
            IntToLongFunction widens = this::same;
            done.add(widens.applyAsLong(11));
            Supplier<Object> boxed = this::plusOne;
            done.add(boxed.get());
            Runnable discards = this::wide;
            discards.run();
            UnaryOperator<Long> ofLong = value -> value + 1;
            done.add(ofLong.apply(12L));
            done.add(IntStream.range(0, 3).mapToObj(Integer::toString).collect(Collectors.joining()));
            done.add(Stream.of(1, 2, 3).mapToInt(value -> value).sum());
        }

        private int plusOne() {
            return count + 1;
        }

        private int same(int value) {
            return value;
        }

        private long wide() {
            count++;
            return count;
        }
    }
}
