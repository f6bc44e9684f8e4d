package dev.resilience.instrument;

import java.lang.reflect.Modifier;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import net.bytebuddy.jar.asm.ClassReader;
import net.bytebuddy.jar.asm.ClassVisitor;
import net.bytebuddy.jar.asm.Handle;
import net.bytebuddy.jar.asm.Label;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.jar.asm.Type;
import org.jspecify.annotations.Nullable;

/**
 * Tells before a client's first call whether its adapter fits the library at hand: whether all the classes, methods and
 * fields that the adapter names are there. A version nobody has seen is then left alone as a whole, rather than failing in
 * the middle of a call. Used by one thread.
 */
final class LinkCheck {

    private static final int OPTIONS = ClassReader.SKIP_FRAMES | ClassReader.SKIP_DEBUG;

    private final ClientLoader loader;
    private final Deque<String> toLoad = new ArrayDeque<>();
    private final Set<String> seen = new HashSet<>();
    private @Nullable String missing;

    private LinkCheck(ClientLoader loader) {
        this.loader = loader;
    }

    /** @return what the library lacks, for people to read; null when it lacks nothing */
    static @Nullable String missing(ClientLoader loader, String client) throws ClassNotFoundException {
        LinkCheck check = new LinkCheck(loader);
        check.type(client.replace('.', '/'));
        // Read as they are loaded, and only then: the first call may be on an event loop, and nothing else may
        // wait for a disk there.
        loader.readBy(check::read);
        try {
            while (check.missing == null && !check.toLoad.isEmpty()) {
                check.load(check.toLoad.remove());
            }
        } finally {
            loader.readBy(null);
        }
        return check.missing;
    }

    private void read(byte[] classFile) {
        new ClassReader(classFile).accept(new Reader(), OPTIONS);
    }

    private void type(@Nullable String name) {
        if (name == null || !seen.add(name)) {
            return;
        }
        if (name.startsWith("[")) {
            descriptor(Type.getType(name));
        } else if (loader.defines(name)) {
            toLoad.add(name);
        } else if (foreign(name)) {
            find(name);
        }
    }

    private void load(String ours) throws ClassNotFoundException {
        try {
            Class<?> type = Class.forName(ours.replace('/', '.'), false, loader);
            // An interface of the library may ask for more than the adapter's class has.
            if (missing != null || Modifier.isAbstract(type.getModifiers())) {
                return;
            }
            for (var method : type.getMethods()) {
                if (Modifier.isAbstract(method.getModifiers())) {
                    missing = "default for " + method.getDeclaringClass().getName() + "." + method.getName() + "()";
                    return;
                }
            }
        } catch (LinkageError absent) {
            // As below.
        }
    }

    private void descriptor(Type type) {
        switch (type.getSort()) {
            case Type.ARRAY -> descriptor(type.getElementType());
            case Type.OBJECT -> type(type.getInternalName());
            case Type.METHOD -> {
                descriptor(type.getReturnType());
                for (Type argument : type.getArgumentTypes()) {
                    descriptor(argument);
                }
            }
            default -> {}
        }
    }

    /** Whether it is the library's own, or of something beneath it. */
    private static boolean foreign(String type) {
        return !type.startsWith("java/") && !type.startsWith("javax/") && !type.startsWith("dev/resilience/");
    }

    private @Nullable Class<?> find(String type) {
        try {
            return Class.forName(type.replace('/', '.'), false, loader);
        } catch (ClassNotFoundException | LinkageError absent) {
            missing = "class " + type.replace('/', '.');
            return null;
        }
    }

    private void member(String owner, String name, String descriptor, boolean field) {
        type(owner);
        descriptor(Type.getType(descriptor));
        if (owner.startsWith("[") || !foreign(owner) || !seen.add(owner + "." + name + descriptor)) {
            return;
        }
        Class<?> type = find(owner);
        try {
            if (type != null && !(field ? hasField(type, name, descriptor) : hasMethod(type, name, descriptor))) {
                missing = owner.replace('/', '.') + "." + name + (field ? "" : "()");
            }
        } catch (LinkageError absent) {
            // A signature of the class names what the application has not got. What is called may be there all the
            // same.
        }
    }

    /** Whether the adapter, which is of another package, may use what has these modifiers. */
    private static boolean open(int modifiers) {
        return Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers);
    }

    private static boolean hasField(@Nullable Class<?> type, String name, String descriptor) {
        if (type == null) {
            return false;
        }
        for (var field : type.getDeclaredFields()) {
            if (field.getName().equals(name)
                    && open(field.getModifiers())
                    && Type.getDescriptor(field.getType()).equals(descriptor)) {
                return true;
            }
        }
        for (Class<?> parent : type.getInterfaces()) {
            if (hasField(parent, name, descriptor)) {
                return true;
            }
        }
        return hasField(type.getSuperclass(), name, descriptor);
    }

    private static boolean hasMethod(@Nullable Class<?> type, String name, String descriptor) {
        if (type == null) {
            return false;
        }
        if (name.equals("<init>")) {
            for (var constructor : type.getDeclaredConstructors()) {
                if (open(constructor.getModifiers())
                        && Type.getConstructorDescriptor(constructor).equals(descriptor)) {
                    return true;
                }
            }
            return false;
        }
        for (var method : type.getDeclaredMethods()) {
            if (method.getName().equals(name)
                    && open(method.getModifiers())
                    && Type.getMethodDescriptor(method).equals(descriptor)) {
                return true;
            }
        }
        for (Class<?> parent : type.getInterfaces()) {
            if (hasMethod(parent, name, descriptor)) {
                return true;
            }
        }
        return type.isInterface() && hasMethod(Object.class, name, descriptor)
                || hasMethod(type.getSuperclass(), name, descriptor);
    }

    private final class Reader extends ClassVisitor {

        Reader() {
            super(Opcodes.ASM9);
        }

        @Override
        public void visit(int version, int access, String name, String signature, String parent, String[] interfaces) {
            type(parent);
            for (String implemented : interfaces) {
                type(implemented);
            }
        }

        @Override
        public MethodVisitor visitMethod(
                int access, String name, String descriptor, String signature, String[] exceptions) {
            return new Body();
        }
    }

    private final class Body extends MethodVisitor {

        Body() {
            super(Opcodes.ASM9);
        }

        @Override
        public void visitTypeInsn(int opcode, String name) {
            type(name);
        }

        @Override
        public void visitFieldInsn(int opcode, String owner, String name, String descriptor) {
            member(owner, name, descriptor, true);
        }

        @Override
        public void visitMethodInsn(int opcode, String owner, String name, String descriptor, boolean isInterface) {
            member(owner, name, descriptor, false);
        }

        @Override
        public void visitInvokeDynamicInsn(String name, String descriptor, Handle bootstrap, Object... arguments) {
            descriptor(Type.getType(descriptor));
            for (Object argument : arguments) {
                if (argument instanceof Handle handle) {
                    member(
                            handle.getOwner(),
                            handle.getName(),
                            handle.getDesc(),
                            handle.getTag() <= Opcodes.H_PUTSTATIC);
                } else if (argument instanceof Type type) {
                    descriptor(type);
                }
            }
        }

        @Override
        public void visitLdcInsn(Object value) {
            if (value instanceof Type type) {
                descriptor(type);
            }
        }

        @Override
        public void visitTryCatchBlock(Label start, Label end, Label handler, @Nullable String type) {
            type(type);
        }
    }
}
