package dev.resilience.pack;

import net.bytebuddy.jar.asm.ClassReader;
import net.bytebuddy.jar.asm.ClassVisitor;
import net.bytebuddy.jar.asm.ClassWriter;
import net.bytebuddy.jar.asm.Label;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;

/**
 * Takes the names of local variables out of a class file. Only a debugger asks for them, and each process would keep them in
 * memory with every method it loads. Line numbers stay: people read them in stack traces.
 */
public final class LocalVariables extends ClassVisitor {

    private LocalVariables(ClassWriter writer) {
        super(Opcodes.ASM9, writer);
    }

    public static byte[] unnamed(byte[] classFile) {
        ClassWriter writer = new ClassWriter(0);
        new ClassReader(classFile).accept(new LocalVariables(writer), 0);
        return writer.toByteArray();
    }

    @Override
    public MethodVisitor visitMethod(
            int access, String name, String descriptor, String signature, String[] exceptions) {
        return new MethodVisitor(Opcodes.ASM9, super.visitMethod(access, name, descriptor, signature, exceptions)) {
            @Override
            public void visitLocalVariable(
                    String variable, String type, String generic, Label start, Label end, int index) {
                // Left out.
            }
        };
    }
}
