package dev.resilience.instrument;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.TreeSet;
import net.bytebuddy.jar.asm.ClassReader;
import net.bytebuddy.jar.asm.ClassVisitor;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.jar.asm.Type;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Advice is copied into other people's classes, old ones too: it may name and use only what all of them can. */
class AdviceTest {

    static java.util.stream.Stream<Class<?>> advice() {
        return java.util.stream.Stream.concat(
                        java.util.stream.Stream.of(GateAdvice.class, ReplacingGateAdvice.class),
                        Clients.points().stream().map(WeavePoint::advice))
                .distinct();
    }

    @ParameterizedTest
    @MethodSource("advice")
    void names_only_the_jdk_and_the_bridge(Class<?> advice) throws IOException {
        TreeSet<String> foreign = new TreeSet<>();
        new ClassReader(advice.getName()).accept(new Names(foreign), ClassReader.SKIP_DEBUG | ClassReader.SKIP_FRAMES);
        foreign.removeIf(name -> name.startsWith("java/lang/") || name.startsWith("java/util/"));
        foreign.removeIf(name -> name.startsWith("dev/resilience/bootstrap/"));
        foreign.remove("dev/resilience/CircuitBreakerOpenException");
        assertThat(foreign).isEmpty();
    }

    @Test
    void finds_a_foreign_type_when_there_is_one() throws IOException {
        TreeSet<String> found = new TreeSet<>();
        new ClassReader(AdviceTest.class.getName()).accept(new Names(found), 0);
        assertThat(found).contains("net/bytebuddy/jar/asm/ClassReader", "invokedynamic");
    }

    /** Collects the types that the code of methods names; "invokedynamic" and "constant" for what old class files lack. */
    private static final class Names extends ClassVisitor {

        private final TreeSet<String> names;

        Names(TreeSet<String> names) {
            super(Opcodes.ASM9);
            this.names = names;
        }

        @Override
        public MethodVisitor visitMethod(int access, String name, String descriptor, String generic, String[] thrown) {
            if (name.equals("<init>")) {
                return null;
            }
            return new MethodVisitor(Opcodes.ASM9) {
                @Override
                public void visitTypeInsn(int opcode, String type) {
                    names.add(type);
                }

                @Override
                public void visitFieldInsn(int opcode, String owner, String field, String type) {
                    names.add(owner);
                    descriptor(Type.getType(type));
                }

                @Override
                public void visitMethodInsn(int opcode, String owner, String method, String type, boolean isInterface) {
                    names.add(owner);
                    descriptor(Type.getReturnType(type));
                    for (Type argument : Type.getArgumentTypes(type)) {
                        descriptor(argument);
                    }
                }

                @Override
                public void visitInvokeDynamicInsn(
                        String method, String type, net.bytebuddy.jar.asm.Handle bootstrap, Object... arguments) {
                    names.add("invokedynamic");
                }

                @Override
                public void visitLdcInsn(Object value) {
                    if (!(value instanceof String) && !(value instanceof Number)) {
                        names.add("constant");
                    }
                }
            };
        }

        private void descriptor(Type type) {
            Type element = type.getSort() == Type.ARRAY ? type.getElementType() : type;
            if (element.getSort() == Type.OBJECT) {
                names.add(element.getInternalName());
            }
        }
    }
}
