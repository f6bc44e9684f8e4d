package dev.resilience.pack;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Constructor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import net.bytebuddy.jar.asm.ClassReader;
import net.bytebuddy.jar.asm.ClassVisitor;
import net.bytebuddy.jar.asm.Handle;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RecordsTest {

    private static final Object[] USUAL = {"a", 1, 2L, true, 'c', (byte) 3, (short) 4, 5.5f, 6.25, new int[0]};

    static Stream<Object[]> others() {
        List<Object[]> others = new ArrayList<>();
        Object[] other = {null, 7, 1L << 40, false, 'd', (byte) -3, (short) -4, Float.NaN, -0.0, null};
        for (int i = 0; i < USUAL.length; i++) {
            Object[] arguments = USUAL.clone();
            arguments[i] = other[i];
            others.add(new Object[] {arguments});
        }
        others.add(new Object[] {USUAL});
        return others.stream();
    }

    @ParameterizedTest
    @MethodSource("others")
    void a_record_equals_and_hashes_as_the_jvms_own_would(Object[] arguments) throws Exception {
        Constructor<?> plain = constructor(Records.plain(bytes(Everything.class)));
        Everything usual = made(USUAL);
        Everything own = made(arguments);

        assertThat(plain.newInstance(arguments))
                .hasSameHashCodeAs(own)
                .isEqualTo(plain.newInstance(arguments))
                .isNotEqualTo(null)
                .isNotEqualTo("text");
        assertThat(plain.newInstance(arguments).equals(plain.newInstance(USUAL)))
                .isEqualTo(own.equals(usual));
    }

    @Test
    void nothing_but_its_text_is_left_to_the_jvm() throws IOException {
        assertThat(leftToTheJvm(bytes(Everything.class))).contains("equals", "hashCode");
        assertThat(leftToTheJvm(Records.plain(bytes(Everything.class)))).containsExactly("toString");
    }

    @Test
    void what_has_methods_of_its_own_or_is_no_record_stays_as_it_is() throws IOException {
        byte[] own = bytes(OfItsOwn.class);
        byte[] other = bytes(RecordsTest.class);

        assertThat(Records.plain(own)).isSameAs(own);
        assertThat(Records.plain(other)).isSameAs(other);
    }

    private static Everything made(Object[] a) {
        return new Everything(
                (String) a[0],
                (int) a[1],
                (long) a[2],
                (boolean) a[3],
                (char) a[4],
                (byte) a[5],
                (short) a[6],
                (float) a[7],
                (double) a[8],
                (int[]) a[9]);
    }

    private static Constructor<?> constructor(byte[] classFile) {
        Class<?> defined = new ClassLoader(RecordsTest.class.getClassLoader()) {
            Class<?> define() {
                return defineClass(Everything.class.getName(), classFile, 0, classFile.length);
            }
        }.define();
        Constructor<?> constructor = defined.getDeclaredConstructors()[0];
        constructor.setAccessible(true);
        return constructor;
    }

    private static byte[] bytes(Class<?> type) throws IOException {
        try (InputStream in = type.getResourceAsStream("/" + type.getName().replace('.', '/') + ".class")) {
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
                                    int access, String name, String descriptor, String signature, String[] exceptions) {
                                return new MethodVisitor(Opcodes.ASM9) {
                                    @Override
                                    public void visitInvokeDynamicInsn(
                                            String method, String site, Handle bootstrap, Object... arguments) {
                                        left.add(method);
                                    }
                                };
                            }
                        },
                        0);
        return left;
    }

    record Everything(
            String text,
            int number,
            long far,
            boolean sure,
            char sign,
            byte small,
            short middling,
            float rough,
            double exact,
            int[] many) {}

    record OfItsOwn(int number) {

        @Override
        public boolean equals(Object other) {
            return other instanceof OfItsOwn && number > 0;
        }

        @Override
        public int hashCode() {
            return number;
        }

        @Override
        public String toString() {
            return "of its own";
        }
    }
}
