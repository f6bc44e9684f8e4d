package dev.resilience.pack;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import net.bytebuddy.dynamic.ClassFileLocator;
import net.bytebuddy.jar.asm.ClassReader;
import net.bytebuddy.jar.asm.ClassVisitor;
import net.bytebuddy.jar.asm.Label;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import org.junit.jupiter.api.Test;

class LocalVariablesTest {

    @Test
    void names_of_variables_are_left_out_and_lines_stay() {
        byte[] whole = ClassFileLocator.ForClassLoader.read(Greeting.class);
        byte[] unnamed = LocalVariables.unnamed(whole);

        assertThat(told(whole)).contains("variable this", "variable greeted");
        assertThat(told(unnamed))
                .isNotEmpty()
                .isEqualTo(told(whole).stream()
                        .filter(what -> !what.startsWith("variable "))
                        .toList());
        assertThat(unnamed).hasSizeLessThan(whole.length);
    }

    @Test
    void such_a_class_does_what_it_did() throws Exception {
        Class<?> type = new ClassLoader(getClass().getClassLoader()) {
            Class<?> define(byte[] bytes) {
                return defineClass(Greeting.class.getName(), bytes, 0, bytes.length);
            }
        }.define(LocalVariables.unnamed(ClassFileLocator.ForClassLoader.read(Greeting.class)));

        Object greeting = type.getDeclaredConstructor().newInstance();
        assertThat(type.getDeclaredMethod("to", String.class).invoke(greeting, "Ada"))
                .isEqualTo("Hello, Ada");
    }

    /** Names of variables and numbers of lines, in their order. */
    private static List<String> told(byte[] classFile) {
        List<String> told = new ArrayList<>();
        new ClassReader(classFile)
                .accept(
                        new ClassVisitor(Opcodes.ASM9) {
                            @Override
                            public MethodVisitor visitMethod(
                                    int access, String name, String descriptor, String signature, String[] exceptions) {
                                return new MethodVisitor(Opcodes.ASM9) {
                                    @Override
                                    public void visitLineNumber(int line, Label start) {
                                        told.add("line " + line);
                                    }

                                    @Override
                                    public void visitLocalVariable(
                                            String variable,
                                            String type,
                                            String generic,
                                            Label start,
                                            Label end,
                                            int index) {
                                        told.add("variable " + variable);
                                    }
                                };
                            }
                        },
                        0);
        return told;
    }

    public static final class Greeting {

        public String to(String greeted) {
            String greeting = "Hello, " + greeted;
            return greeting;
        }
    }
}
