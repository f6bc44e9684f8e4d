package dev.resilience.pack;

import net.bytebuddy.jar.asm.ClassReader;
import net.bytebuddy.jar.asm.ClassVisitor;
import net.bytebuddy.jar.asm.ClassWriter;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;

/** Gives a class the agent's loggers where it asks {@link System#getLogger(String)}, which is the application's to be asked first. */
final class SystemLoggers extends ClassVisitor {

    private static final String OWN = "dev/resilience/log/SystemLogger";
    private static final String GET = "getLogger";
    private static final String BY_NAME = "(Ljava/lang/String;)Ljava/lang/System$Logger;";

    private SystemLoggers(ClassWriter writer) {
        super(Opcodes.ASM9, writer);
    }

    static byte[] replaced(byte[] classFile) {
        ClassReader reader = new ClassReader(classFile);
        ClassWriter writer = new ClassWriter(reader, 0);
        reader.accept(new SystemLoggers(writer), 0);
        return writer.toByteArray();
    }

    @Override
    public MethodVisitor visitMethod(
            int access, String name, String descriptor, String signature, String[] exceptions) {
        return new MethodVisitor(Opcodes.ASM9, super.visitMethod(access, name, descriptor, signature, exceptions)) {
            @Override
            public void visitMethodInsn(int opcode, String owner, String method, String type, boolean isInterface) {
                boolean asks = owner.equals("java/lang/System") && method.equals(GET) && type.equals(BY_NAME);
                super.visitMethodInsn(opcode, asks ? OWN : owner, method, type, isInterface);
            }
        };
    }
}
