package dev.resilience.pack;

import net.bytebuddy.jar.asm.ClassReader;
import net.bytebuddy.jar.asm.ClassVisitor;
import net.bytebuddy.jar.asm.ClassWriter;
import net.bytebuddy.jar.asm.Handle;
import net.bytebuddy.jar.asm.Label;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.jar.asm.Type;

/**
 * Writes the {@code equals} and {@code hashCode} of a record as a compiler would write them for a class. The JVM makes them of method
 * handles when the first two records of a kind are compared: some sixty classes and 30 ms for the first kind in a process.
 */
final class Records extends ClassVisitor {

    private static final String OBJECT_METHODS = "java/lang/runtime/ObjectMethods";
    private static final String OBJECTS = "java/util/Objects";

    /** Before the components' handles come the class and the components' names. */
    private static final int FIRST_COMPONENT = 2;

    private String owner = "";
    private boolean changed;
    private Object[] equalsParts;
    private Object[] hashParts;

    private Records(ClassWriter writer) {
        super(Opcodes.ASM9, writer);
    }

    /** The class file of a record with methods of its own, any other as it is. */
    static byte[] plain(byte[] classFile) {
        ClassReader reader = new ClassReader(classFile);
        if (!"java/lang/Record".equals(reader.getSuperName())) {
            return classFile;
        }
        ClassWriter writer = new ClassWriter(0);
        Records records = new Records(writer);
        reader.accept(records, 0);
        return records.changed ? writer.toByteArray() : classFile;
    }

    @Override
    public void visit(int version, int access, String name, String signature, String superName, String[] interfaces) {
        owner = name;
        super.visit(version, access, name, signature, superName, interfaces);
    }

    @Override
    public MethodVisitor visitMethod(
            int access, String name, String descriptor, String signature, String[] exceptions) {
        MethodVisitor next = super.visitMethod(access, name, descriptor, signature, exceptions);
        return new MethodVisitor(Opcodes.ASM9, next) {
            @Override
            public void visitInvokeDynamicInsn(String method, String site, Handle bootstrap, Object... arguments) {
                boolean equals = method.equals("equals");
                if (!bootstrap.getOwner().equals(OBJECT_METHODS) || !(equals || method.equals("hashCode"))) {
                    super.visitInvokeDynamicInsn(method, site, bootstrap, arguments);
                    return;
                }
                changed = true;
                if (equals) {
                    equalsParts = arguments;
                } else {
                    hashParts = arguments;
                }
                super.visitMethodInsn(Opcodes.INVOKESTATIC, owner, "record$" + method, site, false);
            }
        };
    }

    @Override
    public void visitEnd() {
        if (equalsParts != null) {
            writeEquals();
        }
        if (hashParts != null) {
            writeHashCode();
        }
        super.visitEnd();
    }

    private void writeEquals() {
        MethodVisitor code = method("record$equals", "(L" + owner + ";Ljava/lang/Object;)Z");
        Label different = new Label();
        code.visitVarInsn(Opcodes.ALOAD, 1);
        code.visitTypeInsn(Opcodes.INSTANCEOF, owner);
        code.visitJumpInsn(Opcodes.IFEQ, different);
        for (int i = FIRST_COMPONENT; i < equalsParts.length; i++) {
            Handle field = (Handle) equalsParts[i];
            code.visitVarInsn(Opcodes.ALOAD, 0);
            get(code, field);
            code.visitVarInsn(Opcodes.ALOAD, 1);
            code.visitTypeInsn(Opcodes.CHECKCAST, owner);
            get(code, field);
            jumpUnlessEqual(code, Type.getType(field.getDesc()), different);
        }
        code.visitInsn(Opcodes.ICONST_1);
        code.visitInsn(Opcodes.IRETURN);
        code.visitLabel(different);
        code.visitFrame(Opcodes.F_SAME, 0, null, 0, null);
        code.visitInsn(Opcodes.ICONST_0);
        code.visitInsn(Opcodes.IRETURN);
        // Two long values, one of which is read through a reference.
        code.visitMaxs(4, 2);
        code.visitEnd();
    }

    private static void jumpUnlessEqual(MethodVisitor code, Type type, Label different) {
        switch (type.getSort()) {
            case Type.LONG:
                code.visitInsn(Opcodes.LCMP);
                code.visitJumpInsn(Opcodes.IFNE, different);
                break;
            case Type.FLOAT:
                call(code, "java/lang/Float", "compare", "(FF)I");
                code.visitJumpInsn(Opcodes.IFNE, different);
                break;
            case Type.DOUBLE:
                call(code, "java/lang/Double", "compare", "(DD)I");
                code.visitJumpInsn(Opcodes.IFNE, different);
                break;
            case Type.OBJECT:
            case Type.ARRAY:
                call(code, OBJECTS, "equals", "(Ljava/lang/Object;Ljava/lang/Object;)Z");
                code.visitJumpInsn(Opcodes.IFEQ, different);
                break;
            default:
                code.visitJumpInsn(Opcodes.IF_ICMPNE, different);
                break;
        }
    }

    private void writeHashCode() {
        MethodVisitor code = method("record$hashCode", "(L" + owner + ";)I");
        code.visitInsn(Opcodes.ICONST_0);
        for (int i = FIRST_COMPONENT; i < hashParts.length; i++) {
            Handle field = (Handle) hashParts[i];
            Type type = Type.getType(field.getDesc());
            code.visitIntInsn(Opcodes.BIPUSH, 31);
            code.visitInsn(Opcodes.IMUL);
            code.visitVarInsn(Opcodes.ALOAD, 0);
            get(code, field);
            if (Lambda.isReference(type)) {
                call(code, OBJECTS, "hashCode", "(Ljava/lang/Object;)I");
            } else {
                String box = Conversion.BOXES.get(Conversion.PRIMITIVES.indexOf(type));
                call(code, box, "hashCode", "(" + type.getDescriptor() + ")I");
            }
            code.visitInsn(Opcodes.IADD);
        }
        code.visitInsn(Opcodes.IRETURN);
        code.visitMaxs(3, 1);
        code.visitEnd();
    }

    private MethodVisitor method(String name, String descriptor) {
        int access = Opcodes.ACC_PRIVATE | Opcodes.ACC_STATIC | Opcodes.ACC_SYNTHETIC;
        MethodVisitor code = super.visitMethod(access, name, descriptor, null, null);
        code.visitCode();
        return code;
    }

    private void get(MethodVisitor code, Handle field) {
        code.visitFieldInsn(Opcodes.GETFIELD, owner, field.getName(), field.getDesc());
    }

    private static void call(MethodVisitor code, String type, String method, String descriptor) {
        code.visitMethodInsn(Opcodes.INVOKESTATIC, type, method, descriptor, false);
    }
}
