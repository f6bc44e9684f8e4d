package dev.resilience.pack;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import net.bytebuddy.jar.asm.ClassReader;
import net.bytebuddy.jar.asm.ClassVisitor;
import net.bytebuddy.jar.asm.ClassWriter;
import net.bytebuddy.jar.asm.Handle;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.jar.asm.Type;

/**
 * Takes the code out of those methods of a library's facades that nothing in the jar calls. A facade has a method for each of a thousand
 * commands, of which the agent sends some thirty; the JVM reads and verifies all of them, and loads what each of them makes, before the
 * first is sent. A method whose code is gone stays, and throws {@link UnsupportedOperationException}.
 */
final class Facades {

    private final Map<String, byte[]> classes;
    private final Set<String> facades;

    /** Of methods called from anywhere: name and descriptor. */
    private final Set<String> called = new HashSet<>();

    /** By name and descriptor, what the facades' methods call. */
    private final Map<String, Set<String>> calls = new HashMap<>();

    private Facades(Map<String, byte[]> classes, Set<String> facades) {
        this.classes = classes;
        this.facades = facades;
    }

    /**
     * The facades without what is never called.
     *
     * @param classes all that there are, by internal name
     * @param facades internal names; those that are not there are left out
     * @param unasked the beginnings of names of classes whose calls do not count, because nothing loads them
     */
    static Map<String, byte[]> without(Map<String, byte[]> classes, Set<String> facades, Set<String> unasked) {
        Facades all = new Facades(classes, facades);
        for (Map.Entry<String, byte[]> each : classes.entrySet()) {
            String name = each.getKey();
            if (!facades.contains(name) && unasked.stream().noneMatch(name::startsWith)) {
                read(each.getValue(), all.called);
            }
        }
        all.follow();
        Map<String, byte[]> lean = new LinkedHashMap<>();
        for (String facade : facades) {
            if (classes.containsKey(facade)) {
                lean.put(facade, all.lean(classes.get(facade)));
            }
        }
        return lean;
    }

    /** What is called calls others of the facades in turn. */
    private void follow() {
        for (String facade : facades) {
            if (classes.containsKey(facade)) {
                new ClassReader(classes.get(facade)).accept(new CallsOfMethods(), ClassReader.SKIP_DEBUG);
            }
        }
        Deque<String> open = new ArrayDeque<>(called);
        while (!open.isEmpty()) {
            for (String next : calls.getOrDefault(open.pop(), Set.of())) {
                if (called.add(next)) {
                    open.push(next);
                }
            }
        }
    }

    private byte[] lean(byte[] classFile) {
        ClassWriter writer = new ClassWriter(0);
        new ClassReader(classFile).accept(new Emptied(writer), 0);
        return writer.toByteArray();
    }

    private boolean isKept(int access, String name, String descriptor) {
        return name.startsWith("<") || (access & Opcodes.ACC_ABSTRACT) != 0 || called.contains(name + descriptor);
    }

    private static void read(byte[] classFile, Set<String> called) {
        new ClassReader(classFile)
                .accept(
                        new ClassVisitor(Opcodes.ASM9) {
                            @Override
                            public MethodVisitor visitMethod(
                                    int access, String name, String descriptor, String signature, String[] exceptions) {
                                return new Calls(called);
                            }
                        },
                        ClassReader.SKIP_DEBUG);
    }

    private static final class Calls extends MethodVisitor {

        private final Set<String> called;

        Calls(Set<String> called) {
            super(Opcodes.ASM9);
            this.called = called;
        }

        @Override
        public void visitMethodInsn(int opcode, String owner, String name, String descriptor, boolean isInterface) {
            called.add(name + descriptor);
        }

        @Override
        public void visitInvokeDynamicInsn(String name, String descriptor, Handle bootstrap, Object... arguments) {
            for (Object argument : arguments) {
                if (argument instanceof Handle) {
                    called.add(((Handle) argument).getName() + ((Handle) argument).getDesc());
                }
            }
        }
    }

    private final class CallsOfMethods extends ClassVisitor {

        CallsOfMethods() {
            super(Opcodes.ASM9);
        }

        @Override
        public MethodVisitor visitMethod(
                int access, String name, String descriptor, String signature, String[] exceptions) {
            // Of constructors, all are kept.
            return new Calls(
                    name.startsWith("<") ? called : calls.computeIfAbsent(name + descriptor, key -> new HashSet<>()));
        }
    }

    private final class Emptied extends ClassVisitor {

        Emptied(ClassWriter writer) {
            super(Opcodes.ASM9, writer);
        }

        @Override
        public MethodVisitor visitMethod(
                int access, String name, String descriptor, String signature, String[] exceptions) {
            if (isKept(access, name, descriptor)) {
                return super.visitMethod(access, name, descriptor, signature, exceptions);
            }
            MethodVisitor code = super.visitMethod(access, name, descriptor, null, null);
            String type = "java/lang/UnsupportedOperationException";
            code.visitCode();
            code.visitTypeInsn(Opcodes.NEW, type);
            code.visitInsn(Opcodes.DUP);
            code.visitMethodInsn(Opcodes.INVOKESPECIAL, type, "<init>", "()V", false);
            code.visitInsn(Opcodes.ATHROW);
            // The parameters, of which long ones take two places.
            code.visitMaxs(
                    2,
                    (Type.getArgumentsAndReturnSizes(descriptor) >> 2) - ((access & Opcodes.ACC_STATIC) != 0 ? 1 : 0));
            code.visitEnd();
            return null;
        }
    }
}
