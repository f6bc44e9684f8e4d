package dev.resilience.pack;

import java.util.List;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.jar.asm.Type;

/** How a value on the stack becomes one of another type: by a cast, in or out of its box, widened, or not at all. */
interface Conversion {

    List<Type> PRIMITIVES = List.of(
            Type.BOOLEAN_TYPE,
            Type.CHAR_TYPE,
            Type.BYTE_TYPE,
            Type.SHORT_TYPE,
            Type.INT_TYPE,
            Type.LONG_TYPE,
            Type.FLOAT_TYPE,
            Type.DOUBLE_TYPE);

    List<String> BOXES = List.of(
            "java/lang/Boolean",
            "java/lang/Character",
            "java/lang/Byte",
            "java/lang/Short",
            "java/lang/Integer",
            "java/lang/Long",
            "java/lang/Float",
            "java/lang/Double");

    void write(MethodVisitor code);

    /**
     * From a type to another, null when it is not one of these ways.
     *
     * @param known what is more to be told of the first than it tells itself
     */
    static Conversion of(Type from, Type known, Type to) {
        if (to == Type.VOID_TYPE) {
            return code -> {
                if (from != Type.VOID_TYPE) {
                    code.visitInsn(from.getSize() == 2 ? Opcodes.POP2 : Opcodes.POP);
                }
            };
        }
        if (from == Type.VOID_TYPE) {
            return null;
        }
        if (Lambda.isReference(from)) {
            return Lambda.isReference(to) ? code -> reference(code, from, to) : unboxed(from, known, to);
        }
        return Lambda.isReference(to) ? code -> box(code, from) : widened(from, to);
    }

    /** Casts one reference to another, where that is not a matter of course. */
    static void reference(MethodVisitor code, Type from, Type to) {
        if (!from.equals(to) && !to.getInternalName().equals("java/lang/Object") && Lambda.isReference(from)) {
            code.visitTypeInsn(Opcodes.CHECKCAST, to.getInternalName());
        }
    }

    private static Conversion unboxed(Type from, Type known, Type to) {
        int box = BOXES.indexOf(known.getInternalName());
        if (box < 0) {
            return null;
        }
        Type inside = PRIMITIVES.get(box);
        Conversion rest = widened(inside, to);
        return rest == null
                ? null
                : code -> {
                    reference(code, from, known);
                    code.visitMethodInsn(
                            Opcodes.INVOKEVIRTUAL,
                            known.getInternalName(),
                            inside.getClassName() + "Value",
                            Type.getMethodDescriptor(inside),
                            false);
                    rest.write(code);
                };
    }

    private static void box(MethodVisitor code, Type from) {
        String box = BOXES.get(PRIMITIVES.indexOf(from));
        code.visitMethodInsn(
                Opcodes.INVOKESTATIC, box, "valueOf", Type.getMethodDescriptor(Type.getObjectType(box), from), false);
    }

    private static Conversion widened(Type from, Type to) {
        if (from.equals(to)) {
            return code -> {};
        }
        if (from.equals(Type.INT_TYPE) && to.equals(Type.LONG_TYPE)) {
            return code -> code.visitInsn(Opcodes.I2L);
        }
        return null;
    }
}
