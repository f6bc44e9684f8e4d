package dev.resilience.pack;

import net.bytebuddy.jar.asm.Handle;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.jar.asm.Type;

/** A lambda or method reference as a class file has it: see {@code java.lang.invoke.LambdaMetafactory}. */
final class Lambda {

    /** Its factory's descriptor: from what it captures to what it is made into. */
    final String factory;

    final Type[] captured;

    /** The functional interface. */
    final Type made;

    /** The interface's method, and its descriptor: as it is called, and with the types that are known at this place. */
    final String method;

    final Type erased;
    final Type instantiated;

    /** What is called, its parameters with the receiver among them, and what it gives. */
    final Handle handle;

    final Type[] parameters;
    final Type result;

    private Lambda(String method, String factory, Type erased, Handle handle, Type instantiated) {
        this.factory = factory;
        this.captured = Type.getArgumentTypes(factory);
        this.made = Type.getReturnType(factory);
        this.method = method;
        this.erased = erased;
        this.instantiated = instantiated;
        this.handle = handle;
        this.parameters = parameters(handle);
        this.result = handle.getTag() == Opcodes.H_NEWINVOKESPECIAL
                ? Type.getObjectType(handle.getOwner())
                : Type.getReturnType(handle.getDesc());
    }

    /** Null where a value would have to become another in an unusual way. */
    static Lambda of(String method, String factory, Object[] arguments) {
        Lambda lambda = new Lambda(method, factory, (Type) arguments[0], (Handle) arguments[1], (Type) arguments[2]);
        return lambda.isUsual() ? lambda : null;
    }

    /** With the arguments on the stack. */
    void call(MethodVisitor code) {
        int instruction;
        switch (handle.getTag()) {
            case Opcodes.H_INVOKESTATIC:
                instruction = Opcodes.INVOKESTATIC;
                break;
            case Opcodes.H_INVOKEVIRTUAL:
                instruction = Opcodes.INVOKEVIRTUAL;
                break;
            case Opcodes.H_INVOKEINTERFACE:
                instruction = Opcodes.INVOKEINTERFACE;
                break;
            default:
                instruction = Opcodes.INVOKESPECIAL;
                break;
        }
        code.visitMethodInsn(instruction, handle.getOwner(), handle.getName(), handle.getDesc(), handle.isInterface());
    }

    private boolean isUsual() {
        Type[] given = erased.getArgumentTypes();
        Type[] known = instantiated.getArgumentTypes();
        if (captured.length + given.length != parameters.length || given.length != known.length) {
            return false;
        }
        for (int i = 0; i < captured.length; i++) {
            if (!captured[i].equals(parameters[i]) && !(isReference(captured[i]) && isReference(parameters[i]))) {
                return false;
            }
        }
        for (int i = 0; i < given.length; i++) {
            if (Conversion.of(given[i], known[i], parameters[captured.length + i]) == null) {
                return false;
            }
        }
        return Conversion.of(result, result, erased.getReturnType()) != null;
    }

    private static Type[] parameters(Handle handle) {
        Type[] declared = Type.getArgumentTypes(handle.getDesc());
        int tag = handle.getTag();
        if (tag == Opcodes.H_INVOKESTATIC || tag == Opcodes.H_NEWINVOKESPECIAL) {
            return declared;
        }
        Type[] all = new Type[declared.length + 1];
        all[0] = Type.getObjectType(handle.getOwner());
        System.arraycopy(declared, 0, all, 1, declared.length);
        return all;
    }

    static boolean isReference(Type type) {
        return type.getSort() >= Type.ARRAY;
    }
}
